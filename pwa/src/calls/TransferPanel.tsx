import './calls.css';
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { useSettings } from '../app/settings';
import { useCall } from '../desk/current';
import { useTypedAhead } from '../keyboard/typedAhead';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { panel, type Sent, send } from './commands';
import { useFocusHere } from './Keypad';
import { barOf } from './situation';
import { Heading, TargetRow, useActWords } from './TargetRow';
import { type Act, actsOf, canDo, type Intent, type Row, rowsOf } from './targets';
import { useSources } from './useSources';

/** One panel for transfer, consultation, conference and calling out. It does not cover the call bar. */
export function TransferPanel({ userId }: { userId: number }) {
  const open = useStore(panel);
  const call = useCall();
  const bar = barOf(call, userId);
  const fitting =
    open &&
    (open.intent === 'dial'
      ? bar.mine === 'none' && !call
      : bar.can.has(open.intent === 'add' ? 'conference' : open.intent === 'consult' ? 'consult' : 'transfer'));
  useEffect(() => {
    if (open && !fitting) panel.set(null);
  }, [open, fitting]);
  if (!open || !fitting) return null;
  return <Panel key={open.intent} intent={open.intent} first={open.text} me={userId} contact={call?.id ?? null} />;
}

interface Asked {
  row: Row;
  act: Act;
  presence: string;
}

function Panel({ intent, first, me, contact }: { intent: Intent; first: string; me: number; contact: string | null }) {
  const { t } = useLingui();
  const words = useActWords();
  const settings = useSettings();
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [text, setText] = useState(first);
  const [at, setAt] = useState(0);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const { sources, star } = useSources(me, intent, useDeferredValue(text));
  const rows = rowsOf({ ...sources, staff: settings.staff }, text, intent);
  const acts = actsOf(intent);
  const current = Math.min(at, Math.max(0, rows.length - 1));
  useFocusHere(box);
  useTypedAhead(input, (typed) => setText((after) => typed + after));

  async function go(row: Row, act: Act, evenIfAway = false): Promise<void> {
    if (busy || !canDo(row, act)) return;
    setBusy(`${act}:${row.key}`);
    const sent: Sent = await send(act, contact, row, evenIfAway);
    setBusy(null);
    if (sent.kind === 'away') setAsked({ row, act, presence: sent.presence });
    else setAsked(null);
    if (sent.kind === 'done') panel.set(null);
  }

  function onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const row = rows[current];
    if (event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (asked) setAsked(null);
      else panel.set(null);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((current + step + rows.length) % Math.max(1, rows.length));
    } else if (event.key === 'Enter' && event.target instanceof HTMLInputElement && row) {
      event.preventDefault();
      const act = event.shiftKey ? acts[1] : acts[0];
      if (act) void go(row, act);
    }
  }

  const titles: Record<Intent, string> = {
    transfer: t`Přepojit hovor`,
    consult: t`Poradit se`,
    add: t`Přidat do konference`,
    dial: t`Zavolat`,
  };
  return (
    <div
      ref={box}
      className="floating-panel transfer"
      role="dialog"
      aria-label={titles[intent]}
      onKeyDown={onKey}
      data-testid="transfer-panel"
      data-intent={intent}
    >
      <div className="panel-head">
        <h2>{titles[intent]}</h2>
        <Button tone="plain" icon="close" iconOnly onPress={() => panel.set(null)} testId="transfer-close">
          {t`Zavřít`}
        </Button>
      </div>
      <div className="transfer-search">
        <Icon name="search" />
        <input
          ref={input}
          className="input"
          role="combobox"
          aria-label={intent === 'dial' ? t`Číslo nebo jméno klienta` : t`Komu`}
          aria-expanded="true"
          aria-haspopup="grid"
          aria-controls={`${id}-rows`}
          aria-activedescendant={rows.length ? `${id}-${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
          placeholder={intent === 'dial' ? t`Číslo nebo jméno klienta` : t`Jméno, fronta, skupina nebo číslo`}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
            setAsked(null);
          }}
          data-testid="transfer-search"
        />
      </div>
      {asked && <Away asked={asked} onYes={() => void go(asked.row, asked.act, true)} onNo={() => setAsked(null)} />}
      <div
        id={`${id}-rows`}
        role="grid"
        aria-label={t`Cíle`}
        className="transfer-rows"
        data-testid="transfer-rows"
        aria-busy={!sources.known}
      >
        {rows.map((row, index) => (
          <Heading key={row.key} rows={rows} index={index} sections={!text.trim()}>
            <TargetRow
              id={`${id}-${index}`}
              row={row}
              acts={acts}
              current={index === current}
              busy={busy}
              onAct={(act) => void go(row, act)}
              onStar={() => star(row)}
              onPoint={() => setAt(index)}
            />
          </Heading>
        ))}
      </div>
      {!rows.length && (
        <p className="quiet transfer-none" role="status">
          {!sources.known
            ? t`Načítá se…`
            : intent === 'dial' && !text.trim()
              ? t`Napište číslo, nebo jméno klienta.`
              : t`Nikoho a nic takového jsme nenašli.`}
        </p>
      )}
      <div className="panel-keys small quiet">
        <span>
          <kbd className="key">↑↓</kbd> {t`výběr`}
        </span>
        {acts.map((act, index) => (
          <span key={act}>
            <kbd className="key">{index ? 'Shift+Enter' : 'Enter'}</kbd> {words[act]}
          </span>
        ))}
        <span>
          <kbd className="key">Esc</kbd> {t`zavřít`}
        </span>
      </div>
    </div>
  );
}

function Away({ asked, onYes, onNo }: { asked: Asked; onYes: () => void; onNo: () => void }) {
  const { t } = useLingui();
  const { name } = asked.row;
  return (
    <div className="banner" role="alertdialog" aria-label={t`Zavolat přesto?`} data-testid="transfer-away">
      <Icon name="cup" />
      <span>
        {asked.presence === 'break'
          ? t`${name} má přestávku. Zavolat přesto?`
          : t`${name} teď není připraven(a). Zavolat přesto?`}
      </span>
      <Button tone="primary" autoFocus onPress={onYes} testId="transfer-anyway">
        {t`Zavolat`}
      </Button>
      <Button onPress={onNo}>{t`Ne`}</Button>
    </div>
  );
}
