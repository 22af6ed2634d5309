/** Numbers as people write and read them. Pure. */

/** Of a number as people write it, or null. */
export function readNumber(text: string): number | null {
  const plain = text.replaceAll(/[\s\u00a0]/g, '').replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}
export const printNumber = (value: number): string => String(value ?? '').replace('.', ',');

/** `5400` → `1 h 30 min`. */
export function spell(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  return parts
    .filter(([count]) => count)
    .map(([count, unit]) => `${count}\u00a0${unit}`)
    .join(' ');
}
