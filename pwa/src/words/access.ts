/** Roles, actions and scopes of the policy in words. A new action of the server is a line here. */

import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AccessSource, Action, Scope } from '../gql/graphql';

export const BUILT_IN_ROLES: Record<string, MessageDescriptor> = {
  admin: msg`správce`,
  supervisor: msg`supervizor`,
  agent: msg`operátor`,
  wallboard: msg`nástěnka`,
  recording_listen: msg`poslech nahrávek`,
  recording_download: msg`stahování nahrávek`,
  queues: msg`fronty`,
  callbacks: msg`zpětná volání`,
};

export const SCOPES: Record<Scope, MessageDescriptor> = {
  OWN: msg`vlastní`,
  GROUPS: msg`moje pracoviště`,
  QUEUES: msg`moje fronty`,
  EVERYTHING: msg`vše`,
};

export const ACTIONS: Record<Action, MessageDescriptor> = {
  SIGN_IN: msg`Přihlásit se`,
  SEE_SELF: msg`Vidět sebe`,
  CHANGE_OWN_ACCOUNT: msg`Měnit vlastní účet`,
  RECEIVE_PUSH: msg`Dostávat zprávy na telefon`,
  WORK: msg`Brát hovory`,
  CONTROL_CALLS: msg`Přepojovat, konzultovat, parkovat`,
  TAKE_PARKED: msg`Vzít si zaparkovaný hovor`,
  DIAL: msg`Volat ven`,
  SUPERVISE: msg`Poslouchat hovory, našeptávat, vstoupit, převzít`,
  MANAGE_AGENTS: msg`Řídit operátory: fronty, přestávky, odhlášení`,
  MANAGE_WAITING: msg`Řídit čekající: přednost, předání`,
  SEE_ALERTS: msg`Dostávat upozornění`,
  EDIT_ALERTS: msg`Nastavovat upozornění`,
  EDIT_WALLBOARDS: msg`Skládat nástěnky`,
  SEE_DESK: msg`Pracoviště operátora`,
  SEE_COLLEAGUES: msg`Vidět kolegy a kdo je volný`,
  KEEP_FAVOURITES: msg`Mít oblíbené cíle`,
  SEE_BOARD: msg`Vidět fronty a jejich čísla`,
  SEE_FLOOR: msg`Přehled: lidé a hovory živě`,
  SEE_CLIENTS: msg`Vidět klienty`,
  EDIT_CLIENTS: msg`Upravovat klienty`,
  DEFINE_CLIENT_FIELDS: msg`Určovat pole karty klienta`,
  EXPORT_PERSON: msg`Vydat údaje o osobě`,
  ERASE_PERSON: msg`Vymazat osobu`,
  SEE_SETTINGS: msg`Vidět názvy front, kategorií a přestávek`,
  SEE_HISTORY: msg`Historie hovorů`,
  SEE_TIMELINE: msg`Všechny kontakty jednoho klienta`,
  ANNOTATE: msg`Psát poznámky a kategorie`,
  LISTEN: msg`Přehrát nahrávku`,
  DOWNLOAD: msg`Stáhnout nahrávku`,
  KEEP_RECORDINGS: msg`Podržet nahrávku, vidět, kdo ji slyšel`,
  SEE_CALLBACKS: msg`Zpětná volání a vzkazy`,
  SEE_REPORTS: msg`Sestavy`,
  SEE_AUDIT: msg`Prohlížet záznam o činnosti`,
  EXPORT_AUDIT: msg`Vydat záznam o činnosti`,
  EDIT_FLOWS: msg`Upravovat hlasová menu`,
  SWITCH_NOTICES: msg`Zapínat hlášení o problémech`,
  EDIT_ROUTING: msg`Nastavovat fronty, provozní dobu, pravidla`,
  EDIT_BREAKS: msg`Nastavovat přestávky`,
  EDIT_CATEGORIES: msg`Nastavovat kategorie`,
  EDIT_CALL_SETTINGS: msg`Nastavovat hovory a nahrávání`,
  EDIT_TRUNKS: msg`Nastavovat svazky k ústředně a operátorům`,
  UNDO_SETTINGS: msg`Vidět změny nastavení a vracet je`,
  EDIT_SKILLS: msg`Určovat, kdo obsluhuje které fronty`,
  EDIT_ACCESS: msg`Spravovat účty, role a práva`,
  EDIT_SIGN_IN: msg`Nastavovat přihlašování`,
  SEE_LINE: msg`Vidět, kdo čeká ve frontě`,
};

export const SOURCES: Record<AccessSource, MessageDescriptor> = {
  INHERENT: msg`má každý účet`,
  ROLE: msg`role účtu`,
  GROUP: msg`role skupiny`,
  GRANT: msg`osobní povolení`,
  DENIAL: msg`osobní zákaz`,
  CLOSED: msg`uzavřené pracoviště`,
  FILTER: msg`filtr`,
};

export function roleName(key: string, roles: readonly { key: string; name?: string | null }[]): string {
  const built = BUILT_IN_ROLES[key];
  return built ? i18n._(built) : (roles.find((role) => role.key === key)?.name ?? key);
}
