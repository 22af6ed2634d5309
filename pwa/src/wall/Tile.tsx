import { useLingui } from '@lingui/react/macro';
import { type CSSProperties, useEffect, useState } from 'react';
import { duration, number, percent, secondsBetween, time } from '../format/format';
import { useServerNow } from '../live/clock';
import type { WallTile } from '../live/state';
import { Icon } from '../ui/Icon';
import { LOOKS } from '../ui/StateBadge';
import { ACTIVITIES } from '../words/states';
import { MEASURES } from '../words/wall';
import { formatOf, judge, linesOf, type Tile as TileOf, type Verdict } from './layout';

const ICONS = { good: 'check', warn: 'clock', bad: 'warn' } as const;
const TURN_MS = 10_000;

interface Props {
  tile: TileOf;
  value: WallTile | undefined;
  /** Of the whole page: by it is known how large a row is. */
  rows: number;
  id: string;
}

export function Tile({ tile, value, rows, id }: Props) {
  const style = { gridColumn: `span ${tile.columns}`, gridRow: `span ${tile.rows}` };
  const inner = { tile, value, rows, id };
  return (
    <section className="wall-cell" style={style} data-testid={`tile-${id}`} data-type={tile.type}>
      {tile.type === 'clock' && <Clock title={tile.title} />}
      {tile.type === 'text' && <Text tile={tile} />}
      {tile.type === 'queues' && <QueueTable {...inner} />}
      {tile.type === 'agents' && <AgentList {...inner} />}
      {(tile.type === 'measure' || tile.type === 'own') && <Figure {...inner} tile={tile} />}
    </section>
  );
}

function useMeasureName(): (measure: string) => string {
  const { i18n } = useLingui();
  return (measure) => (MEASURES[measure] ? i18n._(MEASURES[measure]) : measure);
}

export function useTitle(): (tile: TileOf) => string {
  const { t } = useLingui();
  const name = useMeasureName();
  return (tile) => {
    if (tile.title) return tile.title;
    if (tile.type === 'measure') return name(tile.measure);
    return { own: t`Vlastní ukazatel`, clock: t`Hodiny`, text: t`Text`, queues: t`Fronty`, agents: t`Operátoři` }[
      tile.type
    ];
  };
}

/** A number grown with the server's clock, where it grows. */
function useShown(tile: TileOf, value: WallTile | undefined): number | null {
  const now = useServerNow();
  if (!value) return null;
  if (value.since) return secondsBetween(value.since, now);
  if (tile.type === 'measure' && tile.measure === 'longest_wait') return 0;
  return value.value ?? null;
}

function Figure({ tile, value, id }: Props & { tile: Extract<TileOf, { type: 'measure' | 'own' }> }) {
  const { t } = useLingui();
  const title = useTitle()(tile);
  const shown = useShown(tile, value);
  const verdict = judge(shown, tile);
  const words: Record<Verdict, string> = { good: t`dobré`, warn: t`pozor`, bad: t`špatné` };
  const windows = { today: '', hour: t`za hodinu`, half_hour: t`za půl hodiny`, quarter_hour: t`za čtvrt hodiny` };
  const format = formatOf(tile);
  const text =
    shown === null
      ? '–'
      : format === 'duration'
        ? duration(shown)
        : format === 'percent'
          ? percent(shown)
          : number(shown);
  const ratio = value?.lost != null && value.handled != null ? t`${value.lost} : ${value.handled}` : '';
  return (
    <div className={`wall-tile ${verdict ?? ''}`} data-value={text} data-verdict={verdict ?? 'none'}>
      <h2 style={wordsOf(title)}>{title}</h2>
      <strong className="wall-value figures" style={charsOf(text)} data-testid={`value-${id}`}>
        {text}
      </strong>
      <p className="wall-word">
        {verdict && (
          <span>
            <Icon name={ICONS[verdict]} />
            {words[verdict]}
          </span>
        )}
        {ratio && <span className="figures">{ratio}</span>}
        {windows[tile.window] && <span className="wall-quiet">{windows[tile.window]}</span>}
      </p>
    </div>
  );
}

/** A value fills its tile, whatever its length. */
function charsOf(text: string): CSSProperties {
  return { '--chars': Math.max(3, text.length) } as CSSProperties;
}

