/** One flow being edited: what is on the screen, and its draft on the server. Nothing typed is lost with the network. */
import { execute, Failed, Unauthenticated } from '../api/client';
import { FlowDetailDocument, type FlowDetailQuery, SaveFlowDocument } from '../gql/graphql';
import { backoff } from '../live/backoff';
import { Store } from '../live/store';
import type { Clip } from './model/edit';
import { type Flow, readFlow } from './model/flow';
import { advance, begun, type Edited, type Step } from './model/history';
import { arranged, neverDrawn } from './model/layout';

export type Detail = NonNullable<FlowDetailQuery['flow']>;
export type Problem = Detail['problems'][number];

export type Saving =
  /** Nothing was changed since the version in force, or since the draft was opened. */
  | { kind: 'same' }
  | { kind: 'saved'; at: number }
  | { kind: 'saving' }
  /** The server is away: kept in this browser, tried again. */
  | { kind: 'waiting' }
  | { kind: 'refused'; code: string }
  /** Somebody else has saved or published it since; nothing is sent until the person decides. */
  | { kind: 'conflict'; byId: number | null; at: string | null; mark: string };

const KEY = 'kc.flow.';
const PAUSE_MS = 600;

/** What was copied, for pasting into this or another flow. */
export const clipboard = new Store<Clip | null>(null);

export class Editing {
  readonly state: Store<Edited>;
  readonly saving = new Store<Saving>({ kind: 'same' });
  readonly problems: Store<readonly Problem[]>;
  readonly detail: Store<Detail>;
  /** Key of a row of the outline. */
  readonly selected = new Store('start');
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sent: Promise<void> | null = null;
  #stored: Flow;
  #tries = 0;
  /** Of what on the server this one began with. */
  #mark: string;

  constructor(detail: Detail) {
    this.detail = new Store(detail);
    this.problems = new Store<readonly Problem[]>(detail.problems);
    const known = readFlow(detail.draft ?? detail.published);
    const drawn = withPlaces(known);
    this.#stored = drawn;
    const left = recall(detail.id);
    this.#mark = left?.mark ?? detail.mark;
    this.state = new Store(begun(left?.flow ?? drawn));
    if (left) this.#later(0);
  }

  get flow(): Flow {
    return this.state.get().flow;
  }

  do(step: Step): void {
    const before = this.state.get();
    const after = advance(before, step);
    this.state.set(after);
    if (after.flow === before.flow) return;
    const kept: Kept = { flow: after.flow, mark: this.#mark };
    localStorage.setItem(KEY + this.detail.get().id, JSON.stringify(kept));
    if (this.saving.get().kind === 'conflict') return;
    this.saving.set({ kind: 'saving' });
    this.#later(PAUSE_MS);
  }

  /** Of two who edited at once: what is here replaces what the other one saved. */
  keepMine(): void {
    const now = this.saving.get();
    if (now.kind !== 'conflict') return;
    this.#mark = now.mark;
    this.saving.set({ kind: 'saving' });
    this.#later(0);
  }

  /** What the version or draft began with, as publishing asks. */
  get mark(): string {
    return this.#mark;
  }

  /** Whether everything is on the server. */
  async flush(): Promise<boolean> {
    clearTimeout(this.#timer);
    await this.#sent;
    if (this.saving.get().kind === 'conflict') return false;
    if (this.flow !== this.#stored) await this.#save();
    return this.flow === this.#stored;
  }

  /** What is in force has changed: a version was published, or the draft was dropped. */
  async reload(take: boolean): Promise<void> {
    const { flow } = await execute(FlowDetailDocument, { id: this.detail.get().id });
    if (!flow) return;
    this.detail.set(flow);
    this.#mark = flow.mark;
    if (!take) return;
    clearTimeout(this.#timer);
    const known = readFlow(flow.draft ?? flow.published);
    this.#stored = known;
    this.state.set(begun(known));
    this.problems.set(flow.problems);
    this.saving.set({ kind: 'same' });
    localStorage.removeItem(KEY + flow.id);
  }

  close(): void {
    void this.flush();
    clearTimeout(this.#timer);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#save(), ms);
  }

  #save(): Promise<void> {
    this.#sent ??= this.#send().finally(() => {
      this.#sent = null;
      if (this.saving.get().kind === 'saving' && this.flow !== this.#stored) this.#later(PAUSE_MS);
    });
    return this.#sent;
  }

  async #send(): Promise<void> {
    const { flow } = this;
    const { id } = this.detail.get();
    this.saving.set({ kind: 'saving' });
    try {
      const { saveFlow } = await execute(SaveFlowDocument, { id, body: flow, base: this.#mark });
      this.#tries = 0;
      if (saveFlow.__typename === 'Refused') return this.saving.set({ kind: 'refused', code: saveFlow.code });
      if (saveFlow.__typename === 'FlowConflict') {
        const { byId, at, mark } = saveFlow;
        return this.saving.set({ kind: 'conflict', byId: byId ?? null, at: at ?? null, mark });
      }
      this.#stored = flow;
      this.#mark = saveFlow.mark;
      this.problems.set(saveFlow.problems);
      if (this.flow !== flow) return;
      localStorage.removeItem(KEY + id);
      this.saving.set({ kind: 'saved', at: Date.now() });
    } catch (error) {
      if (error instanceof Failed) return this.saving.set({ kind: 'refused', code: error.code ?? '' });
      this.saving.set({ kind: 'waiting' });
      this.#later(error instanceof Unauthenticated ? 5_000 : backoff(this.#tries++, Math.random()));
    }
  }
}

/** One that nobody has drawn yet is laid out. */
export function withPlaces(flow: Flow): Flow {
  if (!neverDrawn(flow)) return flow;
  const places = arranged(flow);
  return {
    ...flow,
    places: Object.fromEntries(
      Object.entries(places).map(([id, at]) => [id, { ...at, title: flow.places[id]?.title ?? '' }]),
    ),
  };
}

/** What this browser keeps until the server has it. */
interface Kept {
  flow: Flow;
  mark: string;
}

function recall(id: number): Kept | null {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY + id) ?? 'null') as Kept | null;
    return kept?.flow && kept.mark ? { flow: readFlow(kept.flow), mark: kept.mark } : null;
  } catch {
    return null;
  }
}

export const newId = (): string => `n${crypto.randomUUID().replaceAll('-', '').slice(0, 10)}`;
