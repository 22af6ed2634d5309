/** Ringing: a tone of our own, made here, played by an element of its own so that it can have a device of its own. */
import { audioPreferences } from './preferences';

const RATE = 16_000;
/** Two soft strokes, then quiet. Seconds. */
const STROKES = [
  { at: 0, hertz: 587 },
  { at: 0.22, hertz: 784 },
  { at: 0.8, hertz: 587 },
  { at: 1.02, hertz: 784 },
];
const STROKE_S = 0.42;
const PERIOD_S = 3;

/** One period as a WAV file, 16 bit mono. */
export function ringWave(): Uint8Array<ArrayBuffer> {
  const count = RATE * PERIOD_S;
  const bytes = new Uint8Array(44 + count * 2);
  const view = new DataView(bytes.buffer);
  const word = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  word(0, 'RIFF');
  view.setUint32(4, 36 + count * 2, true);
  word(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, 'data');
  view.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i++) {
    const t = i / RATE;
    let sample = 0;
    for (const { at, hertz } of STROKES) {
      const since = t - at;
      if (since < 0 || since > STROKE_S) continue;
      const envelope = Math.min(since / 0.01, 1) * Math.exp(-6 * since) * Math.min((STROKE_S - since) / 0.02, 1);
      sample += envelope * (Math.sin(2 * Math.PI * hertz * since) + 0.25 * Math.sin(4 * Math.PI * hertz * since));
    }
    view.setInt16(44 + i * 2, Math.round(Math.max(-1, Math.min(1, sample * 0.5)) * 32_767), true);
  }
  return bytes;
}

let element: HTMLAudioElement | null = null;

function ringer(): HTMLAudioElement {
  if (!element) {
    element = document.createElement('audio');
    element.id = 'ring-audio';
    element.loop = true;
    element.src = URL.createObjectURL(new Blob([ringWave()], { type: 'audio/wav' }));
    document.body.append(element);
  }
  return element;
}

export async function startRinging(): Promise<void> {
  const audio = ringer();
  const { ringer: device, ringVolume } = audioPreferences.get();
  if (ringVolume === 0) return;
  audio.volume = ringVolume;
  if (audio.setSinkId && audio.sinkId !== device) await audio.setSinkId(device).catch(() => {});
  audio.currentTime = 0;
  await audio.play().catch(() => {});
}

export function stopRinging(): void {
  element?.pause();
}

/** Once, for the device check. */
export async function tryRinging(): Promise<void> {
  await startRinging();
  setTimeout(stopRinging, PERIOD_S * 1000 - 300);
}
