import './palette.css';
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { session, worksAtDesk } from '../app/session';
import { paletteOpen } from '../keyboard/shortcuts';
import { useTypedAhead } from '../keyboard/typedAhead';
import { colleagues } from '../live/feeds';
import { useStore } from '../live/store';
import { Icon, type IconName } from '../ui/Icon';
import { type Entry, found, meantUnseen } from './entries';
import { useEntries } from './useEntries';

const MOST = 30;

/** Find and do anything from the keyboard. */
export function Palette() {
  const { t } = useLingui();
  const open = useStore(paletteOpen);
  return (
    <ModalOverlay
      className="overlay palette-overlay"
      isOpen={open}
      onOpenChange={(now) => paletteOpen.set(now)}
      isDismissable
    >
      <Modal>
        <Dialog className="dialog palette" aria-label={t`Najít a udělat`} data-testid="command-palette">
          <Finder />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function Finder() {
  const { t } = useLingui();
  const id = useId();
  const now = useStore(session);
  const works = now.kind === 'user' && worksAtDesk(now.user);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const entries = useEntries(useDeferredValue(text));
  const rows = found(entries, text).slice(0, MOST);
  const current = Math.min(at, Math.max(0, rows.length - 1));
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  useTypedAhead(input, (typed, entered) => {
    const meant = entered ? meantUnseen(entries, typed) : undefined;
    if (meant) run(meant);
    else setText((after) => typed + after);
  });
  useEffect(() => {
    if (!works) return;
    colleagues.start();
    return () => colleagues.stop();
  }, [works]);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [current]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    paletteOpen.set(false);
    // The dialog gives the focus back first; what the entry opens may then take it.
    setTimeout(entry.run);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      run(rows[current]);
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setAt((current + step + rows.length) % Math.max(1, rows.length));
    }
  };
  const groups: Record<Entry['group'], string> = {
    call: t`Hovor`,
    presence: t`Stav`,
    screen: t`Stránky`,
    people: t`Lidé a čísla`,
    client: t`Klienti`,
    app: t`Aplikace`,
  };
  return (
    <>
      <div className="palette-search">
        <Icon name="search" />
        <input
          ref={input}
          className="input"
          role="combobox"
          aria-label={t`Co hledáte`}
          aria-expanded="true"
          aria-controls={`${id}-rows`}
          aria-activedescendant={rows.length ? `${id}-${current}` : undefined}
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: the palette is opened to type
          autoFocus
          placeholder={t`Akce, stránka, jméno nebo číslo`}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
          data-testid="palette-search"
        />
      </div>
      <div id={`${id}-rows`} ref={list} role="listbox" aria-label={t`Nalezeno`} className="palette-rows">
        {rows.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's
          // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the input
          <div
            key={entry.key}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === current}
            className="menu-item"
            data-focused={index === current || undefined}
            onClick={() => run(entry)}
            onPointerMove={() => setAt(index)}
            data-testid="palette-row"
          >
            <Icon name={entry.icon as IconName} />
            <span className="palette-text">{entry.text}</span>
            <span className="small quiet">{entry.hint || groups[entry.group]}</span>
          </div>
        ))}
      </div>
      <p role="status" className="quiet palette-none">
        {rows.length ? '' : t`Nic takového jsme nenašli.`}
      </p>
    </>
  );
}
