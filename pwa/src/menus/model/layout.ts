/** Places for nodes that have none, or for all: from left to right, by dagre. */
import { Graph, layout } from '@dagrejs/dagre';
import { exits, type Flow } from './flow';

export const WIDTH = 230;

/** Height on the canvas, as `canvas.css` draws it. */
export function heightOf(flow: Flow, id: string): number {
  const node = flow.nodes[id];
  const ways = node ? exits(node).length : 0;
  return 66 + (ways > 1 ? ways * 24 + 6 : 0);
}

export function arranged(flow: Flow): Record<string, { x: number; y: number }> {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 28, ranksep: 90 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of Object.keys(flow.nodes)) graph.setNode(id, { width: WIDTH, height: heightOf(flow, id) });
  const ways = Object.entries(flow.nodes).flatMap(([id, node]) => exits(node).map((exit) => ({ id, ...exit })));
  // dagre stacks from below what it is told first; the first key of a menu leads to the topmost step
  for (const { id, target, name } of ways.reverse()) if (target in flow.nodes) graph.setEdge(id, target, {}, name);
  layout(graph);
  return Object.fromEntries(
    Object.keys(flow.nodes).map((id) => {
      const at = graph.node(id) as { x: number; y: number };
      return [id, { x: Math.round(at.x - WIDTH / 2), y: Math.round(at.y - heightOf(flow, id) / 2) }];
    }),
  );
}

/** Nothing was ever drawn: flows made by hand or by import. */
export function neverDrawn(flow: Flow): boolean {
  const ids = Object.keys(flow.nodes);
  return ids.length > 1 && ids.every((id) => !flow.places[id] || (flow.places[id].x === 0 && flow.places[id].y === 0));
}
