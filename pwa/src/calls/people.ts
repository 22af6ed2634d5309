/** Everybody of a call as the strip shows them. Pure. */
import type { Contact } from '../live/state';
import { type Member, supervises, takesPart } from './situation';

export type Presence = 'speaking' | 'music' | 'waiting' | 'ringing' | 'listening' | 'whispering' | 'barging';

export interface Person {
  key: string;
  who: 'customer' | 'charge' | 'member';
  member: Member | null;
  presence: Presence;
}

/** The customer, the agent in charge where that is not who looks, then the members; who looks is left out. */
export function peopleOf(contact: Contact, me: number): Person[] {
  const held = Boolean(contact.heldSince) || contact.phase === 'TRANSFERRING' || contact.phase === 'PARKED';
  const people: Person[] = [{ key: 'customer', who: 'customer', member: null, presence: held ? 'music' : 'speaking' }];
  if (contact.agentId != null && contact.agentId !== me && contact.phase === 'ACTIVE')
    people.push({ key: 'charge', who: 'charge', member: null, presence: 'speaking' });
  for (const member of contact.members) {
    if (member.agentId !== me)
      people.push({ key: String(member.n), who: 'member', member, presence: of(member, contact) });
  }
  return people;
}

function of(member: Member, contact: Contact): Presence {
  if (member.state === 'RINGING') return 'ringing';
  if (member.role === 'LISTENING') return 'listening';
  if (member.role === 'WHISPERING') return 'whispering';
  if (member.role === 'BARGING') return 'barging';
  return member.role === 'CONSULTED' && contact.consultation === 'WITH_CUSTOMER' ? 'waiting' : 'speaking';
}

/** A supervisor or anybody more than customer and agent: worth a line of its own. */
export function crowded(contact: Contact): boolean {
  return contact.members.some((member) => takesPart(member) || supervises(member) || member.role === 'TRANSFER');
}
