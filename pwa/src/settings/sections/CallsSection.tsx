import { execute } from '../../api/client';
import { SaveCallSettingsDocument } from '../../gql/graphql';
import { loadRouting, type Routing } from '../data';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { CALLS } from '../model/others';

/** What is never recorded, what of supervision the agent sees, limits of calls. */
export function CallsSection({ routing }: { routing: Routing }) {
  const editor = useEditor(routing.calls, (body, base) => execute(SaveCallSettingsDocument, { body, base }));
  return (
    <div className="panes-single">
      <FormFrame editor={editor} onReload={async () => (await loadRouting()).calls}>
        <Sections sections={CALLS} />
      </FormFrame>
    </div>
  );
}
