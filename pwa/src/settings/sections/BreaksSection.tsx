import { execute } from '../../api/client';
import { SaveBreaksDocument } from '../../gql/graphql';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { type BreaksBody, loadLabels } from '../labels';
import { BREAKS } from '../model/labels';

/** What agents may choose when they leave the line, and how long it may last. */
export function BreaksSection({ breaks }: { breaks: BreaksBody }) {
  const editor = useEditor(breaks, (body, base) => execute(SaveBreaksDocument, { body, base }), undefined, loadLabels);
  // What was new has its id from now on.
  const fresh = async () => (await loadLabels()).breaks;
  return (
    <div className="panes-single">
      <FormFrame editor={editor} onReload={fresh} onSaved={() => void fresh().then(editor.restart)}>
        <Sections sections={BREAKS} />
      </FormFrame>
    </div>
  );
}
