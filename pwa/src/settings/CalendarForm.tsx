/** Working time: a week, exceptions by date, public holidays, and what the calendar says at a time. */
import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { moment } from '../format/format';
import { TextField, ToggleField } from '../forms/controls';
import { Wrong } from '../forms/problems';
import { CalendarAtDocument, type CalendarAtQuery } from '../gql/graphql';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { WEEKDAYS } from '../words/menus';
import type { CalendarBody } from './data';
import { useAt, useForm } from './form';
import { Intervals } from './Intervals';
import { type Interval, pragueInstant, pragueWall } from './model/times';
import { dayWords } from './words';

export function CalendarForm() {
  const { t } = useLingui();
  const [name, setName] = useAt<string>('name');
  const [closed, setClosed] = useAt<boolean>('holidays_closed');
  return (
    <>
      <section className="panel setting-section">
        <div className="setting-fields">
          <TextField path="name" label={t`Název`} value={name} onChange={setName} />
          <ToggleField
            path="holidays_closed"
            label={t`O státních svátcích zavřeno`}
            hint={t`České státní svátky a dny pracovního klidu známe, ani Velikonoce zadávat nemusíte.`}
            value={closed}
            onChange={setClosed}
          />
        </div>
      </section>
      <Week />
      <Exceptions />
      <Check />
    </>
  );
}

function Week() {
  const { i18n, t } = useLingui();
  const [week, setWeek] = useAt<CalendarBody['week']>('week');
  const monday = week[0] ?? [];
  return (
    <section className="panel setting-section" aria-labelledby="week" data-testid="week">
      <header>
        <h2 id="week">{t`Týden`}</h2>
        <Button
          tone="plain"
          icon="copy"
          isDisabled={monday.length === 0}
          onPress={() => setWeek(week.map((day, n) => (n < 5 ? monday : day)))}
          testId="copy-monday"
        >{t`Pondělí i pro ostatní pracovní dny`}</Button>
      </header>
      <div className="week">
        {WEEKDAYS.map((day, n) => (
          <Intervals
            key={day.id}
            path={`week.${n}`}
            label={i18n._(day)}
            value={week[n] ?? []}
            onChange={(made) => setWeek(week.map((each, i) => (i === n ? made : each)))}
            empty={t`zavřeno`}
          />
        ))}
      </div>
      <Wrong path="week" />
    </section>
  );
}

function Exceptions() {
  const { t } = useLingui();
  const { remove } = useForm();
  const [list, setList] = useAt<CalendarBody['exceptions']>('exceptions');
  const [day, setDay] = useState('');
  const taken = list.some((each) => each.day === day);
  const add = () => {
    if (!day || taken) return;
    setList([...list, { day, intervals: [] }].sort((a, b) => a.day.localeCompare(b.day)));
    setDay('');
  };
  const put = (n: number, intervals: readonly Interval[]) =>
    setList(list.map((each, i) => (i === n ? { ...each, intervals } : each)));
  return (
    <section className="panel setting-section" aria-labelledby="exceptions" data-field="exceptions">
      <header>
        <h2 id="exceptions">{t`Výjimky`}</h2>
      </header>
      <p className="small quiet setting-about">
        {t`Dny s jinou provozní dobou, třeba 23. prosince nebo celozávodní dovolená. Výjimka platí i o svátku.`}
      </p>
      <div className="week">
        {list.map((each, n) => (
          <div key={each.day} className="exception" data-testid="exception">
            <Intervals
              path={`exceptions.${each.day}`}
              label={dayWords(each.day)}
              value={each.intervals}
              onChange={(made) => put(n, made)}
              empty={t`zavřeno`}
            />
            <Button
              tone="plain"
              icon="trash"
              iconOnly
              onPress={() => remove('exceptions', n, dayWords(each.day))}
            >{t`Odebrat výjimku ${dayWords(each.day)}`}</Button>
          </div>
        ))}
        {list.length === 0 && <p className="small quiet">{t`Žádné výjimky.`}</p>}
        <div className="form-row">
          <Field label={t`Nová výjimka`} type="date" value={day} onChange={setDay} data-testid="exception-day" />
          <Button icon="plus" isDisabled={!day || taken} onPress={add} testId="exception-add">{t`Přidat`}</Button>
          {taken && <span className="small error">{t`Tento den už výjimku má.`}</span>}
        </div>
      </div>
      <Wrong path="exceptions" />
    </section>
  );
}

type Found = CalendarAtQuery['calendarAt'] | null;

/** What callers would find at a time, by the calendar on the screen, saved or not. */
function Check() {
  const { t } = useLingui();
  const { value } = useForm();
  const [at, setAt] = useState(() => pragueWall(serverClock.now()));
  const [found, setFound] = useState<Found>(null);
  useEffect(() => {
    const gone = new AbortController();
    const instant = pragueInstant(at);
    const timer = setTimeout(() => {
      execute(CalendarAtDocument, { calendar: value, at: instant }, gone.signal).then(
        ({ calendarAt }) => setFound(calendarAt),
        () => !gone.signal.aborted && setFound(null),
      );
    }, 250);
    return () => {
      clearTimeout(timer);
      gone.abort();
    };
  }, [value, at]);
  const state = found?.__typename === 'CalendarMoment' ? (found.open ? 'open' : 'closed') : 'unknown';
  return (
    <section className="panel setting-section" aria-labelledby="check">
      <header>
        <h2 id="check">{t`Jak to bude`}</h2>
      </header>
      <div className="setting-check form-row">
        <Field label={t`Kdy někdo zavolá`} type="datetime-local" value={at} onChange={setAt} data-testid="check-at" />
        <p role="status" data-testid="check" data-state={state}>
          <Moment found={found} />
        </p>
      </div>
    </section>
  );
}

function Moment({ found }: { found: Found }) {
  const { t } = useLingui();
  if (!found) return null;
  if (found.__typename !== 'CalendarMoment') return t`Nejdřív opravte hodiny.`;
  const now = serverClock.now();
  const day = found.exception ? t` (výjimka)` : found.holiday ? t` (státní svátek)` : '';
  if (found.open) {
    const until = found.closesAt ? moment(found.closesAt, now) : '';
    return (
      <>
        <strong className="tone-ready state">{t`otevřeno`}</strong> {until && t`do ${until}`}
        {day}
      </>
    );
  }
  const opens = found.opensAt ? moment(found.opensAt, now) : '';
  return (
    <>
      <strong className="tone-bad state">{t`zavřeno`}</strong>{' '}
      {opens ? t`otevře se ${opens}` : t`v příštím roce se neotevře`}
      {day}
    </>
  );
}
