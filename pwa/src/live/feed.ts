/** One live subscription that never misses anything: after any cut it goes on from the last cursor. */
import { errorOf, sessionLost, Unauthenticated } from '../api/client';
import { named } from '../api/operation';
import type { TypedDocumentString } from '../gql/graphql';
import { backoff } from './backoff';
import { serverClock } from './clock';
import type { Socket } from './socket';
import { type Frame, type LiveEvent, type LiveState, NOTHING, reduce } from './state';
import { Store } from './store';

export type Connection =
  | { kind: 'connecting' | 'lost'; since: number }
  /** `since`: when this connection began. */
  | { kind: 'open'; since: number };

type FeedDocument = TypedDocumentString<Partial<Record<string, Frame>>, { after?: string | null }>;

export class Feed {
  readonly state = new Store<LiveState>(NOTHING);
  readonly connection = new Store<Connection>({ kind: 'connecting', since: Date.now() });
  #running: { stopped: boolean; stop: () => void } | null = null;

  constructor(
    readonly socket: Socket,
    private readonly document: unknown,
    /** What else is asked, each time anew. */
    private readonly variables: () => object = () => ({}),
  ) {}

  dispatch(event: LiveEvent): void {
    this.state.set(reduce(this.state.get(), event));
  }

  start(): void {
    if (this.#running) return;
    const run = { stopped: false, stop: () => {} };
    this.#running = run;
    void this.#run(run);
  }

  /** Forgets everything: for a sign-out. */
  stop(): void {
    const run = this.#running;
    this.#running = null;
    if (run) {
      run.stopped = true;
      run.stop();
    }
    this.state.set(NOTHING);
    this.connection.set({ kind: 'connecting', since: Date.now() });
  }

  async #run(run: { stopped: boolean; stop: () => void }): Promise<void> {
    let tries = 0;
    while (!run.stopped) {
      const error = await this.#once(run, () => {
        tries = 0;
      });
      if (run.stopped) return;
      if (this.connection.get().kind !== 'lost') this.connection.set({ kind: 'lost', since: Date.now() });
      if (error instanceof Unauthenticated) {
        sessionLost();
        this.#running = null;
        return;
      }
      await this.socket.pause(backoff(tries, Math.random()));
      tries += 1;
    }
  }

  /** One subscription until it ends, for whatever reason. */
  #once(run: { stop: () => void }, framed: () => void): Promise<unknown> {
    return new Promise((resolve) => {
      run.stop = this.socket.client.subscribe(
        {
          query: '', // graphql-ws sends nothing without; the server looks at the document's id first
          ...named(this.document as FeedDocument),
          variables: { ...this.variables(), after: this.state.get().cursor },
        },
        {
          next: (result) => {
            if (result.errors?.length) return resolve(errorOf(result.errors));
            const frame = Object.values(result.data ?? {})[0] as Frame | undefined;
            if (!frame) return;
            framed();
            this.socket.heard();
            serverClock.observe(frame.now, Date.now());
            this.dispatch({ type: 'frame', frame });
            if (this.connection.get().kind !== 'open') this.connection.set({ kind: 'open', since: Date.now() });
          },
          error: (error) => resolve(Array.isArray(error) ? errorOf(error) : error),
          complete: () => resolve(null),
        },
      );
    });
  }
}
