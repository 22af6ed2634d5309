/** A new version of the app waits until it can take nothing away: no call, no shift being interrupted unasked. */
import { desk } from '../live/feeds';
import { Store } from '../live/store';
import { phone } from '../softphone/softphone';

/** A new version is ready to be used. */
export const updateWaiting = new Store(false);

let waiting: ServiceWorker | null = null;
let reloading = false;

export function inCall(): boolean {
  return desk.state.get().contacts.size > 0;
}

export function registerServiceWorker(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return;
  const hadController = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (!hadController || reloading) return;
    reloading = true;
    whenIdle(() => location.reload());
  });
  void navigator.serviceWorker
    .register('/sw.js')
    .then((registration) => {
      const look = () => {
        if (registration.waiting && navigator.serviceWorker.controller) found(registration.waiting);
      };
      look();
      registration.addEventListener('updatefound', () => {
        registration.installing?.addEventListener('statechange', look);
      });
      setInterval(() => void registration.update().catch(() => {}), 15 * 60_000);
    })
    .catch(() => {});
}

/** Another window has begun the new version: this one follows as soon as it takes nothing away. */
function whenIdle(then: () => void): void {
  if (!inCall()) return then();
  const stop = desk.state.subscribe(() => {
    if (inCall()) return;
    stop();
    then();
  });
}

function found(worker: ServiceWorker): void {
  waiting = worker;
  updateWaiting.set(true);
  unasked();
  document.addEventListener('visibilitychange', unasked);
}

/** Without a shift, and while nobody looks. */
function unasked(): void {
  if (phone.state === 'off' && !inCall() && document.visibilityState === 'hidden') applyUpdate();
}

/** Refused during a call. */
export function applyUpdate(): boolean {
  if (inCall() || !waiting) return false;
  waiting.postMessage('SKIP_WAITING');
  return true;
}
