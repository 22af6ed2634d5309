/** The live picture and the only function that changes it. Pure: no clock, no network. */
import type {
  AgentFieldsFragment,
  AlertFieldsFragment,
  ColleaguesSubscription,
  ContactFieldsFragment,
  FloorSubscription,
  FrameFieldsFragment,
  QueueFieldsFragment,
  WallTileFieldsFragment,
} from '../gql/graphql';

export type Contact = ContactFieldsFragment;
export type Agent = AgentFieldsFragment;
export type Queue = QueueFieldsFragment;
export type Colleague = ColleaguesSubscription['colleagues']['colleagues'][number];
export type Overall = NonNullable<FloorSubscription['floor']['overall']>;
/** Something lasts too long. */
export type Alert = AlertFieldsFragment;
export type WallTile = WallTileFieldsFragment;
/** `asOf`: how far the server had read the log when it made these. */
export interface Wall {
  readonly layoutId: number | null;
  readonly layout: unknown;
  readonly values: ReadonlyMap<string, WallTile>;
  readonly asOf: string;
}
/** Of the PBX. */
export type Line = ColleaguesSubscription['colleagues']['lines'][number];
/** Of the feed of colleagues only they and the lines are there. */
export type Frame = FrameFieldsFragment & {
  colleagues?: readonly Colleague[];
  lines?: readonly Line[];
  goneLines?: readonly number[];
  /** Of the floor. */
  overall?: Overall | null;
  /** Of the feed of alerts only they are there. */
  alerts?: readonly Alert[];
  goneAlerts?: readonly string[];
  /** Of a wallboard only these are there; the layout where it is new. */
  values?: readonly WallTile[];
  asOf?: string;
  layoutId?: number | null;
  layout?: unknown;
};

export interface LiveState {
  /** Whether any picture has come yet. */
  readonly known: boolean;
  readonly cursor: string | null;
  readonly agents: ReadonlyMap<number, Agent>;
  readonly contacts: ReadonlyMap<string, Contact>;
  readonly queues: ReadonlyMap<number, Queue>;
  readonly colleagues: ReadonlyMap<number, Colleague>;
  readonly lines: ReadonlyMap<number, Line>;
  readonly overall: Overall | null;
  readonly alerts: ReadonlyMap<string, Alert>;
  readonly wall: Wall | null;
}

export type LiveEvent =
  | { type: 'frame'; frame: Frame }
  /** A command's answer: newer than the feed perhaps, but it neither brings a contact into the list nor back. */
  | { type: 'answered'; contact: Contact };

export const NOTHING: LiveState = {
  known: false,
  cursor: null,
  agents: new Map(),
  contacts: new Map(),
  queues: new Map(),
  colleagues: new Map(),
  lines: new Map(),
  overall: null,
  alerts: new Map(),
  wall: null,
};

export function reduce(state: LiveState, event: LiveEvent): LiveState {
  switch (event.type) {
    case 'frame':
      return withFrame(event.frame.snapshot ? { ...NOTHING } : state, event.frame);
    case 'answered': {
      const known = state.contacts.get(event.contact.id);
      if (!known || known.version >= event.contact.version) return state;
      return { ...state, contacts: new Map(state.contacts).set(event.contact.id, event.contact) };
    }
  }
}

function withFrame(state: LiveState, frame: Frame): LiveState {
  let contacts = state.contacts;
  if (frame.contacts?.length || frame.gone?.length) {
    const next = new Map(contacts);
    for (const contact of frame.contacts ?? []) {
      const known = next.get(contact.id);
      if (!known || known.version <= contact.version) next.set(contact.id, contact);
    }
    for (const id of frame.gone ?? []) next.delete(id);
    contacts = next;
  }
  return {
    known: true,
    cursor: frame.cursor,
    contacts,
    overall: frame.overall ?? state.overall,
    wall: wallOf(state.wall, frame),
    alerts: without(
      replaced(state.alerts, frame.alerts, (alert) => alert.id),
      frame.goneAlerts,
    ),
    agents: replaced(state.agents, frame.agents, (agent) => agent.userId),
    queues: replaced(state.queues, frame.queues, (queue) => queue.id),
    colleagues: replaced(state.colleagues, frame.colleagues, (colleague) => colleague.userId),
    lines: without(
      replaced(state.lines, frame.lines, (line) => line.id),
      frame.goneLines,
    ),
  };
}

function wallOf(known: Wall | null, frame: Frame): Wall | null {
  if (!frame.values || !frame.asOf) return known;
  return {
    layoutId: frame.layoutId ?? null,
    layout: frame.layout ?? known?.layout ?? null,
    values: new Map(frame.values.map((each) => [each.tile, each])),
    asOf: frame.asOf,
  };
}

function replaced<K, T>(
  known: ReadonlyMap<K, T>,
  items: readonly T[] | undefined,
  key: (item: T) => K,
): ReadonlyMap<K, T> {
  if (!items?.length) return known;
  const next = new Map(known);
  for (const item of items) next.set(key(item), item);
  return next;
}

function without<K, T>(known: ReadonlyMap<K, T>, gone: readonly K[] | undefined): ReadonlyMap<K, T> {
  if (!gone?.length) return known;
  const next = new Map(known);
  for (const key of gone) next.delete(key);
  return next;
}
