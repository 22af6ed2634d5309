/** A voice menu as the server keeps it (`backend/domain/ivr/flow.py`). Nodes have generated names; people see titles. Pure. */

export interface Place {
  x: number;
  y: number;
  title: string;
}

interface Said {
  text: string;
  /** Key of recorded audio played in place of the text. */
  prompt: string | null;
}

export interface Speak extends Said {
  type: 'speak';
  next: string;
  interruptible: boolean;
}
export interface Menu extends Said {
  type: 'menu';
  choices: Record<string, string>;
  otherwise: string;
  timeout_s: number;
  attempts: number;
  invalid_text: string | null;
}
export interface Collect extends Said {
  type: 'collect';
  variable: string;
  next: string;
  otherwise: string;
  least: number;
  most: number;
  check: 'none' | 'insured_number' | 'company_number';
  timeout_s: number;
  attempts: number;
  invalid_text: string | null;
}
export interface Survey extends Said {
  type: 'survey';
  question: string;
  next: string;
  otherwise: string;
  lowest: number;
  highest: number;
  timeout_s: number;
  attempts: number;
}
export type Subject =
  | 'hour'
  | 'weekday'
  | 'date'
  | 'caller'
  | 'client_status'
  | 'variable'
  | 'attribute'
  | 'queue_open'
  | 'queue_waiting'
  | 'queue_ready'
  | 'queue_signed_in'
  | 'queue_longest_wait'
  | 'queue_expected_wait';
export type Comparison = 'equals' | 'one_of' | 'between' | 'starts_with' | 'at_least' | 'less_than';
export interface Condition {
  type: 'condition';
  subject: Subject;
  comparison: Comparison;
  values: readonly string[];
  then: string;
  otherwise: string;
  of: string;
}
export interface SetAttribute {
  type: 'set';
  name: string;
  value: string;
  next: string;
}
export interface NoticeNode {
  type: 'notice';
  notice: number;
  next: string;
}
export interface SubFlow {
  type: 'sub_flow';
  flow: number;
  next: string;
}
export interface Return {
  type: 'return';
}
export interface LookUp {
  type: 'look_up';
  url: string;
  takes: readonly string[];
  next: string;
  failed: string;
  text: string;
  timeout_s: number;
}

export interface SkillStep {
  after_s: number;
  skills: readonly (readonly [number, number])[];
  groups: readonly number[];
}
export type Destination =
  | {
      type: 'queue';
      queue: number;
      priority: number;
      skills: readonly (readonly [number, number])[];
      steps: readonly SkillStep[];
    }
  | { type: 'agent'; agent: number; otherwise: Destination | null }
  | { type: 'group'; group: number; queue: number }
  | { type: 'flow'; flow: number }
  | { type: 'number'; number: string; ring_timeout_s: number; recorded: boolean; otherwise: Destination | null }
  | { type: 'voicemail'; queue: number; text: string | null; prompt: string | null }
  | { type: 'announcement'; text: string; then: Destination | null }
  | { type: 'callback'; queue: number }
  | { type: 'dictation' }
  | { type: 'hang_up'; text: string | null };

export type FlowNode =
  | Speak
  | Menu
  | Collect
  | Survey
  | Condition
  | SetAttribute
  | NoticeNode
  | SubFlow
  | Return
  | LookUp
  | Destination;
export type Kind = FlowNode['type'];
export type Of<K extends Kind> = Extract<FlowNode, { type: K }>;

export interface Flow {
  name: string;
  start: string;
  nodes: Record<string, FlowNode>;
  places: Record<string, Place>;
}

/** One way out of a node: `next`, `otherwise`, `then`, `failed`, or a key of a menu as `key:1`. */
export interface Exit {
  name: string;
  target: string;
}

/** Keys of a telephone in the order in which a menu lists them. */
export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'] as const;

export const keyOf = (exit: string): string | null => (exit.startsWith('key:') ? exit.slice(4) : null);

export function sortedKeys(choices: Record<string, string>): string[] {
  const rank = (key: string) => (KEYS as readonly string[]).indexOf(key) + 1 || 99;
  return Object.keys(choices).sort((a, b) => rank(a) - rank(b));
}

