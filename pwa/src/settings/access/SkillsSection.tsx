/** The skills matrix: read, edited, saved as one change; what cannot be saved is named cell by cell. */
import './access.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { execute } from '../../api/client';
import { tell } from '../../app/notice';
import { SaveSkillsDocument, SkillsMatrixDocument, type SkillsMatrixQuery } from '../../gql/graphql';
import { matches } from '../../menus/model/outline';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { Field } from '../../ui/Field';
import { NO_ANSWER, refusalText } from '../../words/refusals';
import { HistoryLink } from '../changes/HistoryLink';
import { Matrix } from './Matrix';
import {
  type Bad,
  BOUNDS,
  bad,
  began,
  type Cell,
  type Column,
  changes,
  keyOf,
  type Matrix as Model,
  put,
  rebased,
  redone,
  undone,
} from './matrix';

const SHOWN = 30;

function read({ agents, queues, skills, cells }: SkillsMatrixQuery['skillsMatrix']) {
  const columns: Column[] = [
    ...queues.map(({ id, name }): Column => ({ kind: 'queue', id, name })),
    ...skills.map(({ id, name }): Column => ({ kind: 'skill', id, name })),
  ];
  const base = new Map(
    cells.map(({ userId, queueId, skillId, value }) => [
      `${userId}:${queueId === null ? 'skill' : 'queue'}:${queueId ?? skillId}`,
      value,
    ]),
  );
  return { rows: agents.map(({ id, name }) => ({ id, name })), columns, base };
}

export function SkillsSection() {
  const { t } = useLingui();
  const [model, setModel] = useState<Model | null>(null);
  const [words, setWords] = useState('');
  const [saving, setSaving] = useState(false);
  const [said, setSaid] = useState('');
  const [goTo, setGoTo] = useState<Cell | null>(null);
  const dirty = (model?.typed.size ?? 0) > 0;
  useBlocker({
    shouldBlockFn: () => dirty && !window.confirm(t`Změny v tabulce nejsou uložené. Odejít bez uložení?`),
    enableBeforeUnload: () => dirty,
  });
  const load = async () => {
    try {
      const { rows, columns, base } = read((await execute(SkillsMatrixDocument, {})).skillsMatrix);
      setModel((now) => (now ? rebased({ ...now, rows, columns }, base) : began(rows, columns, base)));
    } catch {
      tell(NO_ANSWER);
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once when the table is opened
  useEffect(() => void load(), []);
  const wrong = model ? bad(model) : [];
  const rows = model?.rows.filter((row) => matches(row.name, words)) ?? [];

  const save = async () => {
    if (!model || saving || wrong.length || !dirty) return;
    const cells = changes(model);
    setSaving(true);
    try {
      const { saved } = await execute(SaveSkillsDocument, { cells });
      if (saved.__typename === 'SettingSaved') {
        const base = new Map(model.base);
        for (const { user, queue, skill, value } of cells) {
          const key = `${user}:${queue === null ? 'skill' : 'queue'}:${queue ?? skill}`;
          if (value === null) base.delete(key);
          else base.set(key, value);
        }
        setModel(rebased(model, base));
        setSaid(t`Uloženo, platí hned.`);
      } else if (saved.__typename === 'SettingRefused') {
        setSaid(t`Server změny nepřijal, neuložilo se nic.`);
        await load();
      } else if (saved.code === 'CHANGED_MEANWHILE') {
        await load();
        setSaid(
          t`Mezitím tabulku změnil někdo jiný. Načetli jsme jeho hodnoty, vaše změny zůstaly; zkontrolujte je a uložte znovu.`,
        );
      } else tell(refusalText(saved.code));
    } catch {
      tell(NO_ANSWER);
    } finally {
      setSaving(false);
    }
  };
  const keys = useRef<(event: KeyboardEvent) => void>(() => {});
  keys.current = (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 's') {
      event.preventDefault();
      void save();
    }
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => keys.current(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  if (!model) return <Empty icon="list">{t`Načítá se…`}</Empty>;
  if (!model.rows.length || !model.columns.length)
    return <Empty icon="people">{t`Nejdřív založte uživatele a fronty, pak je tu spojíte.`}</Empty>;
  const change = (next: Model) => {
    setModel(next);
    setSaid('');
  };
  const count = model.typed.size;
  const one = (each: Bad) => {
    const { min, max } = BOUNDS[each.column.kind];
    const what = each.wrong === 'number' ? t`není celé číslo` : t`není od ${min} do ${max}`;
    return `${each.row.name} × ${each.column.name}: „${each.text}“ ${what}`;
  };
  return (
    <div className="matrix">
      <div className="matrix-top">
        <Field label={t`Hledat operátora`} type="search" value={words} onChange={setWords} />
        <p className="small quiet matrix-help">
          {t`Číslo u fronty je pořadí oslovení (0 jde první), prázdné políčko znamená, že ji operátor neobsluhuje. Číslo u dovednosti (kurzívou) je její úroveň. Pohybujte se šipkami, číslo rovnou pište; blok zkopírovaný z Excelu vložíte Ctrl+V.`}
        </p>
      </div>
      <Matrix
        model={model}
        rows={rows}
        goTo={goTo}
        onChange={change}
        onOverflow={() =>
          setSaid(
            t`Vkládaný blok se sem nevejde: má víc řádků nebo sloupců, než je od vybraného políčka do konce tabulky. Nic se nevložilo.`,
          )
        }
      />
      <div>
        {wrong.length > 0 && (
          <div className="summary" role="alert" data-testid="matrix-wrong">
            <strong>
              {plural(wrong.length, {
                one: '# políčko nejde uložit',
                few: '# políčka nejdou uložit',
                other: '# políček nejde uložit',
              })}
            </strong>
            <ul className="matrix-bad">
              {wrong.slice(0, SHOWN).map((each) => (
                <li key={keyOf(each.row, each.column)}>
                  <button
                    type="button"
                    className="problem"
                    onClick={() => {
                      setWords('');
                      setGoTo({ row: model.rows.indexOf(each.row), column: model.columns.indexOf(each.column) });
                    }}
                  >
                    {one(each)}
                  </button>
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="form-bar" data-testid="form-bar" data-state={dirty ? 'dirty' : 'same'}>
          <Button
            tone="primary"
            icon="check"
            pending={saving}
            isDisabled={!dirty || wrong.length > 0}
            hint={wrong.length ? t`Nejdřív opravte označená políčka` : 'Ctrl+S'}
            onPress={() => void save()}
            testId="save"
          >{t`Uložit`}</Button>
          <Button
            icon="undo"
            hint="Ctrl+Z"
            isDisabled={!model.past.length}
            onPress={() => change(undone(model))}
            testId="undo"
          >
            {t`Vrátit`}
          </Button>
          <Button tone="plain" hint="Ctrl+Y" isDisabled={!model.future.length} onPress={() => change(redone(model))}>
            {t`Znovu`}
          </Button>
          {dirty && (
            <Button
              tone="plain"
              onPress={() =>
                change(
                  put(model, new Map([...model.typed.keys()].map((key) => [key, String(model.base.get(key) ?? '')]))),
                )
              }
            >{t`Zahodit změny`}</Button>
          )}
          <HistoryLink here />
          <span className="small quiet" role="status" data-testid="form-status">
            {said ||
              (count
                ? plural(count, { one: '# změněné políčko', few: '# změněná políčka', other: '# změněných políček' })
                : '')}
          </span>
        </div>
      </div>
    </div>
  );
}
