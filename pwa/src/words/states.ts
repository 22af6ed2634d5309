/** Names of the vocabulary on screens. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { Activity, CallbackState, CallType, LineState, Outcome, Party, Phase, Role } from '../gql/graphql';
import type { PhoneState } from '../softphone/machine';

export const ACTIVITIES: Record<Activity, MessageDescriptor> = {
  OFFLINE: msg`Odhlášen`,
  READY: msg`Připraven`,
  RINGING: msg`Zvoní`,
  IN_CALL: msg`V hovoru`,
  WRAP_UP: msg`Dokončování`,
  BREAK: msg`Přestávka`,
  NOT_READY: msg`Nepřipraven`,
};

/** What a line of the exchange does. */
export const LINES: Record<LineState, MessageDescriptor> = {
  FREE: msg`Volná`,
  RINGING: msg`Vyzvání`,
  BUSY: msg`Obsazená`,
  UNKNOWN: msg`Stav neznámý`,
};

/** Reasons of NOT_READY, as the server names them. */
const NOT_READY_REASONS: Record<string, MessageDescriptor> = {
  signed_in: msg`Po přihlášení`,
  missed_offer: msg`Nepřijatý hovor`,
  declined_offer: msg`Odmítnutý hovor`,
  phone_lost: msg`Ztráta telefonu`,
};

export function notReadyReason(reason: string | null | undefined): MessageDescriptor | null {
  return NOT_READY_REASONS[reason ?? ''] ?? null;
}

export const PHASES: Record<Phase, MessageDescriptor> = {
  ARRIVED: msg`Příchozí`,
  DIALLING: msg`Vytáčí se`,
  IN_IVR: msg`V hlasovém menu`,
  MESSAGE: msg`Nechává vzkaz`,
  QUEUED: msg`Čeká ve frontě`,
  OFFERED: msg`Zvoní u operátora`,
  PREVIEW: msg`Poslech vzkazu`,
  ACTIVE: msg`Hovor`,
  TRANSFERRING: msg`Přepojuje se`,
  PARKED: msg`Zaparkovaný`,
  OUTSIDE: msg`Mluví s číslem mimo centrum`,
  WRAP_UP: msg`Dokončování`,
  CLOSED: msg`Uzavřeno`,
};

export const OUTCOMES: Record<Outcome, MessageDescriptor> = {
  HANDLED: msg`Vyřízeno`,
  ABANDONED_BEFORE_IVR: msg`Zavěšeno před menu`,
  ABANDONED_IN_IVR: msg`Zavěšeno v menu`,
  ABANDONED_IN_QUEUE: msg`Zavěšeno ve frontě`,
  ABANDONED_RINGING: msg`Zavěšeno při zvonění`,
  ENDED_BY_IVR: msg`Ukončeno menu`,
  FAILED: msg`Přerušeno závadou`,
  ROUTED_OUT: msg`Spojeno s číslem mimo centrum`,
  BUSY: msg`Obsazeno`,
  NO_ANSWER: msg`Nikdo to nezvedl`,
  REJECTED: msg`Hovor odmítnut`,
  CANCELLED: msg`Volající vytáčení zrušil`,
  CALLBACK_REQUESTED: msg`Přeje si zavolat zpět`,
  MESSAGE_LEFT: msg`Nechal(a) vzkaz`,
  ABANDONED_IN_VOICEMAIL: msg`Zavěšeno bez vzkazu`,
};

export const PARTIES: Record<Party, MessageDescriptor> = {
  CUSTOMER: msg`volající`,
  AGENT: msg`operátor`,
  SYSTEM: msg`systém`,
  OTHER: msg`číslo mimo centrum`,
};

export const ROLES: Record<Role, MessageDescriptor> = {
  AGENT: msg`Operátor`,
  SUPERVISOR: msg`Supervizor`,
  ADMIN: msg`Správce`,
  WALLBOARD: msg`Nástěnka`,
  RECORDING_LISTEN: msg`Poslech nahrávek`,
  RECORDING_DOWNLOAD: msg`Stahování nahrávek`,
  QUEUES: msg`Správa front`,
  CALLBACKS: msg`Zpětná volání`,
};

export const PHONES: Record<PhoneState, MessageDescriptor> = {
  off: msg`Telefon vypnutý`,
  asking: msg`Čeká na mikrofon…`,
  denied: msg`Bez mikrofonu`,
  opening: msg`Připojuje se…`,
  connected: msg`Telefon připojen`,
  restoring: msg`Obnovuje se spojení…`,
  elsewhere: msg`Telefon v jiném okně`,
};

export const CALL_TYPES: Record<CallType, MessageDescriptor> = {
  INBOUND: msg`příchozí`,
  OUTBOUND: msg`odchozí`,
  LOST: msg`ztracený`,
  NOT_REACHED: msg`nedovolaný`,
};

export const CALLBACK_STATES: Record<CallbackState, MessageDescriptor> = {
  SCHEDULED: msg`naplánováno na`,
  WAITING: msg`čeká ve frontě`,
  DONE: msg`vyřízeno`,
  FAILED: msg`nedovoláno`,
};
