import { useLingui } from '@lingui/react/macro';
import { ChoiceField, TextField } from '../forms/controls';
import { Wrong } from '../forms/problems';
import { Button } from '../ui/Button';
import { type Field, several, type Typed } from './model';

const NOTHING = '–';

/** One field of the card in the form; its path is its key, by which the server names what is wrong. */
export function FieldInput({ field, typed, onType }: { field: Field; typed: Typed; onType: (typed: Typed) => void }) {
  const { t } = useLingui();
  const label = field.required ? `${field.name} *` : field.name;
  if (several(field)) return <Lines field={field} label={label} lines={typed as readonly string[]} onType={onType} />;
  if (field.type === 'CHOICE' || field.type === 'YES_NO') {
    const yesNo = field.type === 'YES_NO';
    const choices = yesNo
      ? [
          { id: 'yes', name: t`ano` },
          { id: 'no', name: t`ne` },
        ]
      : field.choices.map((choice) => ({ id: choice.value, name: choice.name }));
    const value = yesNo ? (typed === true ? 'yes' : typed === false ? 'no' : NOTHING) : String(typed) || NOTHING;
    return (
      <ChoiceField
        path={field.key}
        label={label}
        choices={[{ id: NOTHING, name: t`neuvedeno` }, ...choices]}
        value={value}
        onChange={(id) => onType(id === NOTHING ? '' : yesNo ? id === 'yes' : id)}
        testId={`field-${field.key}`}
      />
    );
  }
  const hints: Record<string, string> = {
    DATE: t`třeba 1. 2. 1980`,
    INSURED_NUMBER: t`9 nebo 10 číslic, s lomítkem i bez`,
    COMPANY_NUMBER: t`8 číslic`,
  };
  return (
    <TextField
      path={field.key}
      label={label}
      hint={hints[field.type]}
      long={field.type === 'LONG_TEXT'}
      type={field.type === 'LINK' ? 'url' : undefined}
      value={String(typed)}
      onChange={onType}
    />
  );
}

function Lines({
  field,
  label,
  lines,
  onType,
}: {
  field: Field;
  label: string;
  lines: readonly string[];
  onType: (typed: Typed) => void;
}) {
  const { t } = useLingui();
  const shown = lines.length ? lines : [''];
  return (
    <fieldset className="field lines" data-field={field.key}>
      <legend className="label">{label}</legend>
      {shown.map((line, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no names of their own
        <span key={n} className="lines-one">
          <input
            className="input"
            type={field.type === 'PHONE' ? 'tel' : 'email'}
            aria-label={n ? `${field.name} ${n + 1}` : field.name}
            value={line}
            onChange={(event) => onType(shown.with(n, event.target.value))}
            data-field={n ? undefined : field.key}
            data-testid={`line-${field.key}`}
          />
          {field.many && n === shown.length - 1 && (
            <Button tone="plain" icon="plus" iconOnly isDisabled={!line.trim()} onPress={() => onType([...shown, ''])}>
              {t`Další: ${field.name}`}
            </Button>
          )}
        </span>
      ))}
      <Wrong path={field.key} whole />
    </fieldset>
  );
}
