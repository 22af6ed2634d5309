/**
 * Notes being written. Each keystroke is kept in this browser until the server has the text, and the text is sent by
 * itself at every pause; a note of a contact that ended meanwhile too. Everything is forgotten at sign-out.
 */
import { execute, Failed } from '../api/client';
import { WriteNoteDocument } from '../gql/graphql';
import { Kept } from '../live/kept';
import { Store } from '../live/store';
import { type Answer, taken } from './commands';

export interface Draft {
  text: string;
  /** Of the last try with this very text: sent twice, written once. */
  key: string | null;
  /** The version that is being rewritten, 0 for none. */
  base: number;
}

export type Saving = 'idle' | 'saving' | 'failed' | 'refused' | 'conflict';

/** The newest text that this browser knows the server has. */
export interface Written {
  text: string;
  version: number;
}

/** A pause this long and what was typed is sent; while somebody types on, at least this often. */
export const PAUSE_MS = 2_500;
export const OFTEN_MS = 15_000;

export const saving = new Store<ReadonlyMap<string, Saving>>(new Map());
export const written = new Store<ReadonlyMap<string, Written>>(new Map());

class Notes extends Kept<Draft> {
  override forget(): void {
    super.forget();
    written.set(new Map());
  }
}

export const drafts = new Notes('kc.draft.');

const timers = new Map<string, { timer: ReturnType<typeof setTimeout>; latest: number }>();

/** `base`: the version whose text stands in the field. An empty text is kept here and not sent: there is no empty note. */
export function write(contact: string, text: string, base: number): void {
  const before = drafts.get().get(contact);
  // One of an older version of this program has no base.
  const known = before?.base ?? base;
  if (!text.trim() && known === 0) {
    drafts.put(contact, null);
    stop(contact);
    return;
  }
  drafts.put(contact, { text, key: null, base: known });
  if (saving.get().get(contact) === 'failed') mark(contact, 'idle');
  if (saving.get().get(contact) !== 'conflict') soon(contact);
}

function soon(contact: string): void {
  const now = Date.now();
  const latest = timers.get(contact)?.latest ?? now + OFTEN_MS;
  stop(contact);
  const wait = Math.max(0, Math.min(PAUSE_MS, latest - now));
  timers.set(contact, { latest, timer: setTimeout(() => void save(contact), wait) });
}

function stop(contact: string): void {
  clearTimeout(timers.get(contact)?.timer);
  timers.delete(contact);
}

function mark(contact: string, state: Saving): void {
  saving.set(new Map(saving.get()).set(contact, state));
}

/** After somebody else's words have been read: what stands here is written over the version they made. */
export function settle(contact: string, text: string, base: number): Promise<boolean> {
  drafts.put(contact, { text, key: null, base });
  mark(contact, 'idle');
  return save(contact);
}

/** Whether nothing is left unsaved. */
export async function save(contact: string): Promise<boolean> {
  stop(contact);
  const draft = drafts.get().get(contact);
  if (!draft) return true;
  const state = saving.get().get(contact);
  if (state === 'saving' || state === 'conflict' || !draft.text.trim()) return false;
  const key = draft.key ?? crypto.randomUUID();
  drafts.put(contact, { ...draft, key });
  mark(contact, 'saving');
  let version: number;
  try {
    const { writeNote } = await execute(WriteNoteDocument, { contact, text: draft.text, key, base: draft.base });
    const refused = taken(writeNote as Answer);
    if (refused) {
      mark(contact, refused === 'CHANGED_MEANWHILE' ? 'conflict' : 'refused');
      return false;
    }
    version = (writeNote as Extract<Answer, { __typename: 'Contact' }>).noteVersion;
  } catch (error) {
    mark(contact, error instanceof Failed ? 'refused' : 'failed');
    if (!(error instanceof Failed) && drafts.get().has(contact)) soon(contact);
    return false;
  }
  written.set(new Map(written.get()).set(contact, { text: draft.text, version }));
  // What was typed while it was on its way stays a draft, and goes next.
  const now = drafts.get().get(contact);
  if (now && now.text !== draft.text) {
    drafts.put(contact, { ...now, key: null, base: version });
    soon(contact);
  } else drafts.put(contact, null);
  mark(contact, 'idle');
  return !drafts.get().has(contact);
}

/** Sends what was left of contacts that are no longer on the desk. */
export async function saveLeftOvers(onDesk: ReadonlySet<string>): Promise<void> {
  for (const contact of drafts.get().keys()) {
    const state = saving.get().get(contact) ?? 'idle';
    if (!onDesk.has(contact) && (state === 'idle' || state === 'failed')) await save(contact);
  }
}
