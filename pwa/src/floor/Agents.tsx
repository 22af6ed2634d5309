import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import { floor } from '../live/feeds';
import type { Agent } from '../live/state';
import { useStore } from '../live/store';
import { AgentMenu } from '../staffing/AgentMenu';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { ActivityBadge } from '../ui/StateBadge';
import { Since } from '../ui/Time';
import { notReadyReason } from '../words/states';

const ORDER = ['IN_CALL', 'RINGING', 'WRAP_UP', 'READY', 'NOT_READY', 'BREAK', 'OFFLINE'] as const;

export function Agents() {
  const { t } = useLingui();
  const agents = useStore(floor.state, (state) => state.agents);
  const present = [...agents.values()]
    .filter((agent) => agent.activity !== 'OFFLINE')
    .sort((a, b) => ORDER.indexOf(a.activity) - ORDER.indexOf(b.activity) || a.name.localeCompare(b.name, 'cs'));
  return (
    <section className="panel">
      <header>
        <h2>
          <Trans>Operátoři</Trans>
        </h2>
        <span className="quiet figures">{present.length}</span>
      </header>
      {present.length === 0 ? (
        <Empty icon="people">{t`Nikdo není přihlášený.`}</Empty>
      ) : (
        <table className="table" data-testid="floor-agents">
          <thead>
            <tr>
              <th scope="col">{t`Jméno`}</th>
              <th scope="col">{t`Stav`}</th>
              <th scope="col" className="n">{t`Trvá`}</th>
              <th scope="col">{t`S kým`}</th>
              <th scope="col">{t`Fronty`}</th>
              <th scope="col">{t`Telefon`}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {present.map((agent) => (
              <Row key={agent.userId} agent={agent} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ agent }: { agent: Agent }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const contact = useStore(floor.state, (state) => state.contacts.get(agent.contacts[0]?.contactId ?? ''));
  const reason = agent.activity === 'NOT_READY' ? notReadyReason(agent.reason) : null;
  const detail =
    agent.activity === 'BREAK' ? nameIn(settings.breaks, Number(agent.reason)) : reason ? i18n._(reason) : null;
  const queues = agent.queues.map((id) => nameIn(settings.queues, id)).filter(Boolean);
  return (
    <tr data-agent={agent.userId} data-activity={agent.activity}>
      <th scope="row">{agent.name}</th>
      <td data-label={t`Stav`}>
        <ActivityBadge activity={agent.activity} detail={detail} />
      </td>
      <td className="n" data-label={t`Trvá`}>
        <Since since={agent.activitySince} />
      </td>
      <td className="wide" data-label={t`S kým`}>
        {contact ? (
          <span>
            <span className="figures">{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</span>{' '}
            <span className="quiet">{nameIn(settings.queues, contact.queueId)}</span>
          </span>
        ) : (
          <span className="quiet">–</span>
        )}
      </td>
      <td className="quiet small wide" data-label={t`Fronty`}>
        {queues.join(', ') || '–'}
      </td>
      <td data-label={t`Telefon`}>
        <span className={`state tone-${agent.phoneConnected ? 'ready' : 'rest'}`}>
          <Icon name={agent.phoneConnected ? 'phone' : 'off'} />
          {agent.phoneConnected ? t`připojen` : t`bez telefonu`}
        </span>
      </td>
      <td>
        <AgentMenu agent={agent} />
      </td>
    </tr>
  );
}
