/** Microphone in, call out. The call has an audio element of its own; ringing another (`ring.ts`). */
import { Store } from '../live/store';
import { audioPreferences } from './preferences';

/** The browser wants a click before it plays anything. */
export const soundBlocked = new Store(false);

let element: HTMLAudioElement | null = null;

function callAudio(): HTMLAudioElement {
  if (!element) {
    element = document.createElement('audio');
    element.id = 'call-audio';
    element.autoplay = true;
    document.body.append(element);
    audioPreferences.subscribe(() => void toSpeaker());
  }
  return element;
}

async function toSpeaker(): Promise<void> {
  const wanted = audioPreferences.get().speaker;
  if (element?.setSinkId && element.sinkId !== wanted) await element.setSinkId(wanted).catch(() => {});
}

export function hear(stream: MediaStream): void {
  callAudio().srcObject = stream;
  void toSpeaker();
  void unblockSound();
}

/** Call from a click when `soundBlocked`. */
export async function unblockSound(): Promise<void> {
  if (!element?.srcObject) return soundBlocked.set(false);
  try {
    await element.play();
    soundBlocked.set(false);
  } catch (error) {
    soundBlocked.set((error as DOMException).name === 'NotAllowedError');
  }
}

export function silence(): void {
  if (element) element.srcObject = null;
}

/** Throws a DOMException: NotAllowedError, NotFoundError and others of getUserMedia. */
export async function microphone(): Promise<MediaStream> {
  if (!navigator.mediaDevices) throw new DOMException('insecure context', 'SecurityError');
  const { microphone: wanted, processing } = audioPreferences.get();
  const audio = { echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing };
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: wanted ? { ...audio, deviceId: { exact: wanted } } : audio,
    });
  } catch (error) {
    // The chosen one is unplugged: any other is better than none.
    if (!wanted || (error as DOMException).name === 'NotAllowedError') throw error;
    return navigator.mediaDevices.getUserMedia({ audio });
  }
}
