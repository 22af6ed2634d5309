import { expect, it } from 'vitest';
import { type Entry, found, meantUnseen } from './entries';

const entry = (text: string, more = ''): Entry => ({
  key: text,
  group: 'app',
  text,
  more,
  icon: 'gear',
  run: () => {},
});
const entries = [entry('Přestávka: Oběd'), entry('Podržet hovor'), entry('Petr Svoboda', 'operátor 604')];

it('finds without diacritics and by parts of words', () => {
  expect(found(entries, 'obed').map((each) => each.text)).toEqual(['Přestávka: Oběd']);
  expect(found(entries, 'svob petr').map((each) => each.text)).toEqual(['Petr Svoboda']);
  expect(found(entries, '604')).toHaveLength(1);
});

it('acts on what nobody could see only when its name begins so, and never calls anybody', () => {
  const [lunch, hold, petr] = entries as [Entry, Entry, Entry];
  const all = [lunch, hold, { ...petr, group: 'people' as const }];
  expect(meantUnseen(all, 'podr ')).toBe(hold);
  expect(meantUnseen(all, 'obed')).toBeUndefined();
  expect(meantUnseen(all, 'petr')).toBeUndefined();
  expect(meantUnseen(all, 'xyz')).toBeUndefined();
});

it('puts first what begins with the typed text, and keeps the order otherwise', () => {
  expect(found(entries, 'p').map((each) => each.text)).toEqual(['Přestávka: Oběd', 'Podržet hovor', 'Petr Svoboda']);
  expect(found(entries, 'o')[0]?.text).toBe('Přestávka: Oběd');
  expect(found(entries, '')).toHaveLength(3);
  expect(found(entries, 'xyz')).toEqual([]);
});
