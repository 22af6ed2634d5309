// biome-ignore-all lint/a11y/useSemanticElements: a table of 10,000 cells of which only those near the eye are drawn
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell
/** Agents × queues and skills, edited like a spreadsheet. Only rows near the eye are drawn. */
import { useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useEffect, useRef, useState } from 'react';
import {
  type Cell,
  type Column,
  copied,
  keyOf,
  type Matrix as Model,
  parseTsv,
  pasted,
  put,
  type Row,
  redone,
  textAt,
  undone,
  within,
  wrongAt,
} from './matrix';

const ROW = 31;
const BEYOND = 12;

export function Matrix({
  model,
  rows,
  onChange,
  onOverflow,
  goTo,
}: {
  model: Model;
  /** Those that are shown. */
  rows: readonly Row[];
  onChange: (next: Model) => void;
  /** What was pasted does not fit. */
  onOverflow: () => void;
  /** A cell to be shown; a new object each time. */
  goTo: Cell | null;
}) {
  const { t } = useLingui();
  const { columns } = model;
  const view = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  const [anchor, setAnchor] = useState<Cell>({ row: 0, column: 0 });
  const [editing, setEditing] = useState<string | null>(null);
  const dragging = useRef(false);
  const row = Math.min(active.row, Math.max(0, rows.length - 1));

  const lines = useVirtualizer({
    count: rows.length,
    getScrollElement: () => view.current,
    estimateSize: () => ROW,
    overscan: BEYOND,
  });

  const go = (to: Cell, keep = false) => {
    const next = {
      row: Math.max(0, Math.min(rows.length - 1, to.row)),
      column: Math.max(0, Math.min(columns.length - 1, to.column)),
    };
    setActive(next);
    if (!keep) setAnchor(next);
    const box = view.current;
    if (!box) return;
    const head = box.querySelector<HTMLElement>('.matrix-head')?.offsetHeight ?? 0;
    const name = box.querySelector<HTMLElement>('.matrix-name')?.offsetWidth ?? 0;
    const width = box.querySelector<HTMLElement>('.matrix-column')?.offsetWidth ?? 1;
    const top = next.row * ROW;
    const left = next.column * width;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + ROW > box.scrollTop + box.clientHeight - head) box.scrollTop = top + ROW - box.clientHeight + head;
    if (left < box.scrollLeft) box.scrollLeft = left;
    else if (left + width > box.scrollLeft + box.clientWidth - name)
      box.scrollLeft = left + width - box.clientWidth + name;
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each cell to be shown
  useEffect(() => {
    if (!goTo) return;
    go(goTo);
    view.current?.focus();
  }, [goTo]);

  const write = (text: string) => {
    const [r, c] = [rows[row], columns[active.column]];
    if (r && c) onChange(put(model, new Map([[keyOf(r, c), text]])));
    setEditing(null);
    view.current?.focus({ preventScroll: true });
  };
  const clear = () =>
    onChange(
      put(model, new Map(within(rows, columns, anchor, active).map(({ row, column }) => [keyOf(row, column), '']))),
    );

  const keys = (event: KeyboardEvent) => {
    const { key, shiftKey } = event;
    const command = event.ctrlKey || event.metaKey;
    if (editing !== null) return;
    const moves: Record<string, [number, number]> = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
      PageUp: [-15, 0],
      PageDown: [15, 0],
      Enter: [shiftKey ? -1 : 1, 0],
    };
    const move = moves[key];
    if (command && key.toLowerCase() === 'z') onChange(shiftKey ? redone(model) : undone(model));
    else if (command && key.toLowerCase() === 'y') onChange(redone(model));
    else if (command && key.toLowerCase() === 'a') {
      setAnchor({ row: 0, column: 0 });
      setActive({ row: rows.length - 1, column: columns.length - 1 });
    } else if (command && key === 'Home') go({ row: 0, column: 0 }, shiftKey);
    else if (command && key === 'End') go({ row: rows.length - 1, column: columns.length - 1 }, shiftKey);
    else if (command) return;
    else if (move) go({ row: row + move[0], column: active.column + move[1] }, shiftKey && key !== 'Enter');
    else if (key === 'Home') go({ row, column: 0 }, shiftKey);
    else if (key === 'End') go({ row, column: columns.length - 1 }, shiftKey);
    else if (key === 'Delete' || key === 'Backspace') clear();
    else if (key === 'F2') {
      const [r, c] = [rows[row], columns[active.column]];
      if (r && c) setEditing(textAt(model, keyOf(r, c)));
    } else if (key.length === 1 && !event.altKey && key !== ' ') setEditing(key);
    else return;
    event.preventDefault();
  };

  const name = rows[row];
  const column = columns[active.column];
  const inside = (r: number, c: number) =>
    r >= Math.min(anchor.row, active.row) &&
    r <= Math.max(anchor.row, active.row) &&
    c >= Math.min(anchor.column, active.column) &&
    c <= Math.max(anchor.column, active.column);
  return (
    <div
      ref={view}
      className="matrix-view"
      role="grid"
      aria-label={t`Kdo obsluhuje které fronty a co umí`}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-multiselectable
      aria-activedescendant={name && column ? `cell-${keyOf(name, column)}` : undefined}
      tabIndex={0}
      data-testid="matrix"
      onKeyDown={keys}
      onCopy={(event) => {
        if (editing !== null) return;
        event.clipboardData.setData('text/plain', copied(model, rows, columns, anchor, active));
        event.preventDefault();
      }}
      onCut={(event) => {
        if (editing !== null) return;
        event.clipboardData.setData('text/plain', copied(model, rows, columns, anchor, active));
        clear();
        event.preventDefault();
      }}
      onPaste={(event) => {
        if (editing !== null) return;
        event.preventDefault();
        const block = parseTsv(event.clipboardData.getData('text/plain'));
        const texts = pasted(rows, columns, anchor, active, block);
        if (!texts) return onOverflow();
        onChange(put(model, texts));
        const width = Math.max(...block.map((line) => line.length));
        if (block.length > 1 || width > 1) {
          const top = { row: Math.min(anchor.row, active.row), column: Math.min(anchor.column, active.column) };
          setAnchor({ row: top.row + block.length - 1, column: top.column + width - 1 });
          setActive(top);
        }
      }}
      onPointerUp={() => {
        dragging.current = false;
      }}
    >
      <div className="matrix-grid" style={{ height: rows.length * ROW + 132 }}>
        <div className="matrix-head" role="row" aria-rowindex={1}>
          <span className="matrix-name small quiet" role="columnheader">{t`Operátor`}</span>
          {columns.map((each, c) => (
            <span
              key={`${each.kind}${each.id}`}
              className={`matrix-column ${each.kind}`}
              role="columnheader"
              aria-colindex={c + 2}
              title={each.name}
            >
              <span>{each.name}</span>
            </span>
          ))}
        </div>
        {lines.getVirtualItems().map(({ index: r }) => {
          const each = rows[r];
          if (!each) return null;
          return (
            <Line
              key={each.id}
              row={each}
              at={r}
              columns={columns}
              texts={columns.map((column) => textAt(model, keyOf(each, column))).join('\u001f')}
              marks={columns
                .map((column, c) => {
                  const changed = model.typed.has(keyOf(each, column));
                  const wrong = changed && wrongAt(model, each, column) !== null;
                  return `${wrong ? 'w' : changed ? 'c' : ''}${inside(r, c) ? 's' : ''}`;
                })
                .join('\u001f')}
              active={r === row ? active.column : -1}
              editing={r === row ? editing : null}
              onDown={(c, extend) => {
                if (editing !== null) view.current?.querySelector('input')?.blur();
                dragging.current = true;
                go({ row: r, column: c }, extend);
              }}
              onOver={(c) => dragging.current && go({ row: r, column: c }, true)}
              onOpen={(c) => setEditing(textAt(model, keyOf(each, columns[c] as Column)))}
              onWrite={(text, move) => {
                write(text);
                if (move) go({ row: row + move[0], column: active.column + move[1] });
              }}
              onLeave={() => {
                setEditing(null);
                view.current?.focus({ preventScroll: true });
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

interface LineProps {
  row: Row;
  at: number;
  columns: readonly Column[];
  /** Joined, so that a row that has not changed is seen to be the same. */
  texts: string;
  marks: string;
  active: number;
  editing: string | null;
  onDown: (column: number, extend: boolean) => void;
  onOver: (column: number) => void;
  onOpen: (column: number) => void;
  onWrite: (text: string, move?: [number, number]) => void;
  onLeave: () => void;
}

const Line = memo(
  ({ row, at, columns, texts, marks, active, editing, onDown, onOver, onOpen, onWrite, onLeave }: LineProps) => {
    const shown = texts.split('\u001f');
    const marked = marks.split('\u001f');
    return (
      <div className="matrix-row" role="row" aria-rowindex={at + 2} style={{ top: at * ROW + 132 }}>
        <span className="matrix-name" role="rowheader" title={row.name}>
          {row.name}
        </span>
        {columns.map((column, c) => {
          const mark = marked[c] ?? '';
          return (
            <span
              key={`${column.kind}${column.id}`}
              id={`cell-${keyOf(row, column)}`}
              role="gridcell"
              aria-colindex={c + 2}
              aria-selected={mark.includes('s')}
              aria-invalid={mark.includes('w') || undefined}
              className={[
                'matrix-cell',
                mark.includes('w') ? 'wrong' : mark.includes('c') ? 'changed' : '',
                mark.includes('s') ? 'chosen' : '',
                active === c ? 'active' : '',
              ]
                .filter(Boolean)
                .join(' ')}
              onPointerDown={(event) => event.button === 0 && onDown(c, event.shiftKey)}
              onPointerEnter={() => onOver(c)}
              onDoubleClick={() => onOpen(c)}
            >
              {active === c && editing !== null ? (
                <Input text={editing} name={`${row.name}, ${column.name}`} onWrite={onWrite} onLeave={onLeave} />
              ) : (
                shown[c]
              )}
            </span>
          );
        })}
      </div>
    );
  },
  (a, b) =>
    a.row === b.row &&
    a.at === b.at &&
    a.columns === b.columns &&
    a.texts === b.texts &&
    a.marks === b.marks &&
    a.active === b.active &&
    a.editing === b.editing &&
    a.active === -1,
);

function Input({
  text,
  name,
  onWrite,
  onLeave,
}: {
  text: string;
  name: string;
  onWrite: LineProps['onWrite'];
  onLeave: () => void;
}) {
  const [value, setValue] = useState(text);
  const over = useRef(false);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const finish = (move?: [number, number]) => {
    if (over.current) return;
    over.current = true;
    onWrite(value, move);
  };
  return (
    <input
      ref={box}
      aria-label={name}
      inputMode="numeric"
      value={value}
      onChange={(event) => setValue(event.target.value)}
      onBlur={() => finish()}
      onKeyDown={(event) => {
        if (event.key === 'Enter') finish([event.shiftKey ? -1 : 1, 0]);
        else if (event.key === 'Tab') finish([0, event.shiftKey ? -1 : 1]);
        else if (event.key === 'Escape') {
          over.current = true;
          onLeave();
        } else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
