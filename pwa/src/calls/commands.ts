/** Commands of a call with several people, and what the panels are about. */
import { msg } from '@lingui/core/macro';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { contactCommand, pending, run, taken } from '../desk/commands';
import {
  AddToConferenceDocument,
  CompleteTransferDocument,
  ConsultDocument,
  DialDocument,
  DropMemberDocument,
  EndConsultationDocument,
  LeaveConferenceDocument,
  MakeConferenceDocument,
  ParkDocument,
  SendDigitsDocument,
  StopSupervisingDocument,
  SuperviseDocument,
  type SupervisionMode,
  TakeOverCallDocument,
  TakeParkedDocument,
  TransferDocument,
} from '../gql/graphql';
import { Store } from '../live/store';
import { refusalText } from '../words/refusals';
import { type Act, callTarget, canDo, type Intent, numberOf, type Row } from './targets';

export { pending };

/** The panel that is open: for what, and what is typed in it at first. */
export const panel = new Store<{ intent: Intent; text: string } | null>(null);
export const keypadOpen = new Store(false);

/** To who works at a telephone of one's own and calls somebody. */
const LIFT = msg`Zvoní vám telefon. Až ho zvednete, číslo vytočíme.`;

export const openPanel = (intent: Intent, text = ''): void => panel.set({ intent, text });

export const endConsultation = contactCommand('consult', 'endConsultation', EndConsultationDocument);
export const completeTransfer = contactCommand('transfer', 'completeTransfer', CompleteTransferDocument);
export const makeConference = contactCommand('conference', 'makeConference', MakeConferenceDocument);
export const leaveConference = contactCommand('leave', 'leaveConference', LeaveConferenceDocument);
export const park = contactCommand('park', 'park', ParkDocument);
export const takeParked = contactCommand('park', 'takeParked', TakeParkedDocument);
export const stopSupervising = contactCommand('supervise', 'stopSupervising', StopSupervisingDocument);
export const takeOverCall = contactCommand('supervise', 'takeOverCall', TakeOverCallDocument);

export const supervise = (contact: string, mode: SupervisionMode): Promise<boolean> =>
  run(`supervise:${contact}`, async () => taken((await execute(SuperviseDocument, { contact, mode })).supervise), mode);

export const dropMember = (contact: string, n: number): Promise<boolean> =>
  run(`drop:${contact}:${n}`, async () => taken((await execute(DropMemberDocument, { contact, n })).dropMember));

export const dial = (number: string): Promise<boolean> =>
  run('dial', async () => {
    const { dial: answer } = await execute(DialDocument, { number });
    if (answer.__typename === 'Done') tell(LIFT, 'info');
    return answer.__typename === 'Refused' ? answer.code : null;
  });

/** `away`: the colleague is not there, ask whether to ring all the same; the word is the server's presence. */
export type Sent = { kind: 'done' } | { kind: 'refused' } | { kind: 'away'; presence: string };

/** Transfers, consults, adds or dials, as the row says. */
export async function send(act: Act, contact: string | null, row: Row, evenIfAway = false): Promise<Sent> {
  if (!canDo(row, act)) return { kind: 'refused' };
  if (act === 'dial') return { kind: (await dial(numberOf(row))) ? 'done' : 'refused' };
  if (!contact) return { kind: 'refused' };
  const to = callTarget(row);
  let away: string | null = null;
  const done = await run(`${act}:${contact}`, async () => {
    const answer = await answered(act, contact, to, evenIfAway);
    if (answer.__typename === 'Refused' && answer.code === 'COLLEAGUE_AWAY') {
      away = answer.detail ?? '';
      return null;
    }
    return taken(answer);
  });
  if (away !== null) return { kind: 'away', presence: away };
  return { kind: done ? 'done' : 'refused' };
}

async function answered(act: Act, contact: string, to: ReturnType<typeof callTarget>, evenIfAway: boolean) {
  if (act === 'transfer') return (await execute(TransferDocument, { contact, to })).transfer;
  if (act === 'consult') return (await execute(ConsultDocument, { contact, to, evenIfAway })).consult;
  return (await execute(AddToConferenceDocument, { contact, to, evenIfAway })).addToConference;
}

/** Keys of the keypad, one after another in the order pressed. `sent` hears of each that went out. */
export class Keys {
  #line: Promise<unknown> = Promise.resolve();

  press(contact: string, digit: string, n: number | null, sent: (digit: string) => void): void {
    this.#line = this.#line.then(async () => {
      try {
        const { sendDigits: answer } = await execute(SendDigitsDocument, { contact, digits: digit, n });
        if (answer.__typename === 'Refused') tell(refusalText(answer.code));
        else sent(digit);
      } catch {
        tell(refusalText('BRIDGE_AWAY'));
      }
    });
  }
}
