import { expect, test } from 'vitest';
import { askedBy, exportAddress, filterOf, USUAL } from './search';

const NOW = Date.parse('2026-11-27T10:00:00Z');

test('a week back unless somebody wants another period', () => {
  expect(filterOf(USUAL, NOW)).toMatchObject({ since: '2026-11-20T10:00:00.000Z', until: null, words: null });
  expect(filterOf({ ...USUAL, period: 'always' }, NOW).since).toBeNull();
});

test('a period of one’s own may be open at either end', () => {
  const asked = { ...USUAL, period: 'own' as const, from: '2026-11-01T00:00', to: '' };
  expect(filterOf(asked, NOW)).toMatchObject({ since: new Date('2026-11-01T00:00').toISOString(), until: null });
  expect(filterOf({ ...asked, from: '' }, NOW).since).toBeNull();
});

test('an address asks for a person or an object', () => {
  expect(askedBy('actor:7')).toMatchObject({ actor: 7, subject: '' });
  expect(askedBy('client:5')).toMatchObject({ actor: null, subject: 'client:5' });
  expect(askedBy(undefined)).toBe(USUAL);
});

test('the file asks what the list asked', () => {
  const filter = filterOf(
    { ...USUAL, period: 'always', action: 'clientCard', kind: 'VIEW', outcome: 'DONE', words: 'a&b' },
    NOW,
  );
  expect(exportAddress('csv', filter)).toBe('/audit/export.csv?kinds=view&actions=clientCard&outcome=done&words=a%26b');
});
