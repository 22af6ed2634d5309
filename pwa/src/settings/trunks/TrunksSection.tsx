/** Trunks: what calls come from and go to, how each is now, and its form. */
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../../api/client';
import { RemoveTrunkDocument, SaveTrunkDocument } from '../../gql/graphql';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import shapes from '../model/shapes.json';
import { TRUNK } from '../model/trunk';
import { Gone, Panes } from '../sections/Panes';
import { opened, useOpenNew, useRemove } from '../sections/StoredForm';
import { Badge } from './Badge';
import { loadTrunks, type TrunkBody, type Trunks, useTrunks } from './data';
import { Now, Others } from './Now';
import { statesOf, whole } from './state';

export function TrunksSection({ item }: { item: string | undefined }) {
  const { t } = useLingui();
  const now = useTrunks();
  if (now === null) return <Empty icon="gear">{t`Načítá se…`}</Empty>;
  const id = opened(item);
  const known = now.trunks.find((each) => each.id === id);
  const lines = now.trunks.map((trunk) => {
    const { id, body } = trunk;
    const calls = statesOf(body.name, now.bridges).reduce((sum, { state }) => sum + state.calls, 0);
    const count = plural(calls, { one: '# hovor', few: '# hovory', other: '# hovorů' });
    const order = body.priority;
    const way = body.outgoing ? t`ven jako ${order}.` : t`jen dovnitř`;
    const about = [`${body.host}:${body.port} ${body.transport.toUpperCase()}`, way, count].join(' · ');
    return { id: String(id), name: body.name, about, badge: <Badge look={whole(trunk, now.bridges)} /> };
  });
  return (
    <Panes
      section="trunks"
      lines={lines}
      item={item}
      title={t`Svazky`}
      add={t`Nový svazek`}
      empty={t`Svazek spojuje kontaktní centrum s ústřednou nebo operátorem. Dokud tu žádný není, používá most ty ze svého souboru; první uložený je všechny nahradí.`}
      choose={t`Vyberte svazek, který chcete upravit.`}
      after={<Others bridges={now.bridges} any={lines.length > 0} />}
    >
      {id !== null && !known ? (
        <Gone />
      ) : (
        <TrunkForm
          key={item}
          id={id ?? null}
          initial={known?.body ?? (shapes.trunk as TrunkBody)}
          trunk={known ?? null}
          bridges={now.bridges}
        />
      )}
    </Panes>
  );
}

function TrunkForm({
  id,
  initial,
  trunk,
  bridges,
}: {
  id: number | null;
  initial: TrunkBody;
  trunk: Trunks['trunks'][number] | null;
  bridges: Trunks['bridges'];
}) {
  const openNew = useOpenNew('trunks', loadTrunks);
  const editor = useEditor<TrunkBody>(
    initial,
    (body, base) => execute(SaveTrunkDocument, { body, id, base: id === null ? null : base }),
    undefined,
    loadTrunks,
  );
  const inForce = async () => (await loadTrunks()).trunks.find((each) => each.id === id)?.body;
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) openNew(String(saved));
        // A password that was typed is not kept on the screen.
        else void inForce().then((body) => body && editor.restart(body));
      }}
      onReload={inForce}
      more={id !== null && <Remove id={id} />}
    >
      {trunk && <Now trunk={trunk} bridges={bridges} />}
      {id === null && <Replaces bridges={bridges} />}
      <Sections sections={TRUNK} />
    </FormFrame>
  );
}

/** The first one that is saved takes the place of those that bridges have of their own. */
function Replaces({ bridges }: { bridges: Trunks['bridges'] }) {
  const { t } = useLingui();
  const own = [...new Set(bridges.flatMap(({ given, trunks }) => (given ? [] : trunks.map(({ name }) => name))))];
  if (!own.length) return null;
  const names = own.join(', ');
  return (
    <p className="panel setting-check small" role="note" data-testid="replaces">
      {t`Uložením přestanou platit svazky z nastavení mostu (${names}). Hovory, které běží, doběhnou. Začněte tím, přes který vám volají klienti.`}
    </p>
  );
}

/** Asks once more: its passwords go with it. */
function Remove({ id }: { id: number }) {
  const { t } = useLingui();
  const [sure, setSure] = useState(false);
  const send = async () => {
    const { saved } = await execute(RemoveTrunkDocument, { id });
    return saved.__typename === 'Refused' ? saved.code : null;
  };
  const remove = useRemove('trunks', send, loadTrunks);
  if (!sure)
    return (
      <Button tone="plain" icon="trash" onPress={() => setSure(true)} testId="remove-trunk">{t`Smazat svazek`}</Button>
    );
  return (
    <>
      <Button
        tone="bad"
        icon="trash"
        autoFocus
        onPress={() => void remove()}
        testId="remove-trunk-sure"
      >{t`Smazat i s hesly`}</Button>
      <Button tone="plain" onPress={() => setSure(false)}>{t`Nechat`}</Button>
    </>
  );
}
