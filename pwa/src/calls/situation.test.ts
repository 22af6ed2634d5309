import { describe, expect, it } from 'vitest';
import type { Contact } from '../live/state';
import {
  barOf,
  cameBack,
  type Member,
  type Mine,
  mineOf,
  type Segment,
  tasksOf,
  type Verb,
  wrapUpUntil,
} from './situation';

const ME = 1;
const PETR = 2;
const DANA = 3;

const member = (more: Partial<Member>): Member =>
  ({
    n: 1,
    role: 'CONSULTED',
    state: 'UP',
    agentId: PETR,
    number: null,
    since: 't',
    ringUntil: null,
    ...more,
  }) as Member;
const segment = (agentId: number, more: Partial<Segment> = {}): Segment =>
  ({ agentId, acceptedAt: '10', endedAt: null, wrapUpUntil: null, wrappedUpAt: null, ...more }) as Segment;
const contact = (more: Partial<Contact>): Contact =>
  ({
    id: 'c',
    phase: 'ACTIVE',
    agentId: ME,
    members: [],
    segments: [segment(ME)],
    recordingId: 'r',
    heldSince: null,
    consultation: null,
    arrivedAt: '0',
    ...more,
  }) as Contact;

const asked = (more: Partial<Member> = {}, rest: Partial<Contact> = {}) =>
  contact({ members: [member(more)], heldSince: 't', consultation: 'WITH_COLLEAGUE', ...rest });

const ALWAYS: Verb[] = ['mute', 'hold', 'keypad', 'record', 'hangUp'];

const TABLE: [string, Contact | null, Mine, Verb[]][] = [
  ['nothing', null, 'none', []],
  [
    'a queue offers it',
    contact({ phase: 'OFFERED', agentId: null, offeredTo: ME, segments: [] }),
    'offered',
    ['accept', 'decline'],
  ],
  ['it is offered to another', contact({ phase: 'OFFERED', agentId: null, offeredTo: PETR, segments: [] }), 'none', []],
  ['a plain call', contact({}), 'talking', [...ALWAYS, 'consult', 'conference', 'transfer', 'park']],
  [
    'a call that is not recorded',
    contact({ recordingId: null }),
    'talking',
    ['mute', 'hold', 'keypad', 'hangUp', 'consult', 'conference', 'transfer', 'park'],
  ],
  ['I dial', contact({ phase: 'DIALLING' }), 'dialling', ['hangUp']],
  ['I hear a message', contact({ phase: 'PREVIEW' }), 'preview', ['hangUp']],
  [
    'I hung up, the client answers a survey',
    contact({ phase: 'IN_IVR', segments: [segment(ME, { endedAt: '20', wrapUpUntil: '80' })] }),
    'wrapUp',
    [],
  ],
  [
    'the consulted one is rung',
    asked({ state: 'RINGING' }, { consultation: 'RINGING' }),
    'talking',
    [...ALWAYS, 'back', 'transfer'],
  ],
  ['the consulted one answered', asked(), 'talking', [...ALWAYS, 'back', 'transfer', 'conference']],
  [
    'a conference',
    contact({ members: [member({ role: 'CONFERENCE' })] }),
    'talking',
    [...ALWAYS, 'consult', 'conference', 'leave'],
  ],
  [
    'a full conference',
    contact({ members: [1, 2, 3, 4, 5, 6].map((n) => member({ n, role: 'CONFERENCE', agentId: n + 10 })) }),
    'talking',
    [...ALWAYS, 'leave'],
  ],
  [
    'a conference with one more being asked, who rings',
    contact({
      members: [member({ role: 'CONFERENCE' }), member({ n: 2, agentId: DANA, state: 'RINGING' })],
      heldSince: 't',
    }),
    'talking',
    [...ALWAYS, 'back'],
  ],
  [
    'a supervisor beside me changes nothing',
    contact({ members: [member({ role: 'WHISPERING', agentId: DANA })] }),
    'talking',
    [...ALWAYS, 'consult', 'conference', 'transfer', 'park'],
  ],
  [
    'a colleague asks me',
    contact({ agentId: PETR, segments: [segment(PETR)], members: [member({ agentId: ME, state: 'RINGING' })] }),
    'asked',
    ['accept', 'decline'],
  ],
  [
    'a colleague transfers to me',
    contact({
      phase: 'TRANSFERRING',
      agentId: PETR,
      segments: [],
      members: [member({ agentId: ME, role: 'TRANSFER', state: 'RINGING' })],
    }),
    'asked',
    ['accept', 'decline'],
  ],
  [
    'a call comes back to me while I wrap it up',
    contact({
      phase: 'TRANSFERRING',
      segments: [segment(ME, { endedAt: '20' })],
      members: [member({ agentId: ME, role: 'TRANSFER', state: 'RINGING' })],
    }),
    'asked',
    ['accept', 'decline'],
  ],
  [
    'I am in a colleague’s call',
    contact({ agentId: PETR, segments: [segment(PETR)], members: [member({ agentId: ME })] }),
    'guest',
    ['hangUp'],
  ],
  [
    'I supervise',
    contact({ agentId: PETR, segments: [segment(PETR)], members: [member({ agentId: ME, role: 'LISTENING' })] }),
    'supervising',
    ['hangUp'],
  ],
  [
    'I wrap up, the call is over',
    contact({ phase: 'WRAP_UP', segments: [segment(ME, { endedAt: '20', wrapUpUntil: '80' })] }),
    'wrapUp',
    [],
  ],
  [
    'I wrap up, the call is with Petr',
    contact({ agentId: PETR, segments: [segment(ME, { endedAt: '20', wrapUpUntil: '80' }), segment(PETR)] }),
    'wrapUp',
    [],
  ],
  [
    'I have wrapped up, the call is with Petr',
    contact({ agentId: PETR, segments: [segment(ME, { endedAt: '20', wrappedUpAt: '30' }), segment(PETR)] }),
    'none',
    [],
  ],
  [
    'Petr wraps up the end of a call that was mine',
    contact({
      phase: 'WRAP_UP',
      agentId: PETR,
      segments: [segment(ME, { endedAt: '20', wrappedUpAt: '30' }), segment(PETR, { endedAt: '40' })],
    }),
    'none',
    [],
  ],
  ['a contact from before there were segments', contact({ phase: 'WRAP_UP', segments: [] }), 'wrapUp', []],
  [
    'somebody parked it',
    contact({ phase: 'PARKED', agentId: PETR, segments: [segment(PETR, { endedAt: '20', wrappedUpAt: '20' })] }),
    'parked',
    [],
  ],
  ['it is closed', contact({ phase: 'CLOSED' }), 'none', []],
];

