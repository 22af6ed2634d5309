/** Which tab of this browser has the telephone: a Web Lock, so that it is free the moment the tab is gone. */

export class PhoneLock {
  #release: (() => void) | null = null;
  #watching: AbortController | null = null;

  constructor(
    private readonly name: string,
    private readonly onStolen: () => void,
  ) {}

  /** Takes the lock: at once, within `patience` ms (a reload leaves it only when the old page is gone), or by force. */
  acquire(how: { force?: boolean; patience?: number }): Promise<boolean> {
    this.#watching?.abort();
    if (this.#release || !navigator.locks) return Promise.resolve(true);
    const options: LockOptions = how.force
      ? { steal: true }
      : how.patience
        ? { signal: AbortSignal.timeout(how.patience) }
        : { ifAvailable: true };
    return new Promise((resolve) => {
      let held = false;
      navigator.locks
        .request(this.name, options, (lock) => {
          resolve(lock !== null);
          if (!lock) return;
          held = true;
          return new Promise<void>((release) => {
            this.#release = release;
          });
        })
        .catch(() => {
          resolve(false);
          if (held && this.#release) {
            this.#release = null;
            this.onStolen();
          }
        });
    });
  }

  release(): void {
    const release = this.#release;
    this.#release = null;
    release?.();
  }

  /** Calls back once when the other tab gives the telephone up. */
  whenFree(callback: () => void): void {
    this.#watching?.abort();
    if (!navigator.locks) return;
    const watching = new AbortController();
    this.#watching = watching;
    navigator.locks.request(this.name, { signal: watching.signal }, () => callback()).catch(() => {});
  }
}
