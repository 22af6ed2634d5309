import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { searchClients } from '../clients/data';
import { useAnswer } from '../desk/detail';
import {
  HistoryDocument,
  SetFavouriteDocument,
  TransferTargetsDocument,
  type TransferTargetsQuery,
} from '../gql/graphql';
import { colleagues, desk } from '../live/feeds';
import { Store, useStore } from '../live/store';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { type Intent, type Row, type Sources, typedNumber } from './targets';

type Favourites = TransferTargetsQuery['transferTargets']['favourites'];

const TYPING_MS = 200;
const SHORTEST = 2;
const RECENT = 30;
const FOUND = 10;

/** Shown at once when the panel opens again, and then replaced by what the server says. */
const known = new Store<TransferTargetsQuery['transferTargets'] | null>(null);

/** What the panel shows, live while it is open. `star` marks a row, or takes the mark away. */
export function useSources(
  me: number,
  intent: Intent,
  text: string,
): { sources: Omit<Sources, 'staff'> & { known: boolean }; star: (row: Row) => void } {
  const people = useStore(colleagues.state);
  const queues = useStore(desk.state, (state) => state.queues);
  const targets = useStore(known);
  const [recent, setRecent] = useState<readonly string[]>([]);
  useEffect(() => {
    colleagues.start();
    return () => colleagues.stop();
  }, []);
  useAnswer('targets', async (signal) => {
    const { transferTargets } = await execute(TransferTargetsDocument, {}, signal);
    known.set(transferTargets);
    return null;
  });
  useAnswer(intent === 'dial' ? 'recent' : null, async (signal) => {
    const asked = { client: null, number: null, before: null, first: RECENT };
    const { history } = await execute(HistoryDocument, asked, signal);
    setRecent([...new Set(history.contacts.flatMap((each) => each.customerNumber ?? []))].slice(0, 8));
    return null;
  });
  const asked = text.trim();
  const seek = intent === 'dial' && asked.length >= SHORTEST && !typedNumber(asked) ? asked : null;
  const { value: clients } = useAnswer(seek, async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    return (await searchClients(seek ?? '', FOUND, signal)).clients;
  });
  return {
    sources: {
      known: people.known || intent === 'dial',
      me,
      colleagues: people.colleagues.values(),
      queues: queues.values(),
      lines: people.lines.values(),
      groups: targets?.groups ?? [],
      favourites: targets?.favourites ?? [],
      recent,
      clients: clients ?? [],
    },
    star: (row) => void star(row),
  };
}

async function star({ kind, target, favourite }: Row): Promise<void> {
  try {
    const { setFavourite } = await execute(SetFavouriteDocument, { kind, target, favourite: !favourite });
    if (setFavourite.__typename === 'Refused') return tell(refusalText(setFavourite.code));
    const now = known.get();
    if (!now) return;
    const rest: Favourites = now.favourites.filter((each) => each.kind !== kind || each.target !== target);
    known.set({ ...now, favourites: favourite ? rest : [...rest, { kind, target }] });
  } catch {
    tell(NO_ANSWER);
  }
}
