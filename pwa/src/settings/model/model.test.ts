import { describe, expect, test } from 'vitest';
import { printNumber, readNumber, spell } from '../../forms/numbers';
import { leaves, moved, valueAt, within, withValue } from '../../forms/path';
import { BUILT_IN_ROLES } from '../../words/access';
import {
  BREAK_KINDS,
  CONDITIONS,
  DESTINATIONS,
  EMPTY_WHEN,
  FIELD_TYPES,
  FORMULAS,
  MEASURES,
  SAY_POSITION,
  SAY_WAIT,
  SETTING_PROBLEMS,
  SRTP,
  STAFF_ROLES,
  STRATEGIES,
  SUPERVISION,
  TRANSPORTS,
} from '../../words/settings';
import { ENDPOINTS, FILTER, GRANT_SCOPES, GRANTED, GROUP_RIGHTS, ROLE_NAME, USER } from '../access/forms';
import { CLIENT_FIELD, CLIENTS } from './client';
import { type Field, pathsOf, type Section } from './fields';
import { begun, isDirty, put, removed, same, undone } from './history';
import { BREAKS, CATEGORIES, LINES } from './labels';
import { CALLS, ENTRY_NUMBER, GROUP } from './others';
import { QUEUE } from './queue';
import { blankCondition, blankDestination, CONDITION_KINDS, DESTINATION_KINDS } from './shapes';
import shapes from './shapes.json';
import { DIRECTORY, OPENID, PASSWORDS } from './sign-in';
import {
  type Interval,
  nextInterval,
  pragueInstant,
  pragueWall,
  printIntervals,
  printMinute,
  readMinute,
  yesterday,
} from './times';
import { TRUNK } from './trunk';

/** The fields of the things in a form's list. */
function itemsOf(sections: readonly Section[]): readonly Section[] {
  return sections.map((section) => ({
    ...section,
    fields: section.fields.flatMap((field) => (field.kind === 'list' ? field.fields : [])),
  }));
}

function listOf(sections: readonly Section[], path: string): readonly Section[] {
  return sections.map((section) => ({
    ...section,
    fields: section.fields.flatMap((field) => (field.kind === 'list' && field.path === path ? field.fields : [])),
  }));
}

/** What the server keeps and these screens leave alone. */
const UNTOUCHED = {
  calls: ['trunk'],
  queue: [],
  group: [],
  user: [],
  // reports are picked once there are any; rights of a role are a grid of their own
  filter: ['reports'],
  role: ['permissions'],
  telephone: [],
  grant: [],
  entry_number: [],
  client_field: ['key'],
  break: ['id'],
  category: ['id'],
  line_heading: [],
  line: ['id'],
  directory: [],
  openid: [],
  passwords: [],
  // the server says whether there is a password
  trunk: ['password_set', 'inbound_password_set'],
};
const FORMS: Record<keyof typeof UNTOUCHED, readonly Section[]> = {
  queue: QUEUE,
  calls: CALLS,
  group: [...GROUP, GROUP_RIGHTS],
  user: USER,
  filter: FILTER,
  role: ROLE_NAME,
  telephone: listOf(USER, 'telephones'),
  grant: listOf(USER, 'grants'),
  entry_number: ENTRY_NUMBER,
  client_field: [{ id: 'field', title: CLIENTS[0]?.title ?? { id: '' }, fields: CLIENT_FIELD }],
  break: itemsOf(BREAKS),
  category: itemsOf(CATEGORIES),
  line_heading: itemsOf(LINES),
  line: listOf(itemsOf(LINES), 'lines'),
  directory: DIRECTORY,
  openid: OPENID,
  passwords: PASSWORDS,
  trunk: TRUNK,
};

