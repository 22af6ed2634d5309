/** The form of one thing that has an id: a queue, a calendar, a group. */
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { tell } from '../../app/notice';
import type { RefusalCode } from '../../gql/graphql';
import { NO_ANSWER, refusalText } from '../../words/refusals';
import { loadRouting, type Routing } from '../data';
import { FormFrame, type Send, useEditor } from '../form';

export function StoredForm<T>({
  section,
  id,
  initial,
  find,
  send,
  children,
}: {
  section: string;
  /** Null for a new one. */
  id: number | null;
  initial: T;
  find: (routing: Routing) => T | undefined;
  send: Send<T>;
  children: ReactNode;
}) {
  const editor = useEditor(initial, send);
  const openNew = useOpenNew(section, loadRouting);
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) openNew(String(saved));
      }}
      onReload={async () => find(await loadRouting())}
    >
      {children}
    </FormFrame>
  );
}

/** Opens what was made in the place of the form that made it; not when its author has gone on to something else meanwhile. */
export function useOpenNew(section: string, load: () => Promise<unknown>): (item: string) => void {
  const navigate = useNavigate();
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => {
      here.current = false;
    };
  }, []);
  return (item) =>
    void load()
      .then(() => {
        if (!here.current) return;
        void navigate({ to: '/settings/$section/$item', params: { section, item }, replace: true });
      })
      .catch(() => tell(NO_ANSWER));
}

/** Removes what is open and goes back to the list of its section. `send` gives the code of a refusal, or null when it is gone. */
export function useRemove(
  section: string,
  send: () => Promise<RefusalCode | null>,
  load: () => Promise<unknown>,
): () => Promise<void> {
  const navigate = useNavigate();
  return async () => {
    try {
      const refused = await send();
      if (refused) return tell(refusalText(refused));
      await navigate({ to: '/settings/$section', params: { section }, replace: true });
      await load();
    } catch {
      tell(NO_ANSWER);
    }
  };
}

/** What is open: an id, a new one, or what there is not. */
export function opened(item: string | undefined): number | null | undefined {
  if (item === undefined) return undefined;
  return item === 'new' ? null : Number(item);
}
