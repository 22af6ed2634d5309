import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { nameIn, useSettings } from '../../app/settings';
import { SaveCategoriesDocument } from '../../gql/graphql';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { countOf, loadLabels, type TreeBody } from '../labels';
import { CATEGORIES } from '../model/labels';
import { Gone, Panes } from './Panes';

const ALL = 'all';

/** Trees of categories: those for every queue, and each queue's own. */
export function CategoriesSection({ trees, item }: { trees: readonly TreeBody[]; item: string | undefined }) {
  const { t } = useLingui();
  const { queues } = useSettings();
  const open = trees.find((each) => (each.queue === null ? ALL : String(each.queue)) === item);
  const lines = trees.map((tree) => ({
    id: tree.queue === null ? ALL : String(tree.queue),
    name: tree.queue === null ? t`Pro všechny fronty` : (nameIn(queues, tree.queue) ?? `${tree.queue}`),
    about: plural(countOf(tree.categories), { one: '# kategorie', few: '# kategorie', other: '# kategorií' }),
  }));
  return (
    <Panes
      section="categories"
      lines={lines}
      item={item}
      title={t`Kategorie`}
      empty={t`Nejdřív založte frontu.`}
      choose={t`Vyberte frontu, jejíž kategorie chcete upravit.`}
    >
      {open ? <Tree key={item} tree={open} /> : <Gone />}
    </Panes>
  );
}

function Tree({ tree }: { tree: TreeBody }) {
  const editor = useEditor(
    tree,
    (body, base) => execute(SaveCategoriesDocument, { body, base }),
    undefined,
    loadLabels,
  );
  const fresh = async () => (await loadLabels()).trees.find((each) => each.queue === tree.queue);
  return (
    <FormFrame editor={editor} onReload={fresh} onSaved={() => void fresh().then((now) => now && editor.restart(now))}>
      <Sections sections={CATEGORIES} />
    </FormFrame>
  );
}
