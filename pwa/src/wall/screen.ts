/** What a screen on a wall needs: never sleep, never burn in, start afresh at night. */
import { useEffect, useState } from 'react';

export function useWakeLock(): void {
  useEffect(() => {
    let lock: WakeLockSentinel | null = null;
    let over = false;
    const take = async () => {
      if (over || document.visibilityState !== 'visible' || !('wakeLock' in navigator)) return;
      lock = await navigator.wakeLock.request('screen').catch(() => null);
      if (over) void lock?.release();
    };
    void take();
    document.addEventListener('visibilitychange', take);
    return () => {
      over = true;
      document.removeEventListener('visibilitychange', take);
      void lock?.release();
    };
  }, []);
}

const SHIFT_EVERY_MS = 5 * 60_000;
const SHIFTS = [
  { x: 0, y: 0 },
  { x: 3, y: 1 },
  { x: 2, y: 3 },
  { x: -2, y: 2 },
  { x: -3, y: -1 },
  { x: 1, y: -3 },
];

export function useBurnInShift(): { x: number; y: number } {
  const [at, setAt] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setAt((n) => (n + 1) % SHIFTS.length), SHIFT_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return SHIFTS[at] ?? { x: 0, y: 0 };
}

const RELOAD_HOUR = 3;

export function useNightlyReload(): void {
  useEffect(() => {
    const next = new Date();
    next.setHours(RELOAD_HOUR, Math.floor(Math.random() * 60), 0, 0);
    if (next.getTime() <= Date.now()) next.setDate(next.getDate() + 1);
    const timer = setTimeout(() => {
      if (navigator.onLine) location.reload();
    }, next.getTime() - Date.now());
    return () => clearTimeout(timer);
  }, []);
}

export function toggleFullScreen(): void {
  if (document.fullscreenElement) void document.exitFullscreen();
  else void document.documentElement.requestFullscreen?.().catch(() => {});
}
