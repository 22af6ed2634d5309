/** What a change of the settings changed, in the words of the forms in which it is set. */
import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { UndoReason, UndoSettingsMutation } from '../../gql/graphql';
import { PROBLEMS } from '../../words/menus';
import { SETTING_PROBLEMS } from '../../words/settings';
import { FILTER, GRANT_SCOPES, GRANTED, GROUP_RIGHTS, ROLE_NAME, USER } from '../access/forms';
import { CLIENTS } from '../model/client';
import type { Field, Section } from '../model/fields';
import { flat } from '../model/flat';
import { BREAKS, CATEGORIES } from '../model/labels';
import { CALLS, ENTRY_NUMBER, GROUP, LOCATION } from '../model/others';
import { QUEUE } from '../model/queue';
import { DIRECTORY, OPENID, PASSWORDS } from '../model/sign-in';
import { TRUNK } from '../model/trunk';
import { KINDS } from './places';

const fieldsOf = (sections: readonly Section[]): readonly Field[] => sections.flatMap((each) => each.fields);
/** Of the one list that a form is. */
const itemsOf = (sections: readonly Section[]): readonly Field[] =>
  fieldsOf(sections).flatMap((field) => (field.kind === 'list' ? field.fields : []));

const FIELDS: Record<string, readonly Field[]> = {
  accounts: fieldsOf(USER),
  roles: fieldsOf(ROLE_NAME),
  filters: fieldsOf(FILTER),
  groups: fieldsOf([...GROUP, GROUP_RIGHTS]),
  locations: fieldsOf(LOCATION),
  queues: fieldsOf(QUEUE),
  numbers: fieldsOf(ENTRY_NUMBER),
  breaks: itemsOf(BREAKS),
  categories: itemsOf(CATEGORIES),
  trunks: fieldsOf(TRUNK),
  calls: fieldsOf(CALLS),
  clients: fieldsOf(CLIENTS),
  directory: fieldsOf(DIRECTORY),
  openid: fieldsOf(OPENID),
  passwords: fieldsOf(PASSWORDS),
};

/** Fields that no form has under their own name. */
const OTHERS: Record<string, MessageDescriptor> = {
  name: msg`Název`,
  login: msg`Přihlašovací jméno`,
  permissions: msg`Práva`,
  members: msg`Členové`,
  week: msg`Týden`,
  exceptions: msg`Výjimky`,
  holidays_closed: msg`O svátcích zavřeno`,
  rules: msg`Pravidla`,
  default: msg`Jinak`,
  nodes: msg`Kroky`,
  start: msg`Začátek`,
  places: msg`Rozložení na ploše`,
  position: msg`Pořadí`,
  retired: msg`Vyřazeno`,
  queue: msg`Fronta`,
  path: msg`Zařazení`,
  fields: msg`Pole`,
  tiles: msg`Dlaždice`,
  text: msg`Text`,
  group: msg`Skupina`,
  password_set: msg`Heslo je nastavené`,
  inbound_password_set: msg`Heslo druhé strany je nastavené`,
};

type Token = { name: string } | { key: string };

function tokensOf(path: string): Token[] {
  return [...path.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, key, name]) =>
    key === undefined ? { name: name ?? '' } : { key },
  );
}

const startsWith = (tokens: readonly Token[], path: string): number => {
  const names = path.split('.');
  return names.every((name, n) => {
    const token = tokens[n];
    return token && 'name' in token && token.name === name;
  })
    ? names.length
    : 0;
};

