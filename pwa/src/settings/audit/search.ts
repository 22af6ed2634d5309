/** What is asked of the audit, and its answer page by page. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { execute } from '../../api/client';
import {
  AuditCountDocument,
  type AuditFilter,
  type AuditKind,
  type AuditOutcome,
  AuditStateDocument,
  type AuditStateQuery,
  AuditTrailDocument,
  type AuditTrailQuery,
} from '../../gql/graphql';

export type Line = AuditTrailQuery['auditTrail']['lines'][number];
export type Person = AuditStateQuery['auditPeople'][number];
export type Seal = AuditStateQuery['auditSeal'];
export type Period = 'day' | 'week' | 'month' | 'own' | 'always';

export interface Asked {
  period: Period;
  /** Of one's own period: as fields of a date and a time have them, of this clock. */
  from: string;
  to: string;
  words: string;
  actor: number | null;
  action: string | null;
  subject: string;
  kind: AuditKind | null;
  outcome: AuditOutcome | null;
  address: string;
}

export const USUAL: Asked = {
  period: 'week',
  from: '',
  to: '',
  words: '',
  actor: null,
  action: null,
  subject: '',
  kind: null,
  outcome: null,
  address: '',
};

const DAYS: Partial<Record<Period, number>> = { day: 1, week: 7, month: 31 };
const DAY_MS = 86_400_000;

/** What an address of this screen asks at once: `actor:5` a person, anything else an object. */
export function askedBy(item: string | undefined): Asked {
  if (!item) return USUAL;
  const person = /^actor:(\d+)$/.exec(item);
  return person ? { ...USUAL, actor: Number(person[1]) } : { ...USUAL, subject: item };
}

const instant = (local: string): string | null => (local ? new Date(local).toISOString() : null);

/** Pure: `now` in milliseconds. */
export function filterOf(asked: Asked, now: number): AuditFilter {
  const days = DAYS[asked.period];
  const own = asked.period === 'own';
  return {
    since: days ? new Date(now - days * DAY_MS).toISOString() : own ? instant(asked.from) : null,
    until: own ? instant(asked.to) : null,
    kinds: asked.kind ? [asked.kind] : [],
    actor: asked.actor,
    subject: asked.subject.trim() || null,
    actions: asked.action ? [asked.action] : [],
    outcome: asked.outcome,
    address: asked.address.trim() || null,
    words: asked.words.trim() || null,
  };
}

/** Of the file with the same lines. */
export function exportAddress(kind: 'csv' | 'jsonl', filter: AuditFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each != null)
        query.append(name, name === 'kinds' || name === 'outcome' ? String(each).toLowerCase() : String(each));
    }
  }
  return `/audit/export.${kind}?${query}`;
}

export function useTrail(asked: Asked) {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const [after, setAfter] = useState<string | null>(null);
  const [total, setTotal] = useState<number | null>(null);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('loading');
  const turn = useRef(0);
  const filter = useRef<AuditFilter>(filterOf(asked, Date.now()));
  const ask = useCallback(
    async (from: string | null) => {
      const mine = ++turn.current;
      setState('loading');
      if (from === null) {
        // lines that come meanwhile would move the pages: all of them are of one moment
        filter.current = filterOf(asked, Date.now());
        setTotal(null);
      }
      try {
        const { auditTrail: page } = await execute(AuditTrailDocument, { filter: filter.current, after: from });
        if (mine !== turn.current) return;
        setLines((known) => (from === null ? page.lines : [...known, ...page.lines]));
        setAfter(page.after ?? null);
        setState('idle');
        if (from !== null) return;
        const { auditCount } = await execute(AuditCountDocument, { filter: filter.current });
        if (mine === turn.current) setTotal(auditCount);
      } catch {
        if (mine === turn.current) setState('failed');
      }
    },
    [asked],
  );
  useEffect(() => void ask(null), [ask]);
  return {
    lines,
    total,
    state,
    filter: filter.current,
    more: after !== null,
    load: () => void ask(after),
    reload: () => void ask(null),
  };
}

/** Who can stand in the audit, and how far it is sealed; read again with the list. */
export function useAuditState(turn: number): { people: readonly Person[]; seal: Seal | null; failed: boolean } {
  const [found, setFound] = useState<AuditStateQuery | null>(null);
  const [failed, setFailed] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks anew
  useEffect(() => {
    execute(AuditStateDocument, {})
      .then((answer) => {
        setFound(answer);
        setFailed(false);
      })
      .catch(() => setFailed(true));
  }, [turn]);
  return { people: found?.auditPeople ?? [], seal: found?.auditSeal ?? null, failed };
}
