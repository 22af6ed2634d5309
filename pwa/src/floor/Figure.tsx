import type { ReactNode } from 'react';
import { type Behind, behind } from './behind';

/** A number that opens the contacts behind it. Nothing is behind a zero. */
export function Figure({
  value,
  of,
  name,
  children,
}: {
  value: number;
  of: Behind;
  /** Said to who does not see the column. */
  name: string;
  children?: ReactNode;
}) {
  if (!value) return <>{children ?? value}</>;
  return (
    <button
      type="button"
      className="figure-button figures"
      aria-label={`${name}: ${value}, ${of.of}`}
      onClick={() => behind.set(of)}
      data-testid={`behind-${of.number.toLowerCase()}-${of.queue ?? of.agent ?? 'all'}`}
      data-behind={of.number}
    >
      {children ?? value}
    </button>
  );
}
