/** A step of a contact's history in a sentence. */
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { nameIn, type Settings } from '../app/settings';
import type { ContactDetailQuery, Outcome, Party } from '../gql/graphql';
import { OUTCOMES, PARTIES } from './states';

export type Step = NonNullable<ContactDetailQuery['contact']>['steps'][number];

export function stepText(step: Step, settings: Settings, i18n: I18n): string {
  const agent = nameIn(settings.staff, step.agentId ?? step.actorId) ?? i18n._(msg`operátor`);
  const queue = nameIn(settings.queues, Number(step.detail)) ?? step.detail ?? '';
  const detail = step.detail ?? '';
  switch (step.kind) {
    case 'Arrived':
      return i18n._(msg`Hovor přišel`);
    case 'IvrEntered':
      return i18n._(msg`Vstup do hlasového menu`);
    case 'IvrMoved':
      return i18n._(msg`Hlasové menu: ${detail}`);
    case 'LegCameUp':
      return i18n._(msg`Spojení s volajícím navázáno`);
    case 'Queued':
      return i18n._(msg`Zařazen do fronty ${queue}`);
    case 'PositionAnnounced':
      return i18n._(msg`Ohlášeno pořadí ve frontě: ${detail}`);
    case 'Routed':
      return routed(detail, i18n);
    case 'ComfortPlayed':
      return i18n._(msg`Přehráno: ${detail}`);
    case 'AnnouncementStarted':
      return i18n._(msg`Ohlášeno: ${detail}`);
    case 'AnnouncementFinished':
      return i18n._(msg`Hlášení skončilo`);
    case 'OverflowFailed':
      return i18n._(msg`Přelití se nepodařilo, hovor čeká dál`);
    case 'AgentSought':
      return i18n._(msg`Přímo operátorovi: ${agent}`);
    case 'Offered':
      return i18n._(msg`Nabídnut: ${agent}`);
    case 'OfferReturned':
      return returned(detail, agent, i18n);
    case 'OfferAccepted':
      return i18n._(msg`Přijal(a): ${agent}`);
    case 'ConversationStarted':
      return i18n._(msg`Hovor spojen`);
    case 'CallbackRequested':
      return i18n._(msg`Volající si přeje zavolat zpět`);
    case 'CallbackDialled':
      return i18n._(msg`Vytáčí se volající, který chtěl zavolat zpět`);
    case 'Held':
      return i18n._(msg`Hovor podržen`);
    case 'Resumed':
      return i18n._(msg`Hovor vrácen z podržení`);
    case 'Muted':
      return i18n._(msg`Mikrofon ztlumen`);
    case 'Unmuted':
      return i18n._(msg`Mikrofon zapnut`);
    case 'Ended':
      return ended(detail, i18n);
    case 'WrapUpFinished':
      return i18n._(msg`Dokončování skončilo`);
    case 'ClientPicked':
      return i18n._(msg`Přiřazení klienta změněno`);
    case 'Categorised':
      return i18n._(msg`Změna kategorie`);
    case 'NoteWritten':
      return i18n._(msg`Zapsána poznámka`);
    case 'RecordingPaused':
      return i18n._(msg`Nahrávání pozastaveno`);
    case 'RecordingResumed':
      return i18n._(msg`Nahrávání pokračuje`);
    case 'RecordingSaved':
      return i18n._(msg`Nahrávka uložena (${detail.replace('.', ',')})`);
    case 'RecordingFailed':
      return i18n._(msg`Nahrávku se nepodařilo uložit`);
    default:
      return step.kind;
  }
}

function returned(reason: string, agent: string, i18n: I18n): string {
  switch (reason) {
    case 'no_answer':
      return i18n._(msg`Nepřijato, zpět do fronty: ${agent}`);
    case 'declined':
      return i18n._(msg`Odmítnuto, zpět do fronty: ${agent}`);
    case 'phone_lost':
      return i18n._(msg`Ztráta telefonu, zpět do fronty: ${agent}`);
    case 'answered_elsewhere':
      return i18n._(msg`Přijal někdo jiný, přestalo zvonit: ${agent}`);
    case 'withdrawn':
      return i18n._(msg`Volající zavěsil, přestalo zvonit: ${agent}`);
    default:
      return i18n._(msg`Vráceno do fronty: ${agent}`);
  }
}

/** The server writes `outcome (party)`. */
function ended(detail: string, i18n: I18n): string {
  const found = /^(\w+) \((\w+)\)$/.exec(detail);
  const outcome = OUTCOMES[(found?.[1] ?? '').toUpperCase() as Outcome];
  const party = PARTIES[(found?.[2] ?? '').toUpperCase() as Party];
  if (!outcome || !party) return i18n._(msg`Konec hovoru`);
  const what = i18n._(outcome);
  const who = i18n._(party);
  return i18n._(msg`Konec hovoru: ${what} (ukončil ${who})`);
}

const REASONS: Record<string, MessageDescriptor> = {
  entry: msg`podle vstupních pravidel`,
  flow: msg`z hlasového menu`,
  closed: msg`mimo pracovní dobu`,
  full: msg`plná fronta`,
  unstaffed: msg`bez operátorů`,
  overflow: msg`přelití`,
  max_wait: msg`nejdelší čekání`,
  otherwise: msg`náhradní cíl`,
  announced: msg`po hlášení`,
  fallback: msg`jinam to nešlo`,
};

const TARGETS: Record<string, MessageDescriptor> = {
  queue: msg`fronta`,
  agent: msg`operátor`,
  group: msg`skupina`,
  flow: msg`hlasové menu`,
  number: msg`telefonní číslo`,
  voicemail: msg`hlasová schránka`,
  announcement: msg`hlášení`,
  callback: msg`zpětné volání`,
  hang_up: msg`ukončení`,
};

/** `reason:target:rule`, the rule only where an entry rule decided. */
function routed(detail: string, i18n: I18n): string {
  const [reason = '', target = '', ...rest] = detail.split(':');
  const why = REASONS[reason] ? i18n._(REASONS[reason]) : reason;
  const where = TARGETS[target] ? i18n._(TARGETS[target]) : target;
  const rule = rest.join(':');
  return rule ? i18n._(msg`Směrování (${why}, pravidlo ${rule}): ${where}`) : i18n._(msg`Směrování (${why}): ${where}`);
}
