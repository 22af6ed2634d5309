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
  code: string;
  keys: string;
  what: MessageDescriptor;
}

export const SHORTCUTS: Record<ShortcutName, Shortcut> = {
  accept: { code: 'KeyA', keys: 'Alt+A', what: msg`Přijmout hovor` },
  decline: { code: 'KeyX', keys: 'Alt+X', what: msg`Odmítnout hovor` },
  mute: { code: 'KeyM', keys: 'Alt+M', what: msg`Ztlumit nebo zapnout mikrofon` },
  hold: { code: 'KeyH', keys: 'Alt+H', what: msg`Podržet hovor nebo ho vrátit, při konzultaci vyměnit` },
  consult: { code: 'KeyO', keys: 'Alt+O', what: msg`Konzultace` },
  transfer: { code: 'KeyT', keys: 'Alt+T', what: msg`Přepojit, při konzultaci předat volajícího` },
  conference: { code: 'KeyJ', keys: 'Alt+J', what: msg`Konference: spojit všechny nebo přidat dalšího` },
  back: { code: 'KeyB', keys: 'Alt+B', what: msg`Z konzultace zpět k volajícímu` },
  leave: { code: 'KeyL', keys: 'Alt+L', what: msg`Odejít z konference` },
  park: { code: 'KeyG', keys: 'Alt+G', what: msg`Zaparkovat hovor` },
  takeParked: { code: 'KeyV', keys: 'Alt+V', what: msg`Vzít nejdéle zaparkovaný hovor` },
  keypad: { code: 'KeyK', keys: 'Alt+K', what: msg`Klávesnice pro tónovou volbu` },
  record: { code: 'KeyR', keys: 'Alt+R', what: msg`Pozastavit nahrávání nebo v něm pokračovat` },
  hangUp: { code: 'KeyZ', keys: 'Alt+Z', what: msg`Zavěsit` },
  dial: { code: 'KeyC', keys: 'Alt+C', what: msg`Zavolat na číslo` },
  finish: { code: 'KeyW', keys: 'Alt+W', what: msg`Dokončování hotovo` },
  ready: { code: 'KeyP', keys: 'Alt+P', what: msg`Připraven` },
  client: { code: 'KeyS', keys: 'Alt+S', what: msg`Hledat klienta` },
  editClient: { code: 'KeyU', keys: 'Alt+U', what: msg`Upravit kartu klienta` },
  note: { code: 'KeyN', keys: 'Alt+N', what: msg`Psát poznámku` },
};

const KEY = 'kc.shortcuts';

export const shortcutsOn = new Store(localStorage.getItem(KEY) !== 'off');
export const helpOpen = new Store(false);

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
  const found = Object.entries(SHORTCUTS).find(([, shortcut]) => shortcut.code === stroke.code);
  return (found?.[0] as ShortcutName | undefined) ?? null;
}
