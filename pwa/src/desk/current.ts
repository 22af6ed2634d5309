/** Which contacts are mine and which one the screen is about. Selectors over the live picture. */
import { useMemo } from 'react';
import { desk } from '../live/feeds';
import type { Agent, Contact, LiveState } from '../live/state';
import { Store, useStore } from '../live/store';

const URGENCY = {
  OFFERED: 0,
  ACTIVE: 1,
  DIALLING: 1,
  WRAP_UP: 2,
  TRANSFERRING: 3,
  QUEUED: 3,
  OUTSIDE: 4,
  PARKED: 4,
  IN_IVR: 5,
  ARRIVED: 6,
  CLOSED: 7,
} as const;

/** The contact that was clicked in the list. */
export const selected = new Store<string | null>(null);

export function mine(state: LiveState): Contact[] {
  return [...state.contacts.values()]
    .filter((contact) => contact.phase !== 'CLOSED' && contact.phase !== 'PARKED')
    .sort((a, b) => URGENCY[a.phase] - URGENCY[b.phase] || a.arrivedAt.localeCompare(b.arrivedAt));
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

export function useAgent(userId: number): Agent | null {
  return useStore(desk.state, (state) => state.agents.get(userId) ?? null);
}

/** What rings always comes to the front. */
export function useShown(): Contact | null {
  const contacts = useMine();
  const chosen = useStore(selected);
  const first = contacts[0] ?? null;
  if (first?.phase === 'OFFERED') return first;
  return contacts.find((contact) => contact.id === chosen) ?? first;
}
