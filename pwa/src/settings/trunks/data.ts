/** Trunks as the server has them, and what bridges find of them; read again and again while they are shown. */
import { useEffect } from 'react';
import { execute } from '../../api/client';
import { TrunksDocument, type TrunksQuery } from '../../gql/graphql';
import { Store, useStore } from '../../live/store';

const AGAIN_MS = 3_000;

export interface TrunkBody {
  name: string;
  enabled: boolean;
  host: string;
  port: number;
  transport: string;
  register: boolean;
  outgoing: boolean;
  priority: number;
  ping_s: number;
}
export type Trunks = Omit<TrunksQuery['trunks'], 'trunks'> & {
  trunks: readonly { id: number; body: TrunkBody; lacksPassword: boolean }[];
};
export type TrunkState = Trunks['bridges'][number]['trunks'][number];

const trunks = new Store<Trunks | null>(null);

export async function loadTrunks(): Promise<Trunks> {
  const found = (await execute(TrunksDocument, {})).trunks as Trunks;
  trunks.set(found);
  return found;
}

/** Null until they were read. While nobody answers, the last ones. */
export function useTrunks(): Trunks | null {
  useEffect(() => {
    const read = () => void loadTrunks().catch(() => {});
    read();
    const timer = setInterval(() => document.visibilityState === 'visible' && read(), AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return useStore(trunks);
}
