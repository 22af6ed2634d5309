/** The form of one thing that has an id: a queue, a calendar, a group. */
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
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
  const navigate = useNavigate();
  const editor = useEditor(initial, send);
  return (
    <FormFrame
      editor={editor}
      isNew={id === null}
      onSaved={(saved) => {
        if (id === null) {
          void loadRouting().then(() =>
            navigate({ to: '/settings/$section/$item', params: { section, item: String(saved) }, replace: true }),
          );
        }
      }}
      onReload={async () => find(await loadRouting())}
    >
      {children}
    </FormFrame>
  );
}

/** What is open: an id, a new one, or what there is not. */
export function opened(item: string | undefined): number | null | undefined {
  if (item === undefined) return undefined;
  return item === 'new' ? null : Number(item);
}
