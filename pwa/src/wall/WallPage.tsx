import './wall.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { leads, session } from '../app/session';
import { duration, time } from '../format/format';
import { serverClock, useServerNow } from '../live/clock';
import { wall, wallLayout } from '../live/feeds';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import type { Layout } from './layout';
import { PageView } from './PageView';
import { toggleFullScreen, useBurnInShift, useNightlyReload, useWakeLock } from './screen';

/** Older than this, the numbers must not be believed. */
const STALE_S = 10;

function asked(): number | null {
  const found = Number(new URLSearchParams(location.search).get('layout'));
  return Number.isInteger(found) && found > 0 ? found : null;
}

export function WallPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const signedIn = now.kind === 'user';
  useEffect(() => {
    if (!signedIn) return;
    wallLayout.set(asked());
    wall.start();
  }, [signedIn]);
  useEffect(() => () => wall.stop(), []);
  useWakeLock();
  useNightlyReload();
  const shift = useBurnInShift();
  const state = useStore(wall.state, (state) => state.wall);
  const layout = (state?.layout ?? null) as Layout | null;
  const turn = useTurns(layout);
  const age = useDataAge(state?.asOf ?? null);
  const page = layout?.pages[turn.at];
  return (
    <main
      className="wall"
      data-stale={age > STALE_S}
      data-testid="wall"
      style={{ translate: `${shift.x}px ${shift.y}px` }}
    >
      <h1 className="unseen">
        <Trans>Nástěnka</Trans>: {layout?.name} {page?.name}
      </h1>
      {page && state ? (
        <PageView page={page} at={turn.at} values={state.values} />
      ) : (
        <p className="wall-loading">{t`Načítá se…`}</p>
      )}
      <Foot age={age} leave={signedIn && leads(now.user)} layout={layout} turn={turn} />
    </main>
  );
}

interface Turns {
  at: number;
  of: number;
  paused: boolean;
  go: (by: number) => void;
  pause: (paused: boolean) => void;
}

/** Pages one after the other; the arrow keys turn them, the space bar stops it. */
function useTurns(layout: Layout | null): Turns {
  const of = layout?.pages.length ?? 1;
  const every = layout?.rotate_s ?? 0;
  const [at, setAt] = useState(0);
  const [paused, pause] = useState(false);
  const go = (by: number) => setAt((n) => (n + by + of) % of);
  useEffect(() => {
    if (of < 2 || !every || paused) return;
    const timer = setInterval(() => setAt((n) => (n + 1) % of), every * 1000);
    return () => clearInterval(timer);
  }, [of, every, paused]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if ((event.target as HTMLElement).closest('button, a, input')) return;
      if (event.key === 'ArrowRight') setAt((n) => (n + 1) % of);
      else if (event.key === 'ArrowLeft') setAt((n) => (n - 1 + of) % of);
      else if (event.key === ' ') pause((before) => !before);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [of]);
  return { at: at % of, of, paused, go, pause };
}

/** Seconds since the server last read the log; it grows also when nothing comes any more. */
function useDataAge(asOf: string | null): number {
  useServerNow();
  const [since] = useState(() => Date.now());
  return asOf ? (serverClock.now() - Date.parse(asOf)) / 1000 : (Date.now() - since) / 1000;
}

function Foot({ age, leave, layout, turn }: { age: number; leave: boolean; layout: Layout | null; turn: Turns }) {
  const { t } = useLingui();
  const now = useServerNow();
  const stale = age > STALE_S;
  return (
    <footer
      className={stale ? 'wall-foot stale' : 'wall-foot'}
      data-testid="wall-age"
      data-age={Math.floor(age)}
      role={stale ? 'alert' : undefined}
    >
      <Icon name={stale ? 'offline' : 'check'} />
      <span>
        {stale
          ? t`Údaje jsou staré ${duration(age)}, spojení se obnovuje`
          : t`Údaje před ${Math.max(0, Math.floor(age))} s`}
      </span>
      {turn.of > 1 && (
        <span className="wall-turn">
          {layout?.pages[turn.at]?.name} {turn.at + 1}/{turn.of}
          <Button
            tone="plain"
            icon={turn.paused ? 'play' : 'pause'}
            iconOnly
            onPress={() => turn.pause(!turn.paused)}
            testId="wall-pause"
          >
            {turn.paused ? t`Střídat stránky` : t`Zastavit střídání`}
          </Button>
          <Button tone="plain" icon="forward" iconOnly onPress={() => turn.go(1)} testId="wall-next">
            {t`Další stránka`}
          </Button>
        </span>
      )}
      <span className="wall-ways">
        <Button tone="plain" icon="full" onPress={toggleFullScreen} testId="wall-full">{t`Celá obrazovka`}</Button>
        {leave ? <Link to="/walls">{t`Zpět na nástěnky`}</Link> : <Link to="/account">{t`Nastavení`}</Link>}
      </span>
      <span className="wall-clock figures">{time(now)}</span>
    </footer>
  );
}
