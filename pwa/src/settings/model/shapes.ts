/** Destinations and conditions as the server keeps them, and blank ones of each kind. Pure. */
import type { Destination as Known } from '../../menus/model/flow';
import shapes from './shapes.json';
import type { Interval } from './times';

export type Destination = Known;
export type DestinationKind = Destination['type'];

export type Condition = { negated: boolean } & (
  | {
      type: 'time';
      weekdays: readonly number[];
      intervals: readonly Interval[];
      first_day: string | null;
      last_day: string | null;
      holiday: boolean | null;
    }
  | { type: 'calendar'; calendar: number }
  | { type: 'caller'; numbers: readonly string[]; prefixes: readonly string[]; withheld: boolean }
  | { type: 'client_status'; statuses: readonly string[] }
  | { type: 'queue_measures'; queue: number; measure: string; more_than: number | null; less_than: number | null }
);
export type ConditionKind = Condition['type'];

export const DESTINATION_KINDS = Object.keys(shapes.destinations) as DestinationKind[];
export const CONDITION_KINDS = Object.keys(shapes.conditions) as ConditionKind[];

/** A new one; what it names is the first there is. */
export function blankDestination(
  kind: DestinationKind,
  first: { queue?: number; agent?: number; group?: number; flow?: number } = {},
): Destination {
  const blank: Record<string, unknown> = { ...shapes.destinations[kind] };
  for (const [name, id] of Object.entries(first))
    if (name in blank && typeof blank[name] === 'number') blank[name] = id;
  return blank as unknown as Destination;
}

export function blankCondition(kind: ConditionKind, first: { calendar?: number; queue?: number } = {}): Condition {
  const blank: Record<string, unknown> = { ...shapes.conditions[kind] };
  for (const [name, id] of Object.entries(first)) if (name in blank) blank[name] = id;
  return blank as unknown as Condition;
}
