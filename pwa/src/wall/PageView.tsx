import './wall.css';
import type { WallTile } from '../live/state';
import { type Page, rowsOf } from './layout';
import { Tile } from './Tile';

/** One page of a wallboard: on the wall, and small in the editor. */
export function PageView({
  page,
  at,
  values,
}: {
  page: Page;
  /** Which one it is: by it the server names the values of its tiles. */
  at: number;
  values: ReadonlyMap<string, WallTile>;
}) {
  const rows = Math.max(1, rowsOf(page.tiles));
  return (
    <div className="wall-pages">
      <div className="wall-grid" style={{ gridTemplateRows: `repeat(${rows}, minmax(0, 1fr))` }}>
        {page.tiles.map((tile, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the place is the tile's name
          <Tile key={n} id={`${at}.${n}`} tile={tile} value={values.get(`${at}.${n}`)} rows={rows} />
        ))}
      </div>
    </div>
  );
}
