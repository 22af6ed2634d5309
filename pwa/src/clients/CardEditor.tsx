import './clients.css';
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import { ProblemsContext } from '../forms/problems';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Conflict } from './Conflict';
import { type Client, useFields } from './data';
import { FieldInput } from './FieldInput';
import { type Draft, type Field, sectionsOf, type Typed, typedOf, type Values, withTyped } from './model';
import { cardDrafts, drop, saveCard, stateOf, states, write } from './saving';

/**
 * Editing a card, or making one (`client` null; `name` tells drafts of new cards apart). What is typed is a draft in this
 * browser until it is saved; Ctrl+Enter saves.
 */
export function CardEditor({
  client,
  name = '',
  first = {},
  focus,
  onDone,
}: {
  client: Client | null;
  name?: string;
  /** What a new card begins with. */
  first?: Readonly<Record<string, Typed>>;
  focus?: string;
  onDone: (saved: Client | null) => void;
}) {
  const { t } = useLingui();
  const fields = useFields().filter((field) => field.mayEdit);
  const key = client ? String(client.id) : `new:${name}`;
  const draft = useStore(cardDrafts, (all) => all.get(key));
  const state = useStore(states, (all) => stateOf(all, key));
  const box = useRef<HTMLFormElement>(null);
  const values: Values = state.kind === 'conflict' ? state.now.values : (client?.values ?? {});
  const blank = (): Draft => ({ version: client?.version ?? 0, typed: client ? {} : first, key: crypto.randomUUID() });
  const now = draft ?? { version: client?.version ?? 0, typed: client ? {} : first, key: '' };
  const dirty = Boolean(draft && Object.keys(draft.typed).length);

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useEffect(() => {
    const selector = focus ? `[data-field="${focus}"]` : '[data-field]';
    const found = box.current?.querySelector<HTMLElement>(selector);
    const input = found?.matches('input, textarea')
      ? found
      : found?.querySelector<HTMLElement>('input, textarea, button');
    input?.focus();
  }, []);

  const type = (field: Field, typed: Typed) => write(key, withTyped(draft ?? blank(), field, typed, values));
  const save = async () => {
    if (!draft && !client) write(key, blank());
    else if (!dirty) return onDone(client);
    const saved = await saveCard(key, client?.id ?? null, fields);
    if (saved && !cardDrafts.get().has(key)) onDone(saved);
    else box.current?.querySelector<HTMLElement>('[aria-invalid="true"], .conflict button')?.focus();
  };
  const cancel = () => {
    drop(key);
    onDone(null);
  };
  const onKey = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && (event.key === 'Enter' || event.key.toLowerCase() === 's')) {
      event.preventDefault();
      void save();
    } else if (event.key === 'Escape' && !dirty) {
      event.preventDefault();
      event.stopPropagation();
      cancel();
    }
  };
  return (
    <ProblemsContext value={state.kind === 'refused' ? state.problems : []}>
      <form
        ref={box}
        className="card-form"
        noValidate
        onKeyDown={onKey}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
        data-testid={client ? 'card-form' : 'client-form'}
        data-state={state.kind}
      >
        {state.kind === 'conflict' && <Conflict name={key} draft={now} state={state} onSave={() => void save()} />}
        {sectionsOf(fields).map((section) => (
          <fieldset key={section.name} className="card-group">
            <legend>{section.name}</legend>
            {section.fields.map((field) => (
              <FieldInput
                key={field.key}
                field={field}
                typed={typedOf(field, values, now)}
                onType={(typed) => type(field, typed)}
              />
            ))}
          </fieldset>
        ))}
        <div className="card-bar">
          <Button
            type="submit"
            tone="primary"
            icon="check"
            hint="Ctrl+Enter"
            pending={state.kind === 'saving'}
            testId="card-save"
          >
            {client ? t`Uložit` : t`Založit klienta`}
          </Button>
          <Button onPress={cancel} testId="card-cancel">
            {dirty ? t`Zahodit změny` : t`Zavřít`}
          </Button>
          <span className="small quiet" role="status" data-testid="card-state">
            {state.kind === 'saving' && t`Ukládá se…`}
            {state.kind === 'waiting' &&
              t`Server teď není dostupný. Co jste napsali, je v tomto prohlížeči a uloží se samo.`}
            {state.kind === 'refused' && <span className="error">{t`Opravte označená pole.`}</span>}
            {state.kind === 'typing' && dirty && t`Rozepsáno, zatím jen v tomto prohlížeči`}
          </span>
        </div>
      </form>
    </ProblemsContext>
  );
}
