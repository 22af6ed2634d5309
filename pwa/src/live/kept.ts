/** What is being written, kept in this browser until the server has it: a reload or a dead network loses nothing. */
import { Store } from './store';

const all: Kept<never>[] = [];

/** At sign-out: the browser may be somebody else's next. */
export function forgetKept(): void {
  for (const each of all) each.forget();
}

export class Kept<T> extends Store<ReadonlyMap<string, T>> {
  #prefix: string;

  constructor(prefix: string) {
    super(read<T>(prefix));
    this.#prefix = prefix;
    all.push(this as unknown as Kept<never>);
  }

  /** Null forgets it. */
  put(key: string, value: T | null): void {
    const next = new Map(this.get());
    if (value === null) {
      next.delete(key);
      localStorage.removeItem(this.#prefix + key);
    } else {
      next.set(key, value);
      localStorage.setItem(this.#prefix + key, JSON.stringify(value));
    }
    this.set(next);
  }

  forget(): void {
    for (const key of this.get().keys()) this.put(key, null);
  }
}

function read<T>(prefix: string): Map<string, T> {
  const found = new Map<string, T>();
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(prefix)) continue;
    try {
      found.set(key.slice(prefix.length), JSON.parse(localStorage.getItem(key) ?? '') as T);
    } catch {
      localStorage.removeItem(key);
    }
  }
  return found;
}
