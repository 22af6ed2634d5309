/** What differs between two flows. Where nodes are drawn is no difference. Pure. */
import type { Flow } from './flow';

export interface Difference {
  added: string[];
  removed: string[];
  changed: string[];
  /** The beginning or the name. */
  whole: boolean;
}

/** As text with sorted keys. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

export function difference(before: Flow, after: Flow): Difference {
  const title = (flow: Flow, id: string) => flow.places[id]?.title ?? '';
  const both = Object.keys(after.nodes).filter((id) => id in before.nodes);
  return {
    added: Object.keys(after.nodes).filter((id) => !(id in before.nodes)),
    removed: Object.keys(before.nodes).filter((id) => !(id in after.nodes)),
    changed: both.filter(
      (id) => canonical(before.nodes[id]) !== canonical(after.nodes[id]) || title(before, id) !== title(after, id),
    ),
    whole: before.start !== after.start || before.name !== after.name,
  };
}

export const isSame = (d: Difference): boolean => !d.added.length && !d.removed.length && !d.changed.length && !d.whole;
