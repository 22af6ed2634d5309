/** Voice menus in words: kinds of steps, their ways out, conditions, problems. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { FlowProblemKind } from '../gql/graphql';
import { type Comparison, type FlowNode, type Kind, keyOf, type Subject } from '../menus/model/flow';
import type { IconName } from '../ui/Icon';

export type Family = 'say' | 'ask' | 'decide' | 'data' | 'lead' | 'end';

export interface KindWords {
  name: MessageDescriptor;
  what: MessageDescriptor;
  icon: IconName;
  family: Family;
}

/** In the order in which they are offered. */
export const KINDS: Record<Kind, KindWords> = {
  speak: { name: msg`Promluva`, what: msg`Řekne text nebo přehraje nahrávku.`, icon: 'say', family: 'say' },
  menu: { name: msg`Menu`, what: msg`Volající si vybere klávesou.`, icon: 'keypad', family: 'ask' },
  queue: { name: msg`Do fronty`, what: msg`Volající čeká na operátora.`, icon: 'people', family: 'lead' },
  condition: {
    name: msg`Podmínka`,
    what: msg`Dvě cesty podle času, čísla, klienta nebo front.`,
    icon: 'fork',
    family: 'decide',
  },
  collect: {
    name: msg`Zadání čísla`,
    what: msg`Volající vyťuká číslo, třeba číslo pojištěnce.`,
    icon: 'digits',
    family: 'ask',
  },
  notice: {
    name: msg`Hlášení`,
    what: msg`Přehraje hlášení o problému, je-li zapnuté.`,
    icon: 'megaphone',
    family: 'say',
  },
  survey: { name: msg`Otázka průzkumu`, what: msg`Volající odpoví známkou.`, icon: 'star', family: 'ask' },
  set: {
    name: msg`Poznamenat`,
    what: msg`Zapíše ke kontaktu údaj, který uvidí operátor.`,
    icon: 'pen',
    family: 'data',
  },
  look_up: {
    name: msg`Dotaz do systému`,
    what: msg`Zeptá se jiného systému a odpověď si zapamatuje.`,
    icon: 'globe',
    family: 'data',
  },
  sub_flow: { name: msg`Vložené menu`, what: msg`Projde jiné menu a vrátí se.`, icon: 'nested', family: 'decide' },
  return: {
    name: msg`Návrat`,
    what: msg`Konec vloženého menu, pokračuje to, které ho zavolalo.`,
    icon: 'back',
    family: 'end',
  },
  flow: {
    name: msg`Do jiného menu`,
    what: msg`Volající přejde do jiného menu a nevrátí se.`,
    icon: 'nested',
    family: 'lead',
  },
  agent: { name: msg`Operátorovi`, what: msg`Zazvoní jednomu operátorovi.`, icon: 'headset', family: 'lead' },
  group: { name: msg`Skupině`, what: msg`Zazvoní komukoli připravenému ze skupiny.`, icon: 'people', family: 'lead' },
  number: { name: msg`Na číslo`, what: msg`Linka ústředny nebo číslo venku.`, icon: 'phone', family: 'lead' },
  voicemail: { name: msg`Záznamník`, what: msg`Volající nechá vzkaz.`, icon: 'mic', family: 'lead' },
  callback: { name: msg`Zpětné volání`, what: msg`Nabídne, že zavoláme zpátky.`, icon: 'history', family: 'lead' },
  dictation: {
    name: msg`Namluvení hlášení`,
    what: msg`Kdo zná kód z obrazovky hlášení, namluví ho telefonem.`,
    icon: 'mic',
    family: 'end',
  },
  announcement: {
    name: msg`Oznámení a dál`,
    what: msg`Řekne text a pošle volajícího jinam, nebo zavěsí.`,
    icon: 'bell',
    family: 'lead',
  },
  hang_up: { name: msg`Zavěsit`, what: msg`Rozloučí se a ukončí hovor.`, icon: 'hangUp', family: 'end' },
};

export const KIND_ORDER = Object.keys(KINDS) as Kind[];

