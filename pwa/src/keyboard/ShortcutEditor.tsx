import './keys.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useState } from 'react';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { bind, bindings, label, mayBind, SHORTCUTS, type ShortcutName, usualKeys } from './shortcuts';

/** The user's own keys: press one to be asked for another. */
export function ShortcutEditor() {
  const { i18n, t } = useLingui();
  const own = useStore(bindings);
  const [asking, setAsking] = useState<ShortcutName | null>(null);
  const [refused, setRefused] = useState('');
  const onKey = (event: KeyboardEvent, name: ShortcutName) => {
    if (asking !== name || event.code === 'Tab') return;
    event.preventDefault();
    event.stopPropagation();
    if (event.code === 'Escape') return setAsking(null);
    if (/^(Alt|Control|Shift|Meta)/.test(event.code)) return;
    if (event.code === 'Delete' || event.code === 'Backspace') bind(name, '');
    else if (mayBind(event.code)) bind(name, event.code);
    else return setRefused(t`Tuhle klávesu potřebuje prohlížeč. Zvolte jiné písmeno.`);
    setRefused('');
    setAsking(null);
  };
  return (
    <div className="key-editor" data-testid="shortcut-editor">
      <p className="small quiet">
        <Trans>
          Stiskněte tlačítko a pak písmeno, které chcete používat s klávesou Alt. Delete zkratku zruší, Esc nechá
          původní.
        </Trans>
      </p>
      <p role="alert" className="error">
        {refused}
      </p>
      <ul>
        {(Object.keys(SHORTCUTS) as ShortcutName[]).map((name) => {
          const what = i18n._(SHORTCUTS[name].what);
          return (
            <li key={name}>
              <span>{what}</span>
              <button
                type="button"
                className="button"
                aria-pressed={asking === name}
                aria-label={t`Změnit zkratku: ${what}`}
                data-keys
                onClick={() => setAsking(asking === name ? null : name)}
                onBlur={() => setAsking(null)}
                onKeyDownCapture={(event) => onKey(event, name)}
                data-testid={`key-${name}`}
              >
                <kbd>
                  {asking === name ? t`Stiskněte klávesu…` : label(own[name] ?? SHORTCUTS[name].code) || t`žádná`}
                </kbd>
              </button>
            </li>
          );
        })}
      </ul>
      {Object.keys(own).length > 0 && (
        <Button icon="undo" onPress={usualKeys} testId="keys-usual">
          {t`Vrátit původní zkratky`}
        </Button>
      )}
    </div>
  );
}
