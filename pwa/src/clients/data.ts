/** Clients as screens ask for them. */
import { execute } from '../api/client';
import { useAnswer } from '../desk/detail';
import {
  ClientCardDocument,
  type ClientCardQuery,
  ClientFieldsDocument,
  type ClientFieldsFragment,
  ClientsByNumberDocument,
  SearchClientsDocument,
} from '../gql/graphql';
import { backoff } from '../live/backoff';
import { socket } from '../live/feeds';
import { Store, useStore } from '../live/store';
import type { Field, Values } from './model';

export type Client = Omit<ClientFieldsFragment, 'values'> & { values: Values };
export type Card = Omit<NonNullable<ClientCardQuery['clientCard']>, 'client' | 'duplicates'> & {
  client: Client;
  duplicates: readonly { because: readonly string[]; client: Client }[];
};

const fields = new Store<readonly Field[]>([]);
export const useFields = (): readonly Field[] => useStore(fields);

/** As the administrator has defined them, for this user; asked for once a session and after they were saved. */
export async function loadFields(): Promise<void> {
  for (let tries = 0; tries < 8; tries++) {
    try {
      fields.set((await execute(ClientFieldsDocument, {})).clientFields);
      return;
    } catch {
      await socket.pause(backoff(tries, Math.random()));
    }
  }
}

/** The saves of this window: cards on other parts of the screen are read again. `last`: what was saved, if it was a client. */
export const saves = new Store<{ times: number; last: Client | null }>({ times: 0, last: null });

export const noteSave = (last: Client | null = saves.get().last): void =>
  saves.set({ times: saves.get().times + 1, last });

/** As it was saved last, until it has been read anew. */
const newest = (client: Client, last: Client | null): Client =>
  last?.id === client.id && last.version > client.version ? last : client;

export function useClientsByNumber(number: string | null): { clients: readonly Client[]; failed: boolean } {
  const { times, last } = useStore(saves);
  const { value, failed } = useAnswer(number && `${number} ${times}`, async (signal) => {
    return (await execute(ClientsByNumberDocument, { number: number ?? '' }, signal)).clientsByNumber as Client[];
  });
  return { clients: (value ?? []).map((client) => newest(client, last)), failed };
}

export function useCard(id: number | null): { card: Card | null; failed: boolean; missing: boolean } {
  const { times, last } = useStore(saves);
  const { value, failed } = useAnswer(id === null ? null : `${id} ${times}`, async (signal) => {
    const { clientCard } = await execute(ClientCardDocument, { id: id ?? 0 }, signal);
    return { id, card: clientCard as Card | null };
  });
  const mine = value?.id === id ? value : null;
  const card = mine?.card ? { ...mine.card, client: newest(mine.card.client, last) } : null;
  return { card, failed, missing: mine !== null && mine.card === null };
}

export interface Found {
  clients: readonly Client[];
  misspelt: boolean;
}

export async function searchClients(text: string, first: number, signal: AbortSignal): Promise<Found> {
  return (await execute(SearchClientsDocument, { text, first }, signal)).searchClients as Found;
}
