/** A step of a contact's history in a sentence. */
import type { I18n, MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { nameIn, type Settings } from '../app/settings';
import { phoneNumber } from '../format/format';
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
    case 'PriorityChanged':
      return i18n._(msg`Priorita ve frontě změněna`);
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
      return i18n._(msg`Vytáčí se číslo, na které se má zavolat zpět`);
    case 'MessageAsked':
      return i18n._(msg`Volající byl vyzván, aby nechal vzkaz`);
    case 'MessageBegan':
      return i18n._(msg`Vzkaz se nahrává`);
    case 'MessageStopped':
      return i18n._(msg`Konec vzkazu`);
    case 'MessageLeft':
      return i18n._(msg`Vzkaz přijat`);
    case 'MessageMissed':
      return i18n._(msg`Žádný vzkaz`);
    case 'PreviewBegan':
      return i18n._(msg`Operátor si poslouchá vzkaz`);
    case 'LedAfterCall':
      return i18n._(msg`Operátor zavěsil, klient pokračuje do průzkumu`);
    case 'Held':
      return i18n._(msg`Hovor podržen`);
    case 'Resumed':
      return i18n._(msg`Hovor vrácen z podržení`);
    case 'AgentWentAway':
      return i18n._(msg`Telefon operátora se odpojil, volající slyší hudbu`);
    case 'AgentCameBack':
      return i18n._(msg`Operátor je zpět u telefonu`);
    case 'Muted':
      return i18n._(msg`Mikrofon ztlumen`);
    case 'Unmuted':
      return i18n._(msg`Mikrofon zapnut`);
    case 'Ended':
      return ended(detail, i18n);
    case 'Dialled':
      return i18n._(msg`${agent} volá na číslo ${phoneNumber(detail) ?? detail}`);
    case 'LegRang':
      return i18n._(msg`U volaného zvoní`);
    case 'SegmentBegan':
      return i18n._(msg`Hovor má: ${agent}`);
    case 'SegmentEnded':
      return i18n._(msg`Hovor předává: ${agent}`);
    case 'MemberInvited':
      return invited(detail, step.agentId == null ? null : agent, i18n);
    case 'MemberEarlyMedia':
      return i18n._(msg`Volané číslo hraje vlastní tón`);
    case 'MemberAnswered':
      return i18n._(msg`Přizvaný je na lince`);
    case 'MemberChanged':
      return i18n._(msg`Všichni spojeni do konference`);
    case 'MemberLeft':
      return i18n._(msg`${step.agentId == null ? i18n._(msg`Přizvané číslo`) : agent}: ${cause(detail, i18n)}`);
    case 'TransferFailed':
      return i18n._(msg`Přepojení se nepodařilo: ${cause(detail, i18n)}`);
    case 'WentOutside':
      return i18n._(msg`Volající mluví s číslem mimo centrum`);
    case 'Parked':
      return i18n._(msg`Zaparkoval(a): ${agent}`);
    case 'SupervisionStarted':
      return i18n._(msg`Příposlech začal: ${supervision(detail, i18n)}`);
    case 'SupervisionSwitched':
      return i18n._(msg`Příposlech změněn: ${supervision(detail, i18n)}`);
    case 'SupervisionEnded':
      return i18n._(msg`Příposlech skončil`);
    case 'WrapUpFinished':
      return i18n._(msg`Dokončování skončilo`);
    case 'ClientPicked':
      return i18n._(msg`Přiřazení klienta změněno`);
    case 'ClientVerified':
      return i18n._(msg`Ověřeno, kdo volá`);
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

const ROLES: Record<string, MessageDescriptor> = {
  consulted: msg`Konzultace`,
  conference: msg`Pozvání do konference`,
  transfer: msg`Přepojení`,
};

/** `role`, or `role number` of somebody outside. */
function invited(detail: string, agent: string | null, i18n: I18n): string {
  const [role = '', number = ''] = detail.split(' ');
  const what = ROLES[role] ? i18n._(ROLES[role]) : role;
  return i18n._(msg`${what}, zvoní: ${agent ?? phoneNumber(number) ?? number}`);
}

const CAUSES: Record<string, MessageDescriptor> = {
  hung_up: msg`zavěšeno`,
  dropped: msg`odpojeno`,
  busy: msg`obsazeno`,
  no_answer: msg`nikdo to nezvedl`,
  declined: msg`odmítnuto`,
  agent_gone: msg`není u telefonu`,
  failed: msg`spojení se nezdařilo`,
  moved: msg`hovor pokračuje jinde`,
};

function cause(word: string, i18n: I18n): string {
  return CAUSES[word] ? i18n._(CAUSES[word]) : word;
}

const SUPERVISION: Record<string, MessageDescriptor> = {
  listening: msg`poslech`,
  whispering: msg`našeptávání`,
  barging: msg`vstup do hovoru`,
};

function supervision(mode: string, i18n: I18n): string {
  return SUPERVISION[mode] ? i18n._(SUPERVISION[mode]) : mode;
}

function returned(reason: string, agent: string, i18n: I18n): string {
  switch (reason) {
    case 'no_answer':
      return i18n._(msg`Nepřijato, zpět do fronty: ${agent}`);
    case 'declined':
      return i18n._(msg`Odmítnuto, zpět do fronty: ${agent}`);
    case 'phone_lost':
      return i18n._(msg`Ztráta telefonu, zpět do fronty: ${agent}`);
    case 'busy':
      return i18n._(msg`Telefon byl obsazený, zpět do fronty: ${agent}`);
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
  exit_key: msg`volbou při čekání`,
  transfer: msg`přepojil operátor`,
  supervisor: msg`poslal supervizor`,
  after_call: msg`po hovoru`,
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
  dictation: msg`namluvení hlášení`,
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
