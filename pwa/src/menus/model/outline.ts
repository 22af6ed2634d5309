/** A flow as a list that can be walked by arrows: from the start, branches indented. Pure. */
import type { Wire } from './edit';
import { exits, type Flow, textOf } from './flow';

export interface Row {
  key: string;
  /** The way that leads here; null for what nothing leads to. */
  at: Wire | 'start' | null;
  /** The node, or empty: the way leads nowhere. */
  id: string;
  /** The node stands elsewhere in the list: this row only points to it. */
  reference: boolean;
  level: number;
}

/** Each node once, where it is first met; chains stay on one level, the ways of a fork are one deeper. */
export function outline(flow: Flow): Row[] {
  const rows: Row[] = [];
  const seen = new Set<string>();
  const walk = (first: string, way: Wire | 'start' | null, depth: number) => {
    const todo: { id: string; at: Wire | 'start' | null; level: number }[] = [{ id: first, at: way, level: depth }];
    while (todo.length) {
      const { id, at, level } = todo.pop() as (typeof todo)[number];
      const node = flow.nodes[id];
      const key = at === null ? `-${id}` : at === 'start' ? 'start' : `${at.from}/${at.exit}`;
      const reference = Boolean(node) && seen.has(id);
      rows.push({ key, at, id: node ? id : '', reference, level });
      if (!node || reference) continue;
      seen.add(id);
      const ways = exits(node);
      const deeper = ways.length > 1 ? level + 1 : level;
      for (const way of ways.toReversed())
        todo.push({ id: way.target, at: { from: id, exit: way.name }, level: deeper });
    }
  };
  walk(flow.start, 'start', 1);
  for (const id of Object.keys(flow.nodes)) if (!seen.has(id)) walk(id, null, 1);
  return rows;
}

/** The row where a node stands. */
export function rowOf(rows: readonly Row[], id: string): Row | undefined {
  return rows.find((row) => row.id === id && !row.reference);
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether all words are in it, whatever their accents and case. */
export function matches(text: string, words: string): boolean {
  const where = plain(text);
  return plain(words)
    .split(/\s+/)
    .every((word) => where.includes(word));
}

/** Nodes whose title or text holds the words, in the order of the outline. */
export function find(flow: Flow, words: string, title: (id: string) => string): string[] {
  if (!words.trim()) return [];
  return outline(flow)
    .filter((row) => row.id && !row.reference)
    .map((row) => row.id)
    .filter((id) => {
      const node = flow.nodes[id];
      return node && matches(`${title(id)} ${textOf(node)}`, words);
    });
}
