import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import schema from '../../../../schema.graphql?raw';
import { COMMANDS, VIEWS } from './words';
import { subjectName } from './write';

beforeAll(() => i18n.loadAndActivate({ locale: 'cs', messages: {} }));

function rootFields(type: string): string[] {
  const body = new RegExp(`^type ${type} \\{([^]*?)^\\}`, 'm').exec(schema)?.[1] ?? '';
  return [...body.matchAll(/^ {2}(\w+)[(:]/gm)].map((found) => found[1] as string);
}

test('every command has words', () => {
  const commands = rootFields('Mutation');
  expect(commands.length).toBeGreaterThan(50);
  expect(commands.filter((name) => !(name in COMMANDS))).toEqual([]);
  expect(Object.keys(COMMANDS).filter((name) => !commands.includes(name))).toEqual([]);
});

test('words of views are of views that there are', () => {
  const views = [...rootFields('Query'), ...rootFields('Subscription')];
  expect(Object.keys(VIEWS).filter((name) => !name.includes('.') && !views.includes(name))).toEqual([]);
});

test('what an entry is about is said once and in words', () => {
  expect(subjectName('client:5')).toBe('klient 5');
  expect(subjectName('account:account:5')).toBe('účet 5');
  expect(subjectName('settings:queue:Platby')).toBe('nastavení fronta Platby');
  expect(subjectName('alert:outside_calls:all_a_day:1795798800')).toBe('upozornění: Hovory ven narazily na mez');
  expect(subjectName('contact:0123abcd-0000-0000-0000-000000000000')).toBe('hovor 0123abcd');
});
