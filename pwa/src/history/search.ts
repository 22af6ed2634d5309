/** What is asked of the history, and its answer page by page. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { execute } from '../api/client';
import { type CallCriteria, SearchCallsDocument, type SearchCallsQuery, type SortBy } from '../gql/graphql';

export type FoundCall = SearchCallsQuery['searchCalls']['calls'][number];
export type Criteria = Omit<CallCriteria, 'agents' | 'queues' | 'categories' | 'types'> &
  Partial<Pick<CallCriteria, 'agents' | 'queues' | 'categories' | 'types'>>;

export interface Asked {
  criteria: Criteria;
  sort: SortBy;
  descending: boolean;
}

export const NEWEST: Asked = { criteria: {}, sort: 'STARTED', descending: true };
const PAGE = 50;

export function useSearch(asked: Asked) {
  const [calls, setCalls] = useState<readonly FoundCall[]>([]);
  const [total, setTotal] = useState(0);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('loading');
  const turn = useRef(0);
  const ask = useCallback(
    async (known: readonly FoundCall[]) => {
      const mine = ++turn.current;
      setState('loading');
      try {
        const { criteria, sort, descending } = asked;
        const answer = await execute(SearchCallsDocument, {
          criteria: { agents: [], queues: [], categories: [], types: [], ...criteria },
          sort,
          descending,
          first: PAGE,
          offset: known.length,
        });
        if (mine !== turn.current) return;
        const fresh = answer.searchCalls.calls.filter((each) => !known.some((old) => old.contactId === each.contactId));
        setCalls([...known, ...fresh]);
        setTotal(answer.searchCalls.total);
        setState('idle');
      } catch {
        if (mine === turn.current) setState('failed');
      }
    },
    [asked],
  );
  useEffect(() => void ask([]), [ask]);
  return { calls, total, state, more: calls.length < total, load: () => void ask(calls), reload: () => void ask([]) };
}

/** Midnight in Prague so many days ago, as an instant: what „posledních 7 dní" means. */
export function daysAgo(days: number, now: number): string {
  return new Date(now - days * 86_400_000).toISOString();
}
