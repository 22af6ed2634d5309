import { Trans, useLingui } from '@lingui/react/macro';
import { desk } from '../live/feeds';
import { useStore } from '../live/store';
import { Icon } from '../ui/Icon';
import { Since } from '../ui/Time';

/** Who waits in which queue. */
export function QueueStrip() {
  const { t } = useLingui();
  const queues = useStore(desk.state, (state) => state.queues);
  const sorted = [...queues.values()].sort((a, b) => a.name.localeCompare(b.name, 'cs'));
  return (
    <div className="panel queue-strip" data-testid="queue-strip">
      <header>
        <h2>
          <Trans>Fronty</Trans>
        </h2>
        <span className="small quiet">
          <Trans>čeká</Trans>
        </span>
      </header>
      <ul>
        {sorted.map((queue) => (
          <li key={queue.id} className={queue.waiting ? 'tone-ring' : ''} data-testid={`queue-${queue.id}`}>
            <span className="queue-name">{queue.name}</span>
            {queue.longestSince && (
              <span className="small" title={t`Nejdelší čekání`}>
                <Icon name="clock" /> <Since since={queue.longestSince} />
              </span>
            )}
            <strong className="figures">{queue.waiting}</strong>
          </li>
        ))}
      </ul>
    </div>
  );
}
