/** Which devices this browser uses for calls and for ringing. */
import { Store } from '../live/store';

export interface AudioPreferences {
  microphone: string;
  speaker: string;
  ringer: string;
  ringVolume: number;
  /** Echo cancellation, noise suppression and gain of the browser. */
  processing: boolean;
}

const KEY = 'kc.audio';
const DEFAULTS: AudioPreferences = { microphone: '', speaker: '', ringer: '', ringVolume: 0.6, processing: true };

function read(): AudioPreferences {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<AudioPreferences>) };
  } catch {
    return DEFAULTS;
  }
}

export const audioPreferences = new Store<AudioPreferences>(read());

export function setAudioPreference<K extends keyof AudioPreferences>(key: K, value: AudioPreferences[K]): void {
  audioPreferences.set({ ...audioPreferences.get(), [key]: value });
  localStorage.setItem(KEY, JSON.stringify(audioPreferences.get()));
}
