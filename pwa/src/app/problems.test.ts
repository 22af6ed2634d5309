import { expect, it } from 'vitest';
import { checksOf, type Facts, wrong } from './problems';

const fine: Facts = {
  works: true,
  connection: 'open',
  phone: 'connected',
  denied: null,
  ownTelephone: false,
  soundBlocked: false,
  quality: null,
  push: 'off',
  notifications: 'granted',
  update: false,
  busy: false,
};

it('finds nothing wrong with a workplace that works', () => {
  expect(wrong(checksOf(fine))).toEqual([]);
  expect(wrong(checksOf({ ...fine, phone: 'off', notifications: 'default' }))).toEqual([]);
});

it.each([
  [{ connection: 'lost' }, ['connection']],
  [{ phone: 'denied', denied: 'NotAllowedError' }, ['phone', 'microphone']],
  [{ phone: 'restoring' }, ['phone']],
  [{ soundBlocked: true }, ['sound']],
  [{ quality: 'poor' }, ['quality']],
  [{ notifications: 'denied' }, ['notifications']],
  [{ update: true }, ['update']],
] as [Partial<Facts>, string[]][])('names what is wrong: %o', (facts, names) => {
  expect(wrong(checksOf({ ...fine, ...facts }))).toEqual(names);
});

it("asks nothing of the browser where calls ring at a telephone of one's own, or where nobody takes calls", () => {
  const own = checksOf({ ...fine, ownTelephone: true, phone: 'off', soundBlocked: true });
  expect([own.phone, own.microphone, own.sound]).toEqual(['good', 'unused', 'unused']);
  expect(checksOf({ ...fine, works: false, phone: 'off' }).phone).toBe('unused');
});