/** A title is smaller where its longest word would not fit: no word is broken. */
function wordsOf(title: string): CSSProperties {
  return { '--letters': Math.max(...title.split(/\s+/).map((word) => word.length)) } as CSSProperties;
}

function Clock({ title }: { title: string }) {
  const now = useServerNow();
  return (
    <div className="wall-tile">
      {title && <h2>{title}</h2>}
      <strong className="wall-value figures" style={charsOf(time(now))}>
        {time(now)}
      </strong>
    </div>
  );
}

function Text({ tile }: { tile: Extract<TileOf, { type: 'text' }> }) {
  return (
    <div className="wall-tile wall-text">
      {tile.title && <h2>{tile.title}</h2>}
      <p>{tile.text}</p>
    </div>
  );
}

/** What does not fit is shown in turns: nobody scrolls on a wall. */
function useTurn<T>(list: readonly T[], size: number): { shown: readonly T[]; turn: number; turns: number } {
  const turns = Math.max(1, Math.ceil(list.length / size));
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (turns < 2) return;
    const timer = setInterval(() => setAt((n) => n + 1), TURN_MS);
    return () => clearInterval(timer);
  }, [turns]);
  const turn = at % turns;
  return { shown: list.slice(turn * size, (turn + 1) * size), turn, turns };
}

function QueueTable({ tile, value, rows }: Props) {
  const { t } = useLingui();
  const now = useServerNow();
  const title = useTitle()(tile);
  const wide = tile.columns >= 8;
  const { shown, turn, turns } = useTurn(value?.queues ?? [], linesOf(tile.rows, rows) - 1);
  return (
    <div className="wall-tile wall-table">
      <table>
        <thead>
          <tr>
            <th scope="col">
              {title}
              {turns > 1 && (
                <span className="wall-quiet">
                  {' '}
                  {turn + 1}/{turns}
                </span>
              )}
            </th>
            <th scope="col">{t`Čeká`}</th>
            <th scope="col">{t`Nejdéle`}</th>
            {wide && <th className="wall-wide" scope="col">{t`Úroveň`}</th>}
            {wide && <th className="wall-wide" scope="col">{t`Obslouž.`}</th>}
            <th scope="col">{t`Ztrac.`}</th>
            {wide && <th className="wall-wide" scope="col">{t`Volní`}</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map((queue) => (
            <tr key={queue.id} data-testid={`wall-queue-${queue.id}`}>
              <th scope="row">{queue.name}</th>
              <td>{queue.waiting}</td>
              <td>{queue.longestSince ? duration(secondsBetween(queue.longestSince, now)) : '–'}</td>
              {wide && <td className="wall-wide">{queue.serviceLevel == null ? '–' : percent(queue.serviceLevel)}</td>}
              {wide && (
                <td className="wall-wide" data-testid={`wall-answered-${queue.id}`}>
                  {queue.answered}
                </td>
              )}
              <td>{queue.abandoned}</td>
              {wide && <td className="wall-wide">{queue.ready}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function AgentList({ tile, value, rows }: Props) {
  const { i18n } = useLingui();
  const now = useServerNow();
  const title = useTitle()(tile);
  const abreast = Math.max(1, Math.floor(tile.columns / 5));
  const all = [...(value?.agents ?? [])].sort((a, b) => a.name.localeCompare(b.name, 'cs'));
  const { shown, turn, turns } = useTurn(all, (linesOf(tile.rows, rows) - 1) * abreast);
  return (
    <div className="wall-tile wall-agents">
      <h2>
        {title} <span className="wall-quiet">{turns > 1 ? `${turn + 1}/${turns}` : ''}</span>
      </h2>
      <ul style={{ gridTemplateColumns: `repeat(${abreast}, minmax(0, 1fr))` }}>
        {shown.map((agent) => (
          <li key={agent.userId} className={`wall-${LOOKS[agent.activity].tone}`}>
            <Icon name={LOOKS[agent.activity].icon} />
            <span className="wall-name">{agent.name}</span>
            <span className="figures">{duration(secondsBetween(agent.activitySince, now))}</span>
            <span className="unseen">{i18n._(ACTIVITIES[agent.activity])}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
