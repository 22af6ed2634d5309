/** Rows of a long table: only those near the eye are drawn, once there are many. */
import { measureElement, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type Ref, type RefObject, useRef } from 'react';

/** Fewer are all drawn: then the browser's own search finds everything. */
const VIRTUAL_FROM = 30;

interface Rows {
  body: RefObject<HTMLTableSectionElement | null>;
  /** Numbers of the rows to draw. */
  drawn: readonly number[];
  above: number;
  below: number;
  /** Of each row that is drawn. */
  measured: (n: number) => { 'data-index'?: number; ref?: Ref<HTMLTableRowElement> };
}

/** Below, rows are cards of very different heights. */
const CARDS_UP_TO = 700;
const asCards = (): boolean => window.innerWidth <= CARDS_UP_TO;

/**
 * Of a table, as the browser reports it after its own layout: asked at once, each new row would cost a layout of the whole
 * table. A card is measured at once, for its guess may be far off, and what is read must not jump while one scrolls.
 */
function sizeOf(row: Element, seen: ResizeObserverEntry | undefined, rows: Virtualizer<HTMLElement, Element>): number {
  if (seen || asCards()) return measureElement(row, seen, rows);
  const n = rows.indexFromElement(row);
  return rows.measurementsCache[n]?.size ?? rows.options.estimateSize(n);
}

export function useRows(count: number, keyOf: (n: number) => string): Rows {
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = count > VIRTUAL_FROM;
  const main = document.getElementById('main');
  const margin =
    body.current && main
      ? body.current.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop
      : 0;
  const rows = useVirtualizer({
    count,
    enabled: virtual,
    getScrollElement: () => main,
    estimateSize: () => (asCards() ? 190 : 46),
    scrollMargin: margin,
    overscan: 4,
    getItemKey: keyOf,
    measureElement: sizeOf,
  });
  if (!virtual) {
    return { body, drawn: Array.from({ length: count }, (_, n) => n), above: 0, below: 0, measured: () => ({}) };
  }
  const items = rows.getVirtualItems();
  const first = items[0];
  const last = items.at(-1);
  return {
    body,
    drawn: items.map((item) => item.index),
    above: first ? first.start - margin : 0,
    below: last ? rows.getTotalSize() - (last.end - margin) : rows.getTotalSize(),
    measured: (n) => ({ 'data-index': n, ref: rows.measureElement }),
  };
}
