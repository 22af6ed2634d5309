/** Which alerts still ask for somebody's attention. Pure. */
import type { Alert } from '../live/state';

export function calls(alert: Alert, now: number): boolean {
  if (alert.acknowledgedBy != null) return false;
  return !alert.snoozedUntil || Date.parse(alert.snoozedUntil) <= now;
}

/** Those that call first, the longest over the limit first. */
export function inOrder(alerts: Iterable<Alert>, now: number): Alert[] {
  return [...alerts].sort(
    (a, b) => Number(calls(b, now)) - Number(calls(a, now)) || a.raisedAt.localeCompare(b.raisedAt),
  );
}
