/**
 * Notes being written. Each keystroke is kept in this browser until the server has the text; a note of a contact that
 * ended meanwhile is sent by itself. Everything is forgotten at sign-out.
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
}

export type Saving = 'idle' | 'saving' | 'failed';

export const drafts = new Kept<Draft>('kc.draft.');
export const saving = new Store<ReadonlyMap<string, Saving>>(new Map());

export function write(contact: string, text: string): void {
  drafts.put(contact, text.trim() ? { text, key: null } : null);
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
  drafts.put(contact, { ...draft, key });
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
  if (drafts.get().get(contact)?.text === draft.text) drafts.put(contact, null);
  mark(contact, 'idle');
  return !drafts.get().has(contact);
}

/** Sends what was left of contacts that are no longer on the desk. */
export async function saveLeftOvers(onDesk: ReadonlySet<string>): Promise<void> {
  for (const contact of drafts.get().keys()) {
    if (!onDesk.has(contact) && saving.get().get(contact) !== 'failed') await save(contact);
  }
}
