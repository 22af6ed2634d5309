import { useLingui } from '@lingui/react/macro';
import { duration, percent, secondsBetween } from '../format/format';
import { useServerNow } from '../live/clock';
import type { Queue } from '../live/state';
import { Icon } from '../ui/Icon';
import { type Alarm, levelAlarm, waitingAlarm } from '../ui/Thresholds';

const ICONS = { good: 'check', warn: 'clock', bad: 'warn' } as const;

export function QueueColumn({ queue }: { queue: Queue }) {
  const { t } = useLingui();
  const now = useServerNow();
  const waiting = waitingAlarm(queue, now);
  const level = levelAlarm(queue.serviceLevel ?? null);
  const levelWords: Record<Alarm, string> = { good: t`dobrá`, warn: t`pozor`, bad: t`špatná` };
  return (
    <section className={`wall-queue ${queue.waiting ? waiting : ''}`} data-testid={`wall-queue-${queue.id}`}>
      <h2>{queue.name}</h2>
      <div className="wall-pair">
        <div className={queue.waiting ? `figure ${waiting}` : 'figure'}>
          <span>{t`Čeká`}</span>
          <strong className="figures">{queue.waiting}</strong>
          <small className="figures">
            {queue.longestSince ? (
              <>
                <Icon name={ICONS[waiting]} /> {duration(secondsBetween(queue.longestSince, now))}
              </>
            ) : (
              t`nikdo nečeká`
            )}
          </small>
        </div>
        <div className={`figure ${level ?? ''}`}>
          <span>{t`Úroveň služby`}</span>
          <strong className="figures">{queue.serviceLevel == null ? '–' : percent(queue.serviceLevel)}</strong>
          <small>
            {level ? (
              <>
                <Icon name={ICONS[level]} /> {levelWords[level]}
              </>
            ) : (
              t`zatím bez hovorů`
            )}
          </small>
        </div>
      </div>
      <dl>
        <div>
          <dt>{t`Připraveno`}</dt>
          <dd className="figures">{queue.ready}</dd>
        </div>
        <div>
          <dt>{t`Obsazeno`}</dt>
          <dd className="figures">{queue.busy}</dd>
        </div>
        <div>
          <dt>{t`Přijato`}</dt>
          <dd className="figures" data-testid={`wall-answered-${queue.id}`}>
            {queue.answered}
          </dd>
        </div>
        <div>
          <dt>{t`Ztraceno`}</dt>
          <dd className="figures">{queue.abandoned}</dd>
        </div>
      </dl>
    </section>
  );
}
