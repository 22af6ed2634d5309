/** Words of signing in and of the directory. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type {
  DirectoryChangeKind,
  DirectoryConflict,
  DirectoryInactive,
  DirectorySyncState,
  DirectoryTroubleKind,
  Way,
} from '../gql/graphql';

export const WAYS: Record<Way, MessageDescriptor> = {
  PASSWORD: msg`heslem`,
  WINDOWS: msg`účtem Windows`,
  OPENID: msg`přes poskytovatele identity`,
  PASSKEY: msg`přístupovým klíčem`,
};

export const TROUBLES: Record<DirectoryTroubleKind, MessageDescriptor> = {
  NOT_SET: msg`Chybí nastavení`,
  NAME: msg`Jméno serveru nikdo nezná`,
  NO_ANSWER: msg`Server neodpovídá`,
  TLS: msg`Nepodařilo se zašifrovat spojení`,
  CERTIFICATE: msg`Certifikátu nejde věřit`,
  BIND: msg`Čtecí účet server odmítl`,
  BASE: msg`Pod zadaným začátkem hledání nikdo není`,
};

export const CHANGES: Record<DirectoryChangeKind, MessageDescriptor> = {
  ADDED: msg`nový účet`,
  CHANGED: msg`změna`,
  DISABLED: msg`vypnutý`,
  ENABLED: msg`znovu zapnutý`,
  CONFLICT: msg`v rozporu`,
};

export const INACTIVE: Record<DirectoryInactive, MessageDescriptor> = {
  DISABLED: msg`v adresáři je vypnutý`,
  EXPIRED: msg`v adresáři skončila jeho platnost`,
  GONE: msg`v adresáři už není`,
  NO_GROUP: msg`není v žádné skupině, která dává přístup`,
};

export const CONFLICTS: Record<DirectoryConflict, MessageDescriptor> = {
  LOGIN_TAKEN: msg`stejné přihlašovací jméno tu má jiný účet`,
  SWITCHED_OFF_HERE: msg`v adresáři je zapnutý, ale správce ho vypnul tady`,
};

export const SYNC_STATES: Record<DirectorySyncState, MessageDescriptor> = {
  WANTED: msg`čeká`,
  RUNNING: msg`probíhá`,
  DONE: msg`hotovo`,
  STOPPED: msg`zastaveno`,
  FAILED: msg`nepovedlo se`,
};

/** Names of fields in which a synchronisation may change an account. */
export const FIELDS: Record<string, MessageDescriptor> = {
  login: msg`přihlašovací jméno`,
  name: msg`jméno`,
  email: msg`e-mail`,
  roles: msg`role`,
  groups: msg`skupiny`,
};
