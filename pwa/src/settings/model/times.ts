/** Wall-clock times of settings: minutes after midnight, and instants of Prague. Pure. */

/** `8`, `8:30`, `0830`, `24:00` → minutes after midnight; null when it is none. */
export function readMinute(text: string): number | null {
  const found = /^\s*(\d{1,2})(?:[:.,]?(\d{2}))?\s*$/.exec(text);
  if (!found) return null;
  const minute = Number(found[1]) * 60 + Number(found[2] ?? 0);
  return Number(found[2] ?? 0) < 60 && minute <= 1440 ? minute : null;
}

export function printMinute(minute: number): string {
  if (!Number.isInteger(minute)) return '';
  return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
}

export interface Interval {
  start: number;
  end: number;
}

/** `8:00–12:00, 13:00–16:00` */
export function printIntervals(intervals: readonly Interval[]): string {
  return intervals.map((each) => `${printMinute(each.start)}–${printMinute(each.end)}`).join(', ');
}

/** One more interval after those of the day, a gap of an hour, then three; null when the day is full. */
export function nextInterval(intervals: readonly Interval[]): Interval | null {
  const end = Math.max(0, ...intervals.map((each) => each.end));
  if (end === 0) return { start: 480, end: 960 };
  if (end >= 1440) return null;
  const start = end + 60 < 1440 ? end + 60 : end;
  return { start, end: Math.min(start + 180, 1440) };
}

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/Prague',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** An instant as `2026-11-24T08:30` of Prague. */
export function pragueWall(at: number): string {
  const of = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day}T${of.hour}:${of.minute}`;
}

/** `2026-11-24T08:30` of Prague as an instant; null when it is no time. Of two equal times the first. */
export function pragueInstant(wall: string): string | null {
  const asUtc = Date.parse(`${wall}:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(wall) || Number.isNaN(asUtc)) return null;
  const first = asUtc - 7_200_000;
  const at = pragueWall(first) === wall ? first : asUtc - 3_600_000;
  return new Date(at).toISOString();
}

/** The day before, in Prague: `2026-11-23`. */
export function yesterday(now: number): string {
  return pragueWall(now - 86_400_000).slice(0, 10);
}
