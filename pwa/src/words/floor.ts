/** Names of the floor's figures and alerts. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { AlertKind, FloorNumber, Toll } from '../gql/graphql';
import type { IconName } from '../ui/Icon';

export const FLOOR_NUMBERS: Record<FloorNumber, MessageDescriptor> = {
  WAITING: msg`Čekající`,
  OFFERED: msg`Příchozí do fronty dnes`,
  HANDLED: msg`Obsloužené dnes`,
  IN_TARGET: msg`Obsloužené v cíli dnes`,
  LOST: msg`Ztracené dnes`,
  SHORT_LOST: msg`Zavěšené hned dnes`,
  FLOWED_OUT: msg`Odešlé jinam dnes`,
  MISSED: msg`Zmeškané dnes`,
};

/** What lasts too long, said of it. */
export const ALERTS: Record<AlertKind, MessageDescriptor> = {
  WAITING: msg`Dlouho čeká ve frontě`,
  RINGING: msg`Dlouho zvoní`,
  CALL: msg`Dlouhý hovor`,
  HOLD: msg`Dlouho podržený hovor`,
  WRAP_UP: msg`Dlouhé dokončování`,
  BREAK_PRIVATE: msg`Dlouhá soukromá přestávka`,
  BREAK_WORK: msg`Dlouhá pracovní přestávka`,
  NOT_READY: msg`Dlouho nepřipraven`,
  OUTSIDE_CALLS: msg`Hovory ven narazily na mez`,
  TRUNK_DOWN: msg`Svazek nefunguje`,
};

export const ALERT_ICONS: Record<AlertKind, IconName> = {
  WAITING: 'clock',
  RINGING: 'bell',
  CALL: 'phone',
  HOLD: 'pause',
  WRAP_UP: 'pen',
  BREAK_PRIVATE: 'cup',
  BREAK_WORK: 'cup',
  NOT_READY: 'minus',
  OUTSIDE_CALLS: 'warn',
  TRUNK_DOWN: 'warn',
};

/** Of an alert, also of one that only a newer version of the server knows: while it is being upgraded, old pages go on. */
export function alertLook(kind: string): { name: MessageDescriptor; icon: IconName } {
  const known = kind as AlertKind;
  return { name: ALERTS[known] ?? msg`Upozornění`, icon: ALERT_ICONS[known] ?? 'warn' };
}

/** Which limit of calls going out it was. */
export const OUTSIDE_LIMITS: Record<Toll, MessageDescriptor> = {
  PREFIX: msg`Zakázané číslo`,
  HOUR: msg`Mimo povolenou dobu`,
  AGENT_AT_ONCE: msg`hovory jednoho operátora najednou`,
  ALL_AT_ONCE: msg`hovory všech najednou`,
  AGENT_A_DAY: msg`hovory jednoho operátora za den`,
  ALL_A_DAY: msg`hovory všech za den`,
};

/** The events as the form of limits names them. */
export const ALERT_KINDS: Record<string, MessageDescriptor> = {
  waiting: msg`Čekání ve frontě`,
  ringing: msg`Zvonění u operátora`,
  call: msg`Hovor`,
  hold: msg`Podržení`,
  wrap_up: msg`Dokončování`,
  break_private: msg`Soukromá přestávka`,
  break_work: msg`Pracovní přestávka`,
  not_ready: msg`Nepřipraven`,
};
