/** Forms of accounts, own roles, filters and rights of groups: a line a field. */
import { msg } from '@lingui/core/macro';
import { ACTIONS, SCOPES } from '../../words/access';
import type { Field, Section } from '../model/fields';
import shapes from '../model/shapes.json';

const lower = <T>(words: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(words).map(([key, value]) => [key.toLowerCase(), value]));

/** As the server keeps them: in small letters. */
export const GRANTED = lower(ACTIONS);
export const GRANT_SCOPES = lower(SCOPES);
export const ENDPOINTS = { extension: msg`linka ústředny`, mobile: msg`mobil` };

const TELEPHONE: readonly Field[] = [
  { kind: 'choice', path: 'kind', label: msg`Druh`, words: ENDPOINTS },
  { kind: 'text', type: 'tel', path: 'number', label: msg`Číslo` },
];

const GRANT: readonly Field[] = [
  { kind: 'choice', path: 'action', label: msg`Co`, words: GRANTED },
  {
    kind: 'choice',
    path: 'scope',
    label: msg`Smí, a čeho se to týká`,
    words: GRANT_SCOPES,
    none: msg`nesmí vůbec`,
  },
  { kind: 'moment', path: 'until', label: msg`Platí do`, hint: msg`Prázdné: dokud to nezrušíte.` },
  { kind: 'text', path: 'note', label: msg`Proč` },
];

export const USER: readonly Section[] = [
  {
    id: 'user',
    title: msg`Účet`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Jméno a příjmení` },
      {
        kind: 'text',
        path: 'login',
        label: msg`Přihlašovací jméno`,
        hint: msg`Malá písmena, číslice, tečka, pomlčka.`,
      },
      {
        kind: 'toggle',
        path: 'active',
        label: msg`Smí se přihlásit`,
        hint: msg`Vypnutím účet hned odhlásíte; rozjednaný hovor se dokončí.`,
      },
      { kind: 'pick', path: 'location', from: 'locations', label: msg`Místo`, none: msg`neurčeno` },
      {
        kind: 'list',
        path: 'telephones',
        label: msg`Telefony`,
        hint: msg`Linka ústředny je zároveň číslem operátora v přehledech a u nahrávek.`,
        item: msg`telefon`,
        add: msg`Přidat telefon`,
        fields: TELEPHONE,
        blank: () => shapes.telephone,
      },
    ],
  },
  {
    id: 'roles',
    title: msg`Role a skupiny`,
    about: msg`Práva všech rolí se sčítají. Další role může dát skupina.`,
    fields: [
      { kind: 'picks', path: 'roles', from: 'roles', label: msg`Role` },
      { kind: 'picks', path: 'groups', from: 'groups', label: msg`Skupiny` },
      {
        kind: 'picks',
        path: 'filters',
        from: 'filters',
        label: msg`Filtry`,
        hint: msg`S filtrem účet v historii, nahrávkách a sestavách uvidí jen to, co některý z jeho filtrů propustí.`,
      },
    ],
  },
  {
    id: 'grants',
    title: msg`Osobní povolení a zákazy`,
    about: msg`Výjimky jednoho člověka, třeba na dobu zástupu. Zákaz má přednost před vším.`,
    fields: [
      {
        kind: 'list',
        path: 'grants',
        label: msg`Výjimky`,
        item: msg`výjimka`,
        add: msg`Přidat výjimku`,
        fields: GRANT,
        blank: () => ({ ...shapes.grant, scope: 'everything' }),
      },
    ],
  },
];

export const ROLE_NAME: readonly Section[] = [
  { id: 'role', title: msg`Vlastní role`, fields: [{ kind: 'text', path: 'name', label: msg`Název` }] },
];

export const FILTER: readonly Section[] = [
  {
    id: 'filter',
    title: msg`Filtr`,
    about: msg`Kdo má filtr přidělený, uvidí v historii, nahrávkách a sestavách jen to, co filtr propustí. Vlastní hovory vidí vždycky. Víc filtrů se sčítá.`,
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      { kind: 'limited', path: 'queues', from: 'queues', label: msg`Jen některé fronty` },
      { kind: 'number', optional: true, path: 'days', label: msg`Jen posledních dní`, min: 0, max: 3660 },
    ],
  },
];

export const GROUP_RIGHTS: Section = {
  id: 'rights',
  title: msg`Práva skupiny`,
  about: msg`Co skupina dává svým členům. Mění je jen ten, kdo spravuje účty.`,
  fields: [
    {
      kind: 'toggle',
      path: 'rights.workplace',
      label: msg`Je to pracoviště`,
      hint: msg`Lidé a fronty pracoviště jsou to, co role myslí slovy „moje pracoviště“ a „moje fronty“.`,
    },
    {
      kind: 'toggle',
      path: 'rights.closed',
      label: msg`Členové vidí jen své pracoviště`,
      hint: msg`Ať mají jakoukoli roli: lidi, fronty, hovory, nahrávky a zpětná volání jiných neuvidí.`,
      when: (group) => (group as { rights?: { workplace?: boolean } }).rights?.workplace === true,
    },
    { kind: 'picks', path: 'rights.queues', from: 'queues', label: msg`Fronty pracoviště` },
    { kind: 'picks', path: 'rights.roles', from: 'roles', label: msg`Role, které členové dostanou` },
    { kind: 'picks', path: 'rights.filters', from: 'filters', label: msg`Filtry` },
  ],
};
