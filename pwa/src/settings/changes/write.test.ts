import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import { historyOf, placeOf } from './places';
import { named, objectOf, values, whyNot } from './write';

beforeAll(() => i18n.loadAndActivate({ locale: 'cs', messages: {} }));

const label = (kind: string, name: string, path: string) => named(kind, name, path).field?.path ?? null;

test('a field is found by its path in the form in which it is set', () => {
  expect(label('queues', 'Platby', 'ring_timeout_s')).toBe('ring_timeout_s');
  expect(label('queues', 'Platby', 'options.calendar')).toBe('options.calendar');
  expect(label('queues', 'Platby', 'members[jana].penalty')).toBe('penalty');
  expect(label('settings', 'calls', 'value.park_limit_s')).toBe('park_limit_s');
  expect(label('filters', 'Měsíc', 'body.days')).toBe('days');
  expect(named('queues', 'Platby', 'what.ever').label).toBe('what › ever');
});

test('of two lists only what differs is shown', () => {
  expect(values(['a', 'b'], ['b', 'c'], null)).toEqual(['a', 'c']);
  expect(values(['a', 'b'], ['b', 'a'], null)).toEqual(['a, b', 'b, a']);
  expect(values(null, 5, null)).toEqual(['–', '5']);
});

test('each section knows its history, and each object its section', () => {
  expect(historyOf('queues', '5')).toBe('queues:5');
  expect(historyOf('queues', 'new')).toBe('queues');
  expect(historyOf('users', '3')).toBe('accounts:3');
  expect(historyOf('calls', undefined)).toBe('settings:calls');
  expect(historyOf('numbers', '+420800100200')).toBe('numbers:+420800100200');
  expect(historyOf('roles', 'agent')).toBe('roles');
  expect(historyOf('history', undefined)).toBeNull();
  expect(placeOf('queues', '5', 'Platby')).toEqual({ section: 'queues', item: '5' });
  expect(placeOf('settings', 'calls', 'calls')).toEqual({ section: 'calls' });
  expect(placeOf('flows', '1', 'Menu')).toBeNull();
});

const said = (given: Partial<Parameters<typeof whyNot>[0]>) =>
  whyNot({ reason: 'RULE', missing: null, rule: null, menuRule: null, ...given });

test('why an old state cannot be put back is said in our words, whatever it is', () => {
  expect(said({ reason: 'GONE', missing: 'calendars/Po–Pá 8/18' })).toBe(
    '„Po–Pá 8/18“ už není (Provozní doba). Vraťte nejdřív to.',
  );
  expect(said({ reason: 'TAKEN' })).toBe('takový název má už něco jiného');
  expect(said({ rule: 'UNKNOWN' })).toBe('odkazuje na to, co by tím zmizelo');
  expect(said({ rule: 'OUT_OF_RANGE' })).toBe('Hodnota je mimo povolené meze.');
  expect(said({ menuRule: 'UNKNOWN_QUEUE' })).toBe('Vyberte frontu.');
  expect(objectOf('queues/Platby')).toEqual({ kind: 'Fronty', name: 'Platby' });
  expect(objectOf('')).toEqual({ kind: '', name: '' });
});
