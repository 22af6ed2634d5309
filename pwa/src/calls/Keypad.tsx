import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { Button as AriaButton } from 'react-aria-components';
import { useCall } from '../desk/current';
import { phoneNumber } from '../format/format';
import { useTypedAhead } from '../keyboard/typedAhead';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Keys, keypadOpen } from './commands';
import { keypadMember, mineOf } from './situation';

const ROWS = ['123', '456', '789', '*0#'].map((row) => [...row]);
const DIGIT = /^[0-9*#]$/;
const LETTERS: Record<string, string> = {
  2: 'ABC',
  3: 'DEF',
  4: 'GHI',
  5: 'JKL',
  6: 'MNO',
  7: 'PQRS',
  8: 'TUV',
  9: 'WXYZ',
};

/** Keys for voice menus, by hand, touch or keyboard; shows what went out. */
export function Keypad({ userId }: { userId: number }) {
  const call = useCall();
  const open = useStore(keypadOpen);
  const talking = call && mineOf(call, userId) === 'talking' ? call : null;
  const id = talking?.id;
  useEffect(() => {
    if (!id) keypadOpen.set(false);
  }, [id]);
  if (!open || !talking) return null;
  return <Open key={talking.id} call={talking} />;
}

function Open({ call }: { call: Contact }) {
  const { t } = useLingui();
  const box = useRef<HTMLDivElement>(null);
  const [keys] = useState(() => new Keys());
  const [sent, setSent] = useState('');
  const member = keypadMember(call);
  const whom = phoneNumber(member?.number ?? call.customerNumber) ?? t`volající`;
  const press = (digit: string) =>
    keys.press(call.id, digit, member?.n ?? null, (out) => setSent((before) => before + out));
  useFocusHere(box);
  useTypedAhead(box, (typed) => [...typed].filter((key) => DIGIT.test(key)).forEach(press));
  return (
    <div
      ref={box}
      className="floating-panel keypad"
      role="dialog"
      aria-label={t`Klávesnice`}
      tabIndex={-1}
      data-keys
      data-testid="keypad"
      onKeyDown={(event) => {
        if (event.key === 'Escape') return keypadOpen.set(false);
        if (!DIGIT.test(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        press(event.key);
      }}
    >
      <div className="panel-head">
        <h2>{t`Klávesnice`}</h2>
        <Button tone="plain" icon="close" iconOnly onPress={() => keypadOpen.set(false)} testId="keypad-close">
          {t`Zavřít`}
        </Button>
      </div>
      <p className="small quiet">{t`Tóny uslyší ${whom}.`}</p>
      <output className="keypad-sent figures" aria-label={t`Odesláno`} data-testid="keypad-sent">
        {sent || '–'}
      </output>
      <div className="keypad-keys">
        {ROWS.flat().map((digit) => (
          <AriaButton
            key={digit}
            className="button"
            excludeFromTabOrder={false}
            onPress={() => press(digit)}
            data-testid={`key-${digit}`}
          >
            <span className="keypad-digit">{digit}</span>
            <span className="small quiet">{LETTERS[digit] ?? ''}</span>
          </AriaButton>
        ))}
      </div>
    </div>
  );
}

/** Takes the focus while open, and gives it back. */
export function useFocusHere(box: React.RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const inside = box.current;
    (inside?.querySelector<HTMLElement>('[data-autofocus]') ?? inside)?.focus();
    return () => {
      if (
        !document.activeElement ||
        document.activeElement === document.body ||
        inside?.contains(document.activeElement)
      )
        before?.focus();
    };
  }, [box]);
}
