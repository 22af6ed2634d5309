/** What may be wrong with this workplace, and what to do: one list. Pure; `useChecks.ts` brings the facts. */
import type { Connection } from '../live/feed';
import type { PhoneState } from '../softphone/machine';
import type { PushState } from '../softphone/push';
import type { Grade } from '../softphone/quality';

export interface Facts {
  /** Whether this user has a telephone at all. */
  works: boolean;
  connection: Connection['kind'];
  phone: PhoneState;
  denied: string | null;
  ownTelephone: boolean;
  soundBlocked: boolean;
  quality: Grade | null;
  push: PushState;
  /** Of the browser's notifications. */
  notifications: 'granted' | 'denied' | 'default' | 'none';
  update: boolean;
  busy: boolean;
}

export type CheckName = 'connection' | 'phone' | 'microphone' | 'sound' | 'quality' | 'notifications' | 'update';
export type State = 'good' | 'warning' | 'bad' | 'unused';

export function checksOf(f: Facts): Record<CheckName, State> {
  const app = f.works && !f.ownTelephone;
  return {
    connection: f.connection === 'open' ? 'good' : f.connection === 'lost' ? 'bad' : 'warning',
    phone: !f.works ? 'unused' : f.ownTelephone ? 'good' : phoneState(f.phone),
    microphone: !app || (f.phone === 'off' && !f.denied) ? 'unused' : f.phone === 'denied' ? 'bad' : 'good',
    sound: !app ? 'unused' : f.soundBlocked ? 'bad' : 'good',
    quality: f.quality === null ? 'unused' : f.quality === 'good' ? 'good' : f.quality === 'fair' ? 'warning' : 'bad',
    notifications: f.notifications === 'denied' ? 'warning' : f.notifications === 'granted' ? 'good' : 'unused',
    update: f.update ? 'warning' : 'good',
  };
}

function phoneState(state: PhoneState): State {
  if (state === 'connected') return 'good';
  if (state === 'restoring' || state === 'elsewhere') return 'warning';
  return state === 'denied' ? 'bad' : 'unused';
}

export const wrong = (checks: Record<CheckName, State>): CheckName[] =>
  (Object.keys(checks) as CheckName[]).filter((name) => checks[name] === 'warning' || checks[name] === 'bad');
