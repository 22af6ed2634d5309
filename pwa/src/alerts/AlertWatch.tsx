/** For those who lead, on every page: alerts are heard and seen wherever one is. */
import '../floor/floor.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { Link, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useServerNow } from '../live/clock';
import { alerts } from '../live/feeds';
import { useStore } from '../live/store';
import { Icon } from '../ui/Icon';
import { calls } from './calling';
import { soundAlert } from './sound';

/** Seen on the way in, it needs no sound: only what comes while one is here. */
export function AlertWatch({ active }: { active: boolean }) {
  const { t } = useLingui();
  useEffect(() => {
    if (active) alerts.start();
  }, [active]);
  const known = useStore(alerts.state, (state) => state.alerts);
  const ready = useStore(alerts.state, (state) => state.known);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const now = useServerNow();
  const due = [...known.values()].filter((alert) => calls(alert, now));
  const calling = due.map((alert) => alert.id);
  const heard = useRef<ReadonlySet<string> | null>(null);
  const names = calling.join(' ');
  useEffect(() => {
    if (!ready) return;
    const ids = names ? names.split(' ') : [];
    if (heard.current && ids.some((id) => !heard.current?.has(id))) soundAlert();
    heard.current = new Set(ids);
  }, [names, ready]);
  const count = calling.length;
  const timed = due.filter((alert) => !alert.outside && !alert.trunk).length;
  const trunks = [...new Set(due.flatMap((alert) => alert.trunk?.name ?? []))];
  const down = trunks.join(', ');
  return (
    <div role="status">
      {count > 0 && path !== '/floor' && (
        <div className="banner" data-testid="alerts-banner">
          <Icon name="warn" />
          <span>
            {due.some((alert) => alert.outside) && `${t`Hovory ven narazily na mez.`} `}
            {trunks.length > 0 &&
              `${plural(trunks.length, {
                one: `Hovory ven a dovnitř přes svazek ${down} neprojdou.`,
                other: `Hovory ven a dovnitř přes svazky ${down} neprojdou.`,
              })} `}
            {timed > 0 &&
              plural(timed, {
                one: 'Něco trvá moc dlouho.',
                few: '# věci trvají moc dlouho.',
                other: '# věcí trvá moc dlouho.',
              })}
          </span>
          <Link to="/floor" className="button">{t`Ukázat na přehledu`}</Link>
        </div>
      )}
    </div>
  );
}
