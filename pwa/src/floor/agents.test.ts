import { describe, expect, it } from 'vitest';
import type { Agent } from '../live/state';
import { headings, START, shown, sorted } from './agents';

const agent = (userId: number, name: string, more: Partial<Agent> = {}): Agent =>
  ({
    userId,
    name,
    number: String(4100 + userId),
    activity: 'READY',
    activitySince: '2026-06-15T10:00:00Z',
    locationId: null,
    groupIds: [],
    queues: [],
    handledToday: 0,
    missedToday: 0,
    ...more,
  }) as unknown as Agent;

const JANA = agent(1, 'Jana Čapková', { locationId: 1, groupIds: [1, 2], queues: [5] });
const PETR = agent(2, 'Petr Dvořák', { activity: 'IN_CALL', groupIds: [1], handledToday: 7 });
const OTA = agent(3, 'Ota Zíka', { activity: 'OFFLINE', locationId: 1, missedToday: 2 });
const ALL = [JANA, PETR, OTA];
const names = (agents: readonly Agent[]) => agents.map((each) => each.userId);

describe('agents of the floor', () => {
  it('are those present unless all are asked for', () => {
    expect(names(shown(ALL, START))).toEqual([1, 2]);
    expect(names(shown(ALL, { ...START, activity: 'ALL' }))).toEqual([1, 2, 3]);
    expect(names(shown(ALL, { ...START, activity: 'OFFLINE' }))).toEqual([3]);
  });

  it('are found by name without diacritics, by number, place, group and queue', () => {
    expect(names(shown(ALL, { ...START, words: 'capkova' }))).toEqual([1]);
    expect(names(shown(ALL, { ...START, words: '4102' }))).toEqual([2]);
    expect(names(shown(ALL, { ...START, activity: 'ALL', location: 1 }))).toEqual([1, 3]);
    expect(names(shown(ALL, { ...START, group: 1 }))).toEqual([1, 2]);
    expect(names(shown(ALL, { ...START, queue: 5 }))).toEqual([1]);
  });

  it('are ordered, and equals by name as Czech orders it', () => {
    expect(names(sorted(ALL, 'state'))).toEqual([2, 1, 3]);
    expect(names(sorted(ALL, 'handled'))).toEqual([2, 1, 3]);
    expect(names(sorted(ALL, 'missed'))).toEqual([3, 1, 2]);
    const czech = [agent(1, 'Cyril'), agent(2, 'Chrudoš'), agent(3, 'Hana'), agent(4, 'Čeněk')];
    expect(sorted(czech, 'name').map((each) => each.name)).toEqual(['Cyril', 'Čeněk', 'Hana', 'Chrudoš']);
  });

  it('stand under each of their groups, and under none where they have none', () => {
    const found = headings(ALL, 'group').map((each) => [each.id, names(each.agents)]);
    expect(found).toEqual([
      ['1', [1, 2]],
      ['2', [1]],
      ['', [3]],
    ]);
    expect(headings(ALL, 'location').map((each) => each.id)).toEqual(['1', '']);
    expect(headings(ALL, 'none')).toHaveLength(1);
  });
});
