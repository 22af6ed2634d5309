import { describe, expect, it } from 'vitest';
import shapes from '../settings/model/shapes.json';
import { type Judged, judge, type Layout, rowsOf, type Tile } from './layout';

const limits = (warn: number | null, bad: number | null, lower = false): Judged => ({
  queues: [],
  window: 'today',
  warn,
  bad,
  lower_is_worse: lower,
});

describe('a value on a wallboard', () => {
  it.each([
    [0, 'good'],
    [3, 'warn'],
    [7, 'warn'],
    [8, 'bad'],
    [null, null],
  ])('%s of waiting is %s', (value, verdict) => {
    expect(judge(value, limits(3, 8))).toBe(verdict);
  });

  it.each([
    [0.95, 'good'],
    [0.8, 'warn'],
    [0.6, 'bad'],
    [0, 'bad'],
  ])('%s of the service level is %s', (value, verdict) => {
    expect(judge(value, limits(0.8, 0.6, true))).toBe(verdict);
  });

  it('is not judged without thresholds, and by one alone', () => {
    expect(judge(5, limits(null, null))).toBeNull();
    expect(judge(5, limits(null, 5))).toBe('bad');
    expect(judge(5, limits(9, null))).toBe('good');
  });
});

const tile = (columns: number, rows: number) => ({ type: 'clock', title: '', columns, rows }) as Tile;

describe('the grid of a wallboard', () => {
  it('puts tiles one after the other and fills what is free', () => {
    expect(rowsOf([])).toBe(0);
    expect(rowsOf([tile(6, 2), tile(6, 2)])).toBe(2);
    expect(rowsOf([tile(8, 2), tile(6, 2)])).toBe(4);
    expect(rowsOf([tile(8, 2), tile(6, 2), tile(4, 2)])).toBe(4);
    expect(rowsOf((shapes.wallboard as unknown as Layout).pages[0]?.tiles ?? [])).toBe(8);
  });
});
