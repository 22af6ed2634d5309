/** Times, objects and parameters of the audit as people read them. */
import { i18n } from '@lingui/core';
import { moment, preciseTime } from '../../format/format';
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
  // of settings and accounts, the rest names an object again: `settings:queue:Platby`
  return `${i18n._(thing)} ${/^[0-9a-f]{8}-/.test(rest) ? rest.slice(0, 8) : subjectName(rest)}`;
}
