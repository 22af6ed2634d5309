/** Parts that the first picture can do without: loaded after it, and read ahead as soon as nothing else is to be done. */
import { type ComponentProps, type ComponentType, lazy, type ReactNode, Suspense } from 'react';

const AHEAD_MS = 1_500;
const waiting = new Set<() => Promise<unknown>>();

/** Reads all of them ahead; once the page is there. */
export function readAhead(): void {
  setTimeout(() => {
    for (const load of waiting) void load().catch(() => {});
    waiting.clear();
  }, AHEAD_MS);
}

// biome-ignore lint/suspicious/noExplicitAny: whatever props the component has, it keeps
type Any = ComponentType<any>;

/** A component of a module that comes later; nothing stands in its place until it is here. */
export function later<K extends string, M extends Record<K, Any>>(
  load: () => Promise<M>,
  name: K,
): (props: ComponentProps<M[K]>) => ReactNode {
  waiting.add(load);
  const Part: Any = lazy(() => load().then((module) => ({ default: module[name] as Any })));
  return function Later(props) {
    return (
      <Suspense fallback={null}>
        <Part {...props} />
      </Suspense>
    );
  };
}
