/** Names of measures on a wallboard, short enough to be large. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

export const MEASURES: Record<string, MessageDescriptor> = {
  waiting: msg`Čeká`,
  longest_wait: msg`Nejdelší čekání`,
  expected_wait: msg`Očekávané čekání`,
  service_level: msg`Úroveň služby`,
  sla_infoline: msg`SLA infolinky`,
  offered: msg`Příchozí`,
  handled: msg`Obslouženo`,
  in_target: msg`Obsloužené v cíli`,
  lost: msg`Ztraceno`,
  short_lost: msg`Hned zavěšené`,
  flowed_out: msg`Odešlé jinam`,
  missed: msg`Zmeškáno`,
  callbacks: msg`Zavolat zpět`,
  free: msg`Volní`,
  busy: msg`Obsazení`,
  on_break: msg`Přestávka`,
  not_ready: msg`Nepřipravení`,
  signed_in: msg`Přihlášení`,
};

export const WINDOWS: Record<string, MessageDescriptor> = {
  today: msg`dnes`,
  hour: msg`poslední hodina`,
  half_hour: msg`poslední půlhodina`,
  quarter_hour: msg`poslední čtvrthodina`,
};

export const TILES: Record<string, MessageDescriptor> = {
  measure: msg`Ukazatel`,
  own: msg`Vlastní ukazatel`,
  clock: msg`Hodiny`,
  text: msg`Text`,
  queues: msg`Tabulka front`,
  agents: msg`Seznam operátorů`,
};

export const FORMATS: Record<string, MessageDescriptor> = {
  number: msg`číslo`,
  percent: msg`procenta (z podílu)`,
  duration: msg`doba (ze sekund)`,
};
