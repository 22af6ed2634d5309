/** A client's card on screens: values in words, what is typed, and what two people typed at once. Pure. */
import { phoneNumber } from '../format/format';

export type Value = string | number | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;
/** As it stands in the form: text, a box, or a line for each telephone or address. */
export type Typed = string | boolean | readonly string[];

export interface Field {
  key: string;
  name: string;
  type: string;
  section: string;
  required: boolean;
  many: boolean;
  verify: boolean;
  sensitive: boolean;
  choices: readonly { value: string; name: string }[];
  mayEdit: boolean;
}

export interface Change {
  field: string;
  before: Value | null;
  after: Value | null;
  byId: number | null;
  at: string;
}

/** A card being edited: only what was typed, over the version that was before the eyes. */
export interface Draft {
  version: number;
  typed: Readonly<Record<string, Typed>>;
  /** Of a new card: sent twice, made once. */
  key: string;
}

export type YesNo = readonly [string, string];

export const several = (field: Field): boolean => field.type === 'PHONE' || field.type === 'EMAIL';

export function dateWords(iso: string): string {
  const [year, month, day] = iso.split('-').map(Number);
  return `${day}. ${month}. ${year}`;
}

/** `yesNo`: the two words in the reader's language. */
export function printed(field: Field, value: Value | null | undefined, yesNo: YesNo = ['ano', 'ne']): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return yesNo[value ? 0 : 1];
  if (typeof value === 'object') return value.map((one) => printedOne(field, one)).join(', ');
  return printedOne(field, String(value));
}

export function printedOne(field: Field, value: string): string {
  switch (field.type) {
    case 'PHONE':
      return phoneNumber(value) ?? value;
    case 'DATE':
      return dateWords(value);
    case 'CHOICE':
      return field.choices.find((choice) => choice.value === value)?.name ?? value;
    case 'INSURED_NUMBER':
      return `${value.slice(0, 6)}/${value.slice(6)}`;
    case 'NUMBER':
      return value.replace('.', ',');
    default:
      return value;
  }
}

/** What the form shows before anything is typed. */
export function toType(field: Field, value: Value | undefined): Typed {
  if (field.type === 'YES_NO') return value === undefined ? '' : (value as boolean);
  if (several(field)) return ((value as readonly string[] | undefined) ?? []).map((one) => printedOne(field, one));
  if (value === undefined) return '';
  return field.type === 'CHOICE' ? String(value) : printedOne(field, String(value));
}

export function typedOf(field: Field, values: Values, draft: Draft | undefined): Typed {
  return draft?.typed[field.key] ?? toType(field, values[field.key]);
}

const bare = (text: string): string => text.replaceAll(/[\s\u00a0]/g, '').toLowerCase();

export function same(field: Field, typed: Typed, value: Value | undefined): boolean {
  const shown = toType(field, value);
  if (typeof typed === 'boolean' || typeof shown === 'boolean') return typed === shown;
  const lines = (given: Typed) => (typeof given === 'object' ? given : [String(given)]).map(bare).filter(Boolean);
  return lines(typed).join('\n') === lines(shown).join('\n');
}

/** With one field typed anew; what is again as it was is no change. */
export function withTyped(draft: Draft, field: Field, typed: Typed, values: Values): Draft {
  const { [field.key]: _, ...rest } = draft.typed;
  return { ...draft, typed: same(field, typed, values[field.key]) ? rest : { ...rest, [field.key]: typed } };
}

/** What is sent. */
export function patchOf(draft: Draft): Record<string, unknown> {
  return Object.fromEntries(Object.entries(draft.typed).map(([key, typed]) => [key, typed === '' ? null : typed]));
}

/** One field that somebody else changed meanwhile; `mine` is what was typed here, undefined when nothing was. */
export interface Line {
  field: Field;
  before: Value | null;
  theirs: Value | null;
  byId: number | null;
  at: string;
  mine: Typed | undefined;
}

export interface Merge {
  lines: readonly Line[];
  /** What was typed and is still to be saved, over the newest version. */
  draft: Draft;
}

/** What changed meanwhile beside what was typed. Where both say the same there is nothing left to decide. */
export function merged(
  draft: Draft,
  now: { version: number; values: Values },
  changes: readonly Change[],
  fields: readonly Field[],
): Merge {
  const known = new Map(fields.map((field) => [field.key, field]));
  const typed = Object.fromEntries(
    Object.entries(draft.typed).filter(([key, mine]) => {
      const field = known.get(key);
      return !field || !same(field, mine, now.values[key]);
    }),
  );
  const lines = changes.flatMap((change) => {
    const field = known.get(change.field);
    if (!field || (change.field in draft.typed && !(change.field in typed))) return [];
    return [
      {
        field,
        before: change.before,
        theirs: change.after,
        byId: change.byId,
        at: change.at,
        mine: typed[change.field],
      },
    ];
  });
  return { lines, draft: { ...draft, version: now.version, typed } };
}

/** The draft without what was typed into a field: theirs stays. */
export function taken(draft: Draft, key: string): Draft {
  const { [key]: _, ...typed } = draft.typed;
  return { ...draft, typed };
}

/** Fields of a card by section, in the order of the administrator. */
export function sectionsOf<T extends { section: string }>(fields: readonly T[]): { name: string; fields: T[] }[] {
  const found = new Map<string, T[]>();
  for (const field of fields) found.set(field.section, [...(found.get(field.section) ?? []), field]);
  return [...found].map(([name, fields]) => ({ name, fields }));
}
