/** How loud the microphone has been lately: 0 to 1, where a voice at arm's length fills about half. */
import { Store } from '../live/store';

const LOUD = 0.2;
/** Below this nobody has said anything: a muted headset, or the wrong microphone. */
export const SPOKEN = 0.05;
const EVERY_MS = 100;

/** The loudest since the meter runs. */
export const loudest = new Store(0);

/** Calls back with the level until it is stopped. */
export function meter(stream: MediaStream, show: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  loudest.set(0);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const level = Math.min(1, Math.sqrt(power) / LOUD);
    loudest.set(Math.max(loudest.get(), level));
    show(level);
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    void context.close();
  };
}
