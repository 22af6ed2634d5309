/** Times, objects and parameters of the audit as people read them. */
import { i18n } from '@lingui/core';
import { moment, preciseTime } from '../../format/format';
import type { AlertKind } from '../../gql/graphql';
import { ALERTS } from '../../words/floor';
import { THINGS } from './words';

/** To the second; with `today`, the day only of other days. */
export function dayAndTime(at: string, today = 0): string {
  const short = moment(at, today);
  const [day, rest] = short.includes(' ') ? [short.slice(0, short.lastIndexOf(' ')), true] : ['', false];
  return rest ? `${day} ${preciseTime(at)}` : preciseTime(at);
}

/** `client:5` → „klient 5“; of contacts only the beginning of their number. */
export function subjectName(subject: string | null | undefined): string {
  if (!subject) return '';
  const at = subject.indexOf(':');
  if (at < 0) return subject;
  const thing = THINGS[subject.slice(0, at)];
  const rest = subject.slice(at + 1);
  if (!thing) return subject;
  const name = i18n._(thing);
  const alert = subject.startsWith('alert:') && ALERTS[rest.split(':', 1)[0]?.toUpperCase() as AlertKind];
  if (alert) return `${name}: ${i18n._(alert)}`;
  // of settings and accounts, the rest names an object again: `settings:queue:Platby`, `account:account:5`
  const inner = /^[0-9a-f]{8}-/.test(rest) ? rest.slice(0, 8) : subjectName(rest);
  return inner.startsWith(`${name} `) ? inner : `${name} ${inner}`;
}