/** Values that a person may leave in a field of this kind. */
function samples(field: Field): readonly unknown[] {
  switch (field.kind) {
    case 'number':
      return [field.min, field.max, Math.floor((field.min + field.max) / 2), ...(field.optional ? [null] : [])];
    case 'toggle':
      return [true, false];
    case 'secret':
      return [null, 'tajné'];
    case 'minute':
      return [0, 510, 1440];
    case 'text':
      return ['', 'Příliš žluťoučký', ...(field.optional ? [null] : [])];
    case 'choice':
      return [...Object.keys(field.words), ...(field.none ? [null] : [])];
    case 'moment':
      return [null, '2026-11-27T10:00:00.000Z'];
    case 'limited':
      return [null, [], [1, 2]];
    case 'many':
      return [[], Object.keys(field.words)];
    case 'pick':
      return [1, 'klic', ...(field.none ? [null] : [])];
    case 'picks':
      return [[], [1, 2]];
    case 'destination':
      return [...DESTINATION_KINDS.map((kind) => blankDestination(kind)), ...(field.none ? [null] : [])];
    case 'directory-group':
      return ['', 'S-1-5-21-1-2-3-1104'];
    case 'texts':
      return [[], ['jedna', 'dvě']];
    case 'skills':
      return [[], [[1, 5]]];
    case 'list':
      return [[], [field.blank([])], [field.blank([]), field.blank([field.blank([])])]];
  }
}

describe.each(Object.entries(FORMS))('form of %s', (name, sections) => {
  const blank = shapes[name as keyof typeof FORMS];
  const fields = sections.flatMap((section) => section.fields);

  test('edits everything that the server keeps, and nothing else', () => {
    const paths = pathsOf(sections);
    expect(new Set(paths).size).toBe(paths.length);
    const untouched: readonly string[] = UNTOUCHED[name as keyof typeof UNTOUCHED];
    const kept = leaves(blank).filter((leaf) => !untouched.includes(leaf));
    expect(kept.filter((leaf) => !paths.some((path) => within(leaf, path)))).toEqual([]);
    expect(paths.filter((path) => valueAt(blank, path) === undefined)).toEqual([]);
  });

  test.each(fields.map((field) => [field.path, field] as const))(
    '%s comes back as it was put, alone',
    (path, field) => {
      for (const value of samples(field)) {
        const made = withValue(blank, path, value);
        expect(valueAt(made, path)).toEqual(value);
        expect(withValue(made, path, valueAt(blank, path))).toEqual(blank);
        const changed = leaves(made).filter((leaf) => valueAt(made, leaf) !== valueAt(blank, leaf));
        for (const leaf of changed) expect(within(leaf, path)).toBe(true);
      }
    },
  );

  test('items of lists have every field that the server keeps', () => {
    for (const field of fields) {
      if (field.kind !== 'list') continue;
      const item = field.blank([]);
      const paths = field.fields.map((each) => each.path);
      expect(leaves(item).filter((leaf) => leaf !== 'id' && !paths.some((path) => within(leaf, path)))).toEqual([]);
      expect(paths.filter((path) => valueAt(item, path) === undefined)).toEqual([]);
    }
  });

  test('choices are those of the server', () => {
    const known: Record<string, object> = {
      strategy: STRATEGIES,
      join_empty: EMPTY_WHEN,
      leave_when_empty: EMPTY_WHEN,
      position: SAY_POSITION,
      expected_wait: SAY_WAIT,
      formula: FORMULAS,
      type: FIELD_TYPES,
      sees: STAFF_ROLES,
      edits: STAFF_ROLES,
      shown_supervision: SUPERVISION,
      kind: BREAK_KINDS,
      action: GRANTED,
      scope: GRANT_SCOPES,
      transport: TRANSPORTS,
      srtp: SRTP,
    };
    for (const field of fields) {
      if (field.kind !== 'choice' && field.kind !== 'many') continue;
      const words = name === 'telephone' || name === 'user' ? ENDPOINTS : known[field.path.split('.').at(-1) ?? ''];
      expect(field.words).toBe(words);
    }
  });
});

describe('words', () => {
  test.each([
    ['strategy', STRATEGIES],
    ['empty_when', EMPTY_WHEN],
    ['say_position', SAY_POSITION],
    ['say_expected_wait', SAY_WAIT],
    ['formula', FORMULAS],
    ['break_kind', BREAK_KINDS],
    ['measure', MEASURES],
    ['client_field_type', FIELD_TYPES],
    ['staff_role', STAFF_ROLES],
    ['role', BUILT_IN_ROLES],
    ['scope', GRANT_SCOPES],
    ['action', GRANTED],
  ] as const)('%s: each has one', (name, words) => {
    expect(Object.keys(words).sort()).toEqual([...shapes.enums[name]].sort());
  });
  test('problems, destinations and conditions too', () => {
    expect(Object.keys(SETTING_PROBLEMS).sort()).toEqual(shapes.enums.problem.map((each) => each.toUpperCase()).sort());
    expect(Object.keys(DESTINATIONS).sort()).toEqual([...DESTINATION_KINDS].sort());
    expect(Object.keys(CONDITIONS).sort()).toEqual([...CONDITION_KINDS].sort());
    expect(shapes.enums.member_role).toEqual(expect.arrayContaining(Object.keys(SUPERVISION)));
  });
});

