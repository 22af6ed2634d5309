/**
 * Large panels that show one live picture take turns: each is drawn in a frame of its own, the next one when it is on the
 * screen, always with the newest picture. So a picture that changes faster than can be drawn holds up no click, and no frame
 * has to draw everything.
 */
import { startTransition, useEffect, useRef, useState } from 'react';
import type { Readable } from './store';

interface Panel {
  draw: () => void;
}

const waiting = new Set<Panel>();
let drawing: Panel | null = null;
let asked = false;

function next(): void {
  if (asked || drawing || !waiting.size) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    const [panel] = waiting;
    if (!panel || drawing) return;
    waiting.delete(panel);
    drawing = panel;
    panel.draw();
  });
}

function drawn(panel: Panel): void {
  if (drawing === panel) drawing = null;
  next();
}

/** The part that `select`, always the same function, picks: as it was when this panel's turn came. */
export function useInTurn<T, S>(store: Readable<T>, select: (value: T) => S): S {
  const [shown, setShown] = useState(() => ({ part: select(store.get()) }));
  const part = useRef(shown.part);
  const panel = useRef<Panel | null>(null);
  useEffect(() => {
    const mine: Panel = {
      draw() {
        const now = select(store.get());
        if (Object.is(now, part.current)) return drawn(mine);
        part.current = now;
        startTransition(() => setShown({ part: now }));
      },
    };
    panel.current = mine;
    const look = () => {
      if (Object.is(select(store.get()), part.current)) return;
      waiting.add(mine);
      next();
    };
    look();
    const stop = store.subscribe(look);
    return () => {
      stop();
      waiting.delete(mine);
      drawn(mine);
    };
  }, [store, select]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is on the screen
  useEffect(() => {
    if (panel.current) drawn(panel.current);
  }, [shown]);
  return shown.part;
}
