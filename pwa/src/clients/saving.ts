/** Cards being edited. Each keystroke is kept in this browser until the server has it. */
import { execute, Unauthenticated, Unreachable } from '../api/client';
import { tell } from '../app/notice';
import type { Problem } from '../forms/problems';
import { type ClientAnswerFragment, CreateClientDocument, SaveClientDocument } from '../gql/graphql';
import { backoff } from '../live/backoff';
import { socket } from '../live/feeds';
import { Kept } from '../live/kept';
import { Store } from '../live/store';
import { refusalText, WENT_WRONG } from '../words/refusals';
import { type Client, noteSave } from './data';
import { type Change, type Draft, type Field, type Line, merged, patchOf } from './model';

export const cardDrafts = new Kept<Draft>('kc.card.');

export type State =
  | { kind: 'typing' }
  | { kind: 'saving' }
  /** The network is away: sent again by itself. */
  | { kind: 'waiting' }
  | { kind: 'refused'; problems: readonly Problem[] }
  | { kind: 'conflict'; lines: readonly Line[]; now: Client };

const TYPING: State = { kind: 'typing' };
export const states = new Store<ReadonlyMap<string, State>>(new Map());
export const stateOf = (all: ReadonlyMap<string, State>, key: string): State => all.get(key) ?? TYPING;

export function put(key: string, state: State): void {
  states.set(new Map(states.get()).set(key, state));
}

export function write(key: string, draft: Draft): void {
  cardDrafts.put(key, draft);
  const now = stateOf(states.get(), key);
  if (now.kind === 'refused') {
    put(key, { kind: 'refused', problems: now.problems.filter((each) => !(each.field in draft.typed)) });
  }
}

export function drop(key: string): void {
  cardDrafts.put(key, null);
  put(key, TYPING);
}

/** `id` null: a new card. The card after it, or null when it is not saved (yet): the state says why. */
export async function saveCard(key: string, id: number | null, fields: readonly Field[]): Promise<Client | null> {
  const begun = stateOf(states.get(), key).kind;
  if (begun === 'saving' || begun === 'waiting') return null;
  for (let tries = 0; ; tries++) {
    const draft = cardDrafts.get().get(key);
    if (!draft) {
      put(key, TYPING);
      return null;
    }
    if (!tries) put(key, { kind: 'saving' });
    try {
      return taken(key, draft, fields, await send(id, draft));
    } catch (error) {
      if (!(error instanceof Unreachable)) {
        put(key, TYPING);
        if (!(error instanceof Unauthenticated)) tell(WENT_WRONG);
        return null;
      }
      put(key, { kind: 'waiting' });
      await socket.pause(backoff(tries, Math.random()));
    }
  }
}

async function send(id: number | null, draft: Draft): Promise<ClientAnswerFragment> {
  const values = patchOf(draft);
  const { answer } =
    id === null
      ? await execute(CreateClientDocument, { values, key: draft.key })
      : await execute(SaveClientDocument, { id, version: draft.version, values });
  return answer;
}

function taken(key: string, sent: Draft, fields: readonly Field[], answer: ClientAnswerFragment): Client | null {
  switch (answer.__typename) {
    case 'ClientSaved': {
      const client = answer.client as Client;
      return saved(key, sent, client);
    }
    case 'ClientConflict': {
      const now = answer.client as Client;
      const draft = cardDrafts.get().get(key) ?? sent;
      const merge = merged(draft, now, answer.changes as readonly Change[], fields);
      // An answer that got lost comes back as a conflict with oneself.
      if (!merge.lines.length && !Object.keys(merge.draft.typed).length) return saved(key, draft, now);
      cardDrafts.put(key, merge.draft);
      put(key, { kind: 'conflict', lines: merge.lines, now });
      return null;
    }
    case 'SettingRefused':
      put(key, { kind: 'refused', problems: answer.problems });
      return null;
    default:
      put(key, TYPING);
      tell(refusalText(answer.code));
      return null;
  }
}

/** What was typed while it was on its way stays a draft over the new version. */
function saved(key: string, sent: Draft, client: Client): Client {
  const now = cardDrafts.get().get(key);
  const typed = Object.fromEntries(
    Object.entries(now?.typed ?? {}).filter(([name, value]) => sent.typed[name] !== value),
  );
  cardDrafts.put(key, Object.keys(typed).length && now ? { ...now, version: client.version, typed } : null);
  put(key, TYPING);
  noteSave(client);
  return client;
}
