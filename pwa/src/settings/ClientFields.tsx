/** Fields of the client's card in their order. A field is retired, never removed: what it holds stays. */
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useRef, useState } from 'react';
import { moved } from '../forms/path';
import { useProblems } from '../forms/problems';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { FIELD_TYPES, STAFF_ROLES } from '../words/settings';
import { type ClientFieldBody, useRouting } from './data';
import { Fields } from './Fields';
import { useAt, useForm } from './form';
import { CLIENT_FIELD } from './model/client';
import shapes from './model/shapes.json';

/** Opaque: the name may change, the key never does. */
const newKey = (): string => `f_${crypto.randomUUID().slice(0, 8)}`;

export function ClientFields() {
  const { t } = useLingui();
  const { remove } = useForm();
  const saved = useRouting()?.clients.fields;
  const [fields, setFields] = useAt<readonly ClientFieldBody[]>('fields');
  const [open, setOpen] = useState<number | null>(null);
  const box = useRef<HTMLOListElement>(null);
  const focus = (n: number, selector: string) =>
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-rule="${n}"] ${selector}`)?.focus());
  const move = (from: number, to: number) => {
    if (to < 0 || to >= fields.length) return;
    setFields(moved(fields, from, to));
    setOpen((now) => (now === from ? to : now === to ? from : now));
    focus(to, '.rule-open');
  };
  const onKeyDown = (n: number) => (event: KeyboardEvent) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || !step) return;
    event.preventDefault();
    move(n, n + step);
  };
  return (
    <section className="panel setting-section" aria-labelledby="client-fields" data-testid="client-fields">
      <header>
        <h2 id="client-fields">{t`Pole karty klienta`}</h2>
      </header>
      <p className="small quiet setting-about">
        {t`Pořadí měníte šipkami u pole nebo klávesami Alt+↑ a Alt+↓. Pole, které se už používalo, nejde smazat: vyřaďte ho.`}
      </p>
      <ol className="rules" ref={box} data-field="fields">
        {fields.map((field, n) => (
          <li key={field.key} className="rule" data-rule={n} data-field={`fields.${n}`} data-testid="client-field">
            <Head
              field={field}
              n={n}
              last={fields.length - 1}
              open={open === n}
              onOpen={() => setOpen(open === n ? null : n)}
              onMove={(to) => move(n, to)}
              onKeyDown={onKeyDown(n)}
              {...(saved?.some((each) => each.key === field.key)
                ? {}
                : {
                    onRemove: () => {
                      remove('fields', n, field.name);
                      setOpen(null);
                    },
                  })}
            />
            {open === n && (
              <div className="setting-fields rule-fields">
                <Fields fields={CLIENT_FIELD} at={`fields.${n}`} />
              </div>
            )}
          </li>
        ))}
      </ol>
      <div className="rules-end">
        <Button
          icon="plus"
          testId="add-field"
          onPress={() => {
            const section = fields.at(-1)?.section ?? '';
            setFields([...fields, { ...shapes.client_field, key: newKey(), section }]);
            setOpen(fields.length);
            focus(fields.length, 'input');
          }}
        >{t`Přidat pole`}</Button>
      </div>
    </section>
  );
}

function Head({
  field,
  n,
  last,
  open,
  onOpen,
  onMove,
  onKeyDown,
  onRemove,
}: {
  field: ClientFieldBody;
  n: number;
  last: number;
  open: boolean;
  onOpen: () => void;
  onMove: (to: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onRemove?: () => void;
}) {
  const { t, i18n } = useLingui();
  const wrong = useProblems(`fields.${n}`, true).length > 0;
  const name = field.name || t`bez názvu`;
  const all = Object.keys(STAFF_ROLES).length;
  const roles = (some: readonly string[]) =>
    some.map((role) => i18n._(STAFF_ROLES[role as keyof typeof STAFF_ROLES])).join(', ') || t`jen správce`;
  const about = [
    field.section,
    i18n._(FIELD_TYPES[field.type as keyof typeof FIELD_TYPES]),
    field.required && t`povinné`,
    field.sensitive && t`citlivé`,
    field.sees.length < all && t`vidí: ${roles(field.sees)}`,
    field.edits.length < all && t`upravuje: ${roles(field.edits)}`,
  ].filter(Boolean);
  return (
    <div className="rule-head">
      <button
        type="button"
        className="rule-open"
        aria-expanded={open}
        onClick={onOpen}
        onKeyDown={onKeyDown}
        data-testid="field-open"
        data-key={field.key}
      >
        <strong>{name}</strong>
        <span className="small quiet rule-when">{about.join(' · ')}</span>
      </button>
      {field.retired && <span className="state">{t`vyřazené`}</span>}
      {wrong && (
        <span className="problem-sign" title={t`Je tu co opravit`}>
          <Icon name="warn" />
          <span className="unseen">{t`Je tu co opravit`}</span>
        </span>
      )}
      <Button tone="plain" icon="up" iconOnly isDisabled={n === 0} onPress={() => onMove(n - 1)}>
        {t`Posunout výš: ${name}`}
      </Button>
      <Button tone="plain" icon="down" iconOnly isDisabled={n === last} onPress={() => onMove(n + 1)}>
        {t`Posunout níž: ${name}`}
      </Button>
      {onRemove && (
        <Button tone="plain" icon="trash" iconOnly onPress={onRemove}>
          {t`Odebrat pole ${name}`}
        </Button>
      )}
    </div>
  );
}
