import { useEffect } from 'react';
import { act } from '../calls/act';
import { keypadOpen, openPanel, panel, supervise, takeParked } from '../calls/commands';
import { mineOf } from '../calls/situation';
import { finderOpen } from '../clients/Opened';
import * as commands from '../desk/commands';
import { callOf, me, mine, selected } from '../desk/current';
import { reachableNow } from '../desk/endpoint';
import { finish } from '../desk/finish';
import type { SupervisionMode } from '../gql/graphql';
import { desk } from '../live/feeds';
import { phone } from '../softphone/softphone';
import { helpOpen, opensPalette, paletteOpen, type ShortcutName, shortcutOf, shortcutsOn, taskOf } from './shortcuts';
import { catchTyping } from './typedAhead';

const MODES: Record<string, SupervisionMode> = { Digit1: 'LISTEN', Digit2: 'WHISPER', Digit3: 'BARGE' };

function isEditable(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.isContentEditable || element?.closest('input, textarea, select, [data-keys]'));
}

/** `works`: also the keys of calls; everybody has the palette and the help. */
export function useShortcuts(works: boolean): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (opensPalette(event)) {
        event.preventDefault();
        return opening(() => paletteOpen.set(!paletteOpen.get()));
      }
      if (!shortcutsOn.get()) return;
      const plain = !event.altKey && !event.ctrlKey && !event.metaKey && !isEditable(event.target);
      if (event.key === '?' && plain) {
        event.preventDefault();
        helpOpen.set(true);
        return;
      }
      if (!works) return;
      const mode = plain && !event.repeat ? MODES[event.code.replace('Numpad', 'Digit')] : undefined;
      if (mode) return superviseAs(mode);
      const task = taskOf(event);
      if (task) {
        event.preventDefault();
        return showTask(task);
      }
      const name = shortcutOf(event);
      if (!name) return;
      event.preventDefault();
      opening(() => press(name));
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [works]);
}

/** What a shortcut may open to type into, and how it is closed again. */
const FIELDS = [
  { open: () => paletteOpen.get(), close: () => paletteOpen.set(false) },
  { open: () => finderOpen.get(), close: () => finderOpen.set(false) },
  { open: () => panel.get() !== null, close: () => panel.set(null) },
  { open: () => keypadOpen.get(), close: () => keypadOpen.set(false) },
];

/** Whoever opens a field by keyboard types on at once. */
function opening(act: () => void): void {
  const closed = FIELDS.filter((field) => !field.open());
  act();
  const opened = closed.find((field) => field.open());
  if (opened) catchTyping(opened.close);
}

function showTask(n: number): void {
  const contact = mine(desk.state.get())[n - 1];
  if (contact) selected.set(contact.id);
}

/** 1, 2 and 3 switch what a supervisor does in a call. */
function superviseAs(mode: SupervisionMode): void {
  const call = callOf(desk.state.get());
  if (call && mineOf(call, me()) === 'supervising') void supervise(call.id, mode);
}

/** What a shortcut, or the palette, does: under the same conditions as the buttons. */
export function press(name: ShortcutName): void {
  const state = desk.state.get();
  switch (name) {
    case 'ready':
      return void commands.setPresence('READY');
    case 'note':
      return document.querySelector<HTMLElement>('[data-note]')?.focus();
    case 'client':
      return finderOpen.set(true);
    case 'editClient':
      return document.querySelector<HTMLElement>('[data-edit-card]')?.click();
    case 'dial':
      if (panel.get()?.intent === 'dial') return panel.set(null);
      if (reachableNow() && !mine(state).length) openPanel('dial');
      return;
    case 'takeParked':
      return takeOldest();
    case 'finish': {
      const done = mine(state).find((contact) => mineOf(contact, me()) === 'wrapUp');
      if (done) void finish(done.id);
      return;
    }
    default:
      act(name, callOf(state), me());
  }
}

function takeOldest(): void {
  const state = desk.state.get();
  if (phone.state !== 'connected' || mine(state).length) return;
  const [oldest] = [...state.contacts.values()]
    .filter((contact) => contact.phase === 'PARKED')
    .sort((a, b) => (a.parkedUntil ?? '').localeCompare(b.parkedUntil ?? ''));
  if (oldest) void takeParked(oldest.id);
}
