/** The screen stays on while the app is the telephone: a phone that sleeps takes the microphone away. */

let wanted = false;
let lock: WakeLockSentinel | null = null;

/** A phone or a tablet: its browser stops pages that are not in front. */
export const handheld = (): boolean => matchMedia('(pointer: coarse)').matches;

export function keepAwake(on: boolean): void {
  wanted = on;
  if (on) void take();
  else void release();
}

async function take(): Promise<void> {
  if (!wanted || lock || !('wakeLock' in navigator) || document.visibilityState !== 'visible') return;
  try {
    lock = await navigator.wakeLock.request('screen');
    lock.addEventListener('release', () => {
      lock = null;
    });
    if (!wanted) await release();
  } catch {
    // Low battery, or not allowed: the call goes on, only the screen may go dark.
  }
}

async function release(): Promise<void> {
  const held = lock;
  lock = null;
  await held?.release().catch(() => {});
}

export const isAwake = (): boolean => lock !== null;

/** Calls back when the page comes to the front again. */
export function onFront(back: () => void): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    void take();
    back();
  });
}
