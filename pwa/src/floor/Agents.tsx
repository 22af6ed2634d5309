import { Trans, useLingui } from '@lingui/react/macro';
import { memo, useMemo, useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { floor } from '../live/feeds';
import type { Agent, Contact, LiveState } from '../live/state';
import { useInTurn } from '../live/turns';
import { Empty } from '../ui/Empty';
import { ACTIVITIES } from '../words/states';
import { AgentRow } from './AgentRow';
import { AgentTools } from './AgentTools';
import { headings, ORDER, START, shown, sorted, type View } from './agents';
import { useRows } from './rows';
import { Space } from './Space';

type Line = { kind: 'heading'; id: string; count: number } | { kind: 'agent'; agent: Agent; under: string };

const whole = (state: LiveState): LiveState => state;

export function Agents() {
  const { t } = useLingui();
  const { agents, contacts } = useInTurn(floor.state, whole);
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
        <Table lines={lines} contacts={contacts} view={view} />
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

const Table = memo(function Table({
  lines,
  contacts,
  view,
}: {
  lines: readonly Line[];
  contacts: ReadonlyMap<string, Contact>;
  view: View;
}) {
  const { t } = useLingui();
  const { body, drawn, above, below, measured } = useRows(lines.length, (n) => keyOf(lines[n] as Line));
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
        {above > 0 && <Space height={above} columns={10} />}
        {drawn.map((n) => {
          const line = lines[n];
          if (!line) return null;
          return line.kind === 'heading' ? (
            <tr key={keyOf(line)} className="floor-heading" aria-rowindex={n + 2} {...measured(n)}>
              <th scope="rowgroup" colSpan={10}>
                <HeadingName view={view} id={line.id} /> <span className="quiet figures">{line.count}</span>
              </th>
            </tr>
          ) : (
            <AgentRow
              key={keyOf(line)}
              agent={line.agent}
              contact={contacts.get(line.agent.contacts[0]?.contactId ?? '')}
              row={n + 2}
              {...measured(n)}
            />
          );
        })}
        {below > 0 && <Space height={below} columns={10} />}
      </tbody>
    </table>
  );
});

function keyOf(line: Line): string {
  return line.kind === 'heading' ? `heading ${line.id}` : `${line.under} ${line.agent.userId}`;
}

function HeadingName({ view, id }: { view: View; id: string }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  if (view.by === 'state') return i18n._(ACTIVITIES[id as Agent['activity']]);
  if (view.by === 'location') return nameIn(settings.locations, Number(id)) ?? t`Bez lokality`;
  return nameIn(settings.groups, Number(id)) ?? t`Bez skupiny`;
}
