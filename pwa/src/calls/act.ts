/** What a press of a button of the call bar does, or of its key: the same conditions for both. */
import * as desk from '../desk/commands';
import type { Contact } from '../live/state';
import * as calls from './commands';
import { barOf, type Verb } from './situation';

export function act(verb: Verb, contact: Contact | null, me: number): void {
  const bar = barOf(contact, me);
  if (!contact || !bar.can.has(verb)) return;
  const { id } = contact;
  const commands: Record<Verb, () => unknown> = {
    accept: () => desk.accept(id),
    decline: () => desk.decline(id),
    mute: () => (contact.muted ? desk.unmute : desk.mute)(id),
    hold: () => (contact.heldSince ? desk.resume : desk.hold)(id),
    consult: () => toggle('consult'),
    transfer: () => (bar.transfer === 'complete' ? calls.completeTransfer(id) : toggle('transfer')),
    conference: () => (bar.conference === 'join' ? calls.makeConference(id) : toggle('add')),
    keypad: () => calls.keypadOpen.set(!calls.keypadOpen.get()),
    park: () => calls.park(id),
    record: () => (contact.recordingPaused ? desk.resumeRecording : desk.pauseRecording)(id),
    hangUp: () => (bar.mine === 'supervising' ? calls.stopSupervising(id) : desk.hangUp(id)),
    back: () => calls.endConsultation(id),
    leave: () => calls.leaveConference(id),
  };
  void commands[verb]();
}

/** The same key or button again closes the panel. */
function toggle(intent: 'transfer' | 'consult' | 'add'): void {
  if (calls.panel.get()?.intent === intent) calls.panel.set(null);
  else calls.openPanel(intent);
}
