import { useLingui } from '@lingui/react/macro';
import { PhoneNumber } from '../calls/PhoneNumber';
import { type Field, printed, type Value } from './model';

/** A value as one reads it; numbers dial, addresses write, links lead. */
export function FieldValue({ field, value }: { field: Field; value: Value }) {
  const { t } = useLingui();
  if (typeof value === 'object') {
    return (
      <span className="numbers">
        {value.map((one) =>
          field.type === 'PHONE' ? (
            <PhoneNumber key={one} number={one} />
          ) : (
            <a key={one} href={`mailto:${one}`}>
              {one}
            </a>
          ),
        )}
      </span>
    );
  }
  if (field.type === 'LINK') {
    return (
      <a href={String(value)} target="_blank" rel="noreferrer">
        {String(value).replace(/^https?:\/\//, '')}
      </a>
    );
  }
  const figures = ['INSURED_NUMBER', 'COMPANY_NUMBER', 'DATE', 'NUMBER'].includes(field.type);
  return <span className={figures ? 'figures' : 'words'}>{printed(field, value, [t`ano`, t`ne`])}</span>;
}
