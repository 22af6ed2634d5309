/** Which contacts are mine and which one the screen is about. Selectors over the live picture. */
import { useMemo } from 'react';
import { session } from '../app/session';
import { mineOf, tasksOf } from '../calls/situation';
import { desk } from '../live/feeds';
import type { Agent, Contact, LiveState } from '../live/state';
import { Store, useStore } from '../live/store';

/** The contact that was clicked in the list. */
export const selected = new Store<string | null>(null);

/** The user who works here; 0 for nobody. */
export function me(): number {
  const now = session.get();
  return now.kind === 'user' || now.kind === 'expired' ? now.user.id : 0;
}

export function mine(state: LiveState): Contact[] {
  return tasksOf(state.contacts.values(), me());
}

/** The one the call bar commands: what rings, else the call, else what is being wrapped up. */
export function callOf(state: LiveState): Contact | null {
  return mine(state)[0] ?? null;
}

export function useMine(): Contact[] {
  const contacts = useStore(desk.state, (state) => state.contacts);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the map is replaced whenever one of them changes
  return useMemo(() => mine(desk.state.get()), [contacts]);
}

export function useCall(): Contact | null {
  return useMine()[0] ?? null;
}

/** The call that rings at me, from a queue or from a colleague. */
export function useRung(): Contact | null {
  const call = useCall();
  return call && ringsAt(call, me()) ? call : null;
}

export function ringsAt(contact: Contact, user: number): boolean {
  const mine = mineOf(contact, user);
  return mine === 'offered' || mine === 'asked';
}

export function useAgent(userId: number): Agent | null {
  return useStore(desk.state, (state) => state.agents.get(userId) ?? null);
}

/** What rings always comes to the front. */
export function useShown(): Contact | null {
  const contacts = useMine();
  const chosen = useStore(selected);
  const first = contacts[0] ?? null;
  if (first && ringsAt(first, me())) return first;
  return contacts.find((contact) => contact.id === chosen) ?? first;
}
