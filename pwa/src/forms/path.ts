/** Values within values, named as the server names them: `options.overflow.0.to`. Nothing is changed in place. Pure. */

export type Path = string;

export function join(...parts: readonly (string | number)[]): Path {
  return parts.filter((part) => part !== '').join('.');
}

export function valueAt(value: unknown, path: Path): unknown {
  if (path === '') return value;
  let found: unknown = value;
  for (const key of path.split('.')) {
    if (found === null || typeof found !== 'object') return undefined;
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

export function withValue<T>(value: T, path: Path, put: unknown): T {
  if (path === '') return put as T;
  const [key = '', ...rest] = path.split('.');
  const inner = (value ?? {}) as Record<string, unknown>;
  const made = withValue(inner[key], rest.join('.'), put);
  if (Array.isArray(value)) return value.with(Number(key), made) as T;
  return { ...inner, [key]: made } as T;
}

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const rest = list.filter((_, n) => n !== from);
  const taken = list[from];
  if (taken === undefined || to < 0 || to >= list.length) return [...list];
  return [...rest.slice(0, to), taken, ...rest.slice(to)];
}

/** Every path that ends in something that is no object; empty lists and objects are ends too. */
export function leaves(value: unknown, at: Path = ''): Path[] {
  if (value === null || typeof value !== 'object') return [at];
  const inner = Object.entries(value);
  return inner.length ? inner.flatMap(([key, each]) => leaves(each, join(at, key))) : [at];
}

/** Whether `path` is `of`, or something within it. */
export const within = (path: Path, of: Path): boolean => of === '' || path === of || path.startsWith(`${of}.`);
