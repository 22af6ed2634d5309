import { useLingui } from '@lingui/react/macro';
import { Fragment, type ReactNode, useEffect, useRef } from 'react';
import { duration, phoneNumber } from '../format/format';
import { useServerNow } from '../live/clock';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import { ActivityBadge, LineBadge } from '../ui/StateBadge';
import { Since } from '../ui/Time';
import { type Act, canDo, type Row } from './targets';

const ICONS: Record<Row['kind'], IconName> = {
  AGENT: 'user',
  GROUP: 'people',
  QUEUE: 'list',
  LINE: 'phone',
  NUMBER: 'dial',
};

export function useActWords(): Record<Act, string> {
  const { t } = useLingui();
  return { transfer: t`Přepojit`, consult: t`Konzultovat`, add: t`Přidat`, dial: t`Zavolat` };
}

/** A heading before the first row of its section, while nothing is searched. */
export function Heading(props: { rows: readonly Row[]; index: number; sections: boolean; children: ReactNode }) {
  const { t } = useLingui();
  const { rows, index, sections, children } = props;
  const names: Record<string, string> = {
    star: t`Oblíbené`,
    AGENT: t`Kolegové`,
    GROUP: t`Skupiny`,
    QUEUE: t`Fronty`,
    LINE: t`Linky ústředny`,
    NUMBER: t`Čísla`,
  };
  const section = (row: Row | undefined) => {
    if (!row) return '';
    if (row.favourite) return 'star';
    return row.line?.group ? `LINE:${row.line.group}` : row.kind;
  };
  const title = (name: string) => names[name] ?? t`Linky: ${name.slice('LINE:'.length)}`;
  const own = section(rows[index]);
  const begins = sections && own !== section(rows[index - 1]);
  return (
    <Fragment>
      {begins && (
        <div role="row" className="transfer-heading">
          <span role="gridcell">{title(own)}</span>
        </div>
      )}
      {children}
    </Fragment>
  );
}

interface Props {
  id: string;
  row: Row;
  acts: readonly Act[];
  current: boolean;
  busy: string | null;
  onAct: (act: Act) => void;
  onStar: () => void;
  onPoint: () => void;
}

export function TargetRow({ id, row, acts, current, busy, onAct, onStar, onPoint }: Props) {
  const { t } = useLingui();
  const words = useActWords();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (current) box.current?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const name = row.kind === 'NUMBER' && row.name === row.target ? (phoneNumber(row.target) ?? row.target) : row.name;
  return (
    <div
      ref={box}
      id={id}
      role="row"
      className="transfer-row"
      aria-selected={current}
      // A resting mouse under which the list moves has chosen nothing.
      onPointerMove={(event) => (event.movementX || event.movementY) && onPoint()}
      data-testid="target"
      data-target={row.key}
      data-activity={row.colleague?.activity}
      data-line={row.line?.state}
    >
      <span role="gridcell">
        <Button
          tone="plain"
          icon={row.favourite ? 'starFull' : 'star'}
          iconOnly
          className={row.favourite ? 'star on' : 'star'}
          pressed={row.favourite}
          excludeFromTabOrder={!current}
          onPress={onStar}
          testId="target-star"
        >
          {t`Oblíbené: ${name}`}
        </Button>
      </span>
      <span role="gridcell" className="transfer-who">
        <Icon name={ICONS[row.kind]} />
        <span className="task-who">
          <strong className={row.kind === 'NUMBER' ? 'figures' : ''}>{name}</strong>
          <span className="small quiet">
            <Detail row={row} />
          </span>
        </span>
      </span>
      <span role="gridcell" className="transfer-state">
        <State row={row} />
      </span>
      <span role="gridcell" className="transfer-acts">
        {acts.map((act, index) => (
          <Button
            key={act}
            {...(index === 0 && current ? { tone: 'primary' as const } : {})}
            excludeFromTabOrder={!current}
            isDisabled={!canDo(row, act)}
            pending={busy === `${act}:${row.key}`}
            onPress={() => onAct(act)}
            testId={`target-${act}`}
          >
            {words[act]}
          </Button>
        ))}
      </span>
    </div>
  );
}

function Detail({ row }: { row: Row }) {
  const { t } = useLingui();
  if (row.kind === 'AGENT') return <>{row.belongs.join(', ')}</>;
  if (row.kind === 'LINE') return <>{row.line?.number}</>;
  if (row.kind === 'NUMBER') {
    if (row.name !== row.target) return <>{phoneNumber(row.target)}</>;
    return <>{row.typed ? t`napsané číslo` : ''}</>;
  }
  if (row.kind === 'GROUP')
    return <>{row.free?.length ? t`první volný: ${row.free[0]?.name ?? ''}` : t`nikdo není volný`}</>;
  const wait = row.queue?.expectedWaitSeconds;
  return <>{wait == null ? '' : t`očekávané čekání ${duration(wait)}`}</>;
}

function State({ row }: { row: Row }) {
  const { t } = useLingui();
  useServerNow();
  if (row.kind === 'AGENT') {
    if (!row.colleague) return <ActivityBadge activity="OFFLINE" />;
    return (
      <>
        <ActivityBadge activity={row.colleague.activity} />
        <span className="small quiet">
          {row.colleague.phoneConnected ? <Since since={row.colleague.activitySince} /> : t`bez telefonu`}
        </span>
      </>
    );
  }
  if (row.line) {
    return (
      <>
        <LineBadge state={row.line.state} />
        <span className="small quiet">{row.line.since && <Since since={row.line.since} />}</span>
      </>
    );
  }
  if (row.kind === 'GROUP') {
    const free = row.free?.length ?? 0;
    return <span className={`state tone-${free ? 'ready' : 'rest'}`}>{t`volní: ${free}`}</span>;
  }
  if (row.kind === 'QUEUE' && row.queue) {
    return (
      <>
        <span className={`state tone-${row.queue.waiting ? 'ring' : 'rest'}`}>{t`čeká ${row.queue.waiting}`}</span>
        <span className="small quiet">{t`volní: ${row.queue.ready}`}</span>
      </>
    );
  }
  return null;
}
