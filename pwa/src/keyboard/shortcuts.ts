/** Shortcuts by the place of the key (`event.code`), the same on every keyboard layout. AltGr is not Alt. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Store } from '../live/store';

export type ShortcutName =
  | 'accept'
  | 'decline'
  | 'mute'
  | 'hold'
  | 'consult'
  | 'transfer'
  | 'conference'
  | 'back'
  | 'leave'
  | 'park'
  | 'takeParked'
  | 'keypad'
  | 'record'
  | 'hangUp'
  | 'dial'
  | 'finish'
  | 'ready'
  | 'note'
  | 'client'
  | 'editClient';

export interface Shortcut {
  /** As it comes with the product. */
  code: string;
  /** As it is shown: `Alt+A`; empty when the user has taken it away. */
  readonly keys: string;
  what: MessageDescriptor;
}

const BINDINGS = 'kc.shortcuts.keys';

/** The user's own keys by name; the others are as in `SHORTCUTS`. */
export const bindings = new Store<Readonly<Partial<Record<ShortcutName, string>>>>(readBindings());

function readBindings(): Partial<Record<ShortcutName, string>> {
  try {
    return JSON.parse(localStorage.getItem(BINDINGS) ?? '{}') as Partial<Record<ShortcutName, string>>;
  } catch {
    return {};
  }
}

const shortcut = (name: ShortcutName, code: string, what: MessageDescriptor): Shortcut => ({
  code,
  what,
  get keys() {
    return label(bindings.get()[name] ?? code);
  },
});

export const SHORTCUTS: Record<ShortcutName, Shortcut> = {
  accept: shortcut('accept', 'KeyA', msg`Přijmout hovor`),
  decline: shortcut('decline', 'KeyX', msg`Odmítnout hovor`),
  mute: shortcut('mute', 'KeyM', msg`Ztlumit nebo zapnout mikrofon`),
  hold: shortcut('hold', 'KeyH', msg`Podržet hovor nebo ho vrátit, při konzultaci vyměnit`),
  consult: shortcut('consult', 'KeyO', msg`Konzultace`),
  transfer: shortcut('transfer', 'KeyT', msg`Přepojit, při konzultaci předat volajícího`),
  conference: shortcut('conference', 'KeyJ', msg`Konference: spojit všechny nebo přidat dalšího`),
  back: shortcut('back', 'KeyB', msg`Z konzultace zpět k volajícímu`),
  leave: shortcut('leave', 'KeyL', msg`Odejít z konference`),
  park: shortcut('park', 'KeyG', msg`Zaparkovat hovor`),
  takeParked: shortcut('takeParked', 'KeyV', msg`Vzít nejdéle zaparkovaný hovor`),
  keypad: shortcut('keypad', 'KeyK', msg`Klávesnice pro tónovou volbu`),
  record: shortcut('record', 'KeyR', msg`Pozastavit nahrávání nebo v něm pokračovat`),
  hangUp: shortcut('hangUp', 'KeyZ', msg`Zavěsit`),
  dial: shortcut('dial', 'KeyC', msg`Zavolat na číslo`),
  finish: shortcut('finish', 'KeyW', msg`Dokončování hotovo`),
  ready: shortcut('ready', 'KeyP', msg`Připraven`),
  client: shortcut('client', 'KeyS', msg`Hledat klienta`),
  editClient: shortcut('editClient', 'KeyU', msg`Upravit kartu klienta`),
  note: shortcut('note', 'KeyN', msg`Psát poznámku`),
};

/** Keys that browsers keep for themselves with Alt, and those of the list of contacts. */
const TAKEN = /^(KeyD|KeyE|KeyF|F\d+|Digit\d|Numpad\d|Arrow\w+|Tab|Escape|Space|Home|End)$/;

export const mayBind = (code: string): boolean =>
  /^(Key[A-Z]|Comma|Period|Slash|Semicolon|Minus|Equal)$/.test(code) && !TAKEN.test(code);

/** Named by what is printed there on a Czech or English keyboard. */
export function label(code: string): string {
  if (!code) return '';
  const plain: Record<string, string> = { Comma: ',', Period: '.', Slash: '/', Semicolon: ';', Minus: '-', Equal: '=' };
  return `Alt+${plain[code] ?? code.replace('Key', '')}`;
}

/** Whoever had the key before has none any more: one key does one thing. */
export function bind(name: ShortcutName, code: string): void {
  const next: Partial<Record<ShortcutName, string>> = { ...bindings.get(), [name]: code };
  for (const [other, { code: usual }] of Object.entries(SHORTCUTS) as [ShortcutName, Shortcut][]) {
    if (other !== name && (next[other] ?? usual) === code) next[other] = '';
  }
  keep(next);
}

export const usualKeys = (): void => keep({});

function keep(next: Partial<Record<ShortcutName, string>>): void {
  localStorage.setItem(BINDINGS, JSON.stringify(next));
  bindings.set(next);
}

const KEY = 'kc.shortcuts';

export const shortcutsOn = new Store(localStorage.getItem(KEY) !== 'off');
export const helpOpen = new Store(false);
export const paletteOpen = new Store(false);

export function setShortcutsOn(on: boolean): void {
  localStorage.setItem(KEY, on ? 'on' : 'off');
  shortcutsOn.set(on);
}

export interface Keystroke {
  code: string;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  repeat: boolean;
}

export function shortcutOf(stroke: Keystroke): ShortcutName | null {
  if (!stroke.altKey || stroke.ctrlKey || stroke.metaKey || stroke.shiftKey || stroke.repeat) return null;
  const own = bindings.get();
  const found = (Object.entries(SHORTCUTS) as [ShortcutName, Shortcut][]).find(
    ([name, { code }]) => (own[name] ?? code) === stroke.code,
  );
  return found?.[0] ?? null;
}

/** Alt+1 is the first contact of the list; 0 for another stroke. */
export function taskOf(stroke: Keystroke): number {
  if (!stroke.altKey || stroke.ctrlKey || stroke.metaKey || stroke.shiftKey || stroke.repeat) return 0;
  return Number(/^Digit([1-9])$/.exec(stroke.code)?.[1] ?? 0);
}

/** Ctrl+K, on a Mac ⌘K. */
export const opensPalette = (stroke: Keystroke): boolean =>
  stroke.code === 'KeyK' && stroke.ctrlKey !== stroke.metaKey && !stroke.altKey && !stroke.shiftKey;
