import { beforeAll, expect, it, vi } from 'vitest';
import type { Keystroke } from './shortcuts';

const stroke = (code: string, more: Partial<Keystroke> = {}): Keystroke => ({
  code,
  altKey: true,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  repeat: false,
  ...more,
});

let shortcutOf: (stroke: Keystroke) => string | null;
let keys: typeof import('./shortcuts');

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
  keys = await import('./shortcuts');
  shortcutOf = keys.shortcutOf;
});

it('goes by the place of the key, whatever the layout writes there', () => {
  expect(shortcutOf(stroke('KeyA'))).toBe('accept');
  expect(shortcutOf(stroke('KeyZ'))).toBe('hangUp');
});

it('leaves AltGr, which types Czech letters, and held keys alone', () => {
  expect(shortcutOf(stroke('KeyX', { ctrlKey: true }))).toBeNull();
  expect(shortcutOf(stroke('KeyX', { repeat: true }))).toBeNull();
  expect(shortcutOf(stroke('KeyX', { altKey: false }))).toBeNull();
});

it('does what the user has chosen for the key, and one thing only', () => {
  keys.bind('mute', 'KeyH');
  expect(shortcutOf(stroke('KeyH'))).toBe('mute');
  expect(shortcutOf(stroke('KeyM'))).toBeNull();
  expect(keys.SHORTCUTS.mute.keys).toBe('Alt+H');
  expect(keys.SHORTCUTS.hold.keys).toBe('');
  keys.usualKeys();
  expect(shortcutOf(stroke('KeyH'))).toBe('hold');
});

it('takes no key that the browser or the list of contacts needs', () => {
  expect(['KeyD', 'KeyF', 'Digit1', 'Tab', 'F4'].filter(keys.mayBind)).toEqual([]);
  expect(keys.mayBind('KeyQ')).toBe(true);
});

it('counts contacts by Alt and a digit, and opens the palette by Ctrl+K or ⌘K', () => {
  expect(keys.taskOf(stroke('Digit3'))).toBe(3);
  expect(keys.taskOf(stroke('Digit3', { altKey: false }))).toBe(0);
  expect(keys.opensPalette(stroke('KeyK', { altKey: false, ctrlKey: true }))).toBe(true);
  expect(keys.opensPalette(stroke('KeyK', { altKey: false, metaKey: true }))).toBe(true);
  expect(keys.opensPalette(stroke('KeyK', { ctrlKey: true }))).toBe(false);
});
