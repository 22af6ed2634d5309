import { useLingui } from '@lingui/react/macro';
import { memo, type Ref } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import type { Agent, Contact } from '../live/state';
import { AgentMenu } from '../staffing/AgentMenu';
import { Icon } from '../ui/Icon';
import { ActivityBadge } from '../ui/StateBadge';
import { Since } from '../ui/Time';
import { notReadyReason } from '../words/states';
import { Figure } from './Figure';

interface Props {
  agent: Agent;
  /** The first of those that the agent has. */
  contact: Contact | undefined;
  row: number;
  ref?: Ref<HTMLTableRowElement>;
  'data-index'?: number;
}

/** One agent: what is unchanged is not drawn again. */
export const AgentRow = memo(function AgentRow({ agent, contact, row, ref, 'data-index': index }: Props) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const reason = agent.activity === 'NOT_READY' ? notReadyReason(agent.reason) : null;
  const detail =
    agent.activity === 'BREAK' ? nameIn(settings.breaks, Number(agent.reason)) : reason ? i18n._(reason) : null;
  const queues = agent.queues.map((id) => nameIn(settings.queues, id)).filter(Boolean);
  const name = agent.name;
  return (
    <tr
      ref={ref}
      data-index={index}
      aria-rowindex={row}
      data-agent={agent.userId}
      data-activity={agent.activity}
      data-testid={`agent-${agent.userId}`}
    >
      <td className="figures quiet" data-label={t`Číslo`}>
        {agent.number}
      </td>
      <th scope="row">
        {name}
        <span className="floor-number quiet small figures">{agent.number}</span>
        {!agent.phoneConnected && agent.activity !== 'OFFLINE' && (
          <span className="state tone-bad floor-mark">
            <Icon name="off" />
            {t`bez telefonu`}
          </span>
        )}
        {agent.leaving && (
          <span className="state tone-wrap floor-mark">
            <Icon name="exit" />
            {t`odhlásí se po hovoru`}
          </span>
        )}
      </th>
      <td data-label={t`Stav`}>
        <ActivityBadge activity={agent.activity} detail={detail} />
      </td>
      <td className="n" data-label={t`Trvá`}>
        {agent.activity === 'OFFLINE' ? '–' : <Since since={agent.activitySince} />}
      </td>
      <td className="wide" data-label={t`S kým`}>
        {contact ? (
          <span>
            <span className="figures">{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</span>{' '}
            <span className="quiet small">{nameIn(settings.queues, contact.queueId)}</span>
            {contact.heldSince && (
              <span className="state tone-ring floor-mark">
                <Icon name="pause" />
                {t`podrženo`}
              </span>
            )}
          </span>
        ) : (
          <span className="quiet">–</span>
        )}
      </td>
      <td className="n" data-label={t`Obsloužil(a)`}>
        <Figure
          value={agent.handledToday}
          name={t`Obslouženo`}
          of={{ number: 'HANDLED', agent: agent.userId, of: name }}
        />
      </td>
      <td className="n" data-label={t`Zmeškal(a)`}>
        <Figure value={agent.missedToday} name={t`Zmeškáno`} of={{ number: 'MISSED', agent: agent.userId, of: name }} />
      </td>
      <td className="quiet small wide floor-queues-of" data-label={t`Fronty`} title={queues.join(', ')}>
        <span>{queues.join(', ') || '–'}</span>
      </td>
      <td className="quiet small" data-label={t`Lokalita`}>
        {nameIn(settings.locations, agent.locationId) ?? '–'}
      </td>
      <td>
        <AgentMenu agent={agent} />
      </td>
    </tr>
  );
});
