import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { leads, session } from '../app/session';
import { useSettings } from '../app/settings';
import type { CallType, SortBy } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Select } from '../ui/Select';
import { type Asked, type Criteria, daysAgo, NEWEST } from './search';

const ALL = -1;
const TYPING_MS = 300;

/** What is typed narrows at once; the rest is behind „Další podmínky". */
export function Filters({ asked, onAsk }: { asked: Asked; onAsk: (asked: Asked) => void }) {
  const { t } = useLingui();
  const settings = useSettings();
  const now = useStore(session);
  const everybody = now.kind === 'user' && leads(now.user);
  const [words, setWords] = useState('');
  const [days, setDays] = useState(0);
  const latest = useRef(asked);
  latest.current = asked;
  const narrow = (criteria: Criteria) =>
    onAsk({ ...latest.current, criteria: { ...latest.current.criteria, ...criteria } });
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what was typed asks anew
  useEffect(() => {
    const said = words.trim();
    const digits = said.replace(/[\s+]/g, '');
    const isNumber = /^\d{3,}$/.test(digits);
    const next = { words: said && !isNumber ? said : null, number: isNumber ? digits : null };
    const { criteria } = latest.current;
    if ((criteria.words ?? null) === next.words && (criteria.number ?? null) === next.number) return;
    const timer = setTimeout(() => narrow(next), TYPING_MS);
    return () => clearTimeout(timer);
  }, [words]);
  const periods = [
    { id: 0, name: t`kdykoli` },
    { id: 1, name: t`posledních 24 hodin` },
    { id: 7, name: t`posledních 7 dní` },
    { id: 14, name: t`posledních 14 dní` },
    { id: 31, name: t`posledních 31 dní` },
  ];
  const types: { id: CallType | 'ALL'; name: string }[] = [
    { id: 'ALL', name: t`všechny` },
    { id: 'INBOUND', name: t`příchozí` },
    { id: 'OUTBOUND', name: t`odchozí` },
    { id: 'LOST', name: t`ztracené` },
    { id: 'NOT_REACHED', name: t`nedovolané` },
  ];
  const sorts: { id: SortBy; name: string }[] = [
    { id: 'STARTED', name: t`data a času` },
    { id: 'TIME_OF_DAY', name: t`času v rámci dne` },
    { id: 'AGENT', name: t`operátora` },
    { id: 'NUMBER', name: t`telefonního čísla` },
    { id: 'LENGTH', name: t`délky hovoru` },
    { id: 'WAIT', name: t`čekání ve frontě` },
    { id: 'CATEGORY', name: t`kategorie` },
    { id: 'QUEUE', name: t`fronty` },
    { id: 'NOTE', name: t`poznámky` },
  ];
  const { criteria } = asked;
  const seconds = (text: string) => (text === '' ? null : Math.max(0, Number(text)));
  const clear = () => {
    setWords('');
    setDays(0);
    onAsk(NEWEST);
  };
  const all = (list: readonly { id: number; name: string }[]) => [{ id: ALL, name: t`všechny` }, ...list];
  return (
    <search className="filters" aria-label={t`Hledání v historii`}>
      <div className="filters-first">
        <Field
          label={t`Hledat v poznámkách nebo podle čísla`}
          type="search"
          value={words}
          onChange={setWords}
          maxLength={100}
          data-testid="history-words"
        />
        <Select
          label={t`Období`}
          choices={periods}
          value={days}
          onChange={(value) => {
            setDays(value);
            narrow({ since: value ? daysAgo(value, serverClock.now()) : null });
          }}
          testId="history-period"
        />
      </div>
      <details>
        <summary>
          <Trans>Další podmínky a řazení</Trans>
        </summary>
        <div className="filters-more">
          <Select
            label={t`Druh hovoru`}
            choices={types}
            value={criteria.types?.[0] ?? 'ALL'}
            onChange={(value) => narrow({ types: value === 'ALL' ? [] : [value] })}
            testId="history-type"
          />
          <Select
            label={t`Fronta`}
            choices={all(settings.queues)}
            value={criteria.queues?.[0] ?? ALL}
            onChange={(value) => narrow({ queues: value === ALL ? [] : [value] })}
          />
          <Select
            label={t`Kategorie`}
            choices={all(settings.categories.map((each) => ({ id: each.id, name: each.path.join(' › ') })))}
            value={criteria.categories?.[0] ?? ALL}
            onChange={(value) => narrow({ categories: value === ALL ? [] : [value] })}
          />
          {everybody && (
            <Select
              label={t`Operátor`}
              choices={[{ id: ALL, name: t`všichni` }, ...settings.staff]}
              value={criteria.agents?.[0] ?? ALL}
              onChange={(value) => narrow({ agents: value === ALL ? [] : [value] })}
            />
          )}
          <Field
            label={t`Délka od (s)`}
            type="number"
            min={0}
            value={criteria.lengthFrom ?? ''}
            onChange={(text) => narrow({ lengthFrom: seconds(text) })}
          />
          <Field
            label={t`Délka do (s)`}
            type="number"
            min={0}
            value={criteria.lengthTo ?? ''}
            onChange={(text) => narrow({ lengthTo: seconds(text) })}
          />
          <Field
            label={t`Čekání od (s)`}
            type="number"
            min={0}
            value={criteria.waitFrom ?? ''}
            onChange={(text) => narrow({ waitFrom: seconds(text) })}
          />
          <Field
            label={t`Čekání do (s)`}
            type="number"
            min={0}
            value={criteria.waitTo ?? ''}
            onChange={(text) => narrow({ waitTo: seconds(text) })}
          />
          <Select
            label={t`Nahrávka`}
            choices={[
              { id: 'ALL', name: t`nezáleží` },
              { id: 'YES', name: t`jen nahrané` },
              { id: 'NO', name: t`jen nenahrané` },
            ]}
            value={criteria.recorded == null ? 'ALL' : criteria.recorded ? 'YES' : 'NO'}
            onChange={(value) => narrow({ recorded: value === 'ALL' ? null : value === 'YES' })}
          />
          <Select
            label={t`Řadit podle`}
            choices={sorts}
            value={asked.sort}
            onChange={(sort) => onAsk({ ...asked, sort })}
            testId="history-sort"
          />
          <Button pressed={!asked.descending} onPress={() => onAsk({ ...asked, descending: !asked.descending })}>
            {asked.descending ? t`Sestupně` : t`Vzestupně`}
          </Button>
        </div>
      </details>
      {asked !== NEWEST && (
        <Button tone="plain" onPress={clear} testId="history-clear">
          {t`Zrušit všechny podmínky`}
        </Button>
      )}
    </search>
  );
}
