import { Trans, useLingui } from '@lingui/react/macro';
import { Switch } from 'react-aria-components';
import { execute } from '../api/client';
import { MyQueuesDocument } from '../gql/graphql';
import { desk } from '../live/feeds';
import { useStore } from '../live/store';
import { setMyQueues, toggled } from '../staffing/commands';
import { Icon } from '../ui/Icon';
import { Since } from '../ui/Time';
import { pending } from './commands';
import { useAgent } from './current';
import { useAnswer } from './detail';

/** Who waits in which queue, and which of them I serve: one press logs me in or out. */
export function QueueStrip({ userId }: { userId: number }) {
  const { t } = useLingui();
  const agent = useAgent(userId);
  const choice = useAnswer('mine', async (signal) => (await execute(MyQueuesDocument, {}, signal)).myQueues).value;
  const busy = useStore(pending, (keys) => keys.has('queues'));
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
            {choice?.assigned.includes(queue.id) && agent && agent.presence !== 'OFFLINE' ? (
              <Switch
                className="queue-switch"
                isSelected={agent.queues.includes(queue.id)}
                isDisabled={!choice.mayChoose || busy}
                onChange={() => void setMyQueues(toggled(agent.queues, queue.id))}
                aria-label={t`Obsluhuji frontu ${queue.name}`}
                data-testid={`serve-${queue.id}`}
              >
                <span className="queue-switch-track" />
              </Switch>
            ) : (
              <span />
            )}
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