/** In the order in which people read them. */
export function exits(node: FlowNode): Exit[] {
  switch (node.type) {
    case 'menu':
      return [
        ...sortedKeys(node.choices).map((key) => ({ name: `key:${key}`, target: node.choices[key] ?? '' })),
        { name: 'otherwise', target: node.otherwise },
      ];
    case 'collect':
    case 'survey':
      return [
        { name: 'next', target: node.next },
        { name: 'otherwise', target: node.otherwise },
      ];
    case 'condition':
      return [
        { name: 'then', target: node.then },
        { name: 'otherwise', target: node.otherwise },
      ];
    case 'look_up':
      return [
        { name: 'next', target: node.next },
        { name: 'failed', target: node.failed },
      ];
    case 'speak':
    case 'set':
    case 'notice':
    case 'sub_flow':
      return [{ name: 'next', target: node.next }];
    default:
      return [];
  }
}

/** The node with one way out leading to `target`; unchanged when it has no such way out. */
export function withExit(node: FlowNode, exit: string, target: string): FlowNode {
  const key = keyOf(exit);
  if (key !== null) return node.type === 'menu' ? { ...node, choices: { ...node.choices, [key]: target } } : node;
  return exits(node).some((each) => each.name === exit) ? ({ ...node, [exit]: target } as FlowNode) : node;
}

/** Every way out that `change` answers differently leads elsewhere. */
export function mapExits(node: FlowNode, change: (target: string) => string): FlowNode {
  return exits(node).reduce((made, { name, target }) => {
    const to = change(target);
    return to === target ? made : withExit(made, name, to);
  }, node);
}

/** The first key that a menu does not use yet. */
export function freeKey(menu: Menu): string | null {
  return KEYS.find((key) => !(key in menu.choices)) ?? null;
}

/** A new node. Ways out that lead nowhere are empty: the server names them among the problems. */
export function blank(
  kind: Kind,
  first: { queue?: number; notice?: number; flow?: number; group?: number; agent?: number } = {},
): FlowNode {
  const { queue = 0, notice = 0, flow = 0, group = 0, agent = 0 } = first;
  const asking = { text: '', prompt: null, timeout_s: 5, attempts: 3 };
  switch (kind) {
    case 'speak':
      return { type: kind, text: '', prompt: null, next: '', interruptible: true };
    case 'menu':
      return { type: kind, ...asking, choices: {}, otherwise: '', invalid_text: null };
    case 'collect':
      return {
        type: kind,
        ...asking,
        variable: '',
        next: '',
        otherwise: '',
        least: 1,
        most: 20,
        check: 'none',
        invalid_text: null,
      };
    case 'survey':
      return {
        type: kind,
        ...asking,
        question: '',
        next: '',
        otherwise: '',
        lowest: 0,
        highest: 10,
        timeout_s: 6,
        attempts: 2,
      };
    case 'condition':
      return {
        type: kind,
        subject: 'hour',
        comparison: 'between',
        values: ['08:00', '16:00'],
        then: '',
        otherwise: '',
        of: '',
      };
    case 'set':
      return { type: kind, name: '', value: '', next: '' };
    case 'notice':
      return { type: kind, notice, next: '' };
    case 'sub_flow':
      return { type: kind, flow, next: '' };
    case 'return':
      return { type: kind };
    case 'look_up':
      return { type: kind, url: 'https://', takes: [], next: '', failed: '', text: '', timeout_s: 3 };
    case 'queue':
      return { type: kind, queue, priority: 0, skills: [], steps: [] };
    case 'agent':
      return { type: kind, agent, otherwise: null };
    case 'group':
      return { type: kind, group, queue };
    case 'flow':
      return { type: kind, flow };
    case 'number':
      return { type: kind, number: '', ring_timeout_s: 30, recorded: true, otherwise: null };
    case 'voicemail':
      return { type: kind, queue, text: null, prompt: null };
    case 'announcement':
      return { type: kind, text: '', then: null };
    case 'callback':
      return { type: kind, queue };
    case 'dictation':
      return { type: kind };
    case 'hang_up':
      return { type: kind, text: null };
  }
}

/** A flow of the server's JSON: defaults that it left out are here. */
export function readFlow(given: unknown): Flow {
  const { name, start, nodes, places } = given as Flow;
  return {
    name,
    start,
    nodes: Object.fromEntries(
      Object.entries(nodes ?? {}).map(([id, node]) => [id, { ...blank(node.type), ...node } as FlowNode]),
    ),
    places: Object.fromEntries(
      Object.entries(places ?? {}).map(([id, place]) => [id, { ...{ x: 0, y: 0, title: '' }, ...place }]),
    ),
  };
}

/** The words of a node that a caller hears, if any. */
export function textOf(node: FlowNode): string {
  return 'text' in node ? (node.text ?? '') : '';
}
