/** Ordered rules of a number: the first whose conditions hold decides. */
import { useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useSettings } from '../app/settings';
import { DestinationPicker } from '../destinations/DestinationForm';
import { destinationWords } from '../destinations/words';
import { TextField } from '../forms/controls';
import { moved } from '../forms/path';
import { useProblems } from '../forms/problems';
import { useParts } from '../menus/parts';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Conditions } from './Conditions';
import { type EntryRulesBody, type Rule, useRouting } from './data';
import { useAt, useForm } from './form';
import type { Destination } from './model/shapes';
import shapes from './model/shapes.json';
import { conditionWords } from './words';

export function Rules() {
  const { t } = useLingui();
  const { value, remove } = useForm();
  const [rules, setRules] = useAt<readonly Rule[]>('rules');
  const [otherwise, setOtherwise] = useAt<Destination>('default');
  const [open, setOpen] = useState<number | null>(null);
  const box = useRef<HTMLOListElement>(null);
  const focus = (n: number, selector: string) =>
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-rule="${n}"] ${selector}`)?.focus());
  const move = (from: number, to: number) => {
    if (to < 0 || to >= rules.length) return;
    setRules(moved(rules, from, to));
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
    <section className="panel setting-section" aria-labelledby="rules" data-testid="rules">
      <header>
        <h2 id="rules">{t`Pravidla`}</h2>
      </header>
      <p className="small quiet setting-about">
        {t`Prochází se odshora; rozhodne první pravidlo, jehož podmínky platí. Pořadí měníte šipkami u pravidla nebo klávesami Alt+↑ a Alt+↓.`}
      </p>
      <ol className="rules" ref={box} data-field="rules">
        {rules.map((rule, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules are moved, their fields hold no state of their own
          <li key={n} className="rule" data-rule={n} data-field={`rules.${n}`} data-testid="rule">
            <RuleHead
              rule={rule}
              n={n}
              last={rules.length - 1}
              open={open === n}
              onOpen={() => setOpen(open === n ? null : n)}
              onMove={(to) => move(n, to)}
              onKeyDown={onKeyDown(n)}
              onRemove={() => {
                remove('rules', n, rule.name);
                setOpen(null);
              }}
            />
            {open === n && <RuleFields n={n} />}
          </li>
        ))}
      </ol>
      <div className="rules-end">
        <Button
          icon="plus"
          testId="add-rule"
          onPress={() => {
            setRules([...rules, { ...(shapes.rule as unknown as Rule), to: (value as EntryRulesBody).default }]);
            setOpen(rules.length);
            focus(rules.length, 'input');
          }}
        >{t`Přidat pravidlo`}</Button>
        {rules.length === 0 && (
          <p className="small quiet">{t`Bez pravidel jdou všechny hovory tam, kam říká následující pole.`}</p>
        )}
        <DestinationPicker
          label={t`Když žádné pravidlo neplatí`}
          path="default"
          to={otherwise}
          onChange={(to) => to && setOtherwise(to)}
        />
      </div>
    </section>
  );
}

function RuleHead({
  rule,
  n,
  last,
  open,
  onOpen,
  onMove,
  onKeyDown,
  onRemove,
}: {
  rule: Rule;
  n: number;
  last: number;
  open: boolean;
  onOpen: () => void;
  onMove: (to: number) => void;
  onKeyDown: (event: KeyboardEvent) => void;
  onRemove: () => void;
}) {
  const { t } = useLingui();
  const settings = useSettings();
  const parts = useParts();
  const routing = useRouting();
  const wrong = useProblems(`rules.${n}`, true).length > 0;
  const when = rule.conditions.map((each) => conditionWords(each, settings, routing)).join('; ') || t`vždycky`;
  const name = rule.name || t`bez názvu`;
  return (
    <div className="rule-head">
      <span className="rule-number figures">{n + 1}.</span>
      <button
        type="button"
        className="rule-open"
        aria-expanded={open}
        onClick={onOpen}
        onKeyDown={onKeyDown}
        data-testid="rule-open"
      >
        <strong>{name}</strong>
        <span className="small quiet rule-when">
          {when} → {destinationWords(rule.to, settings, parts)}
        </span>
      </button>
      {wrong && (
        <span className="problem-sign" title={t`Je tu co opravit`}>
          <Icon name="warn" />
          <span className="unseen">{t`Je tu co opravit`}</span>
        </span>
      )}
      <Button
        tone="plain"
        icon="up"
        iconOnly
        isDisabled={n === 0}
        onPress={() => onMove(n - 1)}
      >{t`Posunout výš: ${name}`}</Button>
      <Button
        tone="plain"
        icon="down"
        iconOnly
        isDisabled={n === last}
        onPress={() => onMove(n + 1)}
      >{t`Posunout níž: ${name}`}</Button>
      <Button tone="plain" icon="trash" iconOnly onPress={onRemove}>{t`Odebrat pravidlo ${name}`}</Button>
    </div>
  );
}

function RuleFields({ n }: { n: number }) {
  const { t } = useLingui();
  const [name, setName] = useAt<string>(`rules.${n}.name`);
  const [to, setTo] = useAt<Destination>(`rules.${n}.to`);
  return (
    <div className="setting-fields rule-fields">
      <TextField path={`rules.${n}.name`} label={t`Název pravidla`} value={name} onChange={setName} />
      <Conditions path={`rules.${n}.conditions`} />
      <DestinationPicker
        label={t`Kam hovor poslat`}
        path={`rules.${n}.to`}
        to={to}
        onChange={(made) => made && setTo(made)}
      />
    </div>
  );
}
