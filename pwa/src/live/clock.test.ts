import { expect, it } from 'vitest';
import { backoff } from './backoff';
import { ServerClock } from './clock';

const at = (ms: number) => new Date(ms).toISOString();

it('believes the frame that travelled least', () => {
  const clock = new ServerClock();
  clock.observe(at(100_000), 40_300);
  clock.observe(at(101_000), 41_020);
  clock.observe(at(102_000), 42_500);
  expect(clock.now(43_000)).toBe(43_000 + 59_980);
});

it('follows when our own clock is set', () => {
  const clock = new ServerClock();
  clock.observe(at(100_000), 100_000);
  clock.observe(at(101_000), 3_701_000);
  expect(clock.offset).toBe(-3_600_000);
});

it('waits from a quarter of a second to ten, with chance', () => {
  expect(backoff(0, 0.5)).toBe(250);
  expect(backoff(30, 0.5)).toBe(10_000);
  expect(backoff(30, 0)).toBe(7_000);
  expect(backoff(30, 1)).toBeCloseTo(13_000);
});
