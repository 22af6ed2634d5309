/** The server's time, so that every timer on every screen says the same. */
import { Store, useStore } from './store';

const REMEMBERED = 20;
/** Our own clock was set: believe the new samples only. */
const JUMP_MS = 5_000;

/**
 * Offset of the server's clock from ours. A sample is too low by the time its frame travelled, so the greatest of the
 * recent ones is nearest to the truth.
 */
export class ServerClock {
  #samples: number[] = [];

  observe(serverNow: string, localNow: number): void {
    const sample = Date.parse(serverNow) - localNow;
    if (Number.isNaN(sample)) return;
    if (this.#samples.length && Math.abs(sample - this.offset) > JUMP_MS) this.#samples = [];
    this.#samples = [...this.#samples.slice(1 - REMEMBERED), sample];
  }

  get offset(): number {
    return this.#samples.length ? Math.max(...this.#samples) : 0;
  }

  now(localNow: number = Date.now()): number {
    return localNow + this.offset;
  }
}

export const serverClock = new ServerClock();

const ticks = new Store(0);
let timer: ReturnType<typeof setTimeout> | undefined;
let watchers = 0;

function tick(): void {
  ticks.set(Math.floor(serverClock.now() / 1000) * 1000);
  timer = setTimeout(tick, 1000 - (serverClock.now() % 1000) + 5);
}

const ticking = {
  get: ticks.get,
  subscribe(listener: () => void): () => void {
    const stop = ticks.subscribe(listener);
    watchers += 1;
    if (watchers === 1) tick();
    return () => {
      stop();
      watchers -= 1;
      if (watchers === 0) clearTimeout(timer);
    };
  },
};

/** Server time in whole seconds, as epoch milliseconds; renders again each second. */
export function useServerNow(): number {
  const now = useStore(ticking);
  return now || Math.floor(serverClock.now() / 1000) * 1000;
}
