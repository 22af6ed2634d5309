import { expect, it } from 'vitest';
import { lanePath, lanes } from './waveform';

it('splits the two rows', () => {
  const { left, right } = lanes(btoa(String.fromCharCode(1, 2, 3, 250, 251, 252)));
  expect([...left]).toEqual([1, 2, 3]);
  expect([...right]).toEqual([250, 251, 252]);
});

it('draws each stretch as wide as the others and as high as it is loud', () => {
  const path = lanePath(Uint8Array.from([0, 255]), 10, 20);
  expect(path).toBe('M0 10L0.00 9.50L5.00 9.50L5.00 0.00L10.00 0.00L10.00 20.00L5.00 20.00L5.00 10.50L0.00 10.50Z');
});

it('has something to draw of nothing', () => {
  expect(lanePath(new Uint8Array(), 10, 20)).toBe('M0 10Z');
});
