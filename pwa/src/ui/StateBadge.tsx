import { useLingui } from '@lingui/react/macro';
import type { Activity } from '../gql/graphql';
import { ACTIVITIES } from '../words/states';
import { Icon, type IconName } from './Icon';

export type Tone = 'ready' | 'call' | 'ring' | 'wrap' | 'bad' | 'rest';

/** Colour and shape of each activity. */
export const LOOKS: Record<Activity, { tone: Tone; icon: IconName }> = {
  OFFLINE: { tone: 'rest', icon: 'off' },
  READY: { tone: 'ready', icon: 'ready' },
  RINGING: { tone: 'ring', icon: 'bell' },
  IN_CALL: { tone: 'call', icon: 'phone' },
  WRAP_UP: { tone: 'wrap', icon: 'pen' },
  BREAK: { tone: 'rest', icon: 'cup' },
  NOT_READY: { tone: 'bad', icon: 'minus' },
};

export function ActivityBadge({ activity, detail }: { activity: Activity; detail?: string | null | undefined }) {
  const { i18n } = useLingui();
  const look = LOOKS[activity];
  return (
    <span className={`state tone-${look.tone}`}>
      <Icon name={look.icon} />
      {i18n._(ACTIVITIES[activity])}
      {detail ? `: ${detail}` : ''}
    </span>
  );
}
