/** Numbers on which we are called: each with its rules, and what the number itself says. */
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { execute } from '../../api/client';
import { phoneNumber } from '../../format/format';
import { SaveEntryNumberDocument } from '../../gql/graphql';
import { useParts } from '../../menus/parts';
import { Button } from '../../ui/Button';
import { type EntryNumberBody, loadRouting, type Routing } from '../data';
import { Sections } from '../Fields';
import { FormFrame, useEditor } from '../form';
import { ENTRY_NUMBER } from '../model/others';
import shapes from '../model/shapes.json';
import { RulesEditor, versionsOf } from '../RulesEditor';
import { Gone, Panes } from './Panes';
import { useOpenNew } from './StoredForm';

export function NumbersSection({ routing, item }: { routing: Routing; item: string | undefined }) {
  const { t } = useLingui();
  const [part, setPart] = useState<'rules' | 'number'>('rules');
  const known = routing.entryNumbers.find((each) => each.number === item);
  const lines = routing.entryNumbers.map((each) => {
    const force = versionsOf(routing, each.number).find((version) => version.inForce)?.version ?? 0;
    return {
      id: each.number,
      name: each.name,
      about: `${phoneNumber(each.number)} · ${force ? t`pravidla verze ${force}` : t`bez pravidel, rovnou do menu`}`,
    };
  });
  return (
    <Panes
      section="numbers"
      lines={lines}
      item={item}
      title={t`Vstupní čísla`}
      add={t`Nové číslo`}
      empty={t`Číslo, na které se volá. Jeho pravidla rozhodnou, kam hovor půjde.`}
      choose={t`Vyberte číslo, jehož pravidla chcete upravit.`}
    >
      {item === 'new' ? (
        <NumberForm key="new" number={null} />
      ) : !known ? (
        <Gone />
      ) : (
        <>
          <div className="form-row parts">
            <h2>
              {known.name} <span className="quiet figures">{phoneNumber(known.number)}</span>
            </h2>
            <Button pressed={part === 'rules'} onPress={() => setPart('rules')}>{t`Pravidla`}</Button>
            <Button
              pressed={part === 'number'}
              onPress={() => setPart('number')}
              testId="number-part"
            >{t`Údaje čísla`}</Button>
          </div>
          {/* both stay: what is being changed in one is not lost by a look at the other */}
          <div hidden={part !== 'rules'}>
            <RulesEditor key={known.number} number={known} routing={routing} />
          </div>
          {part === 'number' && <NumberForm key={known.number} number={known} />}
        </>
      )}
    </Panes>
  );
}

function NumberForm({ number }: { number: EntryNumberBody | null }) {
  const openNew = useOpenNew('numbers', loadRouting);
  const flow = useParts().flows.find((each) => each.version !== null)?.id ?? 0;
  const editor = useEditor<EntryNumberBody>(number ?? { ...shapes.entry_number, flow }, (body) =>
    execute(SaveEntryNumberDocument, { body, new: number === null }),
  );
  const sections = number
    ? ENTRY_NUMBER.map((each) => ({ ...each, fields: each.fields.filter(({ path }) => path !== 'number') }))
    : ENTRY_NUMBER;
  return (
    <FormFrame
      editor={editor}
      isNew={number === null}
      onSaved={() => {
        if (!number) openNew(editor.state.value.number);
      }}
      onReload={async () => (await loadRouting()).entryNumbers.find((each) => each.number === number?.number)}
    >
      <Sections sections={sections} />
    </FormFrame>
  );
}
