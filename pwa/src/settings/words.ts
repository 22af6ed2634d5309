/** Conditions of entry rules and what was found, in words. */
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { nameIn, type Settings } from '../app/settings';
import { number, phoneNumber } from '../format/format';
import { CONDITIONS, MEASURES, WEEKDAYS_SHORT } from '../words/settings';
import { type CalendarBody, named, type Routing } from './data';
import type { Condition } from './model/shapes';
import { printIntervals } from './model/times';

const say = (message: ReturnType<typeof msg>): string => i18n._(message);

export function dayWords(day: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return `${date}. ${month}. ${year}`;
}

export function statusWords(status: string): string {
  if (status === '') return say(msg`není náš klient`);
  return status === 'ambiguous' ? say(msg`víc klientů s různým stavem`) : status;
}

export function conditionWords(condition: Condition, settings: Settings, routing: Routing | null): string {
  const words = positive(condition, settings, routing);
  return condition.negated ? `${say(msg`neplatí, že`)}: ${words}` : words;
}

function positive(condition: Condition, settings: Settings, routing: Routing | null): string {
  switch (condition.type) {
    case 'time': {
      const parts = [
        condition.weekdays.map((day) => i18n._(WEEKDAYS_SHORT[day - 1] ?? msg`?`)).join(', '),
        printIntervals(condition.intervals),
        condition.first_day && `${say(msg`od`)} ${dayWords(condition.first_day)}`,
        condition.last_day && `${say(msg`do`)} ${dayWords(condition.last_day)}`,
        condition.holiday === true && say(msg`o svátku`),
        condition.holiday === false && say(msg`mimo svátky`),
      ].filter(Boolean);
      return parts.length ? parts.join(' ') : say(msg`kdykoli`);
    }
    case 'calendar': {
      const name = nameIn(named(routing?.calendars), condition.calendar) ?? '?';
      return say(msg`podle kalendáře „${name}“ je otevřeno`);
    }
    case 'caller': {
      const numbers = condition.numbers.map((each) => phoneNumber(each));
      const prefixes = condition.prefixes.map((each) => `${each}…`);
      const hidden = condition.withheld ? [say(msg`skryté číslo`)] : [];
      return `${say(msg`volá`)} ${[...numbers, ...prefixes, ...hidden].join(say(msg` nebo `)) || '?'}`;
    }
    case 'client_status':
      return `${i18n._(CONDITIONS.client_status)}: ${condition.statuses.map(statusWords).join(say(msg` nebo `)) || '?'}`;
    case 'queue_measures': {
      const name = nameIn(settings.queues, condition.queue) ?? '?';
      const measure = MEASURES[condition.measure as keyof typeof MEASURES];
      const bounds = [
        condition.more_than !== null && `> ${number(condition.more_than)}`,
        condition.less_than !== null && `< ${number(condition.less_than)}`,
      ].filter(Boolean);
      return `„${name}“: ${measure ? i18n._(measure) : condition.measure} ${bounds.join(' ')}`;
    }
  }
}

/** What a condition was judged by. */
export function foundWords(condition: Condition | undefined, found: string): string {
  switch (condition?.type) {
    case 'time': {
      const [weekday, day, at] = found.split(' ');
      return `${i18n._(WEEKDAYS_SHORT[Number(weekday) - 1] ?? msg`?`)} ${dayWords(day ?? '')} ${at ?? ''}`;
    }
    case 'calendar':
      return found === 'open'
        ? say(msg`otevřeno`)
        : found === 'closed'
          ? say(msg`zavřeno`)
          : say(msg`kalendář už neexistuje`);
    case 'caller':
      return phoneNumber(found) ?? say(msg`skryté číslo`);
    case 'client_status':
      return statusWords(found);
    case 'queue_measures':
      return found === 'inf' ? say(msg`neví se`) : number(Number(found));
    default:
      return found;
  }
}

/** `Po–Pá 8:00–16:00`: days in a row that have the same hours, together. */
export function weekWords(calendar: CalendarBody): string {
  const hours = calendar.week.map(printIntervals);
  const parts: string[] = [];
  for (let day = 0; day < 7; day++) {
    if (!hours[day]) continue;
    let last = day;
    while (last < 6 && hours[last + 1] === hours[day]) last++;
    const name = (n: number) => i18n._(WEEKDAYS_SHORT[n] ?? msg`?`);
    parts.push(`${last > day ? `${name(day)}–${name(last)}` : name(day)} ${hours[day]}`);
    day = last;
  }
  return parts.join('; ') || say(msg`stále zavřeno`);
}
