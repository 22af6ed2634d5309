import { useLingui } from '@lingui/react/macro';
import type { Activity, LineState } from '../gql/graphql';
import { ACTIVITIES, LINES } from '../words/states';
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

/** Of a line of the PBX: colour, shape and word. */
const LINE_LOOKS: Record<LineState, { tone: Tone; icon: IconName }> = {
  FREE: { tone: 'ready', icon: 'ready' },
  RINGING: { tone: 'ring', icon: 'bell' },
  BUSY: { tone: 'call', icon: 'phone' },
  UNKNOWN: { tone: 'rest', icon: 'ask' },
};

export function LineBadge({ state }: { state: LineState }) {
  const { i18n } = useLingui();
  const look = LINE_LOOKS[state];
  return (
    <span className={`state tone-${look.tone}`}>
      <Icon name={look.icon} />
      {i18n._(LINES[state])}
    </span>
  );
}
