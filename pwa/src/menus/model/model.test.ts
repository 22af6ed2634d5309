import { describe, expect, test } from 'vitest';
import { difference, isSame } from './diff';
import { clipOf, type Operation, pasted, wiresTo } from './edit';
import { blank, exits, type Flow, freeKey, type Kind, type Menu, readFlow } from './flow';
import { advance, begun } from './history';
import { arranged, neverDrawn } from './layout';
import { find, outline } from './outline';

const flow: Flow = readFlow({
  name: 'Zkouška',
  start: 'a',
  nodes: {
    a: { type: 'speak', text: 'Dobrý den', next: 'm' },
    m: { type: 'menu', text: 'Volte', choices: { '2': 'q', '1': 's' }, otherwise: 'h' },
    s: { type: 'speak', text: 'Průkaz', next: 'm' },
    q: { type: 'queue', queue: 1 },
    h: { type: 'hang_up' },
  },
  places: { m: { x: 300, y: 10, title: 'Hlavní menu' } },
});
const speak = { ...blank('speak'), text: 'Nový' } as Flow['nodes'][string];

/** Wires as `from exit → to`. */
const wires = (f: Flow) =>
  Object.entries(f.nodes).flatMap(([id, node]) => exits(node).map((e) => `${id} ${e.name} ${e.target}`));

const OPERATIONS: Operation[] = [
  { type: 'add', id: 'n', node: speak, at: { from: 'm', exit: 'key:2' } },
  { type: 'add', id: 'n', node: speak, at: 'start', title: 'Úvod' },
  { type: 'add', id: 'n', node: speak, at: null, place: { x: 5, y: 6 } },
  { type: 'connect', at: { from: 'm', exit: 'otherwise' }, to: 'q' },
  { type: 'connect', at: 'start', to: 'm' },
  { type: 'addKey', id: 'm', key: '7' },
  { type: 'removeKey', id: 'm', key: '1' },
  { type: 'changeKey', id: 'm', from: '1', to: '9' },
  { type: 'change', id: 'q', node: { ...blank('queue'), queue: 9 } as Flow['nodes'][string] },
  { type: 'title', id: 'q', title: 'Pojištění' },
  { type: 'remove', id: 's' },
  { type: 'place', places: { a: { x: 1, y: 2 }, gone: { x: 0, y: 0 } } },
  { type: 'name', name: 'Jiné' },
  { type: 'replace', flow: { name: 'x', start: '', nodes: {}, places: {} } },
];

describe('editing', () => {
  test.each(OPERATIONS)('$type is undone and done again', (operation) => {
    const before = structuredClone(flow);
    const once = advance(begun(flow), operation);
    expect(once.flow).not.toEqual(before);
    expect(flow).toEqual(before);
    const back = advance(once, { type: 'undo' });
    expect(back.flow).toBe(flow);
    expect(advance(back, { type: 'redo' }).flow).toBe(once.flow);
  });

  test('all of them, undone one by one, lead back through the same values', () => {
    const seen: Flow[] = [flow];
    let state = begun(flow);
    for (const operation of OPERATIONS) {
      const next = advance(state, operation);
      if (next !== state) seen.push(next.flow);
      state = next;
    }
    for (const expected of seen.toReversed()) {
      expect(state.flow).toBe(expected);
      state = advance(state, { type: 'undo' });
    }
    expect(state.past).toEqual([]);
    expect(advance(state, { type: 'undo' })).toBe(state);
  });

  test('typing on in one field is one step back, a new operation forgets what was undone', () => {
    let state = begun(flow);
    for (const title of ['P', 'Pl', 'Pla']) state = advance(state, { type: 'title', id: 'q', title });
    state = advance(state, { type: 'title', id: 'h', title: 'K' });
    expect(state.past).toHaveLength(2);
    state = advance(advance(state, { type: 'undo' }), { type: 'undo' });
    expect(state.flow).toBe(flow);
    state = advance(state, { type: 'name', name: 'Jiné' });
    expect(state.future).toEqual([]);
  });

  test('a new title or a new text never breaks a wire', () => {
    let state = begun(flow);
    for (const id of Object.keys(flow.nodes)) {
      state = advance(state, { type: 'title', id, title: `${id} nově` });
      state = advance(state, {
        type: 'change',
        id,
        node: { ...state.flow.nodes[id], text: 'jinak' } as Flow['nodes'][string],
      });
    }
    expect(wires(state.flow)).toEqual(wires(flow));
  });

  test('a node put on a wire stands between, a destination ends it', () => {
    const between = advance(begun(flow), { type: 'add', id: 'n', node: speak, at: { from: 'm', exit: 'key:2' } }).flow;
    expect(wires(between)).toContain('m key:2 n');
    expect(wires(between)).toContain('n next q');
    const ended = advance(begun(flow), {
      type: 'add',
      id: 'n',
      node: blank('hang_up'),
      at: { from: 'm', exit: 'key:2' },
    }).flow;
    expect(wires(ended)).toContain('m key:2 n');
    expect(wiresTo(ended, 'q')).toEqual([]);
  });

  test('a removed node is bridged where one way leads on, otherwise the way leads nowhere', () => {
    expect(wires(advance(begun(flow), { type: 'remove', id: 's' }).flow)).toContain('m key:1 m');
    expect(advance(begun(flow), { type: 'remove', id: 'a' }).flow.start).toBe('m');
    const without = advance(begun(flow), { type: 'remove', id: 'm' }).flow;
    expect(wires(without)).toEqual(['a next ', 's next ']);
  });

  test('what makes no sense changes nothing', () => {
    const state = begun(flow);
    for (const operation of [
      { type: 'connect', at: 'start', to: 'nikde' },
      { type: 'addKey', id: 'a', key: '1' },
      { type: 'addKey', id: 'm', key: '1' },
      { type: 'changeKey', id: 'm', from: '1', to: '2' },
      { type: 'remove', id: 'nikde' },
      { type: 'add', id: 'a', node: speak, at: 'start' },
    ] as Operation[]) {
      expect(advance(state, operation)).toBe(state);
    }
  });

  test('a copy has no wires, and a menu offers the next free key', () => {
    const clip = clipOf(flow, 'm');
    expect(clip?.title).toBe('Hlavní menu');
    expect(clip && exits(pasted(clip)).every((exit) => exit.target === '')).toBe(true);
    expect(freeKey(flow.nodes.m as Menu)).toBe('3');
  });

  test('every kind of new node keeps all of its ways out when they are connected', () => {
    const kinds: Kind[] = ['speak', 'menu', 'collect', 'survey', 'condition', 'set', 'notice', 'sub_flow', 'look_up'];
    for (const kind of kinds) {
      let state = advance(begun(flow), { type: 'add', id: 'n', node: blank(kind), at: null });
      const ways = exits(state.flow.nodes.n as Flow['nodes'][string]);
      expect(ways.length).toBeGreaterThan(0);
      for (const way of ways) state = advance(state, { type: 'connect', at: { from: 'n', exit: way.name }, to: 'h' });
      expect(exits(state.flow.nodes.n as Flow['nodes'][string]).map((e) => e.target)).toEqual(ways.map(() => 'h'));
    }
  });
});

