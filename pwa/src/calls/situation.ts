/** What a contact is to the one who looks, and what the call bar can do with it. Pure. */
import type { Contact } from '../live/state';

export type Member = Contact['members'][number];
export type Segment = Contact['segments'][number];

export type Mine =
  /** A queue offers it to me. */
  | 'offered'
  /** A colleague's call rings at me: a consultation, a conference, a transfer. */
  | 'asked'
  /** I call a number that has not answered. */
  | 'dialling'
  /** I hear a message before calling the one who left it. */
  | 'preview'
  /** I am in charge of the customer. */
  | 'talking'
  /** I am in a colleague's call. */
  | 'guest'
  | 'supervising'
  | 'wrapUp'
  | 'parked'
  | 'none';

export const MOST_PARTIES = 8;

const SUPERVISING: readonly Member['role'][] = ['LISTENING', 'WHISPERING', 'BARGING'];
const HUMAN: readonly Member['role'][] = ['CONSULTED', 'CONFERENCE'];

export const supervises = (member: Member): boolean => SUPERVISING.includes(member.role);
export const takesPart = (member: Member): boolean => HUMAN.includes(member.role);

export function memberOf(contact: Contact, me: number): Member | null {
  return contact.members.find((member) => member.agentId === me) ?? null;
}

export function consulted(contact: Contact): Member | null {
  return contact.members.find((member) => member.role === 'CONSULTED') ?? null;
}

/** My own part that still wants its note and category; the call may long be elsewhere. */
function unfinished(contact: Contact, me: number): Segment | null {
  return contact.segments.find((each) => each.agentId === me && each.endedAt && !each.wrappedUpAt) ?? null;
}

export function wrapUpUntil(contact: Contact, me: number): string | null {
  return unfinished(contact, me)?.wrapUpUntil ?? contact.wrapUpUntil ?? null;
}

export function mineOf(contact: Contact, me: number): Mine {
  if (contact.phase === 'CLOSED') return 'none';
  if (contact.phase === 'OFFERED' && contact.offeredTo === me) return 'offered';
  const member = memberOf(contact, me);
  if (member?.state === 'RINGING') return 'asked';
  if (contact.agentId === me && contact.phase === 'ACTIVE') return 'talking';
  if (contact.agentId === me && contact.phase === 'DIALLING') return 'dialling';
  if (contact.agentId === me && contact.phase === 'PREVIEW') return 'preview';
  if (member) return supervises(member) ? 'supervising' : 'guest';
  const known = contact.segments.some((each) => each.agentId === me);
  if (known ? unfinished(contact, me) : contact.phase === 'WRAP_UP' && contact.agentId === me) return 'wrapUp';
  return contact.phase === 'PARKED' ? 'parked' : 'none';
}

const URGENCY: Record<Mine, number> = {
  offered: 0,
  asked: 0,
  talking: 1,
  dialling: 1,
  preview: 1,
  guest: 1,
  supervising: 2,
  wrapUp: 3,
  parked: 5,
  none: 4,
};

/** Most urgent first; parked calls are nobody's task. */
export function tasksOf(contacts: Iterable<Contact>, me: number): Contact[] {
  return [...contacts]
    .map((contact) => ({ contact, mine: mineOf(contact, me) }))
    .filter(({ contact, mine }) => contact.phase !== 'CLOSED' && mine !== 'parked')
    .sort((a, b) => URGENCY[a.mine] - URGENCY[b.mine] || a.contact.arrivedAt.localeCompare(b.contact.arrivedAt))
    .map(({ contact }) => contact);
}

export type Verb =
  | 'accept'
  | 'decline'
  | 'mute'
  | 'hold'
  | 'consult'
  | 'transfer'
  | 'conference'
  | 'keypad'
  | 'park'
  | 'record'
  | 'hangUp'
  | 'back'
  | 'leave';

export interface Bar {
  mine: Mine;
  can: ReadonlySet<Verb>;
  /** What a press of Hold does. `swap`: between the customer and the consulted one. */
  hold: 'hold' | 'resume' | 'swap';
  /** Whether Transfer asks whom, or hands the customer to the consulted one. */
  transfer: 'choose' | 'complete';
  /** Whether Conference asks whom, or joins the consulted one. */
  conference: 'choose' | 'join';
}

const NOTHING: Bar = { mine: 'none', can: new Set(), hold: 'hold', transfer: 'choose', conference: 'choose' };

export function barOf(contact: Contact | null, me: number): Bar {
  if (!contact) return NOTHING;
  const mine = mineOf(contact, me);
  switch (mine) {
    case 'offered':
    case 'asked':
      return { ...NOTHING, mine, can: new Set<Verb>(['accept', 'decline']) };
    case 'dialling':
    case 'preview':
    case 'guest':
    case 'supervising':
      return { ...NOTHING, mine, can: new Set<Verb>(['hangUp']) };
    case 'talking':
      return talking(contact);
    default:
      return { ...NOTHING, mine };
  }
}

function talking(contact: Contact): Bar {
  const can = new Set<Verb>(['mute', 'hold', 'keypad', 'hangUp']);
  const asked = consulted(contact);
  const others = contact.members.filter(takesPart);
  const conference = others.filter((member) => member.role === 'CONFERENCE');
  if (contact.recordingId) can.add('record');
  if (asked) {
    can.add('back');
    if (asked.state === 'UP') can.add('transfer').add('conference');
    else if (!conference.length) can.add('transfer');
  } else {
    if (others.length + 2 < MOST_PARTIES) can.add('consult').add('conference');
    if (!others.length) can.add('transfer').add('park');
    if (conference.some((member) => member.state === 'UP')) can.add('leave');
  }
  return {
    mine: 'talking',
    can,
    hold: asked?.state === 'UP' ? 'swap' : contact.heldSince ? 'resume' : 'hold',
    transfer: asked ? 'complete' : 'choose',
    conference: asked ? 'join' : 'choose',
  };
}

/** When my part of the conversation began. */
export function talkingSince(contact: Contact, me: number): string | null {
  if (contact.segments.length > 1) {
    const open = contact.segments.find((each) => each.agentId === me && !each.endedAt);
    if (open) return open.acceptedAt;
  }
  return contact.connectedAt ?? contact.acceptedAt ?? null;
}

/** Of a customer who came back to me: the attempt that came to nothing. */
export function cameBack(contact: Contact, me: number): Contact['failedTransfer'] {
  const failed = contact.failedTransfer;
  if (!failed || mineOf(contact, me) !== 'talking') return null;
  const gave = contact.segments.some((each) => each.agentId === me && each.endedAt && each.endedAt <= failed.at);
  const [again] = contact.segments.filter((each) => each.agentId === me && !each.endedAt);
  return gave && again && again.acceptedAt >= failed.at ? failed : null;
}

/** Where the keypad's tones go: a dialled member one is speaking with, otherwise the customer. */
export function keypadMember(contact: Contact): Member | null {
  const asked = consulted(contact);
  return contact.consultation === 'WITH_COLLEAGUE' && asked?.number ? asked : null;
}
