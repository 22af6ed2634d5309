/** Everything that can be done to a flow: one pure function of an operation. Ids of new nodes come with the operation. */
import { exits, type Flow, type FlowNode, keyOf, mapExits, type Place, withExit } from './flow';

export interface Wire {
  from: string;
  exit: string;
}

export interface Clip {
  node: FlowNode;
  title: string;
}

export type Operation =
  /** A new node on a way out (or at the start); what was there follows the new one, if it has a way on. */
  | {
      type: 'add';
      id: string;
      node: FlowNode;
      title?: string;
      at: Wire | 'start' | null;
      place?: { x: number; y: number };
    }
  | { type: 'connect'; at: Wire | 'start'; to: string }
  | { type: 'addKey'; id: string; key: string }
  | { type: 'removeKey'; id: string; key: string }
  | { type: 'changeKey'; id: string; from: string; to: string }
  | { type: 'change'; id: string; node: FlowNode }
  | { type: 'title'; id: string; title: string }
  | { type: 'remove'; id: string }
  | { type: 'place'; places: Record<string, { x: number; y: number }> }
  | { type: 'name'; name: string }
  | { type: 'replace'; flow: Flow };

export function edit(flow: Flow, operation: Operation): Flow {
  switch (operation.type) {
    case 'add':
      return add(flow, operation);
    case 'connect':
      return connect(flow, operation.at, operation.to);
    case 'addKey': {
      const node = flow.nodes[operation.id];
      if (node?.type !== 'menu' || operation.key in node.choices) return flow;
      return put(flow, operation.id, withExit(node, `key:${operation.key}`, ''));
    }
    case 'removeKey': {
      const node = flow.nodes[operation.id];
      if (node?.type !== 'menu' || !(operation.key in node.choices)) return flow;
      const { [operation.key]: _, ...choices } = node.choices;
      return put(flow, operation.id, { ...node, choices });
    }
    case 'changeKey': {
      const node = flow.nodes[operation.id];
      if (node?.type !== 'menu' || !(operation.from in node.choices) || operation.to in node.choices) return flow;
      const { [operation.from]: target = '', ...choices } = node.choices;
      return put(flow, operation.id, { ...node, choices: { ...choices, [operation.to]: target } });
    }
    case 'change':
      return operation.id in flow.nodes ? put(flow, operation.id, operation.node) : flow;
    case 'title':
      return operation.id in flow.nodes
        ? {
            ...flow,
            places: { ...flow.places, [operation.id]: { ...placeOf(flow, operation.id), title: operation.title } },
          }
        : flow;
    case 'remove':
      return remove(flow, operation.id);
    case 'place': {
      const places = { ...flow.places };
      for (const [id, at] of Object.entries(operation.places)) {
        if (id in flow.nodes) places[id] = { ...placeOf(flow, id), x: at.x, y: at.y };
      }
      return { ...flow, places };
    }
    case 'name':
      return { ...flow, name: operation.name };
    case 'replace':
      return operation.flow;
  }
}

const placeOf = (flow: Flow, id: string): Place => flow.places[id] ?? { x: 0, y: 0, title: '' };

function put(flow: Flow, id: string, node: FlowNode): Flow {
  return { ...flow, nodes: { ...flow.nodes, [id]: node } };
}

export function targetOf(flow: Flow, at: Wire | 'start'): string {
  if (at === 'start') return flow.start;
  const node = flow.nodes[at.from];
  return node ? (exits(node).find((exit) => exit.name === at.exit)?.target ?? '') : '';
}

function connect(flow: Flow, at: Wire | 'start', to: string): Flow {
  if (to && !(to in flow.nodes)) return flow;
  if (at === 'start') return { ...flow, start: to };
  const node = flow.nodes[at.from];
  return node ? put(flow, at.from, withExit(node, at.exit, to)) : flow;
}

/** The way on that takes over what stood behind the place where the node is put. */
function mainExit(node: FlowNode): string | null {
  if (node.type === 'menu') return 'otherwise';
  return exits(node)[0]?.name ?? null;
}

function add(flow: Flow, { id, node, title = '', at, place }: Extract<Operation, { type: 'add' }>): Flow {
  if (id in flow.nodes) return flow;
  const before = at ? targetOf(flow, at) : '';
  const main = mainExit(node);
  const free = main && !exits(node).find((exit) => exit.name === main)?.target;
  const made = before && main && free ? withExit(node, main, before) : node;
  const near = flow.places[before] ?? (at && at !== 'start' ? flow.places[at.from] : undefined);
  const where = place ?? { x: (near?.x ?? 0) + (before ? 0 : 320), y: near?.y ?? 0 };
  const grown: Flow = {
    ...flow,
    nodes: { ...flow.nodes, [id]: made },
    places: { ...flow.places, [id]: { ...where, title } },
  };
  if (at) return connect(grown, at, id);
  return flow.start in flow.nodes ? grown : { ...grown, start: id };
}

/** What led to the node leads to what followed it, where there is just one thing that could; otherwise nowhere. */
function remove(flow: Flow, id: string): Flow {
  const gone = flow.nodes[id];
  if (!gone) return flow;
  const ways = exits(gone);
  const bridge = ways.length === 1 && ways[0]?.target !== id ? (ways[0]?.target ?? '') : '';
  const { [id]: _node, ...rest } = flow.nodes;
  const { [id]: _place, ...places } = flow.places;
  const nodes = Object.fromEntries(
    Object.entries(rest).map(([name, node]) => [name, mapExits(node, (target) => (target === id ? bridge : target))]),
  );
  return { ...flow, nodes, places, start: flow.start === id ? bridge : flow.start };
}

/** A node as it can be put elsewhere, also in another flow: without the ways that are not there. */
export function clipOf(flow: Flow, id: string): Clip | null {
  const node = flow.nodes[id];
  return node ? { node, title: flow.places[id]?.title ?? '' } : null;
}

export function pasted(clip: Clip): FlowNode {
  return mapExits(clip.node, () => '');
}

/** Where a wire comes from, for lists of what leads to a node. */
export function wiresTo(flow: Flow, id: string): Wire[] {
  return Object.entries(flow.nodes).flatMap(([from, node]) =>
    exits(node)
      .filter((exit) => exit.target === id)
      .map((exit) => ({ from, exit: exit.name })),
  );
}

export { keyOf };
