/** Hours of a day: several intervals, from – to. */
import { useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { Parsed } from '../forms/controls';
import { join, type Path } from '../forms/path';
import { Wrong } from '../forms/problems';
import { Button } from '../ui/Button';
import { type Interval, nextInterval, printMinute, readMinute } from './model/times';

export function Intervals({
  path,
  label,
  value,
  onChange,
  empty,
}: {
  path: Path;
  label: string;
  value: readonly Interval[];
  onChange: (value: readonly Interval[]) => void;
  empty: string;
}) {
  const { t } = useLingui();
  const id = useId();
  const next = nextInterval(value);
  const put = (n: number, made: Partial<Interval>) =>
    onChange(value.map((each, i) => (i === n ? { ...each, ...made } : each)));
  return (
    <fieldset className="intervals" data-field={path} aria-labelledby={id}>
      <span id={id} className="intervals-label">
        {label}
      </span>
      <div className="intervals-list">
        {value.map((each, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: intervals have no other name
          <div key={n} className="interval">
            <Parsed
              path={join(path, n, 'start')}
              label={t`Od`}
              value={each.start}
              print={printMinute}
              read={readMinute}
              onChange={(start) => put(n, { start })}
            />
            <span aria-hidden="true">–</span>
            <Parsed
              path={join(path, n, 'end')}
              label={t`Do`}
              value={each.end}
              print={printMinute}
              read={readMinute}
              onChange={(end) => put(n, { end })}
            />
            <Button
              tone="plain"
              icon="close"
              iconOnly
              onPress={() => onChange(value.filter((_, i) => i !== n))}
            >{t`Odebrat hodiny, ${label}`}</Button>
          </div>
        ))}
        {value.length === 0 && <span className="quiet">{empty}</span>}
        <Button
          tone="plain"
          icon="plus"
          iconOnly
          testId={`add-${path}`}
          isDisabled={next === null}
          onPress={() => next && onChange([...value, next])}
        >{t`Přidat hodiny, ${label}`}</Button>
      </div>
      <Wrong path={path} />
    </fieldset>
  );
}
