import { useLingui } from '@lingui/react/macro';
import {
  Background,
  type Connection,
  ControlButton,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  MiniMap,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useNodesState,
  useReactFlow,
} from '@xyflow/react';
import { memo, useEffect, useMemo } from 'react';
import type { Settings } from '../app/settings';
import { Icon } from '../ui/Icon';
import { exitWords, KINDS } from '../words/menus';
import type { Wire } from './model/edit';
import { exits, type Flow, type FlowNode } from './model/flow';
import { heightOf, WIDTH } from './model/layout';
import { type Parts, summary, titleOf } from './parts';

export interface CanvasProps {
  flow: Flow;
  selected: string;
  wrong: ReadonlySet<string>;
  walked: ReadonlySet<string>;
  at: string | null;
  settings: Settings;
  parts: Parts;
  readOnly: boolean;
  onSelect: (id: string) => void;
  onMove: (places: Record<string, { x: number; y: number }>) => void;
  onConnect: (at: Wire, to: string) => void;
  onArrange: () => void;
}

type StepNode = Node<
  { node: FlowNode; title: string; about: string; wrong: boolean; walked: boolean; here: boolean; start: boolean },
  'step'
>;

const TYPES = { step: memo(StepCard) };

/** A picture of the flow: the outline beside it does the same by keyboard. */
export function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Drawing {...props} />
    </ReactFlowProvider>
  );
}

function drawn({ flow, selected, wrong, walked, at, settings, parts }: CanvasProps): StepNode[] {
  return Object.entries(flow.nodes).map(([id, node]) => ({
    id,
    type: 'step',
    position: { x: flow.places[id]?.x ?? 0, y: flow.places[id]?.y ?? 0 },
    width: WIDTH,
    height: heightOf(flow, id),
    selected: id === selected,
    data: {
      node,
      title: titleOf(flow, id, settings, parts),
      about: summary(node, settings, parts),
      wrong: wrong.has(id),
      walked: walked.has(id),
      here: id === at,
      start: id === flow.start,
    },
  }));
}

function Drawing(props: CanvasProps) {
  const { flow, selected, walked, readOnly } = props;
  const { i18n, t } = useLingui();
  const { fitView, setCenter, getViewport, getInternalNode } = useReactFlow();
  const [nodes, setNodes, onNodesChange] = useNodesState<StepNode>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: handlers change with each render and draw nothing
  useEffect(
    () => setNodes(drawn(props)),
    [flow, selected, props.wrong, walked, props.at, props.settings, props.parts, setNodes],
  );
  const edges = useMemo<Edge[]>(
    () =>
      Object.entries(flow.nodes).flatMap(([id, node]) => {
        const ways = exits(node);
        return ways
          .filter((way) => way.target in flow.nodes)
          .map((way) => {
            const words = exitWords(node, way.name);
            const lit = walked.has(id) && walked.has(way.target);
            return {
              id: `${id}/${way.name}`,
              source: id,
              sourceHandle: way.name,
              target: way.target,
              label: ways.length > 1 ? (typeof words === 'string' ? words : i18n._(words)) : '',
              className: lit ? 'wire lit' : 'wire',
              markerEnd: { type: MarkerType.ArrowClosed, color: 'var(--line-strong)' },
            };
          });
      }),
    [flow, walked, i18n],
  );
  // What is chosen elsewhere (outline, problem, search, walk) is brought into view.
  const shown = props.at ?? selected;
  useEffect(() => {
    const node = getInternalNode(shown);
    if (!node) return;
    const { x, y, zoom } = getViewport();
    const frame = document.querySelector('.canvas')?.getBoundingClientRect();
    const left = node.position.x * zoom + x;
    const top = node.position.y * zoom + y;
    const inside = frame && left > 0 && top > 0 && left + WIDTH * zoom < frame.width && top + 60 < frame.height;
    if (!inside)
      void setCenter(node.position.x + WIDTH / 2, node.position.y + 60, { zoom: Math.max(zoom, 0.6), duration: 200 });
  }, [shown, getInternalNode, getViewport, setCenter]);
  const connect = (made: Connection) => {
    if (made.sourceHandle) props.onConnect({ from: made.source, exit: made.sourceHandle }, made.target);
  };
  return (
    <section className="canvas" aria-label={t`Obrázek menu`} data-testid="canvas">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={TYPES}
        onNodesChange={onNodesChange}
        onNodeClick={(_, node) => props.onSelect(node.id)}
        onNodeDragStop={(_, _node, moved) =>
          props.onMove(
            Object.fromEntries(
              moved.map((each) => [each.id, { x: Math.round(each.position.x), y: Math.round(each.position.y) }]),
            ),
          )
        }
        onConnect={connect}
        nodesDraggable={!readOnly}
        nodesConnectable={!readOnly}
        nodesFocusable={false}
        edgesFocusable={false}
        disableKeyboardA11y
        deleteKeyCode={null}
        minZoom={0.15}
        maxZoom={1.6}
        fitView
        fitViewOptions={{ maxZoom: 1, padding: 0.12 }}
      >
        <Background gap={22} />
        <MiniMap pannable zoomable ariaLabel={t`Mapa celého menu`} />
        <Controls showInteractive={false} showZoom={false} showFitView={false} aria-label={t`Pohled na menu`}>
          <ControlButton
            onClick={() => void fitView({ duration: 200, maxZoom: 1, padding: 0.12 })}
            title={t`Ukázat celé`}
            aria-label={t`Ukázat celé`}
          >
            <Icon name="eye" />
          </ControlButton>
          {!readOnly && (
            <ControlButton
              onClick={() => {
                props.onArrange();
                requestAnimationFrame(() => void fitView({ duration: 200, maxZoom: 1, padding: 0.12 }));
              }}
              title={t`Uspořádat`}
              aria-label={t`Uspořádat`}
            >
              <Icon name="tidy" />
            </ControlButton>
          )}
        </Controls>
      </ReactFlow>
    </section>
  );
}

function StepCard({ data, selected }: NodeProps<StepNode>) {
  const { i18n, t } = useLingui();
  const { node } = data;
  const kind = KINDS[node.type];
  const ways = exits(node);
  const classes = [
    'step',
    `family-${kind.family}`,
    selected && 'chosen',
    data.wrong && 'wrong',
    data.walked && 'walked',
    data.here && 'here',
  ];
  return (
    <div className={classes.filter(Boolean).join(' ')}>
      <Handle type="target" position={Position.Left} className="way-in" />
      <div className="step-head">
        <span className={`step-icon family-${kind.family}`}>
          <Icon name={kind.icon} />
        </span>
        <span className="step-title">{data.title}</span>
        {data.wrong && (
          <span className="problem-sign" title={t`Krok má chybu`}>
            <Icon name="warn" />
          </span>
        )}
      </div>
      <div className="step-about">
        {data.start && <span className="exit-chip">{t`začátek`}</span>} <strong>{i18n._(kind.name)}</strong>{' '}
        {data.about !== data.title && data.about}
      </div>
      {ways.length === 1 && (
        <Handle id={ways[0]?.name ?? null} type="source" position={Position.Right} className="way-out" />
      )}
      {ways.length > 1 &&
        ways.map((way) => {
          const words = exitWords(node, way.name);
          return (
            <div key={way.name} className={way.target ? 'step-way' : 'step-way open'}>
              {typeof words === 'string' ? words : i18n._(words)}
              <Handle id={way.name} type="source" position={Position.Right} className="way-out" />
            </div>
          );
        })}
    </div>
  );
}
