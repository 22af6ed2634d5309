/** Who did and saw what: found by what is known of it, one line whole, and the file that proves itself. */
import './audit.css';
import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { may, session } from '../../app/session';
import { preciseTime } from '../../format/format';
import { serverClock } from '../../live/clock';
import { useStore } from '../../live/store';
import { Button } from '../../ui/Button';
import { Empty } from '../../ui/Empty';
import { Icon } from '../../ui/Icon';
import { Conditions } from './Conditions';
import { Details } from './Details';
import { Sealed } from './Sealed';
import { askedBy, exportAddress, type Line, type Person, USUAL, useAuditState, useTrail } from './search';
import { ANSWERS, actionName, SOURCES } from './words';
import { dayAndTime, subjectName } from './write';

const ANSWER_ICONS = { DONE: 'check', REFUSED: 'lock', FAILED: 'warn' } as const;

export function AuditSection({ item }: { item: string | undefined }) {
  const { t } = useLingui();
  const now = useStore(session);
  const [asked, setAsked] = useState(() => askedBy(item));
  const [open, setOpen] = useState<Line | null>(null);
  const [turn, setTurn] = useState(0);
  const { lines, total, state, more, filter, load, reload } = useTrail(asked);
  const { people, seal, failed } = useAuditState(turn);
  const screen = useRef<HTMLDivElement>(null);
  const last = useRef<string | null>(null);
  // where list and line take turns, the keyboard goes along
  useEffect(() => {
    const at = document.activeElement;
    if (at !== document.body && at?.checkVisibility()) return;
    const to = open ? '.panes-back' : `[data-line="${last.current}"]`;
    screen.current?.querySelector<HTMLElement>(to)?.focus();
    last.current = open?.id ?? null;
  }, [open]);
  const exports = (now.kind === 'user' || now.kind === 'expired') && may(now.user, 'EXPORT_AUDIT');
  const again = () => {
    setTurn((n) => n + 1);
    reload();
  };
  return (
    <div className="panes audit" ref={screen} data-open={open !== null}>
      <section className="panel panes-list audit-list" aria-labelledby="audit-title">
        <header>
          <h2 id="audit-title">{t`Záznam o činnosti`}</h2>
          <span className="small quiet" aria-live="polite" data-testid="audit-total">
            {total !== null && plural(total, { one: '# řádek', few: '# řádky', other: '# řádků' })}
          </span>
          <Button tone="plain" icon="reload" iconOnly onPress={again} testId="audit-reload">
            {t`Načíst znovu`}
          </Button>
          {exports && (
            <span className="audit-exports">
              <a
                className="button"
                href={exportAddress('csv', filter)}
                download
                data-testid="audit-csv"
                title={t`Tabulka pro Excel`}
              >
                <Icon name="download" />
                {t`Tabulka`}
              </a>
              <a
                className="button"
                href={exportAddress('jsonl', filter)}
                download
                data-testid="audit-jsonl"
                title={t`Soubor, jehož pravost jde ověřit příkazem kc audit verify-export`}
              >
                <Icon name="lock" />
                {t`S důkazem`}
              </a>
            </span>
          )}
        </header>
        <Sealed seal={seal} failed={failed} />
        <Conditions asked={asked} people={people} onAsk={setAsked} />
        <ul data-testid="audit" data-state={state} onKeyDown={onArrows}>
          {lines.map((line) => (
            <Row key={line.id} line={line} people={people} open={line.id === open?.id} onOpen={() => setOpen(line)} />
          ))}
        </ul>
        {state === 'failed' && (
          <p className="error list-foot" role="alert">
            {t`Záznam se nepodařilo načíst. Zkuste zkrátit období.`}
          </p>
        )}
        {state === 'idle' && lines.length === 0 && (
          <Empty icon="search">
            {asked === USUAL
              ? t`Za posledních 7 dní se nic nestalo.`
              : t`Nic takového tu není. Zkuste delší období nebo méně podmínek.`}
          </Empty>
        )}
        {(more || state !== 'idle') && (
          <div className="list-foot">
            <Button pending={state === 'loading'} onPress={state === 'failed' ? reload : load} testId="audit-more">
              {state === 'loading' ? t`Načítá se…` : state === 'failed' ? t`Zkusit znovu` : t`Načíst další`}
            </Button>
          </div>
        )}
      </section>
      <section className="panel panes-detail" aria-label={t`Podrobnosti`}>
        {open ? (
          <>
            <Button className="panes-back" tone="plain" onPress={() => setOpen(null)}>
              ← {t`Zpět na seznam`}
            </Button>
            <Details
              key={open.id}
              line={open}
              people={people}
              onOpen={setOpen}
              onAsk={(part) => {
                setOpen(null);
                setAsked({ ...USUAL, period: asked.period, from: asked.from, to: asked.to, ...part });
              }}
            />
          </>
        ) : (
          <Empty icon="list">{t`Vyberte řádek a uvidíte, s jakými údaji to kdo udělal a co se tím změnilo.`}</Empty>
        )}
      </section>
    </div>
  );
}

/** By arrows from line to line. */
function onArrows(event: KeyboardEvent<HTMLUListElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const rows = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('.audit-row')];
  const at = rows.indexOf(document.activeElement as HTMLButtonElement);
  const next = rows[at + step];
  if (at < 0 || !next) return;
  event.preventDefault();
  next.focus();
}

function Row({
  line,
  people,
  open,
  onOpen,
}: {
  line: Line;
  people: readonly Person[];
  open: boolean;
  onOpen: () => void;
}) {
  const { i18n } = useLingui();
  const who = people.find((each) => each.id === line.actorId)?.name;
  const source = SOURCES[line.source];
  const good = line.outcome === 'DONE';
  return (
    <li>
      <button
        type="button"
        className="audit-row"
        aria-current={open}
        onClick={onOpen}
        data-testid="audit-row"
        data-action={line.action}
        data-line={line.id}
      >
        <span className="figures audit-when" title={dayAndTime(line.at)}>
          {dayAndTime(line.at, serverClock.now())}
        </span>
        <span className="audit-who">
          {who ?? (line.actorId === null ? (source ? i18n._(source) : line.source) : `#${line.actorId}`)}
        </span>
        <span className="audit-what">
          <strong>{actionName(line.action)}</strong>
          <span className="quiet">{subjectName(line.subject)}</span>
        </span>
        <span className="small quiet audit-where">{line.address ?? ''}</span>
        <span className={good ? 'audit-answer quiet' : 'state tone-bad audit-answer'}>
          <Icon name={ANSWER_ICONS[line.outcome]} />
          <span className={good ? 'unseen' : undefined}>{i18n._(ANSWERS[line.outcome])}</span>
        </span>
        <span className="unseen">{preciseTime(line.at)}</span>
      </button>
    </li>
  );
}
