/** Conditions of one rule: all must hold. */
import { useLingui } from '@lingui/react/macro';
import { useSettings } from '../app/settings';
import { ChoiceField, ManyField, Parsed, TextField, ToggleField } from '../forms/controls';
import { printNumber, readNumber } from '../forms/numbers';
import { join, type Path } from '../forms/path';
import { Wrong } from '../forms/problems';
import { Button } from '../ui/Button';
import { WEEKDAYS } from '../words/menus';
import { CONDITIONS, MEASURES } from '../words/settings';
import { named, useRouting } from './data';
import { useAt, useForm } from './form';
import { Intervals } from './Intervals';
import { blankCondition, CONDITION_KINDS, type Condition, type ConditionKind } from './model/shapes';
import { conditionWords, statusWords } from './words';

export function Conditions({ path }: { path: Path }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const routing = useRouting();
  const { remove } = useForm();
  const [list, setList] = useAt<readonly Condition[]>(path);
  const first = { calendar: routing?.calendars[0]?.id ?? 0, queue: settings.queues[0]?.id ?? 0 };
  return (
    <fieldset className="wide rows" data-field={path}>
      <legend>{t`Kdy platí (všechny podmínky najednou)`}</legend>
      <ul>
        {list.map((condition, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: conditions have no other name
          <li key={n} className="rows-item" data-field={join(path, n)} data-testid="condition">
            <div className="rows-fields">
              <ChoiceField
                path={join(path, n, 'type')}
                label={t`Podmínka`}
                choices={CONDITION_KINDS.map((id) => ({ id: id as string, name: i18n._(CONDITIONS[id]) }))}
                value={condition.type}
                onChange={(kind) =>
                  setList(list.map((each, i) => (i === n ? blankCondition(kind as ConditionKind, first) : each)))
                }
                testId={`kind-${path}.${n}`}
              />
              <ConditionFields
                path={join(path, n)}
                condition={condition}
                put={(made) => setList(list.map((each, i) => (i === n ? made : each)))}
              />
              <ToggleField
                path={join(path, n, 'negated')}
                label={t`Obráceně: platí, když tohle neplatí`}
                value={condition.negated}
                onChange={(negated) => setList(list.map((each, i) => (i === n ? { ...condition, negated } : each)))}
              />
              <Wrong path={join(path, n)} />
            </div>
            <Button
              tone="plain"
              icon="trash"
              iconOnly
              onPress={() => remove(path, n, conditionWords(condition, settings, routing))}
            >{t`Odebrat podmínku`}</Button>
          </li>
        ))}
      </ul>
      {list.length === 0 && <p className="small quiet">{t`Bez podmínek platí vždycky.`}</p>}
      <Button
        icon="plus"
        testId={`add-${path}`}
        onPress={() => setList([...list, blankCondition('time', first)])}
      >{t`Přidat podmínku`}</Button>
    </fieldset>
  );
}

