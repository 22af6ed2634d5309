/** Nested values as lines of a path and a value, in the order in which they were written. */
export function flat(value: unknown, path = ''): [string, string][] {
  if (value === null || value === undefined) return path ? [[path, '–']] : [];
  if (Array.isArray(value)) {
    if (!value.length) return path ? [[path, '–']] : [];
    if (value.every((each) => typeof each !== 'object' || each === null)) return [[path, value.map(String).join(', ')]];
    return value.flatMap((each, n) => flat(each, `${path}[${n + 1}]`));
  }
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, each]) => flat(each, path ? `${path}.${key}` : key));
  return [[path, String(value)]];
}
