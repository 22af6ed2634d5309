/** Parts that the first picture can do without: loaded after it, and read ahead as soon as nothing else is to be done. */
import { type ComponentProps, type ComponentType, lazy, type ReactNode, Suspense, useState } from 'react';

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

/** A component of a module that comes later; nothing stands in its place until it is here, and once it is, it is there at once. */
export function later<K extends string, M extends Record<K, Any>>(
  load: () => Promise<M>,
  name: K,
): (props: ComponentProps<M[K]>) => ReactNode {
  let here: Any | null = null;
  const read = async () => {
    here = (await load())[name];
    return { default: here };
  };
  waiting.add(read);
  const Part: Any = lazy(read);
  return function Later(props) {
    // As it was when it was mounted: another component in its place would begin anew.
    const [Here] = useState<Any | null>(() => here);
    return Here ? (
      <Here {...props} />
    ) : (
      <Suspense fallback={null}>
        <Part {...props} />
      </Suspense>
    );
  };
}
