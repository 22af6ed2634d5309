import { describe, expect, it } from 'vitest';
import { next, type PhoneEvent, type PhoneState, TRANSITIONS } from './machine';

const STATES = Object.keys(TRANSITIONS) as PhoneState[];
const EVENTS: PhoneEvent[] = ['start', 'microphone', 'noMicrophone', 'linked', 'lost', 'taken', 'freed', 'stop'];

describe('the table of the telephone', () => {
  it.each(STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const)))('%s on %s', (state, event) => {
    const after = next(state, event);
    expect(STATES).toContain(after);
    if (!(event in TRANSITIONS[state])) expect(after).toBe(state);
  });

  it('can always be stopped, and started again', () => {
    for (const state of STATES) {
      const stopped = next(state, 'stop');
      expect(stopped).toBe('off');
      expect(next(stopped, 'start')).toBe('asking');
    }
  });

  it('never gets connected without a microphone', () => {
    expect(next('asking', 'linked')).toBe('asking');
    expect(next('denied', 'linked')).toBe('denied');
  });
});
