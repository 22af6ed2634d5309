/** Names of queues, categories, breaks and colleagues; asked for once a session. */
import { execute } from '../api/client';
import { SettingsDocument, type SettingsQuery } from '../gql/graphql';
import { backoff } from '../live/backoff';
import { socket } from '../live/feeds';
import { Store, useStore } from '../live/store';

export type Settings = SettingsQuery['settings'];

const NONE: Settings = { queues: [], categories: [], breaks: [], staff: [], locations: [], groups: [] };
const settings = new Store<Settings>(NONE);

export async function loadSettings(): Promise<void> {
  for (let tries = 0; tries < 8; tries++) {
    try {
      settings.set((await execute(SettingsDocument, {})).settings);
      return;
    } catch {
      await socket.pause(backoff(tries, Math.random()));
    }
  }
}

export const useSettings = (): Settings => useStore(settings);

export function nameIn(list: readonly { id: number; name: string }[], id: number | null | undefined): string | null {
  return list.find((each) => each.id === id)?.name ?? null;
}
