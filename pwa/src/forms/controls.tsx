/** Fields of forms of settings. Each knows its path, by which the server names what is wrong with it. */
import './forms.css';
import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useId, useState } from 'react';
import { Select } from '../ui/Select';
import { printNumber, readNumber, spell } from './numbers';
import type { Path } from './path';
import { type Bounds, useProblems, Wrong } from './problems';

interface Common<T> {
  path: Path;
  label: string;
  hint?: string | undefined;
  value: T;
  onChange: (value: T) => void;
}

function useNames(path: Path, hint: string | undefined) {
  const id = useId();
  const wrong = useProblems(path).length > 0;
  const told = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return {
    id,
    input: { id, 'aria-invalid': wrong || undefined, 'aria-describedby': told || undefined, 'data-field': path },
    wrongId: `${id}-wrong`,
    hintId: `${id}-hint`,
  };
}

function Around({
  names,
  label,
  hint,
  path,
  bounds,
  wide,
  children,
}: {
  names: ReturnType<typeof useNames>;
  label: string;
  hint: string | undefined;
  path: Path;
  bounds?: Bounds | undefined;
  wide?: boolean | undefined;
  children: ReactNode;
}) {
  return (
    <div className={wide ? 'field wide' : 'field'}>
      <label htmlFor={names.id}>{label}</label>
      {children}
      <Wrong id={names.wrongId} path={path} bounds={bounds} />
      {hint && (
        <span id={names.hintId} className="small quiet">
          {hint}
        </span>
      )}
    </div>
  );
}

export function TextField({
  path,
  label,
  hint,
  value,
  onChange,
  long,
  type,
  maxLength,
}: Common<string> & { long?: boolean; type?: string | undefined; maxLength?: number }) {
  const names = useNames(path, hint);
  return (
    <Around names={names} label={label} hint={hint} path={path} wide={long}>
      {long ? (
        <textarea
          {...names.input}
          className="input"
          rows={2}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      ) : (
        <input
          {...names.input}
          className="input"
          type={type}
          autoComplete={type === 'password' ? 'new-password' : undefined}
          value={value}
          maxLength={maxLength}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Around>
  );
}

/** What is typed and cannot be read stays on the screen until the field is left; the value is then the last one read. */
export function Parsed<T>({
  path,
  label,
  hint,
  value,
  onChange,
  print,
  read,
  numeric,
  bounds,
}: Common<T> & {
  print: (value: T) => string;
  read: (text: string) => T | null;
  numeric?: boolean;
  bounds?: Bounds;
}) {
  const names = useNames(path, hint);
  const [typed, setTyped] = useState<string | null>(null);
  const unread = typed !== null && read(typed) === null;
  return (
    <Around names={names} label={label} hint={hint} path={path} bounds={bounds}>
      <input
        {...names.input}
        aria-invalid={unread || names.input['aria-invalid']}
        className="input"
        inputMode={numeric ? 'numeric' : undefined}
        value={typed ?? print(value)}
        onChange={(event) => {
          setTyped(event.target.value);
          const made = read(event.target.value);
          if (made !== null) onChange(made);
        }}
        onBlur={() => setTyped(null)}
      />
    </Around>
  );
}

export function NumberField({
  min,
  max,
  unit,
  ...rest
}: Common<number> & { min: number; max: number; unit?: 's' | 'ms' | undefined }) {
  const { t } = useLingui();
  const long = unit === 's' && rest.value >= 120;
  const same = long ? t`To je ${spell(rest.value)}.` : '';
  return (
    <Parsed
      {...rest}
      hint={[rest.hint, same].filter(Boolean).join(' ') || undefined}
      print={printNumber}
      read={readNumber}
      numeric
      bounds={{ min, max }}
    />
  );
}

/** A number, or none when the field is empty. */
export function OptionalNumberField({
  min,
  max,
  unit,
  value,
  onChange,
  ...rest
}: Common<number | null> & { min: number; max: number; unit?: 's' | 'ms' | undefined }) {
  const { t } = useLingui();
  const same = unit === 's' && value !== null && value >= 120 ? t`To je ${spell(value)}.` : '';
  return (
    <Parsed<{ number: number | null }>
      {...rest}
      value={{ number: value }}
      onChange={(made) => onChange(made.number)}
      hint={[rest.hint, same].filter(Boolean).join(' ') || undefined}
      print={({ number }) => (number === null ? '' : printNumber(number))}
      read={(text) => {
        if (text.trim() === '') return { number: null };
        const number = readNumber(text);
        return number === null ? null : { number };
      }}
      numeric
      bounds={{ min, max }}
    />
  );
}

export function ToggleField({ path, label, hint, value, onChange }: Common<boolean>) {
  const names = useNames(path, hint);
  return (
    <div className="field toggle-field">
      <label className="toggle" htmlFor={names.id}>
        <input {...names.input} type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} />
        {label}
      </label>
      <Wrong id={names.wrongId} path={path} />
      {hint && (
        <span id={names.hintId} className="small quiet">
          {hint}
        </span>
      )}
    </div>
  );
}

export function ChoiceField<T extends string | number>({
  path,
  label,
  hint,
  value,
  onChange,
  choices,
  placeholder,
  testId,
}: Omit<Common<T | null>, 'onChange'> & {
  choices: readonly { id: T; name: string }[];
  placeholder?: string;
  onChange: (value: T) => void;
  testId?: string;
}) {
  const { t } = useLingui();
  return (
    <div className="field" data-field={path} data-choice>
      <Select
        label={label}
        choices={choices}
        value={choices.some((each) => each.id === value) ? value : null}
        onChange={onChange}
        placeholder={placeholder ?? t`vyberte…`}
        {...(testId ? { testId } : {})}
      />
      <Wrong path={path} />
      {hint && <span className="small quiet">{hint}</span>}
    </div>
  );
}

/** Several of a few, each with a box of its own. */
export function ManyField<T extends string | number>({
  path,
  label,
  hint,
  value,
  onChange,
  choices,
}: Common<readonly T[]> & { choices: readonly { id: T; name: string }[] }) {
  return (
    <fieldset className="field wide many" data-field={path}>
      <legend>{label}</legend>
      <div className="many-list">
        {choices.map((choice) => (
          <label key={choice.id} className="toggle">
            <input
              type="checkbox"
              checked={value.includes(choice.id)}
              onChange={(event) =>
                onChange([
                  ...choices
                    .map((each) => each.id)
                    .filter((id) => (id === choice.id ? event.target.checked : value.includes(id))),
                  // what this person is not told the name of is not taken away
                  ...value.filter((id) => choices.every((each) => each.id !== id)),
                ])
              }
            />
            {choice.name}
          </label>
        ))}
      </div>
      <Wrong path={path} whole />
      {hint && <span className="small quiet">{hint}</span>}
    </fieldset>
  );
}
