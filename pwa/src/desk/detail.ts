/** What screens ask for once, and a contact whole. */
import { useEffect, useState } from 'react';
import { execute, Unreachable } from '../api/client';
import { ContactDetailDocument, type ContactDetailQuery } from '../gql/graphql';
import { backoff } from '../live/backoff';
import { socket } from '../live/feeds';

export type Detail = NonNullable<ContactDetailQuery['contact']>;

/** What an asynchronous question gives, asked again when `key` changes; the old answer stays until the new one is here. */
export function useAnswer<T>(
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
): { value: T | null; failed: boolean } {
  const [answer, setAnswer] = useState<{ key: string | null; value: T | null; failed: boolean }>({
    key: null,
    value: null,
    failed: false,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for everything the question depends on
  useEffect(() => {
    if (key === null) return setAnswer({ key, value: null, failed: false });
    const asked = new AbortController();
    const { signal } = asked;
    void (async () => {
      for (let tries = 0; !signal.aborted; tries++) {
        try {
          const value = await ask(signal);
          if (!signal.aborted) setAnswer({ key, value, failed: false });
          return;
        } catch (error) {
          if (signal.aborted) return;
          setAnswer((before) => ({ ...before, failed: true }));
          if (!(error instanceof Unreachable)) return;
          await socket.pause(backoff(tries + 1, Math.random()));
        }
      }
    })();
    return () => asked.abort();
  }, [key]);
  return answer;
}

/** `version`: whatever changes with the contact. */
export function useDetail(id: string | null, version: number | string): { detail: Detail | null; failed: boolean } {
  const { value, failed } = useAnswer(id && `${id} ${version}`, async (signal) => {
    return (await execute(ContactDetailDocument, { id: id ?? '' }, signal)).contact ?? null;
  });
  return { detail: value?.contact.id === id ? value : null, failed };
}
