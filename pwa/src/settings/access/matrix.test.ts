import { describe, expect, test } from 'vitest';
import {
  bad,
  began,
  type CellKey,
  type Column,
  changes,
  copied,
  keyOf,
  parseTsv,
  pasted,
  put,
  type Row,
  read,
  rebased,
  redone,
  textAt,
  undone,
} from './matrix';

const ROWS: Row[] = Array.from({ length: 200 }, (_, n) => ({ id: n + 1, name: `Agent ${n + 1}` }));
const COLUMNS: Column[] = [
  ...Array.from({ length: 40 }, (_, n): Column => ({ kind: 'queue', id: n + 1, name: `Fronta ${n + 1}` })),
  { kind: 'skill', id: 1, name: 'angličtina' },
];
const at = (row: number, column: number): CellKey => keyOf(ROWS[row] as Row, COLUMNS[column] as Column);
const TOP = { row: 0, column: 0 };
const fresh = () => began(ROWS, COLUMNS, new Map([[at(0, 0), 5]]));

test.each([
  ['', 'queue', null],
  [' 7 ', 'queue', 7],
  ['0', 'queue', 0],
  ['0', 'skill', 'range'],
  ['100', 'queue', 'range'],
  ['100', 'skill', 100],
  ['-1', 'queue', 'range'],
  ['2,5', 'queue', 'number'],
  ['ano', 'queue', 'number'],
] as const)('%j in a column of a %s is %j', (text, kind, found) => {
  expect(read(text, kind)).toBe(found);
});

describe('a matrix of 200 × 40 pasted from a spreadsheet', () => {
  const block = ROWS.map((_, r) => Array.from({ length: 40 }, (_, c) => String((r + c) % 10)));

  test('with three bad cells names exactly these, and is one step back', () => {
    const spoiled = block.map((line) => [...line]);
    for (const [r, c, text] of [
      [0, 17, 'abc'],
      [99, 3, '1000'],
      [199, 39, '1.5'],
    ] as const)
      (spoiled[r] as string[])[c] = text;
    const texts = pasted(
      ROWS,
      COLUMNS,
      TOP,
      TOP,
      parseTsv(`${spoiled.map((line) => line.join('\t')).join('\r\n')}\r\n`),
    );
    const now = put(fresh(), texts as Map<CellKey, string>);
    expect(bad(now).map(({ row, column, text, wrong }) => [row.name, column.name, text, wrong])).toEqual([
      ['Agent 1', 'Fronta 18', 'abc', 'number'],
      ['Agent 100', 'Fronta 4', '1000', 'range'],
      ['Agent 200', 'Fronta 40', '1.5', 'number'],
    ]);
    expect(undone(now).typed.size).toBe(0);
    expect(redone(undone(now)).typed).toEqual(now.typed);
  });

  test('without bad cells is 8000 changes, each with what was there', () => {
    const texts = pasted(ROWS, COLUMNS, TOP, TOP, block) as Map<CellKey, string>;
    const found = changes(put(fresh(), texts));
    expect(found).toHaveLength(8000);
    expect(found[0]).toEqual({ user: 1, queue: 1, skill: null, value: 0, was: 5 });
    expect(found[1]).toEqual({ user: 1, queue: 2, skill: null, value: 1, was: null });
  });

  test('that does not fit is not taken at all', () => {
    expect(pasted(ROWS, COLUMNS, { row: 1, column: 0 }, TOP, [...block, []])).toBeNull();
    expect(pasted(ROWS, COLUMNS, { row: 0, column: 2 }, { row: 0, column: 2 }, block)).toBeNull();
  });
});

test('one value fills the selection', () => {
  const texts = pasted(ROWS, COLUMNS, { row: 2, column: 1 }, { row: 1, column: 2 }, [['3']]);
  expect(texts).toEqual(new Map([at(1, 1), at(1, 2), at(2, 1), at(2, 2)].map((key) => [key, '3'])));
});

test('what is put back as it was is no change', () => {
  const now = put(put(fresh(), new Map([[at(0, 0), '6']])), new Map([[at(0, 0), '5']]));
  expect(changes(now)).toEqual([]);
  expect(textAt(undone(now), at(0, 0))).toBe('6');
});

test('an emptied cell takes the agent out of the queue', () => {
  expect(changes(put(fresh(), new Map([[at(0, 0), '']])))).toEqual([
    { user: 1, queue: 1, skill: null, value: null, was: 5 },
  ]);
});

test('what somebody else saved is taken in, what was typed here stays', () => {
  const now = put(
    fresh(),
    new Map([
      [at(0, 0), '6'],
      [at(3, 3), '2'],
    ]),
  );
  const after = rebased(
    now,
    new Map([
      [at(0, 0), 7],
      [at(3, 3), 2],
    ]),
  );
  expect(changes(after)).toEqual([{ user: 1, queue: 1, skill: null, value: 6, was: 7 }]);
});

test('a selection is copied as a spreadsheet takes it, quotes and all are read', () => {
  expect(copied(fresh(), ROWS, COLUMNS, { row: 1, column: 1 }, TOP)).toBe('5\t\n\t');
  expect(parseTsv('"a\tb"\t"c ""d"""\n\t1\n')).toEqual([
    ['a\tb', 'c "d"'],
    ['', '1'],
  ]);
});
