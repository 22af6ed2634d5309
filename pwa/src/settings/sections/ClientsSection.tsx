import { execute } from '../../api/client';
import { SaveClientSettingsDocument } from '../../gql/graphql';
import { ClientFields } from '../ClientFields';
import { loadRouting, type Routing } from '../data';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { CLIENTS } from '../model/client';
import { Synchronised } from './Synchronised';

/** Fields of the client's card, the link to ICIS, and what ICIS has sent. */
export function ClientsSection({ routing }: { routing: Routing }) {
  const editor = useEditor(routing.clients, (body, base) => execute(SaveClientSettingsDocument, { body, base }));
  return (
    <div className="panes-single">
      <FormFrame editor={editor} onReload={async () => (await loadRouting()).clients}>
        <ClientFields />
        <Sections sections={CLIENTS} />
        <Synchronised />
      </FormFrame>
    </div>
  );
}
