/** Whom a call can go to, in the order in which the panel shows them. Pure. */
import type { Activity, CallTarget, TargetKind } from '../gql/graphql';
import type { Colleague, Line, Queue } from '../live/state';

export interface Sources {
  me: number;
  colleagues: Iterable<Colleague>;
  queues: Iterable<Queue>;
  /** Of the PBX. */
  lines: Iterable<Line>;
  groups: readonly { id: number; name: string; members: readonly number[] }[];
  favourites: readonly { kind: TargetKind; target: string }[];
  staff: readonly { id: number; name: string }[];
  /** Numbers worth offering without typing, newest first. */
  recent: readonly string[];
  /** Clients that the register found for what is typed. */
  clients: readonly { id: number; name: string; numbers: readonly string[] }[];
}

export interface Row {
  key: string;
  kind: TargetKind;
  /** Id of an agent, queue, group or line, or the number. */
  target: string;
  name: string;
  favourite: boolean;
  /** Queues and groups of a colleague, in words. */
  belongs: readonly string[];
  colleague?: Colleague;
  queue?: Queue;
  line?: Line;
  /** Of a group: its free people, the one who has been free longest first. */
  free?: readonly Colleague[];
  /** Exactly what was typed. */
  typed?: boolean;
}

export type Intent = 'transfer' | 'consult' | 'add' | 'dial';
export type Act = Intent;

const AVAILABILITY: Record<Activity, number> = {
  READY: 0,
  WRAP_UP: 1,
  RINGING: 2,
  IN_CALL: 2,
  NOT_READY: 3,
  BREAK: 3,
  OFFLINE: 4,
};
const KINDS: readonly TargetKind[] = ['AGENT', 'GROUP', 'QUEUE', 'LINE', 'NUMBER'];

export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** `777 123 456`, `+420/777-123-456`, `112` → digits; null when the text is no number. */
export function typedNumber(text: string): string | null {
  const bare = text.replace(/[\s/().-]/g, '');
  return /^\+?\d{3,16}$/.test(bare) ? bare : null;
}

/** How well a row fits what was typed: every word must be found; null when one is not. */
export function closeness(row: Row, text: string): number | null {
  const own = folded(row.name).split(/[\s,-]+/);
  const around = row.belongs.flatMap((each) => folded(each).split(/[\s,-]+/));
  const digits = (row.line?.number ?? (row.kind === 'NUMBER' ? row.target : '')).replace(/\D/g, '');
  let score = 0;
  for (const word of folded(text).split(/\s+/).filter(Boolean)) {
    const bare = word.replace(/\D/g, '');
    if (own[0]?.startsWith(word) || own.at(-1)?.startsWith(word)) score += 4;
    else if (own.some((each) => each.startsWith(word))) score += 3;
    else if (own.some((each) => each.includes(word))) score += 2;
    else if (digits && bare && digits.includes(bare)) score += 2;
    else if (around.some((each) => each.startsWith(word))) score += 1;
    else return null;
  }
  return score;
}

const reachable = (each: Colleague): boolean => each.activity === 'READY' && each.phoneConnected;

export function rowsOf(from: Sources, text: string, intent: Intent): Row[] {
  const rows = allRows(from).filter((row) => intent !== 'dial' || row.kind === 'NUMBER' || row.kind === 'LINE');
  const asked = text.trim();
  const fits = new Map(rows.map((row) => [row.key, asked ? closeness(row, asked) : 0]));
  const found = rows.filter((row) => fits.get(row.key) !== null).sort(by(fits, asked ? actsOf(intent)[0] : undefined));
  if (intent === 'dial') {
    for (const client of from.clients) {
      for (const number of client.numbers) found.push(ofClient(client, number));
    }
  }
  const number = typedNumber(asked);
  if (!number) return found;
  const known = found.find((row) => sameNumber(numberOf(row), number));
  const typed: Row = known
    ? { ...known, typed: true }
    : { key: 'typed', kind: 'NUMBER', target: number, name: number, favourite: false, belongs: [], typed: true };
  return [typed, ...found.filter((row) => row !== known)];
}

function ofClient(client: Sources['clients'][number], number: string): Row {
  const key = `client:${client.id}:${number}`;
  return { key, kind: 'NUMBER', target: number, name: client.name, favourite: false, belongs: [] };
}

