/** Settings of the routing in words: what may be chosen, and what can be wrong. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { SettingProblemKind } from '../gql/graphql';

export const SETTING_PROBLEMS: Record<SettingProblemKind, MessageDescriptor> = {
  MISSING: msg`Tohle je potřeba vyplnit.`,
  UNKNOWN: msg`Vyberte, co tu je: nic není vybráno, nebo vybrané už neexistuje.`,
  NOT_LET_OUT: msg`Na tohle číslo se podle pravidel hovorů ven volat nesmí (Nastavení → Hovory → Hovory ven).`,
  OUT_OF_RANGE: msg`Hodnota je mimo povolené meze.`,
  MALFORMED: msg`Tohle nemá správný tvar.`,
  TAKEN: msg`To už je použité jinde.`,
  NOT_BUILT: msg`Tento cíl zatím neumíme obsloužit. Vyberte jiný.`,
  CIRCLE: msg`Vede zpátky na začátek, volající by kroužil.`,
  CONTRADICTS: msg`Nejde to dohromady s tím, co je nastaveno vedle.`,
  ORDER: msg`Časy musí jít po sobě a nesmějí se překrývat.`,
};

/** Types of fields of the client's card. */
export const FIELD_TYPES = {
  text: msg`krátký text`,
  long_text: msg`delší text`,
  number: msg`číslo`,
  date: msg`datum`,
  choice: msg`výběr z možností`,
  email: msg`e-mail`,
  phone: msg`telefon`,
  insured_number: msg`číslo pojištěnce`,
  company_number: msg`IČO`,
  yes_no: msg`ano / ne`,
  link: msg`webový odkaz`,
} satisfies Record<string, MessageDescriptor>;

export const STAFF_ROLES = {
  agent: msg`operátor`,
  supervisor: msg`vedoucí`,
  admin: msg`správce`,
} satisfies Record<string, MessageDescriptor>;

export const STRATEGIES = {
  longest_idle: msg`nejdéle volný`,
  most_skilled: msg`nejzkušenější`,
  least_recent: msg`kdo měl hovor nejdávněji`,
  fewest_calls: msg`kdo měl dnes nejméně hovorů`,
  least_talk_time: msg`kdo dnes nejméně mluvil`,
  round_robin: msg`dokola po řadě`,
  random: msg`náhodně`,
  weighted: msg`náhodně podle váhy`,
  ring_all: msg`zvonit všem najednou`,
  ring_progressively: msg`postupně přizvánět další`,
  linear: msg`vždy od prvního`,
} satisfies Record<string, MessageDescriptor>;

export const EMPTY_WHEN = {
  never: msg`nikdy`,
  nobody_signed_in: msg`když není nikdo přihlášený`,
  nobody_working: msg`když mají všichni přestávku nebo nejsou připraveni`,
  nobody_ready: msg`když teď nikdo nemůže hovor přijmout`,
} satisfies Record<string, MessageDescriptor>;

export const SAY_POSITION = {
  no: msg`neříkat`,
  yes: msg`vždy`,
  limit: msg`jen do určitého místa`,
  more: msg`za určitým místem říct „více než“`,
} satisfies Record<string, MessageDescriptor>;

export const SAY_WAIT = {
  no: msg`neříkat`,
  yes: msg`pokaždé`,
  once: msg`jen poprvé`,
} satisfies Record<string, MessageDescriptor>;

export const BREAK_KINDS = {
  private: msg`soukromá`,
  work: msg`pracovní`,
} satisfies Record<string, MessageDescriptor>;

export const FORMULAS = {
  f1: msg`(přijaté v cíli + zavěšené v cíli) / (přijaté + zavěšené)`,
  f2: msg`přijaté v cíli / přijaté`,
  f3: msg`přijaté v cíli / (přijaté + zavěšené)`,
  f4: msg`přijaté v cíli / (přijaté + zavěšené po cíli)`,
  f5: msg`(přijaté v cíli + krátce zavěšené) / (přijaté + zavěšené)`,
  f6: msg`přijaté v cíli / (přijaté + zavěšené bez krátkých)`,
} satisfies Record<string, MessageDescriptor>;

export const MEASURES = {
  signed_in: msg`přihlášených operátorů`,
  ready: msg`připravených operátorů`,
  waiting: msg`čekajících volajících`,
  longest_wait_s: msg`nejdelší čekání (s)`,
  expected_wait_s: msg`očekávané čekání (s)`,
} satisfies Record<string, MessageDescriptor>;

/** Roles in which a supervisor may be in a call. */
export const SUPERVISION = {
  listening: msg`příposlech`,
  whispering: msg`našeptávání`,
  barging: msg`vstup do hovoru`,
} satisfies Record<string, MessageDescriptor>;

export const DESTINATIONS = {
  queue: msg`fronta`,
  agent: msg`operátor`,
  group: msg`skupina operátorů`,
  flow: msg`hlasové menu`,
  number: msg`linka nebo vnější číslo`,
  voicemail: msg`záznamník`,
  announcement: msg`oznámení a dál`,
  callback: msg`nabídka zpětného volání`,
  dictation: msg`namluvení hlášení telefonem`,
  hang_up: msg`zavěsit`,
} satisfies Record<string, MessageDescriptor>;

export const CONDITIONS = {
  time: msg`den a čas`,
  calendar: msg`kalendář`,
  caller: msg`číslo volajícího`,
  client_status: msg`stav klienta`,
  queue_measures: msg`stav fronty`,
} satisfies Record<string, MessageDescriptor>;

export const WEEKDAYS_SHORT: readonly MessageDescriptor[] = [
  msg`Po`,
  msg`Út`,
  msg`St`,
  msg`Čt`,
  msg`Pá`,
  msg`So`,
  msg`Ne`,
];

/** How trunks carry signalling. */
export const TRANSPORTS = {
  udp: msg`UDP`,
  tcp: msg`TCP`,
  tls: msg`TLS (šifrovaně)`,
};

/** Whether their sound is encrypted. */
export const SRTP = {
  off: msg`nešifrovat`,
  optional: msg`šifrovat, když to druhá strana umí`,
  required: msg`jen šifrovaně`,
};
