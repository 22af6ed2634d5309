/** A form that is being filled: what was in force, what is on the screen, and the way back. Pure. */
import { type Path, valueAt, withValue } from '../../forms/path';

export interface Edited<T> {
  /** What is in force, as far as this window knows. */
  base: T;
  value: T;
  past: readonly T[];
  /** The field of the last change: typing in one field is one step back. */
  last: Path | null;
  /** What was taken away last, until something else happens. */
  removed: string | null;
}

const MOST = 100;

export function begun<T>(base: T, value: T = base): Edited<T> {
  return { base, value, past: [], last: null, removed: null };
}

export function put<T>(now: Edited<T>, path: Path, made: unknown): Edited<T> {
  if (same(valueAt(now.value, path), made)) return now;
  const past = now.last === path ? now.past : [...now.past, now.value].slice(-MOST);
  return { ...now, value: withValue(now.value, path, made), past, last: path, removed: null };
}

/** Take one of a list away; `what` is how the person knows it. */
export function removed<T>(now: Edited<T>, list: Path, at: number, what: string): Edited<T> {
  const items = (valueAt(now.value, list) as unknown[]) ?? [];
  const made = put(
    { ...now, last: null },
    list,
    items.filter((_, n) => n !== at),
  );
  return { ...made, last: null, removed: what };
}

export function undone<T>(now: Edited<T>): Edited<T> {
  const value = now.past.at(-1);
  if (value === undefined) return now;
  return { ...now, value, past: now.past.slice(0, -1), last: null, removed: null };
}

export const isDirty = (now: Edited<unknown>): boolean => !same(now.base, now.value);

/** Equal as JSON, whatever the order of keys. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key], right[key]));
}
