/** Undo and redo: whole values, since flows are small and share what did not change. Pure. */
import { edit, type Operation } from './edit';
import type { Flow } from './flow';

const MOST = 200;

export interface Edited {
  flow: Flow;
  past: readonly Flow[];
  future: readonly Flow[];
  /** What the last operation changed: typing on in one field is one step back. */
  run: string | null;
}

export type Step = Operation | { type: 'undo' } | { type: 'redo' };

export const begun = (flow: Flow): Edited => ({ flow, past: [], future: [], run: null });

/** Operations that go on where the last one of the same name ended. */
function runOf(step: Operation): string | null {
  if (step.type === 'change') return `change:${step.id}`;
  if (step.type === 'title') return `title:${step.id}`;
  return step.type === 'name' ? 'name' : null;
}

export function advance(state: Edited, step: Step): Edited {
  if (step.type === 'undo') {
    const flow = state.past.at(-1);
    if (!flow) return state;
    return { flow, past: state.past.slice(0, -1), future: [state.flow, ...state.future], run: null };
  }
  if (step.type === 'redo') {
    const [flow, ...future] = state.future;
    return flow ? { flow, past: [...state.past, state.flow], future, run: null } : state;
  }
  const flow = edit(state.flow, step);
  if (flow === state.flow) return state;
  const run = runOf(step);
  if (run && run === state.run) return { ...state, flow, future: [] };
  return { flow, past: [...state.past, state.flow].slice(-MOST), future: [], run };
}
