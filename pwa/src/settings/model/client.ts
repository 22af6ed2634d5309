/** The form of the client's card: a line a field. */
import { msg } from '@lingui/core/macro';
import { FIELD_TYPES, STAFF_ROLES } from '../../words/settings';
import type { Field, Section } from './fields';
import shapes from './shapes.json';

const type = (value: unknown): string => (value as { type?: string } | undefined)?.type ?? '';
const SEARCHABLE = ['text', 'long_text', 'date'];
/** Shown too where it is on and must not be, so that it can be turned off. */
const mayBeSensitive = (value: unknown): boolean => {
  const { key = '', sensitive = false } = (value ?? {}) as { key?: string; sensitive?: boolean };
  return sensitive || (type(value) !== 'phone' && !shapes.client_fields_in_the_open.includes(key));
};

/** A field of the card. Its key is given once and never changes. */
export const CLIENT_FIELD: readonly Field[] = [
  { kind: 'text', path: 'name', label: msg`Název pole` },
  { kind: 'text', path: 'section', label: msg`Oddíl karty`, hint: msg`Pole stejného oddílu jsou na kartě pohromadě.` },
  {
    kind: 'choice',
    path: 'type',
    label: msg`Co se do něj píše`,
    words: FIELD_TYPES,
    hint: msg`Po uložení už se nemění.`,
  },
  {
    kind: 'list',
    path: 'choices',
    label: msg`Možnosti`,
    item: msg`možnost`,
    add: msg`Přidat možnost`,
    when: (value) => type(value) === 'choice',
    fields: [
      { kind: 'text', path: 'name', label: msg`Název` },
      {
        kind: 'text',
        path: 'value',
        label: msg`Značka`,
        hint: msg`Malá písmena bez diakritiky; ptají se na ni pravidla a menu.`,
      },
    ],
    blank: () => shapes.client_choice,
  },
  { kind: 'toggle', path: 'required', label: msg`Povinné` },
  {
    kind: 'toggle',
    path: 'many',
    label: msg`Může jich být víc`,
    when: (value) => ['phone', 'email'].includes(type(value)),
  },
  {
    kind: 'toggle',
    path: 'search',
    label: msg`Klient se podle něj dá najít`,
    hint: msg`Telefony, e-maily, čísla pojištěnce a IČO se hledají vždycky.`,
    when: (value) => SEARCHABLE.includes(type(value)),
  },
  { kind: 'toggle', path: 'verify', label: msg`Ověřuje se podle něj, kdo volá` },
  {
    kind: 'toggle',
    path: 'sensitive',
    label: msg`Citlivé: ukládá se zašifrované`,
    hint: msg`Klient se podle něj najde, jen když je napsané celé. Co už je uložené, se po uložení nastavení převede na pozadí.`,
    when: mayBeSensitive,
  },
  {
    kind: 'many',
    path: 'sees',
    label: msg`Kdo ho vidí`,
    words: STAFF_ROLES,
    hint: msg`Správce vidí a upravuje vždycky.`,
  },
  { kind: 'many', path: 'edits', label: msg`Kdo ho smí upravovat`, words: STAFF_ROLES },
  {
    kind: 'toggle',
    path: 'retired',
    label: msg`Vyřazené`,
    hint: msg`Na kartě se neukazuje a nevyplňuje. Co je v něm uloženo, zůstává.`,
  },
];

export const CLIENTS: readonly Section[] = [
  {
    id: 'icis',
    title: msg`Odkaz do ICIS`,
    fields: [
      {
        kind: 'text',
        type: 'url',
        path: 'icis_url',
        label: msg`Adresa karty osoby v ICIS`,
        hint: msg`Na místo {id} se doplní identifikátor osoby. Osoba bez identifikátoru odkaz nemá. Prázdné: bez odkazu.`,
      },
    ],
  },
];