/** Best fit first; of equal ones those with whom `act` is possible now, so that Enter does what was meant. */
function by(fits: ReadonlyMap<string, number | null>, act: Act | undefined) {
  const availability = (row: Row) => (row.colleague ? AVAILABILITY[row.colleague.activity] : 0);
  return (a: Row, b: Row): number =>
    (fits.get(b.key) ?? 0) - (fits.get(a.key) ?? 0) ||
    Number(b.favourite) - Number(a.favourite) ||
    (act ? Number(canDo(b, act)) - Number(canDo(a, act)) : 0) ||
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    byLine(a.line, b.line) ||
    availability(a) - availability(b) ||
    a.name.localeCompare(b.name, 'cs');
}

/** As administrators ordered them, under their headings. */
function byLine(a: Line | undefined, b: Line | undefined): number {
  if (!a || !b) return 0;
  return a.group.localeCompare(b.group, 'cs') || a.position - b.position;
}

/** What is dialled for a row that is a telephone; empty for others. */
export function numberOf(row: Row): string {
  return row.line?.number ?? (row.kind === 'NUMBER' ? row.target : '');
}

function allRows(from: Sources): Row[] {
  const starred = new Set(from.favourites.map((each) => `${each.kind}:${each.target}`));
  const queues = [...from.queues];
  const colleagues = [...from.colleagues].filter((each) => each.userId !== from.me && each.activity !== 'OFFLINE');
  const row = (kind: TargetKind, target: string, name: string, more: Partial<Row> = {}): Row => ({
    key: `${kind}:${target}`,
    kind,
    target,
    name,
    favourite: starred.has(`${kind}:${target}`),
    belongs: [],
    ...more,
  });
  const rows = colleagues.map((each) =>
    row('AGENT', String(each.userId), each.name, {
      colleague: each,
      belongs: [
        ...from.groups.filter((group) => group.members.includes(each.userId)).map((group) => group.name),
        ...queues.filter((queue) => each.queues.includes(queue.id)).map((queue) => queue.name),
      ],
    }),
  );
  for (const group of from.groups) {
    const free = colleagues
      .filter((each) => group.members.includes(each.userId) && reachable(each))
      .sort((a, b) => a.activitySince.localeCompare(b.activitySince));
    rows.push(row('GROUP', String(group.id), group.name, { free }));
  }
  for (const queue of queues) rows.push(row('QUEUE', String(queue.id), queue.name, { queue }));
  for (const line of from.lines) rows.push(row('LINE', String(line.id), line.name, { line, belongs: [line.group] }));
  const here = new Set(rows.map((each) => each.key));
  for (const each of from.favourites) {
    if (each.kind === 'NUMBER') rows.push(row('NUMBER', each.target, each.target));
    const away = each.kind === 'AGENT' && from.staff.find((one) => String(one.id) === each.target);
    if (away && away.id !== from.me && !here.has(`AGENT:${each.target}`))
      rows.push(row('AGENT', each.target, away.name));
  }
  for (const number of from.recent) {
    if (!rows.some((each) => each.kind === 'NUMBER' && sameNumber(each.target, number)))
      rows.push(row('NUMBER', number, number));
  }
  return rows;
}

function sameNumber(a: string, b: string): boolean {
  if (!a) return false;
  const bare = (number: string) => number.replace(/^(\+|00)420/, '').replace(/\D/g, '');
  return bare(a) === bare(b);
}

/** What one can do with a row now; the server has the last word. */
export function canDo(row: Row, act: Act): boolean {
  switch (row.kind) {
    case 'NUMBER':
    case 'LINE':
      return true;
    case 'QUEUE':
      return act === 'transfer' || (act !== 'dial' && (row.queue?.ready ?? 0) > 0);
    case 'GROUP':
      return act !== 'dial' && Boolean(row.free?.length);
    case 'AGENT':
      if (act === 'dial' || !row.colleague?.phoneConnected) return false;
      if (act === 'transfer') return row.colleague.activity === 'READY';
      return ['READY', 'BREAK', 'NOT_READY'].includes(row.colleague.activity);
  }
}

export function callTarget(row: Row): CallTarget {
  switch (row.kind) {
    case 'NUMBER':
      return { number: row.target };
    case 'LINE':
      return { line: Number(row.target) };
    case 'QUEUE':
      return { queue: Number(row.target) };
    case 'GROUP':
      return { agent: row.free?.[0]?.userId ?? null };
    case 'AGENT':
      return { agent: Number(row.target) };
  }
}

/** The acts of a row in this intent: the first is Enter, the second Shift+Enter. */
export function actsOf(intent: Intent): readonly Act[] {
  if (intent === 'transfer') return ['transfer', 'consult'];
  if (intent === 'consult') return ['consult', 'transfer'];
  return [intent];
}
