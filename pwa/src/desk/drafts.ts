/**
 * Notes being written. Each keystroke is kept in this browser until the server has the text; a note of a contact that
 * ended meanwhile is sent by itself. Everything is forgotten at sign-out.
 */
import { execute, Failed } from '../api/client';
import { WriteNoteDocument } from '../gql/graphql';
import { Store } from '../live/store';
import { type Answer, taken } from './commands';

export interface Draft {
  text: string;
  /** Of the last try with this very text: sent twice, written once. */
  key: string | null;
}

export type Saving = 'idle' | 'saving' | 'failed';

const PREFIX = 'kc.draft.';

export const drafts = new Store<ReadonlyMap<string, Draft>>(read());
export const saving = new Store<ReadonlyMap<string, Saving>>(new Map());

function read(): Map<string, Draft> {
  const found = new Map<string, Draft>();
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(PREFIX)) continue;
    try {
      found.set(key.slice(PREFIX.length), JSON.parse(localStorage.getItem(key) ?? '') as Draft);
    } catch {
      localStorage.removeItem(key);
    }
  }
  return found;
}

function keep(contact: string, draft: Draft | null): void {
  const next = new Map(drafts.get());
  if (draft) {
    next.set(contact, draft);
    localStorage.setItem(PREFIX + contact, JSON.stringify(draft));
  } else {
    next.delete(contact);
    localStorage.removeItem(PREFIX + contact);
  }
  drafts.set(next);
}

export function write(contact: string, text: string): void {
  keep(contact, text.trim() ? { text, key: null } : null);
}

export function forgetDrafts(): void {
  for (const contact of drafts.get().keys()) keep(contact, null);
}

function mark(contact: string, state: Saving): void {
  saving.set(new Map(saving.get()).set(contact, state));
}

/** Whether nothing is left unsaved. */
export async function save(contact: string): Promise<boolean> {
  const draft = drafts.get().get(contact);
  if (!draft) return true;
  if (saving.get().get(contact) === 'saving') return false;
  const key = draft.key ?? crypto.randomUUID();
  keep(contact, { ...draft, key });
  mark(contact, 'saving');
  try {
    const { writeNote } = await execute(WriteNoteDocument, { contact, text: draft.text, key });
    const refused = taken(writeNote as Answer);
    if (refused) {
      mark(contact, 'failed');
      return false;
    }
  } catch (error) {
    mark(contact, error instanceof Failed ? 'failed' : 'idle');
    return false;
  }
  // What was typed while it was on its way stays a draft.
  if (drafts.get().get(contact)?.text === draft.text) keep(contact, null);
  mark(contact, 'idle');
  return !drafts.get().has(contact);
}

/** Sends what was left of contacts that are no longer on the desk. */
export async function saveLeftOvers(onDesk: ReadonlySet<string>): Promise<void> {
  for (const contact of drafts.get().keys()) {
    if (!onDesk.has(contact) && saving.get().get(contact) !== 'failed') await save(contact);
  }
}
