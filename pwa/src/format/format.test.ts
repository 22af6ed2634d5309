import { expect, it } from 'vitest';
import { duration, moment, percent, phoneNumber, secondsBetween } from './format';

it.each([
  [0, '0:00'],
  [-5, '0:00'],
  [59.9, '0:59'],
  [61, '1:01'],
  [3600, '1:00:00'],
  [36_061, '10:01:01'],
])('writes %d s as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it.each([
  ['+420777123456', '777\u00a0123\u00a0456'],
  ['+421902333444', '+421\u00a0902\u00a0333\u00a0444'],
  ['1188', '1188'],
  [null, null],
])('writes the number %s', (number, text) => {
  expect(phoneNumber(number)).toBe(text);
});

it('names the day only when it is not today', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(moment('2026-11-23T08:05:00Z', now)).toBe('9:05');
  expect(moment('2026-11-20T08:05:00Z', now)).toBe('20. 11. 9:05');
  expect(moment('2025-11-20T08:05:00Z', now)).toBe('20. 11. 2025 9:05');
});

it('knows that midnight is Prague’s', () => {
  const now = Date.parse('2026-11-22T23:30:00Z');
  expect(moment('2026-11-22T22:30:00Z', now)).toBe('22. 11. 23:30');
});

it('writes shares and never counts below zero', () => {
  expect(percent(0.873)).toBe('87\u00a0%');
  expect(secondsBetween('2026-01-01T00:00:10Z', Date.parse('2026-01-01T00:00:00Z'))).toBe(0);
});