function ConditionFields({
  path,
  condition,
  put,
}: {
  path: Path;
  condition: Condition;
  put: (condition: Condition) => void;
}) {
  const { i18n, t } = useLingui();
  const { queues } = useSettings();
  const routing = useRouting();
  switch (condition.type) {
    case 'time':
      return (
        <>
          <ManyField
            path={join(path, 'weekdays')}
            label={t`Dny (žádný: každý)`}
            choices={WEEKDAYS.map((name, n) => ({ id: n + 1, name: i18n._(name) }))}
            value={condition.weekdays}
            onChange={(weekdays) => put({ ...condition, weekdays })}
          />
          <Intervals
            path={join(path, 'intervals')}
            label={t`Hodiny`}
            value={condition.intervals}
            onChange={(intervals) => put({ ...condition, intervals })}
            empty={t`celý den`}
          />
          <TextField
            path={join(path, 'first_day')}
            label={t`První den`}
            type="date"
            value={condition.first_day ?? ''}
            onChange={(day) => put({ ...condition, first_day: day || null })}
          />
          <TextField
            path={join(path, 'last_day')}
            label={t`Poslední den`}
            type="date"
            value={condition.last_day ?? ''}
            onChange={(day) => put({ ...condition, last_day: day || null })}
          />
          <ChoiceField
            path={join(path, 'holiday')}
            label={t`Státní svátky`}
            choices={[
              { id: 'any', name: t`nerozhodují` },
              { id: 'true', name: t`jen o svátku` },
              { id: 'false', name: t`jen mimo svátky` },
            ]}
            value={String(condition.holiday ?? 'any')}
            onChange={(made) => put({ ...condition, holiday: made === 'any' ? null : made === 'true' })}
          />
        </>
      );
    case 'calendar':
      return (
        <ChoiceField
          path={join(path, 'calendar')}
          label={t`Má otevřeno`}
          choices={named(routing?.calendars)}
          value={condition.calendar}
          onChange={(calendar) => put({ ...condition, calendar })}
          placeholder={routing?.calendars.length ? t`vyberte…` : t`zatím žádný kalendář není`}
          testId={`${path}.calendar`}
        />
      );
    case 'caller':
      return (
        <>
          <Numbers
            path={join(path, 'numbers')}
            label={t`Čísla (oddělte čárkou)`}
            value={condition.numbers}
            onChange={(numbers) => put({ ...condition, numbers })}
          />
          <Numbers
            path={join(path, 'prefixes')}
            label={t`Začátky čísel`}
            value={condition.prefixes}
            onChange={(prefixes) => put({ ...condition, prefixes })}
          />
          <ToggleField
            path={join(path, 'withheld')}
            label={t`Skryté číslo`}
            value={condition.withheld}
            onChange={(withheld) => put({ ...condition, withheld })}
          />
        </>
      );
    case 'client_status': {
      const known = new Set(['', 'ambiguous', ...(routing?.clientStatuses ?? []), ...condition.statuses]);
      return (
        <ManyField
          path={join(path, 'statuses')}
          label={t`Stav klienta`}
          choices={[...known].map((id) => ({ id, name: statusWords(id) }))}
          value={condition.statuses}
          onChange={(statuses) => put({ ...condition, statuses })}
        />
      );
    }
    case 'queue_measures':
      return (
        <>
          <ChoiceField
            path={join(path, 'queue')}
            label={t`Fronta`}
            choices={queues}
            value={condition.queue}
            onChange={(queue) => put({ ...condition, queue })}
          />
          <ChoiceField
            path={join(path, 'measure')}
            label={t`Údaj`}
            choices={Object.entries(MEASURES).map(([id, words]) => ({ id, name: i18n._(words) }))}
            value={condition.measure}
            onChange={(measure) => put({ ...condition, measure })}
          />
          <Limit
            path={join(path, 'more_than')}
            label={t`Více než`}
            value={condition.more_than}
            onChange={(more_than) => put({ ...condition, more_than })}
          />
          <Limit
            path={join(path, 'less_than')}
            label={t`Méně než`}
            value={condition.less_than}
            onChange={(less_than) => put({ ...condition, less_than })}
          />
        </>
      );
  }
}

interface Common<T> {
  path: Path;
  label: string;
  value: T;
  onChange: (value: T) => void;
}

/** Written in one line, separated by commas. */
function Numbers(props: Common<readonly string[]>) {
  return (
    <Parsed
      {...props}
      print={(list) => list.join(', ')}
      read={(text) =>
        text
          .split(/[,;\n]/)
          .map((each) => each.replaceAll(/\s/g, ''))
          .filter(Boolean)
      }
    />
  );
}

/** A number, or nothing. */
function Limit(props: Common<number | null>) {
  return (
    <Parsed<number | null | undefined>
      {...props}
      onChange={(made) => props.onChange(made ?? null)}
      print={(value) => (value === null || value === undefined ? '' : printNumber(value))}
      read={(text) => (text.trim() === '' ? undefined : readNumber(text))}
      numeric
    />
  );
}
