/** Accounts, roles and filters as the server has them now; read again after each save. */
import { execute } from '../../api/client';
import { loadSettings } from '../../app/settings';
import { AccessSettingsDocument, type AccessSettingsQuery } from '../../gql/graphql';
import { Store, useStore } from '../../live/store';

type Answer = AccessSettingsQuery['accessSettings'];

export interface Grant {
  action: string;
  /** Null is a denial. */
  scope: string | null;
  until: string | null;
  note: string;
}
export interface UserBody {
  login: string;
  name: string;
  active: boolean;
  roles: readonly string[];
  groups: readonly number[];
  grants: readonly Grant[];
  filters: readonly number[];
  telephones: readonly { number: string; kind: string }[];
  location: number | null;
}
/** Pairs of an action and a scope. */
export type Permissions = readonly (readonly [string, string])[];
export interface RoleBody {
  name: string;
  permissions: Permissions;
}
export interface FilterBody {
  name: string;
  queues: readonly number[] | null;
  reports: readonly string[] | null;
  days: number | null;
}
export type Account = Omit<Answer['users'][number], 'body'> & { body: UserBody };
export type Role = Omit<Answer['roles'][number], 'permissions'> & { permissions: Permissions };

export interface AccessData {
  users: readonly Account[];
  roles: readonly Role[];
  filters: readonly { id: number; body: FilterBody }[];
  grid: Answer['grid'];
}

const access = new Store<AccessData | null>(null);
export const useAccess = (): AccessData | null => useStore(access);

/** Names of people shown elsewhere are read anew too. */
export async function loadAccess(): Promise<AccessData> {
  const [{ accessSettings }] = await Promise.all([execute(AccessSettingsDocument, {}), loadSettings()]);
  const found = accessSettings as unknown as AccessData;
  access.set(found);
  return found;
}
