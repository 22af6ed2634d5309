/** Kinds of settings, where each is set, and where the history of what is open stands. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

/** Kinds of objects, as the server names them. */
export const KINDS: Record<string, MessageDescriptor> = {
  accounts: msg`Uživatelé`,
  roles: msg`Role`,
  filters: msg`Filtry`,
  groups: msg`Skupiny`,
  locations: msg`Lokality`,
  skills: msg`Dovednosti`,
  queues: msg`Fronty`,
  calendars: msg`Provozní doba`,
  numbers: msg`Vstupní čísla`,
  flows: msg`Hlasová menu`,
  prompts: msg`Nahrávky menu`,
  notices: msg`Hlášení`,
  lines: msg`Linky ústředny`,
  trunks: msg`Svazky`,
  breaks: msg`Přestávky`,
  categories: msg`Kategorie`,
  wallboards: msg`Nástěnky`,
  settings: msg`Společná nastavení`,
};

/** Single forms, which are one object each. */
export const FORMS: Record<string, MessageDescriptor> = {
  calls: msg`Hovory`,
  clients: msg`Karta klienta`,
  alerts: msg`Upozornění`,
  directory: msg`Adresář`,
  openid: msg`Jednotné přihlášení`,
  passwords: msg`Hesla`,
};

/** Where an object is set: its section and item, if it has a screen there. */
export function placeOf(kind: string, id: string, name: string): { section: string; item?: string } | null {
  if (kind === 'settings') return name in FORMS && name !== 'alerts' ? { section: name } : null;
  if (kind === 'breaks' || kind === 'categories' || kind === 'lines') return { section: kind };
  const section = { accounts: 'users', roles: 'roles', filters: 'filters', groups: 'groups', locations: 'locations' }[
    kind
  ];
  if (section) return { section, item: id };
  return ['queues', 'calendars', 'numbers', 'trunks'].includes(kind) ? { section: kind, item: id } : null;
}

/** The history of a section of the settings, or of the thing that is open in it. */
export function historyOf(section: string, item: string | undefined): string | null {
  if (section in FORMS) return `settings:${section}`;
  if (section === 'skills') return 'queues';
  const kind = section === 'users' ? 'accounts' : section;
  if (!(kind in KINDS)) return null;
  const whole = kind === 'breaks' || kind === 'categories' || !item || item === 'new' || /^[a-z]/.test(item);
  return whole ? kind : `${kind}:${item}`;
}
