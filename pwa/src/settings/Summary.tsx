import { Plural, useLingui } from '@lingui/react/macro';
import { type RefObject, useEffect, useRef } from 'react';
import type { Problem } from '../forms/problems';
import { Icon } from '../ui/Icon';
import { SETTING_PROBLEMS } from '../words/settings';

/** Everything that is wrong, each leading to its field: nothing the server says stays unseen. */
export function Summary({
  problems,
  frame,
}: {
  problems: readonly Problem[];
  frame: RefObject<HTMLFormElement | null>;
}) {
  const { i18n, t } = useLingui();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (problems.length) box.current?.focus();
  }, [problems.length]);
  if (!problems.length) return null;
  const count = problems.length;
  return (
    <section ref={box} tabIndex={-1} className="summary" aria-label={t`Co je potřeba opravit`} data-testid="summary">
      <h2>
        <Icon name="warn" />
        <Plural
          value={count}
          one="# pole je potřeba opravit"
          few="# pole je potřeba opravit"
          other="# polí je potřeba opravit"
        />
      </h2>
      <ul>
        {problems.map((problem) => {
          const at = fieldOf(frame.current, problem.field);
          return (
            <li key={problem.field + problem.kind}>
              <button
                type="button"
                className="problem"
                data-testid="problem"
                onClick={() => {
                  const found = fieldOf(frame.current, problem.field);
                  const target = found?.matches('input, textarea')
                    ? found
                    : found?.querySelector<HTMLElement>('input, textarea, button');
                  target?.focus();
                  found?.scrollIntoView({ block: 'center' });
                }}
              >
                <strong>{labelOf(at) || problem.field}:</strong> {i18n._(SETTING_PROBLEMS[problem.kind])}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The field that the path names, or the nearest that holds it. */
function fieldOf(frame: HTMLElement | null, path: string): HTMLElement | null {
  const parts = path.split('.');
  for (let length = parts.length; frame && length > 0; length--) {
    const found = frame.querySelector<HTMLElement>(`[data-field="${CSS.escape(parts.slice(0, length).join('.'))}"]`);
    if (found) return found;
  }
  return null;
}

function labelOf(field: HTMLElement | null): string {
  const named = field?.matches('fieldset')
    ? field.querySelector('legend')
    : (field?.closest('.field')?.querySelector('label, .label, legend') ?? null);
  return named?.textContent?.trim() ?? '';
}
