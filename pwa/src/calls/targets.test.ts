import { describe, expect, it } from 'vitest';
import type { Colleague, Line, Queue } from '../live/state';
import { actsOf, callTarget, canDo, type Row, rowsOf, type Sources, typedNumber } from './targets';

const person = (userId: number, name: string, more: Partial<Colleague> = {}): Colleague =>
  ({ userId, name, activity: 'READY', activitySince: '10', queues: [], phoneConnected: true, ...more }) as Colleague;
const queue = (id: number, name: string) => ({ id, name, waiting: 0, ready: 1 }) as Queue;
const line = (id: number, name: string, number: string, group: string, position: number) =>
  ({ id, name, number, group, position, state: 'FREE', since: null }) as Line;

const SOURCES: Sources = {
  me: 1,
  colleagues: [
    person(1, 'Jana Nováková'),
    person(2, 'Petr Svoboda', { queues: [5] }),
    person(3, 'Řehoř Čáp', { activity: 'BREAK' }),
    person(4, 'Adam Petrák', { activity: 'IN_CALL' }),
    person(6, 'Eva Malá', { activitySince: '05' }),
  ],
  queues: [queue(5, 'Platby'), queue(6, 'Pojištění')],
  lines: [],
  groups: [{ id: 9, name: 'Zkušení operátoři', members: [2, 3, 6] }],
  favourites: [
    { kind: 'AGENT', target: '4' },
    { kind: 'NUMBER', target: '+420777123456' },
  ],
  staff: [],
  recent: [],
  clients: [],
};
const names = (rows: Row[]) => rows.map((row) => row.name);

describe('the order of the panel', () => {
  it('favourites, then free colleagues, those away, groups, queues; never oneself', () => {
    expect(names(rowsOf(SOURCES, '', 'transfer'))).toEqual([
      'Adam Petrák',
      '+420777123456',
      'Eva Malá',
      'Petr Svoboda',
      'Řehoř Čáp',
      'Zkušení operátoři',
      'Platby',
      'Pojištění',
    ]);
  });

  it('what fits best first, whatever the diacritics', () => {
    expect(names(rowsOf(SOURCES, 'petr', 'transfer'))).toEqual(['Adam Petrák', 'Petr Svoboda']);
    expect(names(rowsOf(SOURCES, 'rehor', 'transfer'))).toEqual(['Řehoř Čáp']);
    expect(names(rowsOf(SOURCES, 'svo petr', 'transfer'))).toEqual(['Petr Svoboda']);
    expect(names(rowsOf(SOURCES, 'xyz', 'transfer'))).toEqual([]);
  });

  it('of equal ones, those who can have it now: a queue before a group of its name in which nobody is free', () => {
    const groups = [{ id: 10, name: 'Platby', members: [] }];
    const [first, second] = rowsOf({ ...SOURCES, groups }, 'platby', 'transfer');
    expect([first?.kind, second?.kind]).toEqual(['QUEUE', 'GROUP']);
  });

  it('a colleague is found by the queue and the group, after the queue itself', () => {
    expect(names(rowsOf(SOURCES, 'plat', 'transfer'))).toEqual(['Platby', 'Petr Svoboda']);
    expect(names(rowsOf(SOURCES, 'zkus', 'consult')).slice(0, 2)).toEqual(['Zkušení operátoři', 'Eva Malá']);
  });

  it('a typed number is a target as it is, and one that is known is not shown twice', () => {
    expect(names(rowsOf(SOURCES, '112', 'transfer'))).toEqual(['112']);
    const [first, ...rest] = rowsOf(SOURCES, '777 123 456', 'transfer');
    expect(first).toMatchObject({ target: '+420777123456', favourite: true, typed: true });
    expect(rest).toEqual([]);
  });

  it('one calls numbers only: favourites, recent ones, clients found in the register', () => {
    const clients = [{ id: 7, name: 'Marie Černá', numbers: ['+420602333444'] }];
    const rows = rowsOf({ ...SOURCES, recent: ['+420604777888', '777123456'], clients }, '', 'dial');
    expect(rows.map((row) => row.target)).toEqual(['+420777123456', '+420604777888', '+420602333444']);
  });
});

it.each([
  ['+420/777-123-456', '+420777123456'],
  ['(02) 1234', '021234'],
  ['112', '112'],
  ['11', null],
  ['Petr 1', null],
  ['', null],
])('%s is the number %s', (text, number) => {
  expect(typedNumber(text)).toBe(number);
});

it('a customer goes only to who is free; one may ask also those who are away', () => {
  const rows = new Map(rowsOf(SOURCES, '', 'transfer').map((row) => [row.name, row]));
  const can = (name: string) =>
    (['transfer', 'consult', 'add', 'dial'] as const).filter((act) => canDo(rows.get(name) as Row, act));
  expect(can('Petr Svoboda')).toEqual(['transfer', 'consult', 'add']);
  expect(can('Řehoř Čáp')).toEqual(['consult', 'add']);
  expect(can('Adam Petrák')).toEqual([]);
  expect(can('Platby')).toEqual(['transfer', 'consult', 'add']);
  expect(can('+420777123456')).toEqual(['transfer', 'consult', 'add', 'dial']);
});

it('of a group the one who has been free longest is called', () => {
  const group = rowsOf(SOURCES, 'zkušení', 'transfer')[0] as Row;
  expect(callTarget(group)).toEqual({ agent: 6 });
  expect(actsOf('transfer')).toEqual(['transfer', 'consult']);
});

describe('lines of the exchange', () => {
  const lines = [
    line(1, 'Recepce', '4001', 'Přízemí', 2),
    line(2, 'Revizní lékař', '4002', 'Přízemí', 1),
    line(3, 'Archiv', '4100', 'Centrála', 1),
  ];
  const from: Sources = { ...SOURCES, lines, favourites: [{ kind: 'LINE', target: '1' }] };

  it('stand by heading and order, favourites first', () => {
    const rows = rowsOf(from, '', 'transfer');
    expect(rows[0]).toMatchObject({ kind: 'LINE', name: 'Recepce', favourite: true });
    expect(names(rows.filter((row) => row.kind === 'LINE'))).toEqual(['Recepce', 'Archiv', 'Revizní lékař']);
  });

  it('are found by name, heading and number, and a typed number is the line that has it', () => {
    expect(names(rowsOf(from, 'reviz', 'transfer'))).toEqual(['Revizní lékař']);
    expect(names(rowsOf(from, 'centrala', 'transfer'))).toEqual(['Archiv']);
    expect(rowsOf(from, '4002', 'transfer')).toMatchObject([{ name: 'Revizní lékař', typed: true }]);
  });

  it('take transfers, questions and calls', () => {
    const row = rowsOf(from, 'archiv', 'transfer')[0] as Row;
    expect(callTarget(row)).toEqual({ line: 3 });
    expect((['transfer', 'consult', 'add', 'dial'] as const).filter((act) => canDo(row, act))).toHaveLength(4);
  });
});
