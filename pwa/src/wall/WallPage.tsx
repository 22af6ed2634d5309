import './wall.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { session } from '../app/session';
import { duration, secondsBetween, time } from '../format/format';
import { useServerNow } from '../live/clock';
import { board, socket } from '../live/feeds';
import type { Queue } from '../live/state';
import { useStore } from '../live/store';
import { Icon } from '../ui/Icon';
import { type Alarm, waitingAlarm } from '../ui/Thresholds';
import { QueueColumn } from './QueueColumn';
import { useBurnInShift, useNightlyReload, useWakeLock } from './screen';

/** Older than this, the numbers must not be believed. */
const STALE_S = 10;

export function WallPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const signedIn = now.kind === 'user';
  useEffect(() => {
    if (signedIn) board.start();
  }, [signedIn]);
  useWakeLock();
  useNightlyReload();
  const shift = useBurnInShift();
  const queues = useStore(board.state, (state) => state.queues);
  const known = useStore(board.state, (state) => state.known);
  const sorted = [...queues.values()].sort((a, b) => a.name.localeCompare(b.name, 'cs'));
  const age = useDataAge();
  return (
    <main className="wall" data-stale={age > STALE_S} style={{ translate: `${shift.x}px ${shift.y}px` }}>
      <h1 className="unseen">
        <Trans>Nástěnka</Trans>
      </h1>
      {known ? <Heroes queues={sorted} /> : <p className="wall-loading">{t`Načítá se…`}</p>}
      <div className="wall-queues" data-testid="wall-queues">
        {sorted.map((queue) => (
          <QueueColumn key={queue.id} queue={queue} />
        ))}
      </div>
      <Foot age={age} leave={now.kind === 'user' && now.user.role !== 'WALLBOARD'} />
    </main>
  );
}

/** Seconds since the server was last heard. */
function useDataAge(): number {
  useServerNow();
  const heardAt = useStore(socket.heardAt);
  const open = useStore(board.connection, (connection) => connection.kind === 'open');
  const [since] = useState(() => Date.now());
  const age = (Date.now() - (heardAt || since)) / 1000;
  return open || age > STALE_S ? age : Math.max(age, 0);
}

function Heroes({ queues }: { queues: readonly Queue[] }) {
  const { t } = useLingui();
  const now = useServerNow();
  const sum = (pick: (queue: Queue) => number) => queues.reduce((total, queue) => total + pick(queue), 0);
  const longest = queues
    .map((queue) => queue.longestSince)
    .filter(Boolean)
    .sort()[0];
  const alarms = queues.map((queue) => waitingAlarm(queue, now));
  const alarm: Alarm = alarms.includes('bad') ? 'bad' : alarms.includes('warn') ? 'warn' : 'good';
  const words = { good: t`v cíli`, warn: t`blíží se cíli`, bad: t`nad cílem` };
  const waiting = sum((queue) => queue.waiting);
  return (
    <div className="wall-heroes" data-testid="wall-heroes">
      <Hero
        name={t`Čeká`}
        value={String(waiting)}
        alarm={alarm}
        word={waiting ? words[alarm] : t`nikdo nečeká`}
        testId="wall-waiting"
      />
      <Hero
        name={t`Nejdelší čekání`}
        value={longest ? duration(secondsBetween(longest, now)) : '0:00'}
        alarm={alarm}
        word={waiting ? words[alarm] : t`nikdo nečeká`}
        testId="wall-longest"
      />
      <Hero name={t`Přijato dnes`} value={String(sum((queue) => queue.answered))} testId="wall-answered" />
      <Hero name={t`Ztraceno dnes`} value={String(sum((queue) => queue.abandoned))} testId="wall-abandoned" />
    </div>
  );
}

const ICONS = { good: 'check', warn: 'clock', bad: 'warn' } as const;

function Hero(props: { name: string; value: string; alarm?: Alarm; word?: string; testId: string }) {
  return (
    <div className={`hero ${props.alarm ?? ''}`} data-testid={props.testId} data-value={props.value}>
      <span className="hero-name">{props.name}</span>
      <span className="hero-value figures">{props.value}</span>
      <span className="hero-word">
        {props.alarm && <Icon name={ICONS[props.alarm]} />}
        {props.word}
      </span>
    </div>
  );
}

function Foot({ age, leave }: { age: number; leave: boolean }) {
  const { t } = useLingui();
  const now = useServerNow();
  const stale = age > STALE_S;
  return (
    <footer
      className={stale ? 'wall-foot stale' : 'wall-foot'}
      data-testid="wall-age"
      role={stale ? 'alert' : undefined}
    >
      <Icon name={stale ? 'offline' : 'check'} />
      <span>{stale ? t`Údaje jsou staré ${duration(age)}, spojení se obnovuje` : t`Údaje jsou živé`}</span>
      {leave ? <Link to="/floor">{t`Zpět na přehled`}</Link> : <Link to="/account">{t`Nastavení`}</Link>}
      <span className="wall-clock figures">{time(now)}</span>
    </footer>
  );
}
