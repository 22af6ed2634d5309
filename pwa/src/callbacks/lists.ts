/** Callbacks and missed calls, asked for anew every few seconds and after each command. */
import { useCallback, useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import {
  AssignCallbackDocument,
  CallbacksDocument,
  type CallbacksQuery,
  DialCallbackDocument,
  FinishCallbackDocument,
  FinishMissedCallDocument,
  MissedCallsDocument,
  type MissedCallsQuery,
  ReopenCallbackDocument,
  RequestCallbackDocument,
} from '../gql/graphql';
import { NO_ANSWER, refusalText } from '../words/refusals';

export type Wish = CallbacksQuery['callbacks'][number];
export type Missed = MissedCallsQuery['missedCalls'][number];

export type Act = (command: () => Promise<string | null>) => void;

const EVERY_MS = 5_000;

export interface Lists {
  open: readonly Wish[];
  closed: readonly Wish[];
  missed: readonly Missed[];
  loaded: boolean;
  failed: boolean;
}

const NOTHING: Lists = { open: [], closed: [], missed: [], loaded: false, failed: false };

export function useLists(): Lists & { act: Act } {
  const [lists, setLists] = useState<Lists>(NOTHING);
  const load = useCallback(async () => {
    try {
      const [open, closed, missed] = await Promise.all([
        execute(CallbacksDocument, { states: null }),
        execute(CallbacksDocument, { states: ['DONE', 'FAILED'] }),
        execute(MissedCallsDocument, {}),
      ]);
      setLists({
        open: open.callbacks,
        closed: closed.callbacks,
        missed: missed.missedCalls,
        loaded: true,
        failed: false,
      });
    } catch {
      setLists((before) => ({ ...before, failed: true }));
    }
  }, []);
  useEffect(() => {
    void load();
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [load]);
  const act = (command: () => Promise<string | null>) =>
    void (async () => {
      try {
        const refused = await command();
        if (refused) tell(refusalText(refused));
      } catch {
        tell(NO_ANSWER);
      }
      await load();
    })();
  return { ...lists, act };
}

type Answer = { __typename: string; code?: string };
const refusal = (answer: Answer): string | null => (answer.__typename === 'Refused' ? (answer.code ?? '') : null);

export const dial = (id: string) => async () => refusal((await execute(DialCallbackDocument, { id })).dialCallback);
export const finish = (id: string) => async () =>
  refusal((await execute(FinishCallbackDocument, { id })).finishCallback);
export const seenTo = (number: string) => async () =>
  refusal((await execute(FinishMissedCallDocument, { number })).finishMissedCall);
export const request = (number: string, queue: number) => async () =>
  refusal((await execute(RequestCallbackDocument, { number, queue, dueAt: null })).requestCallback);
export const assign = (id: string, to: number | null) => async () =>
  refusal((await execute(AssignCallbackDocument, { id, to })).assignCallback);
export const reopen = (id: string) => async () =>
  refusal((await execute(ReopenCallbackDocument, { id })).reopenCallback);
