import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { percent } from '../format/format';
import { floor } from '../live/feeds';
import { useStore } from '../live/store';
import { ServiceLevel } from '../ui/Thresholds';
import { Since } from '../ui/Time';
import type { Behind } from './behind';
import { Figure } from './Figure';

/** Lost to handled, as the two and as a share. */
export function Sla({ lost, handled, share }: { lost: number; handled: number; share: number | null | undefined }) {
  return (
    <>
      {lost} : {handled}
      {share != null && <span className="floor-sla-share"> ({percent(share)})</span>}
    </>
  );
}

/** All queues and everybody together, as the server counts them. */
export function Totals() {
  const { t } = useLingui();
  const all = useStore(floor.state, (state) => state.overall);
  if (!all) return null;
  const of = t`všechny fronty`;
  const opens = (number: Behind['number'], value: number, name: string) => (
    <Figure value={value} name={name} of={{ number, of }} />
  );
  const items: [string, ReactNode, string][] = [
    [t`Čeká`, opens('WAITING', all.waiting, t`Čeká`), 'waiting'],
    [t`Nejdéle čeká`, <Since key="longest" since={all.longestSince} />, 'longest'],
    [
      t`Úroveň služby`,
      <ServiceLevel
        key="level"
        level={all.serviceLevel ?? null}
        text={all.serviceLevel == null ? '–' : percent(all.serviceLevel)}
      />,
      'level',
    ],
    [t`Obslouženo`, opens('HANDLED', all.answered, t`Obslouženo`), 'handled'],
    [t`Ztraceno`, opens('LOST', all.abandoned, t`Ztraceno`), 'lost'],
    [t`Zmeškáno`, opens('MISSED', all.missed, t`Zmeškáno`), 'missed'],
    [t`SLA infolinky`, <Sla key="sla" lost={all.abandoned} handled={all.answered} share={all.slaInfoline} />, 'sla'],
    [t`K zavolání zpět`, all.callbacks, 'callbacks'],
    [t`Volní`, all.free, 'free'],
    [t`Obsazení`, all.busy, 'busy'],
    [t`Přestávka`, all.onBreak, 'break'],
    [t`Nepřipravení`, all.notReady, 'not-ready'],
  ];
  return (
    <section className="panel floor-totals" aria-labelledby="floor-totals-title" data-testid="floor-totals">
      <h2 id="floor-totals-title" className="unseen">
        <Trans>Celkem dnes</Trans>
      </h2>
      <dl>
        {items.map(([name, value, id]) => (
          <div key={id} data-testid={`total-${id}`}>
            <dt>{name}</dt>
            <dd className="figures">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
