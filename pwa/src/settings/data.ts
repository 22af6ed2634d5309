/** What administrators have set, as the server has it now; read again after each save. */
import { execute } from '../api/client';
import { may, session } from '../app/session';
import { loadSettings } from '../app/settings';
import { loadFields } from '../clients/data';
import { RoutingSettingsDocument, type RoutingSettingsQuery } from '../gql/graphql';
import { Store, useStore } from '../live/store';
import { loadParts } from '../menus/parts';
import type { Condition, Destination } from './model/shapes';
import type { Interval } from './model/times';

export interface QueueBody {
  name: string;
  members: readonly { user: number }[];
  options: { calendar: number | null; strategy: string };
}
export interface CalendarBody {
  name: string;
  week: readonly (readonly Interval[])[];
  holidays_closed: boolean;
  exceptions: readonly { day: string; intervals: readonly Interval[] }[];
}
export interface GroupBody {
  name: string;
  caller_number: string | null;
  members: number[];
  rights: unknown;
}
export interface LocationBody {
  name: string;
  members: number[];
}
export interface EntryNumberBody {
  number: string;
  name: string;
  flow: number;
  answer_after_ms: number;
}
export interface Rule {
  name: string;
  conditions: readonly Condition[];
  to: Destination;
}
export interface EntryRulesBody {
  number: string;
  rules: readonly Rule[];
  default: Destination;
}

export interface ClientFieldBody {
  key: string;
  name: string;
  type: string;
  section: string;
  required: boolean;
  sensitive: boolean;
  retired: boolean;
  sees: readonly string[];
  edits: readonly string[];
}
export interface ClientsBody {
  fields: readonly ClientFieldBody[];
  icis_url: string;
}

interface Stored<T> {
  id: number;
  body: T;
}
export type RulesVersion = Omit<RoutingSettingsQuery['routingSettings']['entryRules'][number], 'rules'> & {
  rules: EntryRulesBody;
};

export interface Routing {
  queues: readonly Stored<QueueBody>[];
  calendars: readonly Stored<CalendarBody>[];
  groups: readonly Stored<GroupBody>[];
  locations: readonly Stored<LocationBody>[];
  entryNumbers: readonly EntryNumberBody[];
  entryRules: readonly RulesVersion[];
  skills: readonly { id: number; name: string }[];
  clientStatuses: readonly string[];
  calls: unknown;
  clients: ClientsBody;
}

export const routing = new Store<Routing | null>(null);
export const useRouting = (): Routing | null => useStore(routing);

/** Names shown elsewhere (queues, groups) are read anew too. */
export async function loadRouting(): Promise<Routing> {
  const now = session.get();
  const user = now.kind === 'user' || now.kind === 'expired' ? now.user : null;
  const calls = user !== null && may(user, 'EDIT_CALL_SETTINGS');
  const clients = user !== null && may(user, 'DEFINE_CLIENT_FIELDS');
  const [{ routingSettings, callSettings, clientSettings }] = await Promise.all([
    execute(RoutingSettingsDocument, { calls, clients }),
    loadParts(),
    loadSettings(),
    loadFields(),
  ]);
  const found = { ...routingSettings, calls: callSettings, clients: clientSettings } as unknown as Routing;
  routing.set(found);
  return found;
}

export const named = (list: readonly Stored<{ name: string }>[] | undefined): { id: number; name: string }[] =>
  (list ?? []).map(({ id, body }) => ({ id, name: body.name }));
