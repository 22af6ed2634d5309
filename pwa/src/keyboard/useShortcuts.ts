import { useEffect } from 'react';
import * as commands from '../desk/commands';
import { callOf } from '../desk/current';
import { finish } from '../desk/finish';
import { desk } from '../live/feeds';
import { helpOpen, type ShortcutName, shortcutOf, shortcutsOn } from './shortcuts';

function isEditable(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return Boolean(element?.isContentEditable || element?.closest('input, textarea, select'));
}

export function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!shortcutsOn.get()) return;
      if (event.key === '?' && !event.altKey && !event.ctrlKey && !isEditable(event.target)) {
        event.preventDefault();
        helpOpen.set(true);
        return;
      }
      const name = shortcutOf(event);
      if (!name) return;
      event.preventDefault();
      act(name);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

/** The same conditions as the buttons: a shortcut never does what the button would not. */
function act(name: ShortcutName): void {
  if (name === 'ready') return void commands.setPresence('READY');
  if (name === 'note') return document.querySelector<HTMLElement>('[data-note]')?.focus();
  const contact = callOf(desk.state.get());
  if (!contact) return;
  const { id, phase, heldSince, muted, recordingId, recordingPaused } = contact;
  if (phase === 'OFFERED' && name === 'accept') void commands.accept(id);
  if (phase === 'OFFERED' && name === 'decline') void commands.decline(id);
  if (phase === 'ACTIVE' && name === 'mute') void (muted ? commands.unmute : commands.mute)(id);
  if (phase === 'ACTIVE' && name === 'hold') void (heldSince ? commands.resume : commands.hold)(id);
  if (phase === 'ACTIVE' && name === 'record' && recordingId)
    void (recordingPaused ? commands.resumeRecording : commands.pauseRecording)(id);
  if (phase === 'ACTIVE' && name === 'hangUp') void commands.hangUp(id);
  if (phase === 'WRAP_UP' && name === 'finish') void finish(id);
}
