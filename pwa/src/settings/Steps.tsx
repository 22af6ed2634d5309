/** A list of things, each with fields of its own; what is taken away can be put back. */
import { useLingui } from '@lingui/react/macro';
import { type ReactNode, useRef } from 'react';
import type { Path } from '../forms/path';
import { join } from '../forms/path';
import { Wrong } from '../forms/problems';
import { Button } from '../ui/Button';
import { useForm } from './form';

export function Steps({
  path,
  label,
  hint,
  add,
  count,
  title,
  onAdd,
  onMove,
  fixed = () => false,
  short = false,
  children,
}: {
  path: Path;
  label: string;
  hint?: string | undefined;
  /** What the button that makes one says. */
  add: string;
  count: number;
  title: (n: number) => string;
  onAdd: () => void;
  /** To another place in the list; without it their order means nothing. */
  onMove?: ((from: number, to: number) => void) | undefined;
  /** Whether this one stays in any case. */
  fixed?: (n: number) => boolean;
  /** A single short text each: several stand beside each other. */
  short?: boolean;
  children: (n: number) => ReactNode;
}) {
  const { t } = useLingui();
  const { remove } = useForm();
  const box = useRef<HTMLFieldSetElement>(null);
  const focus = (selector: string) =>
    requestAnimationFrame(() => {
      const found = box.current?.querySelectorAll<HTMLElement>(selector);
      found?.item(found.length - 1)?.focus();
    });
  return (
    <fieldset ref={box} className={short ? 'wide rows rows-short' : 'wide rows'} data-field={path}>
      <legend>{label}</legend>
      {hint && <p className="small quiet">{hint}</p>}
      <ol>
        {Array.from({ length: count }, (_, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the items have no names of their own
          <li key={n} className="rows-item" data-field={join(path, n)} data-testid={`${path}-item`}>
            <div className="rows-fields">
              {children(n)}
              <Wrong path={join(path, n)} />
            </div>
            <div className="rows-tools">
              {onMove && (
                <>
                  <Button tone="plain" icon="up" iconOnly isDisabled={n === 0} onPress={() => onMove(n, n - 1)}>
                    {t`Výš: ${title(n)}`}
                  </Button>
                  <Button
                    tone="plain"
                    icon="down"
                    iconOnly
                    isDisabled={n === count - 1}
                    onPress={() => onMove(n, n + 1)}
                  >
                    {t`Níž: ${title(n)}`}
                  </Button>
                </>
              )}
              {!fixed(n) && (
                <Button
                  tone="plain"
                  icon="trash"
                  iconOnly
                  onPress={() => {
                    remove(path, n, title(n));
                    focus('.rows-add');
                  }}
                >{t`Odebrat: ${title(n)}`}</Button>
              )}
            </div>
          </li>
        ))}
      </ol>
      {count === 0 && <p className="small quiet">{t`Zatím nic.`}</p>}
      <Button
        icon="plus"
        className="rows-add"
        testId={`add-${path}`}
        onPress={() => {
          onAdd();
          requestAnimationFrame(() => {
            const added = box.current?.querySelector(':scope > ol > .rows-item:last-child');
            added?.querySelector<HTMLElement>('input, textarea, .rows-fields button')?.focus();
          });
        }}
      >
        {add}
      </Button>
      <Wrong path={path} />
    </fieldset>
  );
}
