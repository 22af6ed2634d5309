import { duration, secondsBetween } from '../format/format';
import { serverClock, useServerNow } from '../live/clock';

/** Counts up from `since`, on the server's time. */
export function Since({ since, testId }: { since: string | null | undefined; testId?: string }) {
  const now = useServerNow();
  return (
    <span className="figures" data-testid={testId}>
      {since ? duration(secondsBetween(since, now)) : '–'}
    </span>
  );
}

/** Counts down to `until`. */
export function Until({ until, testId }: { until: string; testId?: string }) {
  const now = useServerNow();
  return (
    <span className="figures" data-testid={testId}>
      {duration(Math.ceil((Date.parse(until) - now) / 1000))}
    </span>
  );
}

export function nowIso(): string {
  return new Date(serverClock.now()).toISOString();
}
