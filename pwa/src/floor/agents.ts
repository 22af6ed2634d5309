/** Which agents are shown, in which order and under which headings. Pure. */

import type { Agent } from '../live/state';
import { matches } from '../menus/model/outline';

export type SortBy = 'state' | 'name' | 'since' | 'handled' | 'missed';
export type GroupBy = 'none' | 'location' | 'group' | 'state';

export interface View {
  words: string;
  location: number | null;
  group: number | null;
  queue: number | null;
  activity: Agent['activity'] | 'ALL' | 'PRESENT';
  sort: SortBy;
  by: GroupBy;
}

export const START: View = {
  words: '',
  location: null,
  group: null,
  queue: null,
  activity: 'PRESENT',
  sort: 'state',
  by: 'none',
};

export const ORDER: readonly Agent['activity'][] = [
  'RINGING',
  'IN_CALL',
  'WRAP_UP',
  'READY',
  'NOT_READY',
  'BREAK',
  'OFFLINE',
];

export interface Heading {
  id: string;
  agents: readonly Agent[];
}

export function shown(agents: Iterable<Agent>, view: View): Agent[] {
  return [...agents].filter(
    (agent) =>
      (view.activity === 'ALL' ||
        (view.activity === 'PRESENT' ? agent.activity !== 'OFFLINE' : agent.activity === view.activity)) &&
      (view.location === null || agent.locationId === view.location) &&
      (view.group === null || agent.groupIds.includes(view.group)) &&
      (view.queue === null || agent.queues.includes(view.queue)) &&
      matches(`${agent.name} ${agent.number}`, view.words.trim()),
  );
}

const COMPARE: Record<SortBy, (a: Agent, b: Agent) => number> = {
  state: (a, b) => ORDER.indexOf(a.activity) - ORDER.indexOf(b.activity),
  name: () => 0,
  since: (a, b) => a.activitySince.localeCompare(b.activitySince),
  handled: (a, b) => b.handledToday - a.handledToday,
  missed: (a, b) => b.missedToday - a.missedToday,
};

const collator = new Intl.Collator('cs');

export function sorted(agents: readonly Agent[], by: SortBy): Agent[] {
  return [...agents].sort((a, b) => COMPARE[by](a, b) || collator.compare(a.name, b.name) || a.userId - b.userId);
}

/** An agent of several groups stands under each of them; of none under ''. */
export function headings(agents: readonly Agent[], by: GroupBy): Heading[] {
  if (by === 'none') return [{ id: '', agents }];
  const found = new Map<string, Agent[]>();
  for (const agent of agents) {
    const keys =
      by === 'state'
        ? [agent.activity]
        : by === 'location'
          ? [agent.locationId == null ? '' : String(agent.locationId)]
          : agent.groupIds.length
            ? agent.groupIds.map(String)
            : [''];
    for (const key of keys) found.set(key, [...(found.get(key) ?? []), agent]);
  }
  return [...found].map(([id, each]) => ({ id, agents: each }));
}