describe('outline', () => {
  test('from the start, forks deeper, met again only as a reference', () => {
    const rows = outline(flow).map((row) => `${row.level} ${row.key} ${row.id}${row.reference ? '*' : ''}`);
    expect(rows).toEqual(['1 start a', '1 a/next m', '2 m/key:1 s', '2 s/next m*', '2 m/key:2 q', '2 m/otherwise h']);
  });

  test('what nothing leads to comes last, and a way to nowhere is a row', () => {
    const made = advance(begun(flow), { type: 'connect', at: { from: 'm', exit: 'key:2' }, to: '' }).flow;
    const rows = outline(made);
    expect(rows.find((row) => row.key === 'm/key:2')?.id).toBe('');
    expect(rows.at(-1)).toMatchObject({ id: 'q', at: null, level: 1 });
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });

  test('found by title and by text, without accents', () => {
    expect(find(flow, 'prukaz', () => '')).toEqual(['s']);
    expect(find(flow, 'hlavni', (id) => flow.places[id]?.title ?? '')).toEqual(['m']);
    expect(find(flow, ' ', () => 'x')).toEqual([]);
  });
});

describe('difference', () => {
  test('names what was added, removed and changed; places do not count', () => {
    let state = begun(flow);
    for (const operation of [
      { type: 'place', places: { a: { x: 900, y: 2 } } },
      { type: 'add', id: 'n', node: speak, at: { from: 'm', exit: 'key:2' } },
      { type: 'remove', id: 's' },
      { type: 'title', id: 'h', title: 'Konec' },
    ] as Operation[]) {
      state = advance(state, operation);
    }
    expect(difference(flow, state.flow)).toEqual({ added: ['n'], removed: ['s'], changed: ['m', 'h'], whole: false });
    const moved = advance(begun(flow), { type: 'place', places: { a: { x: 900, y: 2 } } }).flow;
    expect(isSame(difference(flow, moved))).toBe(true);
  });

  test('the order of keys is no difference', () => {
    const turned = {
      ...flow,
      nodes: { ...flow.nodes, q: { queue: 1, priority: 0, steps: [], skills: [], type: 'queue' } },
    };
    expect(isSame(difference(flow, turned as Flow))).toBe(true);
  });
});

test('automatic layout gives every node a place of its own', () => {
  expect(neverDrawn({ ...flow, places: {} })).toBe(true);
  const places = Object.values(arranged(flow));
  expect(new Set(places.map(({ x, y }) => `${x} ${y}`)).size).toBe(Object.keys(flow.nodes).length);
});

test('automatic layout stacks the ways out of a menu as its keys stand: no wire crosses another', () => {
  const choices = { '1': 'a', '2': 'b', '3': 'c' };
  const menu = { type: 'menu', text: 'x', choices, attempts: 2, timeout_s: 5, otherwise: 'z' };
  const end = { type: 'hang_up', text: '' };
  const places = arranged({
    ...flow,
    nodes: { m: menu, z: end, c: end, a: end, b: end },
    start: 'm',
  } as unknown as Flow);
  const down = ['a', 'b', 'c', 'z'].map((id) => places[id]?.y ?? 0);
  expect(down).toEqual([...down].sort((one, other) => one - other));
});
