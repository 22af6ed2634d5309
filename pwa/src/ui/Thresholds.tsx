import { useLingui } from '@lingui/react/macro';
import { useServerNow } from '../live/clock';
import type { Queue } from '../live/state';
import { Icon } from './Icon';

export type Alarm = 'good' | 'warn' | 'bad';

/** Of waiting: over the queue's target is bad, over half of it is worth watching. */
export function waitingAlarm(queue: Pick<Queue, 'longestSince' | 'targetSeconds'>, now: number): Alarm {
  if (!queue.longestSince) return 'good';
  const waited = (now - Date.parse(queue.longestSince)) / 1000;
  if (waited > queue.targetSeconds) return 'bad';
  return waited > queue.targetSeconds / 2 ? 'warn' : 'good';
}

/** Of the service level: the trade's usual 80 %, and 60 % as the alarm. */
export function levelAlarm(level: number | null): Alarm | null {
  if (level === null) return null;
  if (level >= 0.8) return 'good';
  return level >= 0.6 ? 'warn' : 'bad';
}

const TONES = { good: 'ready', warn: 'ring', bad: 'bad' } as const;
const ICONS = { good: 'check', warn: 'clock', bad: 'warn' } as const;

export function WaitingBadge({ queue }: { queue: Queue }) {
  const { t } = useLingui();
  const now = useServerNow();
  if (!queue.waiting) return <>0</>;
  const alarm = waitingAlarm(queue, now);
  const word = { good: t`v cíli`, warn: t`blíží se cíli`, bad: t`nad cílem` }[alarm];
  return (
    <span className={`state tone-${TONES[alarm]}`} title={word}>
      <Icon name={ICONS[alarm]} />
      {queue.waiting}
      <span className="unseen">{word}</span>
    </span>
  );
}

export function ServiceLevel({ level, text }: { level: number | null; text: string }) {
  const { t } = useLingui();
  const alarm = levelAlarm(level);
  if (!alarm) return <>{text}</>;
  const word = { good: t`dobrá`, warn: t`pozor`, bad: t`špatná` }[alarm];
  return (
    <span className={`state tone-${TONES[alarm]}`}>
      <Icon name={ICONS[alarm]} />
      {text}
      <span className="unseen">{word}</span>
    </span>
  );
}