describe('the call bar', () => {
  it.each(TABLE)('%s', (_, of, mine, can) => {
    const bar = barOf(of, ME);
    expect(bar.mine).toBe(mine);
    expect([...bar.can].sort()).toEqual([...can].sort());
  });

  it('swaps, hands over and joins while a consultation lasts', () => {
    expect(barOf(asked(), ME)).toMatchObject({ hold: 'swap', transfer: 'complete', conference: 'join' });
    expect(barOf(asked({ state: 'RINGING' }), ME)).toMatchObject({ hold: 'resume', transfer: 'complete' });
    expect(barOf(contact({ heldSince: 't' }), ME)).toMatchObject({ hold: 'resume', transfer: 'choose' });
  });
});

it('puts what rings first, the call before the wrap-up, and parked calls nowhere', () => {
  const rings = contact({
    id: 'rings',
    agentId: PETR,
    segments: [],
    members: [member({ agentId: ME, state: 'RINGING' })],
  });
  const wrapUp = contact({ id: 'wrapUp', agentId: PETR, segments: [segment(ME, { endedAt: '1', wrapUpUntil: '9' })] });
  const parked = contact({ id: 'parked', phase: 'PARKED', segments: [] });
  const found = tasksOf([parked, wrapUp, contact({ id: 'talk' }), rings], ME);
  expect(found.map((each) => each.id)).toEqual(['rings', 'talk', 'wrapUp']);
  expect(wrapUpUntil(wrapUp, ME)).toBe('9');
  expect(mineOf(parked, ME)).toBe('parked');
});

it('tells of a failed transfer only whom it came back to, until the next time', () => {
  const failedTransfer = { at: '20', cause: 'BUSY', agentId: PETR, number: null } as const;
  const back = contact({
    failedTransfer,
    segments: [segment(ME, { endedAt: '15' }), segment(ME, { acceptedAt: '20' })],
  });
  expect(cameBack(back, ME)?.cause).toBe('BUSY');
  expect(cameBack({ ...back, agentId: PETR, segments: [...back.segments, segment(PETR)] }, PETR)).toBeNull();
  expect(cameBack(contact({ failedTransfer, segments: [segment(ME, { acceptedAt: '30' })] }), ME)).toBeNull();
});
