/** Named filters of data: which queues, reports and days back an account may ask for. */
import { useLingui } from '@lingui/react/macro';
import { execute } from '../../api/client';
import { nameIn, useSettings } from '../../app/settings';
import { SaveAccessFilterDocument } from '../../gql/graphql';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import shapes from '../model/shapes.json';
import { Gone, Panes } from '../sections/Panes';
import { opened, useOpenNew } from '../sections/StoredForm';
import { type AccessData, type FilterBody, loadAccess } from './data';
import { FILTER } from './forms';

export function FiltersSection({ access, item }: { access: AccessData; item: string | undefined }) {
  const { t } = useLingui();
  const { queues } = useSettings();
  const id = opened(item);
  const known = access.filters.find((each) => each.id === id);
  const lines = access.filters.map(({ id, body }) => {
    const about = [
      body.queues ? body.queues.map((queue) => nameIn(queues, queue)).join(', ') || t`žádná fronta` : t`všechny fronty`,
      body.days !== null && t`posledních ${body.days} dní`,
    ].filter(Boolean);
    return { id: String(id), name: body.name, about: about.join(' · ') };
  });
  return (
    <Panes
      section="filters"
      lines={lines}
      item={item}
      title={t`Filtry`}
      add={t`Nový filtr`}
      empty={t`Filtr omezí, které fronty, sestavy a dny účet uvidí. Přiděluje se u uživatele nebo skupiny.`}
      choose={t`Vyberte filtr, který chcete upravit.`}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <FilterForm key={item} id={id ?? null} initial={known?.body ?? (shapes.filter as FilterBody)} />
      )}
    </Panes>
  );
}

function FilterForm({ id, initial }: { id: number | null; initial: FilterBody }) {
  const openNew = useOpenNew('filters', loadAccess);
  const editor = useEditor<FilterBody>(
    initial,
    (body, base) => execute(SaveAccessFilterDocument, { body, id, base: id === null ? null : base }),
    undefined,
    loadAccess,
  );
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) openNew(String(saved));
      }}
      onReload={async () => (await loadAccess()).filters.find((each) => each.id === id)?.body}
    >
      <Sections sections={FILTER} />
    </FormFrame>
  );
}
