/** The telephone's states as a table. What to do in each is `phone.ts`; an event with no entry changes nothing. */

export type PhoneState =
  /** No shift. */
  | 'off'
  /** Waiting for the microphone. */
  | 'asking'
  /** No microphone, or not allowed. */
  | 'denied'
  /** First connection under way. */
  | 'opening'
  | 'connected'
  /** The path is lost and being built again; the call stays up meanwhile. */
  | 'restoring'
  /** Another tab or browser has the telephone. */
  | 'elsewhere';

export type PhoneEvent = 'start' | 'microphone' | 'noMicrophone' | 'linked' | 'lost' | 'taken' | 'freed' | 'stop';

export const TRANSITIONS: Record<PhoneState, Partial<Record<PhoneEvent, PhoneState>>> = {
  off: { start: 'asking', taken: 'elsewhere' },
  asking: { microphone: 'opening', noMicrophone: 'denied', taken: 'elsewhere', stop: 'off' },
  denied: { start: 'asking', stop: 'off' },
  opening: { linked: 'connected', taken: 'elsewhere', stop: 'off' },
  connected: { lost: 'restoring', taken: 'elsewhere', stop: 'off' },
  restoring: { linked: 'connected', taken: 'elsewhere', stop: 'off' },
  elsewhere: { start: 'asking', freed: 'off', stop: 'off' },
};

export function next(state: PhoneState, event: PhoneEvent): PhoneState {
  return TRANSITIONS[state][event] ?? state;
}
