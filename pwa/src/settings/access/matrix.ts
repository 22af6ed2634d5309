/** The skills matrix as a spreadsheet: cells that are typed, pasted and undone, and what is wrong with them. Pure. */

export interface Column {
  kind: 'queue' | 'skill';
  id: number;
  name: string;
}

export interface Row {
  id: number;
  name: string;
}

/** `user:queue:7`; the same whatever is filtered or sorted. */
export type CellKey = string;

export interface Cell {
  row: number;
  column: number;
}

export type Wrong = 'number' | 'range';

export interface Matrix {
  rows: readonly Row[];
  columns: readonly Column[];
  /** In force, as far as this window knows. */
  base: ReadonlyMap<CellKey, number>;
  /** What was typed, only where it says something else. */
  typed: ReadonlyMap<CellKey, string>;
  past: readonly ReadonlyMap<CellKey, string>[];
  future: readonly ReadonlyMap<CellKey, string>[];
}

export interface Change {
  user: number;
  queue: number | null;
  skill: number | null;
  value: number | null;
  was: number | null;
}

const MOST_STEPS = 200;
/** The server has the same bounds. */
export const BOUNDS = { queue: { min: 0, max: 99 }, skill: { min: 1, max: 100 } } as const;

export const keyOf = (row: Row, column: Column): CellKey => `${row.id}:${column.kind}:${column.id}`;

export function began(rows: readonly Row[], columns: readonly Column[], base: ReadonlyMap<CellKey, number>): Matrix {
  return { rows, columns, base, typed: new Map(), past: [], future: [] };
}

export const baseText = (matrix: Matrix, key: CellKey): string => String(matrix.base.get(key) ?? '');

export const textAt = (matrix: Matrix, key: CellKey): string => matrix.typed.get(key) ?? baseText(matrix, key);

/** Empty is nothing: the agent does not serve the queue, or has not the skill. */
export function read(text: string, kind: Column['kind']): number | null | Wrong {
  const bare = text.trim();
  if (bare === '') return null;
  if (!/^-?\d+$/.test(bare)) return 'number';
  const value = Number(bare);
  const { min, max } = BOUNDS[kind];
  return value >= min && value <= max ? value : 'range';
}

export function wrongAt(matrix: Matrix, row: Row, column: Column): Wrong | null {
  const typed = matrix.typed.get(keyOf(row, column));
  if (typed === undefined) return null;
  const found = read(typed, column.kind);
  return found === 'number' || found === 'range' ? found : null;
}

/** All of them in one step back. */
export function put(matrix: Matrix, texts: ReadonlyMap<CellKey, string>): Matrix {
  const typed = new Map(matrix.typed);
  for (const [key, text] of texts) {
    const bare = text.trim();
    if (bare === baseText(matrix, key)) typed.delete(key);
    else typed.set(key, bare);
  }
  if (same(typed, matrix.typed)) return matrix;
  return { ...matrix, typed, past: [...matrix.past, matrix.typed].slice(-MOST_STEPS), future: [] };
}

export function undone(matrix: Matrix): Matrix {
  const typed = matrix.past.at(-1);
  if (!typed) return matrix;
  return { ...matrix, typed, past: matrix.past.slice(0, -1), future: [matrix.typed, ...matrix.future] };
}

export function redone(matrix: Matrix): Matrix {
  const typed = matrix.future[0];
  if (!typed) return matrix;
  return { ...matrix, typed, past: [...matrix.past, matrix.typed], future: matrix.future.slice(1) };
}

/** What somebody else has saved meanwhile; what was typed here stays, where it still says something else. */
export function rebased(matrix: Matrix, base: ReadonlyMap<CellKey, number>): Matrix {
  const fresh = { ...matrix, base };
  const typed = new Map([...matrix.typed].filter(([key, text]) => text !== baseText(fresh, key)));
  return { ...fresh, typed, past: [], future: [] };
}

