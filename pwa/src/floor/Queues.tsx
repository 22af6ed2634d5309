import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { memo, type Ref, useMemo } from 'react';
import { Header, MenuItem, MenuSection } from 'react-aria-components';
import { percent } from '../format/format';
import { floor } from '../live/feeds';
import type { LiveState, Queue } from '../live/state';
import { useInTurn } from '../live/turns';
import { Icon } from '../ui/Icon';
import { MenuButton } from '../ui/MenuButton';
import { ServiceLevel, WaitingBadge } from '../ui/Thresholds';
import { Since } from '../ui/Time';
import type { Behind } from './behind';
import { prioritiseQueue } from './commands';
import { Figure } from './Figure';
import { useRows } from './rows';
import { Space } from './Space';
import { Sla } from './Totals';

const ofQueues = (state: LiveState) => state.queues;

export function Queues() {
  const { t } = useLingui();
  const queues = useInTurn(floor.state, ofQueues);
  const sorted = useMemo(
    () => [...queues.values()].sort((a, b) => b.waiting - a.waiting || a.name.localeCompare(b.name, 'cs')),
    [queues],
  );
  const { body, drawn, above, below, measured } = useRows(sorted.length, (n) => String(sorted[n]?.id ?? ''));
  return (
    <section className="panel" aria-labelledby="floor-queues-title">
      <header>
        <h2 id="floor-queues-title">
          <Trans>Fronty</Trans>
        </h2>
        <Link to="/callbacks" className="button plain">
          <Icon name="callback" />
          {t`Zpětná volání`}
        </Link>
      </header>
      <table className="table" data-testid="floor-queues" aria-rowcount={sorted.length + 1}>
        <thead>
          <tr>
            <th scope="col">{t`Fronta`}</th>
            <th scope="col" className="n">{t`Čeká`}</th>
            <th scope="col" className="n">{t`Nejdéle`}</th>
            <th scope="col" className="n">{t`Volní / přihlášení`}</th>
            <th scope="col" className="n">{t`Obsazení`}</th>
            <th scope="col" className="n">{t`Příchozí`}</th>
            <th scope="col" className="n">{t`Obslouženo`}</th>
            <th scope="col" className="n">{t`Ztraceno`}</th>
            <th scope="col" className="n">{t`Zmeškáno`}</th>
            <th scope="col" className="n">{t`Úroveň služby`}</th>
            <th scope="col" className="n">{t`SLA infolinky`}</th>
            <th scope="col" className="n">{t`Zpět`}</th>
            <td />
          </tr>
        </thead>
        <tbody ref={body}>
          {above > 0 && <Space height={above} columns={13} />}
          {drawn.map((n) => {
            const queue = sorted[n];
            return queue && <Row key={queue.id} queue={queue} row={n + 2} {...measured(n)} />;
          })}
          {below > 0 && <Space height={below} columns={13} />}
        </tbody>
      </table>
    </section>
  );
}

interface RowProps {
  queue: Queue;
  row: number;
  ref?: Ref<HTMLTableRowElement>;
  'data-index'?: number;
}

const Row = memo(function Row({ queue, row, ref, 'data-index': index }: RowProps) {
  const { t } = useLingui();
  const opens = (number: Behind['number'], value: number, name: string) => (
    <Figure value={value} name={name} of={{ number, queue: queue.id, of: queue.name }} />
  );
  return (
    <tr ref={ref} data-index={index} aria-rowindex={row} data-queue={queue.id}>
      <th scope="row">
        {queue.name}
        {queue.priority !== 0 && (
          <span className="state tone-call floor-priority">
            <Icon name="chevron" />
            {t`priorita ${queue.priority}`}
          </span>
        )}
      </th>
      <td className="n" data-label={t`Čeká`}>
        <Figure value={queue.waiting} name={t`Čeká`} of={{ number: 'WAITING', queue: queue.id, of: queue.name }}>
          <WaitingBadge queue={queue} />
        </Figure>
      </td>
      <td className="n" data-label={t`Nejdéle`}>
        <Since since={queue.longestSince} />
      </td>
      <td className="n" data-label={t`Volní / přihlášení`}>
        {queue.ready} / {queue.signedIn}
      </td>
      <td className="n" data-label={t`Obsazení`}>
        {queue.busy}
      </td>
      <td className="n" data-label={t`Příchozí`}>
        {opens('OFFERED', queue.offered, t`Příchozí`)}
      </td>
      <td className="n" data-label={t`Obslouženo`}>
        {opens('HANDLED', queue.answered, t`Obslouženo`)}
      </td>
      <td className="n" data-label={t`Ztraceno`}>
        {opens('LOST', queue.abandoned, t`Ztraceno`)}
      </td>
      <td className="n" data-label={t`Zmeškáno`}>
        {opens('MISSED', queue.missed, t`Zmeškáno`)}
      </td>
      <td className="n" data-label={t`Úroveň služby`} title={t`cíl: do ${queue.targetSeconds} s`}>
        <ServiceLevel
          level={queue.serviceLevel ?? null}
          text={queue.serviceLevel == null ? '–' : percent(queue.serviceLevel)}
        />
      </td>
      <td className="n" data-label={t`SLA infolinky`} title={t`ztracené : obsloužené`}>
        <Sla lost={queue.abandoned} handled={queue.answered} share={queue.slaInfoline} />
      </td>
      <td className="n" data-label={t`Zpět`}>
        {queue.callbacks}
      </td>
      <td>
        <QueueMenu queue={queue} />
      </td>
    </tr>
  );
});

/** Higher is served first. */
export const PRIORITIES = [-10, 0, 10, 100] as const;

export function usePriorityWords(): Record<(typeof PRIORITIES)[number], string> {
  const { t } = useLingui();
  return { [-10]: t`Nižší`, 0: t`Běžná`, 10: t`Vyšší`, 100: t`Nejvyšší` };
}

function QueueMenu({ queue }: { queue: Queue }) {
  const { t } = useLingui();
  const words = usePriorityWords();
  return (
    <MenuButton
      label={t`Řídit frontu: ${queue.name}`}
      testId={`queue-menu-${queue.id}`}
      onAction={(key) => void prioritiseQueue(queue.id, Number(key))}
      menu={() => (
        <MenuSection>
          <Header className="menu-heading">
            <Trans>Priorita fronty</Trans>
          </Header>
          {PRIORITIES.map((each) => (
            <MenuItem key={each} id={String(each)} className="menu-item" textValue={words[each]}>
              <Icon name={queue.priority === each ? 'check' : 'minus'} />
              {words[each]}
            </MenuItem>
          ))}
        </MenuSection>
      )}
    >
      <Icon name="chevron" />
    </MenuButton>
  );
}