/** The field of a path and its name in words: `members[jana].penalty` → „Operátoři › jana › Pořadí oslovení“. */
export function named(kind: string, name: string, path: string): { label: string; field: Field | null } {
  let tokens = tokensOf(path);
  const first = tokens[0];
  if (tokens.length > 1 && first && 'name' in first && (first.name === 'body' || first.name === 'value'))
    tokens = tokens.slice(1);
  let fields: readonly Field[] = FIELDS[kind === 'settings' ? name : kind] ?? [];
  const said: string[] = [];
  let field: Field | null = null;
  while (tokens.length) {
    const token = tokens[0] as Token;
    if ('key' in token || /^\d+$/.test(token.name)) {
      said.push('key' in token ? token.key : `${Number(token.name) + 1}.`);
      tokens = tokens.slice(1);
      continue;
    }
    const found = fields.find(
      (each) => startsWith(tokens, each.path) || startsWith(tokens, each.path.replace('rights.', '')),
    );
    field = found ?? null;
    if (found) {
      const length = startsWith(tokens, found.path) || 1;
      said.push(i18n._(found.label));
      fields = found.kind === 'list' ? found.fields : [];
      tokens = tokens.slice(length);
    } else {
      const words = OTHERS[token.name];
      // a part of a whole that has no name of its own is passed over where the rest says enough
      if (words || token.name !== 'options') said.push(words ? i18n._(words) : token.name);
      tokens = tokens.slice(1);
    }
  }
  return { label: said.join(' › '), field };
}

function word(value: unknown, field: Field | null): string {
  if (field?.kind === 'secret') return i18n._(value === 'new' ? msg`nové` : msg`dosavadní`);
  if (value === null || value === undefined || value === '') return '–';
  if (value === true) return i18n._(msg`ano`);
  if (value === false) return i18n._(msg`ne`);
  const words = field && 'words' in field ? field.words[String(value)] : undefined;
  if (words) return i18n._(words);
  if (Array.isArray(value)) {
    const [action, scope] = value.map(String);
    const right = value.length === 2 && action ? GRANTED[action] : undefined;
    const reach = scope ? GRANT_SCOPES[scope] : undefined;
    if (right) return `${i18n._(right)}${reach ? ` (${i18n._(reach)})` : ''}`;
    return value.map((each) => word(each, field)).join(', ') || '–';
  }
  if (typeof value === 'object') {
    const lines = flat(value).map(([path, text]) => `${path}: ${text}`);
    return lines.join('; ') || '–';
  }
  return String(value);
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Before and after; of two lists only what they do not share, unless it is their order that differs. */
export function values(before: unknown, after: unknown, field: Field | null): [string, string] {
  if (Array.isArray(before) && Array.isArray(after)) {
    const less = before.filter((each) => !after.some((other) => same(each, other)));
    const more = after.filter((each) => !before.some((other) => same(each, other)));
    if (less.length || more.length) return [word(less, field), word(more, field)];
  }
  return [word(before, field), word(after, field)];
}

type Problem = Extract<UndoSettingsMutation['undoSettings'], { __typename: 'UndoRefused' }>['problems'][number];

const REASONS: Record<Exclude<UndoReason, 'GONE' | 'RULE'>, MessageDescriptor> = {
  IN_USE: msg`odebrat to nejde, odkazuje na to historie nebo jiné nastavení`,
  NO_FIELD: msg`takový údaj už nastavení nemá`,
  MISSING: msg`chybí údaj, bez kterého to dnes nejde`,
  MALFORMED: msg`hodnota nemá správný tvar`,
  TAKEN: msg`takový název má už něco jiného`,
  CONFLICT: msg`neslučuje se to s tím, co je nastavené teď`,
};

/** An object as the server names it, `queues/Platby`: its kind in words and its name. */
export function objectOf(object: string): { kind: string; name: string } {
  const at = object.indexOf('/');
  const kind = KINDS[object.slice(0, Math.max(at, 0))];
  return { kind: kind ? i18n._(kind) : object.slice(0, Math.max(at, 0)), name: object.slice(at + 1) };
}

/** Why an old state cannot be put back. */
export function whyNot({ reason, missing, rule, menuRule }: Omit<Problem, 'object' | 'field'>): string {
  if (reason === 'GONE') {
    const { kind, name } = objectOf(missing ?? '');
    return i18n._(msg`„${name}“ už není (${kind}). Vraťte nejdřív to.`);
  }
  if (reason !== 'RULE') return i18n._(REASONS[reason]);
  if (rule === 'UNKNOWN') return i18n._(msg`odkazuje na to, co by tím zmizelo`);
  if (rule) return i18n._(SETTING_PROBLEMS[rule]);
  return i18n._(menuRule ? PROBLEMS[menuRule] : REASONS.CONFLICT);
}
