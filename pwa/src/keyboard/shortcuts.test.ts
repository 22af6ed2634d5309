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

beforeAll(async () => {
  vi.stubGlobal('localStorage', { getItem: () => null });
  ({ shortcutOf } = await import('./shortcuts'));
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
