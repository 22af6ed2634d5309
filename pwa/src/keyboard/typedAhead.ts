/**
 * What is typed between a shortcut that opens a field and the moment that the field is there: until then it goes into a field
 * that nobody sees, and from there into the right one. So no letter and no Enter is lost, however slow the machine or the
 * network.
 */
import { type RefObject, useEffect, useRef } from 'react';

let field: HTMLInputElement | null = null;
let before: HTMLElement | null = null;
let catching = false;
let entered = false;
let cancelled = () => {};

/** `cancel`: Escape was pressed before anything opened. */
export function catchTyping(cancel: () => void): void {
  const active = document.activeElement as HTMLElement | null;
  if (active !== field) before = active;
  cancelled = cancel;
  field ??= made();
  field.value = '';
  entered = false;
  catching = true;
  field.focus({ preventScroll: true });
}

/** Takes the focus and what was typed ahead, if anything was caught. */
export function takeTyped(into: HTMLElement | null): string {
  if (!catching || !field) return '';
  catching = false;
  const typed = field.value;
  field.value = '';
  if (document.activeElement === field) into?.focus();
  return typed;
}

/**
 * For what a shortcut opens (`into` null: nothing does), after whatever gives it the focus. `put` gets what comes before all
 * that stands there, and whether Enter followed it.
 */
export function useTypedAhead(
  into: RefObject<HTMLElement | null> | null,
  put: (typed: string, entered: boolean) => void,
): void {
  const putNow = useRef(put);
  putNow.current = put;
  useEffect(() => {
    const typed = into && takeTyped(into.current);
    if (typed) putNow.current(typed, entered);
  }, [into]);
}

function made(): HTMLInputElement {
  const input = document.createElement('input');
  input.className = 'unseen';
  input.style.inset = '0 auto auto 0';
  input.tabIndex = -1;
  input.autocomplete = 'off';
  input.setAttribute('aria-hidden', 'true');
  input.dataset.typedAhead = '';
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Tab') event.preventDefault();
    entered = event.key === 'Enter';
    if (event.key !== 'Escape') return;
    event.preventDefault();
    catching = false;
    cancelled();
    before?.focus();
  });
  // What opened gives the focus back to where it was when it opened: that is here.
  input.addEventListener('focus', () => {
    if (catching) return;
    input.blur();
    if (before?.isConnected) before.focus();
  });
  document.body.append(input);
  return input;
}
