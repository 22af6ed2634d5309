import { finishWrapUp } from './commands';
import { save } from './drafts';

/** Ends the wrap-up; a note still being written is saved first, and if that fails nothing ends. */
export async function finish(contact: string): Promise<boolean> {
  return (await save(contact)) && finishWrapUp(contact);
}
