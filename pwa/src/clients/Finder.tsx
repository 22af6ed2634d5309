import './clients.css';
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useDeferredValue, useId, useRef, useState } from 'react';
import { useAnswer } from '../desk/detail';
import { useTypedAhead } from '../keyboard/typedAhead';
import { Icon } from '../ui/Icon';
import { ClientLine } from './ClientLine';
import { type Client, searchClients, useFields } from './data';

const SHORTEST = 2;
const TYPING_MS = 80;
const SHOWN = 20;
const NUMBER = /\d{3}/;

/** Search as one types, by keyboard: arrows choose, Enter takes. `act` says what taking means. */
export function Finder({
  act,
  onPick,
  onClose,
  onText,
  first = '',
  autoFocus,
  keep,
}: {
  act: string;
  onPick: (client: Client) => void;
  onClose?: () => void;
  onText?: (text: string) => void;
  first?: string;
  autoFocus?: boolean;
  /** What was found stays after one was taken. */
  keep?: boolean;
}) {
  const { t } = useLingui();
  const id = useId();
  const [text, setText] = useState(first);
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const type = (typed: string) => {
    setText(typed);
    setAt(0);
    onText?.(typed);
  };
  useTypedAhead(autoFocus ? input : null, (typed) => type(typed + text));
  const asked = useDeferredValue(text.trim());
  const { value: found, failed } = useAnswer(asked.length < SHORTEST ? null : asked, async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    return { asked, ...(await searchClients(asked, SHOWN, signal)) };
  });
  const whole = useFields()
    .filter((field) => field.sensitive)
    .map((field) => field.name)
    .join(', ');
  const clients = asked.length < SHORTEST ? [] : (found?.clients ?? []);
  const current = Math.min(at, Math.max(0, clients.length - 1));
  const pick = (client: Client) => {
    if (!keep) setText('');
    onPick(client);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = clients[current];
    if (step && clients.length) {
      event.preventDefault();
      const next = (current + step + clients.length) % clients.length;
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && chosen && found?.asked === text.trim()) {
      event.preventDefault();
      pick(chosen);
    } else if (event.key === 'Escape' && (text || onClose)) {
      event.preventDefault();
      event.stopPropagation();
      if (text) setText('');
      else onClose?.();
    }
  };
  return (
    <div className="finder">
      <div className="finder-input">
        <Icon name="search" />
        <input
          ref={input}
          className="input"
          type="search"
          role="combobox"
          aria-label={t`Hledat klienta`}
          aria-expanded={clients.length > 0}
          aria-controls={`${id}-found`}
          aria-activedescendant={clients.length ? `${id}-${current}` : undefined}
          aria-autocomplete="list"
          autoComplete="off"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: whoever opened the search wants to type
          autoFocus={autoFocus}
          placeholder={t`Jméno, telefon, e-mail, číslo pojištěnce, IČO, datum narození`}
          value={text}
          onChange={(event) => type(event.target.value)}
          onKeyDown={onKey}
          data-testid="client-search"
        />
      </div>
      <div role="status" className="small quiet finder-say">
        {failed && t`Hledání se nepovedlo. Zkouší se znovu…`}
        {!failed && found && asked.length >= SHORTEST && clients.length === 0 && (
          <>
            {t`Nikoho takového neznáme.`} {whole && NUMBER.test(asked) && t`Jen podle celé hodnoty se hledá: ${whole}.`}
          </>
        )}
        {found?.misspelt && clients.length > 0 && t`Přesně nic neodpovídá. Podobní klienti:`}
      </div>
      <div
        id={`${id}-found`}
        role="listbox"
        aria-label={t`Nalezení klienti`}
        className="finder-found"
        data-testid="client-found"
      >
        {clients.map((client, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys work in the input
          // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus
          <div
            key={client.id}
            id={`${id}-${n}`}
            role="option"
            aria-selected={n === current}
            className="finder-option"
            onClick={() => pick(client)}
            data-testid="found"
            data-client={client.id}
          >
            <ClientLine client={client} />
            <span className="small quiet finder-act">
              {act} {n === current && <kbd className="key">Enter</kbd>}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