export function changes(matrix: Matrix): Change[] {
  const found: Change[] = [];
  for (const row of matrix.rows) {
    for (const column of matrix.columns) {
      const key = keyOf(row, column);
      const typed = matrix.typed.get(key);
      if (typed === undefined) continue;
      const value = read(typed, column.kind);
      if (typeof value === 'string') continue;
      found.push({
        user: row.id,
        queue: column.kind === 'queue' ? column.id : null,
        skill: column.kind === 'skill' ? column.id : null,
        value,
        was: matrix.base.get(key) ?? null,
      });
    }
  }
  return found;
}

export interface Bad {
  row: Row;
  column: Column;
  text: string;
  wrong: Wrong;
}

/** In the order of the screen. */
export function bad(matrix: Matrix): Bad[] {
  if (!matrix.typed.size) return [];
  const found: Bad[] = [];
  for (const row of matrix.rows) {
    for (const column of matrix.columns) {
      const wrong = wrongAt(matrix, row, column);
      if (wrong) found.push({ row, column, text: matrix.typed.get(keyOf(row, column)) ?? '', wrong });
    }
  }
  return found;
}

/** Tab-separated text as spreadsheets copy it: quotes around what holds a tab, a line or a quote; the last line may end. */
export function parseTsv(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  const lines = text.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
  for (let n = 0; n < lines.length; n++) {
    const sign = lines[n];
    if (quoted) {
      if (sign === '"' && lines[n + 1] === '"') {
        cell += '"';
        n++;
      } else if (sign === '"') quoted = false;
      else cell += sign;
    } else if (sign === '"' && cell === '') quoted = true;
    else if (sign === '\t' || sign === '\n') {
      rows.at(-1)?.push(cell);
      cell = '';
      if (sign === '\n') rows.push([]);
    } else cell += sign;
  }
  rows.at(-1)?.push(cell);
  if (lines.endsWith('\n')) rows.pop();
  return rows;
}

/** What is pasted at a cell, or null when it does not fit: then nothing of it is taken. One value fills the selection. */
export function pasted(
  rows: readonly Row[],
  columns: readonly Column[],
  from: Cell,
  to: Cell,
  block: readonly (readonly string[])[],
): Map<CellKey, string> | null {
  const [first] = block;
  const single = block.length === 1 && first?.length === 1 ? (first[0] ?? '') : null;
  const texts = new Map<CellKey, string>();
  if (single !== null) {
    for (const { row, column } of within(rows, columns, from, to)) texts.set(keyOf(row, column), single);
    return texts;
  }
  const top = Math.min(from.row, to.row);
  const left = Math.min(from.column, to.column);
  const width = Math.max(...block.map((line) => line.length));
  if (top + block.length > rows.length || left + width > columns.length) return null;
  block.forEach((line, down) => {
    line.forEach((text, right) => {
      const row = rows[top + down];
      const column = columns[left + right];
      if (row && column) texts.set(keyOf(row, column), text);
    });
  });
  return texts;
}

/** The selection as a spreadsheet takes it. */
export function copied(matrix: Matrix, rows: readonly Row[], columns: readonly Column[], from: Cell, to: Cell): string {
  const lines: string[] = [];
  for (let r = Math.min(from.row, to.row); r <= Math.max(from.row, to.row); r++) {
    const row = rows[r];
    if (!row) continue;
    const line: string[] = [];
    for (let c = Math.min(from.column, to.column); c <= Math.max(from.column, to.column); c++) {
      const column = columns[c];
      if (column) line.push(textAt(matrix, keyOf(row, column)));
    }
    lines.push(line.join('\t'));
  }
  return lines.join('\n');
}

export function within(
  rows: readonly Row[],
  columns: readonly Column[],
  from: Cell,
  to: Cell,
): { row: Row; column: Column }[] {
  const found: { row: Row; column: Column }[] = [];
  for (let r = Math.min(from.row, to.row); r <= Math.max(from.row, to.row); r++) {
    for (let c = Math.min(from.column, to.column); c <= Math.max(from.column, to.column); c++) {
      const row = rows[r];
      const column = columns[c];
      if (row && column) found.push({ row, column });
    }
  }
  return found;
}

function same(a: ReadonlyMap<CellKey, string>, b: ReadonlyMap<CellKey, string>): boolean {
  return a.size === b.size && [...a].every(([key, text]) => b.get(key) === text);
}