const NEXT: Partial<Record<Kind, MessageDescriptor>> = {
  collect: msg`zadáno`,
  survey: msg`odpověděl`,
  look_up: msg`odpověď přišla`,
};
const OTHERWISE: Partial<Record<Kind, MessageDescriptor>> = {
  menu: msg`nevybral`,
  collect: msg`nezadal`,
  survey: msg`neodpověděl`,
  condition: msg`ne`,
};

/** What a way out stands for. A key is said as it is. */
export function exitWords(node: FlowNode, exit: string): MessageDescriptor | string {
  const key = keyOf(exit);
  if (key !== null) return key;
  if (exit === 'then') return msg`ano`;
  if (exit === 'failed') return msg`bez odpovědi`;
  if (exit === 'otherwise') return OTHERWISE[node.type] ?? msg`jinak`;
  return NEXT[node.type] ?? msg`dál`;
}

export const SUBJECTS: Record<Subject, MessageDescriptor> = {
  hour: msg`Čas`,
  weekday: msg`Den v týdnu`,
  date: msg`Datum`,
  caller: msg`Číslo volajícího`,
  client_status: msg`Stav klienta`,
  variable: msg`Zadaný údaj`,
  attribute: msg`Poznamenaný údaj`,
  queue_open: msg`Fronta má otevřeno`,
  queue_waiting: msg`Ve frontě čeká`,
  queue_ready: msg`Připravených ve frontě`,
  queue_signed_in: msg`Přihlášených ve frontě`,
  queue_longest_wait: msg`Nejdelší čekání (s)`,
  queue_expected_wait: msg`Očekávané čekání (s)`,
};

export const COMPARISONS: Record<Comparison, MessageDescriptor> = {
  equals: msg`je`,
  one_of: msg`je jedno z`,
  between: msg`je od – do`,
  starts_with: msg`začíná na`,
  at_least: msg`je aspoň`,
  less_than: msg`je méně než`,
};

export const WEEKDAYS: readonly MessageDescriptor[] = [
  msg`pondělí`,
  msg`úterý`,
  msg`středa`,
  msg`čtvrtek`,
  msg`pátek`,
  msg`sobota`,
  msg`neděle`,
];

export const PROBLEMS: Record<FlowProblemKind, MessageDescriptor> = {
  NO_START: msg`Menu nemá začátek.`,
  MISSING_NODE: msg`Některá cesta odtud nikam nevede.`,
  UNREACHABLE: msg`Sem nevede žádná cesta.`,
  SILENT_CIRCLE: msg`Volající by tu kroužil v tichu.`,
  EMPTY_TEXT: msg`Chybí text nebo nahrávka.`,
  LONG_TEXT: msg`Text je příliš dlouhý.`,
  BAD_KEY: msg`Takovou klávesu telefon nemá.`,
  NO_CHOICES: msg`Menu nemá žádnou volbu.`,
  BAD_TIMEOUT: msg`Čekání nebo počet pokusů je mimo meze.`,
  BAD_VALUES: msg`Hodnoty nejsou úplné nebo nedávají smysl.`,
  BAD_NAME: msg`Název údaje smí mít jen písmena, číslice a podtržítko a nesmí začínat číslicí.`,
  BAD_LENGTH: msg`Počet číslic nedává smysl.`,
  BAD_URL: msg`Na tuto adresu se instalace ptát nesmí.`,
  UNKNOWN_KIND: msg`Takhle údaj přečíst neumíme.`,
  UNKNOWN_QUEUE: msg`Vyberte frontu.`,
  UNKNOWN_FLOW: msg`Vyberte menu, které je v provozu.`,
  UNKNOWN_PROMPT: msg`Nahrávka už neexistuje.`,
  UNKNOWN_NOTICE: msg`Vyberte hlášení.`,
  BAD_DESTINATION: msg`Cíl není úplný, nebo ho zatím neumíme obsloužit.`,
  NOT_LET_OUT: msg`Na tohle číslo se podle pravidel hovorů ven volat nesmí (Nastavení → Hovory → Hovory ven).`,
  CALLS_ITSELF: msg`Menu by volalo samo sebe.`,
  TOO_MANY: msg`Menu má příliš mnoho kroků.`,
};
