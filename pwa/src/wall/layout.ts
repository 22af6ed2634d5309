/** A wallboard's layout as the server stores it, and what a tile's value means. Pure. */

export type Window = 'today' | 'hour' | 'half_hour' | 'quarter_hour';
export type TileFormat = 'number' | 'percent' | 'duration';

interface Base {
  title: string;
  columns: number;
  rows: number;
}
export interface Judged {
  queues: readonly number[];
  window: Window;
  warn: number | null;
  bad: number | null;
  lower_is_worse: boolean;
}
export type Tile = Base &
  (
    | ({ type: 'measure'; measure: string } & Judged)
    | ({ type: 'own'; formula: string; format: TileFormat } & Judged)
    | { type: 'clock' }
    | { type: 'text'; text: string }
    | { type: 'queues'; queues: readonly number[] }
    | { type: 'agents'; queues: readonly number[] }
  );

export interface Page {
  name: string;
  tiles: readonly Tile[];
}
export interface Layout {
  name: string;
  pages: readonly Page[];
  rotate_s: number;
}

export const COLUMNS = 12;
export const MOST_ROWS = 8;

export type Verdict = 'good' | 'warn' | 'bad';

/** By the thresholds of the tile; null where there are none, or no value. */
export function judge(value: number | null, tile: Judged): Verdict | null {
  if (value === null || (tile.warn === null && tile.bad === null)) return null;
  const reached = (limit: number | null) => limit !== null && (tile.lower_is_worse ? value <= limit : value >= limit);
  if (reached(tile.bad)) return 'bad';
  return reached(tile.warn) ? 'warn' : 'good';
}

const FORMATS: Record<string, TileFormat> = {
  longest_wait: 'duration',
  expected_wait: 'duration',
  service_level: 'percent',
  sla_infoline: 'percent',
};

export function formatOf(tile: Tile): TileFormat {
  if (tile.type === 'own') return tile.format;
  return tile.type === 'measure' ? (FORMATS[tile.measure] ?? 'number') : 'number';
}

/** How many rows of the grid the tiles take, put one after the other from the top left as the grid puts them. */
export function rowsOf(tiles: readonly Tile[]): number {
  const taken: boolean[][] = [];
  const free = (row: number, column: number, tile: Tile) => {
    for (let r = row; r < row + tile.rows; r++)
      for (let c = column; c < column + tile.columns; c++) if (taken[r]?.[c]) return false;
    return true;
  };
  let most = 0;
  for (const tile of tiles) {
    for (let at = 0; ; at++) {
      const row = Math.floor(at / COLUMNS);
      const column = at % COLUMNS;
      if (column + Math.min(tile.columns, COLUMNS) > COLUMNS || !free(row, column, tile)) continue;
      for (let r = row; r < row + tile.rows; r++) {
        taken[r] ??= [];
        for (let c = column; c < column + tile.columns; c++) (taken[r] as boolean[])[c] = true;
      }
      most = Math.max(most, row + tile.rows);
      break;
    }
  }
  return most;
}

/** Lines of text that a tile of so many rows has room for at the size that is read from afar. */
export function linesOf(rows: number, all: number): number {
  return Math.max(1, Math.floor((rows / Math.max(all, 1)) * 19) - 1);
}
