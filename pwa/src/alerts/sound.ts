/** Two short low strokes when something new lasts too long: unlike the ringing of a call. */
import { audioPreferences } from '../softphone/preferences';

let context: AudioContext | null = null;
/** How often it was sounded, for tests. */
export const sounded = { times: 0 };

declare global {
  interface Window {
    kcAlerts?: typeof sounded;
  }
}
window.kcAlerts = sounded;

export function soundAlert(): void {
  sounded.times += 1;
  const { ringVolume } = audioPreferences.get();
  if (ringVolume === 0) return;
  try {
    context ??= new AudioContext();
    void context.resume();
    for (const at of [0, 0.25]) stroke(context, context.currentTime + at, ringVolume);
  } catch {
    // No sound device: the alert is on the screen all the same.
  }
}

function stroke(audio: AudioContext, at: number, volume: number): void {
  const tone = audio.createOscillator();
  const gain = audio.createGain();
  tone.frequency.value = 392;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(0.25 * volume, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.22);
}
