import type { ReactNode } from 'react';
import { useId } from 'react';
import { Field } from '../ui/Field';
import { Select } from '../ui/Select';

export function Text({
  label,
  value,
  onChange,
  hint,
  long,
}: {
  label: string;
  value: string;
  onChange: (v: string) => void;
  hint?: string;
  long?: boolean;
}) {
  const id = useId();
  if (!long) return <Field label={label} value={value} onChange={onChange} {...(hint ? { hint } : {})} />;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="input" value={value} onChange={(event) => onChange(event.target.value)} />
      {hint && <span className="small quiet">{hint}</span>}
    </div>
  );
}

export function Count({
  label,
  value,
  onChange,
  min,
  max,
  step = 1,
}: {
  label: string;
  value: number;
  onChange: (v: number) => void;
  min: number;
  max: number;
  step?: number;
}) {
  return (
    <Field
      label={label}
      type="number"
      min={min}
      max={max}
      step={step}
      value={String(value)}
      onChange={(text) => {
        const made = Number(text);
        if (text !== '' && Number.isFinite(made)) onChange(step === 1 ? Math.round(made) : made);
      }}
    />
  );
}

export function Toggle({ label, value, onChange }: { label: string; value: boolean; onChange: (v: boolean) => void }) {
  return (
    <label className="toggle">
      <input type="checkbox" checked={value} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  );
}

/** One of things that have names; what is chosen and gone is shown as not chosen. */
export function Pick({
  label,
  list,
  value,
  onChange,
  placeholder,
}: {
  label: string;
  list: readonly { id: number; name: string }[];
  value: number;
  onChange: (v: number) => void;
  placeholder: string;
}) {
  return (
    <Select
      label={label}
      choices={list}
      value={list.some((each) => each.id === value) ? value : null}
      onChange={onChange}
      placeholder={placeholder}
    />
  );
}

export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="form-group">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
