import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { Settings } from '../app/settings';
import { Icon } from '../ui/Icon';
import { exitWords, KINDS } from '../words/menus';
import type { Wire } from './model/edit';
import { exits, type Flow, freeKey } from './model/flow';
import { type Row, rowOf } from './model/outline';
import { type Parts, titleOf } from './parts';

export interface OutlineProps {
  flow: Flow;
  rows: readonly Row[];
  selected: string;
  wrong: ReadonlySet<string>;
  walked: ReadonlySet<string>;
  settings: Settings;
  parts: Parts;
  readOnly: boolean;
  onSelect: (key: string) => void;
  onAdd: (at: Wire | 'start') => void;
  onRemove: (row: Row) => void;
  onOpen: () => void;
}

/** Where a step that follows this row goes; null where the way ends. A menu gets its next key. */
export function following(flow: Flow, row: Row): Wire | 'start' | null {
  const node = flow.nodes[row.id];
  if (!node || row.reference) return row.at;
  const ways = exits(node);
  const free = ways.find((way) => !way.target && way.name !== 'otherwise');
  if (free) return { from: row.id, exit: free.name };
  if (node.type === 'menu') {
    const key = freeKey(node);
    return key ? { from: row.id, exit: `key:${key}` } : null;
  }
  const first = ways.find((way) => !way.target) ?? ways[0];
  return first ? { from: row.id, exit: first.name } : null;
}

/** The flow as a tree: the keyboard's way to everything that the canvas shows. */
export function Outline(props: OutlineProps) {
  const { flow, rows, selected, onSelect } = props;
  const { t } = useLingui();
  const tree = useRef<HTMLDivElement>(null);
  const now = rows.some((row) => row.key === selected) ? selected : rows[0]?.key;
  useEffect(() => {
    const row = tree.current?.querySelector<HTMLElement>(`[data-key="${CSS.escape(now ?? '')}"]`);
    row?.scrollIntoView({ block: 'nearest' });
    if (tree.current?.contains(document.activeElement)) row?.focus();
  }, [now]);

  const onKeyDown = (event: KeyboardEvent) => {
    const n = rows.findIndex((row) => row.key === now);
    const row = rows[n];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const parent = rows.slice(0, n).findLast((each) => each.level < row.level);
    const to: Record<string, Row | undefined> = {
      ArrowDown: rows[n + 1],
      ArrowUp: rows[n - 1],
      Home: rows[0],
      End: rows.at(-1),
      ArrowLeft: parent,
      ArrowRight: row.reference ? rowOf(rows, row.id) : rows[n + 1],
    };
    if (event.key in to) {
      event.preventDefault();
      const next = to[event.key];
      if (next) onSelect(next.key);
      return;
    }
    if (event.key === 'F2' || event.key === ' ') {
      event.preventDefault();
      props.onOpen();
      return;
    }
    if (props.readOnly) return;
    if (event.key === 'Enter' || event.key === '+' || event.key === 'Insert') {
      event.preventDefault();
      const at = following(flow, row);
      if (at) props.onAdd(at);
    }
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      props.onRemove(row);
    }
  };

  return (
    <div
      ref={tree}
      role="tree"
      aria-label={t`Kroky menu`}
      className="outline"
      onKeyDown={onKeyDown}
      data-testid="outline"
    >
      {rows.map((row) => (
        <OutlineRow key={row.key} row={row} now={row.key === now} {...props} />
      ))}
    </div>
  );
}

function OutlineRow({
  row,
  now,
  flow,
  wrong,
  walked,
  settings,
  parts,
  onSelect,
}: OutlineProps & { row: Row; now: boolean }) {
  const { i18n, t } = useLingui();
  const node = flow.nodes[row.id];
  const from = row.at && row.at !== 'start' ? flow.nodes[row.at.from] : undefined;
  const words = from && row.at && row.at !== 'start' ? exitWords(from, row.at.exit) : null;
  const chain = row.at !== 'start' && row.at !== null && from && exits(from).length === 1;
  const kind = node ? KINDS[node.type] : null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys
    <div
      role="treeitem"
      aria-level={row.level}
      aria-selected={now}
      tabIndex={now ? 0 : -1}
      className="outline-row"
      style={{ '--level': row.level } as React.CSSProperties}
      data-key={row.key}
      data-node={row.reference ? undefined : row.id}
      data-walked={!row.reference && walked.has(row.id)}
      onClick={() => onSelect(row.key)}
    >
      {row.at === 'start' && <span className="exit-chip">{t`začátek`}</span>}
      {row.at === null && <span className="exit-chip bad">{t`bez cesty`}</span>}
      {words && !chain && <span className="exit-chip">{typeof words === 'string' ? words : i18n._(words)}</span>}
      {!node && (
        <span className="bad outline-empty">
          <Icon name="plus" /> {row.at === 'start' ? t`přidejte první krok` : t`zatím nikam nevede`}
        </span>
      )}
      {node && kind && (
        <>
          <span className={`step-icon family-${kind.family}`}>
            <Icon name={row.reference ? 'back' : kind.icon} />
          </span>
          <span className={row.reference ? 'outline-title quiet' : 'outline-title'}>
            <span className="unseen">{row.reference ? t`zpět na` : i18n._(kind.name)}: </span>
            {titleOf(flow, row.id, settings, parts)}
          </span>
          {!row.reference && wrong.has(row.id) && (
            <span className="problem-sign">
              <Icon name="warn" />
              <span className="unseen">{t`má chybu`}</span>
            </span>
          )}
        </>
      )}
    </div>
  );
}
