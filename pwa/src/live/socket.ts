/** One WebSocket for all subscriptions of this page. It proves itself alive by a ping every few seconds. */
import { type Client, createClient } from 'graphql-ws';
import { Store } from './store';

const PING_EVERY_MS = 4_000;
const PONG_WITHIN_MS = 4_000;
/** Seen again after this long (sleep, hidden tab): better a new socket than a dead one that looks open. */
const STALE_MS = 15_000;

export class Socket {
  /** When the server was last heard, by our clock; 0 for never. */
  readonly heardAt = new Store(0);
  readonly client: Client;
  #overdue: ReturnType<typeof setTimeout> | undefined;
  #wake = new Set<() => void>();

  constructor(url: string) {
    this.client = createClient({
      url,
      lazy: true,
      retryAttempts: 0,
      keepAlive: PING_EVERY_MS,
      on: {
        connected: () => this.heard(),
        message: () => this.heard(),
        ping: (received) => {
          if (received) return;
          clearTimeout(this.#overdue);
          this.#overdue = setTimeout(() => this.client.terminate(), PONG_WITHIN_MS);
        },
        pong: () => clearTimeout(this.#overdue),
        closed: () => clearTimeout(this.#overdue),
      },
    });
    globalThis.addEventListener?.('online', () => this.#rouse());
    globalThis.document?.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.#rouse();
    });
  }

  heard(): void {
    clearTimeout(this.#overdue);
    this.heardAt.set(Date.now());
  }

  /** Begins anew: a new session must not go on over the old one's connection. */
  reset(): void {
    this.client.terminate();
    this.#rouse();
  }

  /** Waits, but no longer than until the network or the user comes back. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake.add(done);
    });
  }

  #rouse(): void {
    if (this.heardAt.get() && Date.now() - this.heardAt.get() > STALE_MS) this.client.terminate();
    for (const done of [...this.#wake]) done();
  }
}
