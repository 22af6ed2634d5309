import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const sent: { text: string; key: string; base: number }[] = [];
let answer: (note: { text: string; base: number }) => unknown;

vi.mock('../api/client', () => ({
  Failed: class Failed extends Error {},
  execute: async (_: unknown, note: { text: string; key: string; base: number }) => {
    sent.push(note);
    return { writeNote: await answer(note) };
  },
}));
vi.mock('./commands', () => ({
  taken: (given: { __typename: string; code?: string }) => (given.__typename === 'Refused' ? given.code : null),
}));

const kept = new Map<string, string>();
vi.stubGlobal('localStorage', {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
});
const { drafts, OFTEN_MS, PAUSE_MS, save, saving, settle, write, written } = await import('./drafts');

const contact = 'c1';

beforeEach(() => {
  vi.useFakeTimers();
  sent.length = 0;
  answer = ({ base }) => ({ __typename: 'Contact', noteVersion: base + 1 });
});
afterEach(() => {
  drafts.forget();
  saving.set(new Map());
  vi.useRealTimers();
});

test('what was typed is sent at the first pause, once', async () => {
  for (const text of ['O', 'Od', 'Odeslán']) {
    write(contact, text, 0);
    await vi.advanceTimersByTimeAsync(PAUSE_MS - 100);
  }
  expect(sent).toEqual([]);
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(sent.map(({ text, base }) => [text, base])).toEqual([['Odeslán', 0]]);
  expect(drafts.get().has(contact)).toBe(false);
  expect(written.get().get(contact)).toEqual({ text: 'Odeslán', version: 1 });
});

test('who types on without a pause is saved all the same', async () => {
  for (let passed = 0; passed <= OFTEN_MS; passed += 1_000) {
    write(contact, 'x'.repeat(1 + passed / 1_000), 0);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(sent.length).toBe(1);
});

test('what is typed while the text is on its way is the next version', async () => {
  let done: (value: unknown) => void = () => {};
  answer = () => new Promise((resolve) => (done = resolve));
  write(contact, 'První', 0);
  const first = save(contact);
  write(contact, 'První a druhá', 0);
  done({ __typename: 'Contact', noteVersion: 1 });
  expect(await first).toBe(false);
  answer = ({ base }) => ({ __typename: 'Contact', noteVersion: base + 1 });
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(sent.map(({ text, base }) => [text, base])).toEqual([
    ['První', 0],
    ['První a druhá', 1],
  ]);
});

test('without an answer the text stays here and is tried again under the same key', async () => {
  answer = () => Promise.reject(new Error('no network'));
  write(contact, 'Slíbeno', 0);
  expect(await save(contact)).toBe(false);
  expect(kept.size).toBe(1);
  answer = () => ({ __typename: 'Contact', noteVersion: 1 });
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(sent.length).toBe(2);
  expect(sent[0]?.key).toBe(sent[1]?.key);
  expect(kept.size).toBe(0);
});

test("a colleague's newer words are not written over unread", async () => {
  answer = () => ({ __typename: 'Refused', code: 'CHANGED_MEANWHILE' });
  write(contact, 'Moje', 1);
  expect(await save(contact)).toBe(false);
  expect(saving.get().get(contact)).toBe('conflict');
  write(contact, 'Moje, dopsané', 1);
  await vi.advanceTimersByTimeAsync(OFTEN_MS);
  expect(sent.length).toBe(1);
  answer = ({ base }) => ({ __typename: 'Contact', noteVersion: base + 1 });
  expect(await settle(contact, 'Jejich\nMoje, dopsané', 2)).toBe(true);
  expect(sent.at(-1)).toMatchObject({ text: 'Jejich\nMoje, dopsané', base: 2 });
});

test('an emptied note is kept here and not sent', async () => {
  write(contact, '', 3);
  await vi.advanceTimersByTimeAsync(OFTEN_MS);
  expect(sent).toEqual([]);
  expect(drafts.get().get(contact)?.text).toBe('');
});
