import { Trans, useLingui } from '@lingui/react/macro';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { floor } from '../live/feeds';
import type { Agent } from '../live/state';
import { useStore } from '../live/store';
import { Empty } from '../ui/Empty';
import { ACTIVITIES } from '../words/states';
import { AgentRow } from './AgentRow';
import { AgentTools } from './AgentTools';
import { headings, ORDER, START, shown, sorted, type View } from './agents';

type Line = { kind: 'heading'; id: string; count: number } | { kind: 'agent'; agent: Agent; under: string };

/** Fewer are all drawn: then the browser's own search finds everybody. */
const VIRTUAL_FROM = 60;

export function Agents() {
  const { t } = useLingui();
  const agents = useStore(floor.state, (state) => state.agents);
  const [view, setView] = useState<View>(START);
  const settings = useSettings();
  const lines = useMemo(() => linesOf(agents, view, settings), [agents, view, settings]);
  const count = useMemo(() => shown(agents.values(), view).length, [agents, view]);
  return (
    <section className="panel floor-agents" aria-labelledby="floor-agents-title">
      <header>
        <h2 id="floor-agents-title">
          <Trans>Operátoři</Trans>
        </h2>
        <span className="quiet figures" data-testid="agents-count">
          {count}
        </span>
      </header>
      <AgentTools view={view} onView={setView} />
      {count === 0 ? (
        <Empty icon="people">
          {view === START ? t`Nikdo není přihlášený.` : t`Nikdo takový tu není. Uberte podmínky.`}
        </Empty>
      ) : (
        <Table lines={lines} view={view} />
      )}
    </section>
  );
}

function linesOf(agents: ReadonlyMap<number, Agent>, view: View, settings: ReturnType<typeof useSettings>): Line[] {
  const groups = headings(sorted(shown(agents.values(), view), view.sort), view.by);
  if (view.by === 'none') return (groups[0]?.agents ?? []).map((agent) => ({ kind: 'agent', agent, under: '' }));
  const name = (id: string) =>
    (view.by === 'state'
      ? String(ORDER.indexOf(id as Agent['activity']))
      : nameIn(view.by === 'location' ? settings.locations : settings.groups, Number(id))) ?? '\uffff';
  return [...groups]
    .sort((a, b) => name(a.id).localeCompare(name(b.id), 'cs'))
    .flatMap(({ id, agents }): Line[] => [
      { kind: 'heading', id, count: agents.length },
      ...agents.map((agent): Line => ({ kind: 'agent', agent, under: id })),
    ]);
}

function Table({ lines, view }: { lines: readonly Line[]; view: View }) {
  const { t } = useLingui();
  const body = useRef<HTMLTableSectionElement>(null);
  const virtual = lines.length > VIRTUAL_FROM;
  const rows = useVirtualizer({
    count: lines.length,
    enabled: virtual,
    getScrollElement: () => document.getElementById('main'),
    estimateSize: () => (window.innerWidth <= 700 ? 190 : 44),
    scrollMargin: body.current?.offsetTop ?? 0,
    overscan: 8,
    getItemKey: (n) => keyOf(lines[n] as Line),
  });
  const items = virtual ? rows.getVirtualItems() : [];
  const first = items[0];
  const last = items.at(-1);
  const margin = rows.options.scrollMargin;
  const above = virtual && first ? first.start - margin : 0;
  const below = virtual && last ? rows.getTotalSize() - (last.end - margin) : 0;
  const drawn = virtual ? items.map((item) => item.index) : lines.map((_, n) => n);
  return (
    <table className="table" data-testid="floor-agents" aria-rowcount={lines.length + 1}>
      <thead>
        <tr aria-rowindex={1}>
          <th scope="col">{t`Číslo`}</th>
          <th scope="col">{t`Jméno`}</th>
          <th scope="col">{t`Stav`}</th>
          <th scope="col" className="n">{t`Trvá`}</th>
          <th scope="col">{t`S kým`}</th>
          <th scope="col" className="n">{t`Obsloužil(a)`}</th>
          <th scope="col" className="n">{t`Zmeškal(a)`}</th>
          <th scope="col">{t`Fronty`}</th>
          <th scope="col">{t`Lokalita`}</th>
          <td />
        </tr>
      </thead>
      <tbody ref={body}>
        {above > 0 && <Space height={above} />}
        {drawn.map((n) => {
          const line = lines[n];
          if (!line) return null;
          const measured = virtual ? { 'data-index': n, ref: rows.measureElement } : {};
          return line.kind === 'heading' ? (
            <tr key={keyOf(line)} className="floor-heading" aria-rowindex={n + 2} {...measured}>
              <th scope="rowgroup" colSpan={10}>
                <HeadingName view={view} id={line.id} /> <span className="quiet figures">{line.count}</span>
              </th>
            </tr>
          ) : (
            <AgentRow key={keyOf(line)} agent={line.agent} row={n + 2} {...measured} />
          );
        })}
        {below > 0 && <Space height={below} />}
      </tbody>
    </table>
  );
}

function keyOf(line: Line): string {
  return line.kind === 'heading' ? `heading ${line.id}` : `${line.under} ${line.agent.userId}`;
}

function Space({ height }: { height: number }) {
  return (
    <tr className="floor-space">
      <td colSpan={10} style={{ height }} />
    </tr>
  );
}

function HeadingName({ view, id }: { view: View; id: string }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  if (view.by === 'state') return i18n._(ACTIVITIES[id as Agent['activity']]);
  if (view.by === 'location') return nameIn(settings.locations, Number(id)) ?? t`Bez lokality`;
  return nameIn(settings.groups, Number(id)) ?? t`Bez skupiny`;
}
