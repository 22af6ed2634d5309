import { expect, it } from 'vitest';
import { FlowWatch, grade, type Sample } from './quality';
import { ringWave } from './ring';

const sample = (packets: number, lost: number, roundTripMs = 20): Sample => ({
  at: 0,
  packets,
  lost,
  jitterMs: 3,
  roundTripMs,
});

it('grades by loss and delay', () => {
  expect(grade(sample(0, 0), sample(150, 0))).toBe('good');
  expect(grade(sample(0, 0), sample(147, 3))).toBe('fair');
  expect(grade(sample(0, 0), sample(130, 20))).toBe('poor');
  expect(grade(sample(0, 0), sample(150, 0, 800))).toBe('poor');
});

it('tells once that packets have stopped, and again only after they flowed', () => {
  const watch = new FlowWatch();
  const told: number[] = [];
  let now = 0;
  const step = (packets: number) => {
    now += 500;
    if (watch.observe(packets, now)) told.push(now);
  };
  for (let i = 1; i <= 6; i++) step(i * 25);
  for (let i = 0; i < 10; i++) step(150);
  expect(told).toEqual([4500]);
  for (let i = 7; i <= 10; i++) step(i * 25);
  for (let i = 0; i < 5; i++) step(250);
  expect(told.length).toBe(2);
});

it('does not worry about a leg that never had a flow', () => {
  const watch = new FlowWatch();
  expect([1, 2, 3, 4, 5, 6].some((i) => watch.observe(0, i * 1000))).toBe(false);
});

it('rings with a valid sound file', () => {
  const wave = ringWave();
  expect(new TextDecoder().decode(wave.slice(0, 4))).toBe('RIFF');
  const samples = new Int16Array(wave.buffer, 44);
  expect(Math.max(...samples)).toBeGreaterThan(8_000);
  expect(samples.at(-1)).toBe(0);
});