describe('numbers and times as people write them', () => {
  test.each([
    ['1 500', 1500],
    ['0,5', 0.5],
    ['-3', -3],
    ['', null],
    ['12a', null],
  ])('%j', (text, value) => expect(readNumber(text)).toBe(value));
  test('printed numbers are read again', () => {
    for (const value of [0, 7, -12, 0.25, 86_400]) expect(readNumber(printNumber(value))).toBe(value);
    expect(spell(5400)).toBe('1\u00a0h 30\u00a0min');
  });
  test.each([
    ['8', 480],
    ['8:05', 485],
    ['0830', 510],
    ['24:00', 1440],
    ['24:01', null],
    ['8:60', null],
    ['osm', null],
  ])('%j', (text, minute) => expect(readMinute(text)).toBe(minute));
  test('printed minutes are read again', () => {
    for (let minute = 0; minute <= 1440; minute += 7) expect(readMinute(printMinute(minute))).toBe(minute);
  });
  test('the next interval of a day never overlaps', () => {
    const day: Interval[] = [];
    for (let next = nextInterval(day); next && day.length < 9; next = nextInterval(day)) day.push(next);
    expect(day.at(-1)?.end).toBe(1440);
    expect(printIntervals(day.slice(0, 2))).toBe('8:00–16:00, 17:00–20:00');
    for (const [n, each] of day.slice(1).entries()) expect(each.start).toBeGreaterThanOrEqual(day[n]?.end ?? 0);
  });
  test.each([
    ['2026-11-24T08:30', '2026-11-24T07:30:00.000Z'],
    ['2026-07-01T08:30', '2026-07-01T06:30:00.000Z'],
    ['2026-10-25T02:30', '2026-10-25T00:30:00.000Z'],
  ])('%s in Prague', (wall, instant) => {
    expect(pragueInstant(wall)).toBe(instant);
    expect(pragueWall(Date.parse(instant))).toBe(wall);
  });
  test('yesterday is that of Prague', () => {
    expect(yesterday(Date.parse('2026-11-24T23:30:00Z'))).toBe('2026-11-24');
    expect(pragueInstant('včera')).toBe(null);
  });
});

describe('a form being filled', () => {
  const start = begun({ name: 'A', list: ['x', 'y'], deep: { n: 1 } });
  test('typing in one field is one step back', () => {
    const typed = put(put(put(start, 'name', 'AB'), 'name', 'ABC'), 'deep.n', 2);
    expect(isDirty(typed)).toBe(true);
    expect(undone(typed).value).toEqual({ ...start.value, name: 'ABC' });
    expect(undone(undone(typed)).value).toBe(start.value);
    expect(isDirty(undone(undone(undone(typed))))).toBe(false);
  });
  test('what was taken away comes back', () => {
    const without = removed(put(start, 'name', 'B'), 'list', 0, 'x');
    expect(without.value.list).toEqual(['y']);
    expect(without.removed).toBe('x');
    expect(undone(without).value).toEqual({ ...start.value, name: 'B' });
    expect(put(without, 'name', 'C').removed).toBe(null);
  });
  test('a value put back is no change', () => {
    expect(isDirty(put(put(start, 'deep.n', 5), 'deep.n', 1))).toBe(false);
    expect(same({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(same({ a: [1] }, { a: { 0: 1 } })).toBe(false);
    expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  });
  test('moving keeps everything', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b'], 1, 2)).toEqual(['a', 'b']);
  });
});

test('blank destinations and conditions name the first there is', () => {
  expect(blankDestination('group', { group: 4, queue: 2, agent: 9 })).toEqual({ type: 'group', group: 4, queue: 2 });
  expect(blankCondition('queue_measures', { queue: 3, calendar: 1 })).toMatchObject({ queue: 3, less_than: null });
  expect(blankCondition('time', { queue: 3 })).toEqual(shapes.conditions.time);
});
