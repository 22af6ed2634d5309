/** Pushes to this device: they ring with the app closed. Asked for from a click, for browsers want one. */
import { execute } from '../api/client';
import { PushKeyDocument, SubscribeToPushDocument, UnsubscribeFromPushDocument } from '../gql/graphql';
import { Store } from '../live/store';
import { device } from './owner';

export type PushState =
  /** The browser cannot (an iPhone only from its home screen), or the server has no key. */
  'impossible' | 'off' | 'denied' | 'on';

export const pushState = new Store<PushState>('off');

async function worker(): Promise<ServiceWorkerRegistration | null> {
  if (!('serviceWorker' in navigator) || !('PushManager' in window)) return null;
  return (await navigator.serviceWorker.getRegistration()) ?? null;
}

export async function lookAtPush(): Promise<void> {
  const registration = await worker();
  if (!registration) return pushState.set('impossible');
  if (Notification.permission === 'denied') return pushState.set('denied');
  const subscription = await registration.pushManager.getSubscription().catch(() => null);
  pushState.set(subscription && Notification.permission === 'granted' ? 'on' : 'off');
  if (subscription) await tell(subscription).catch(() => {});
}

/** From a click. Whether this device is pushed to from now on. */
export async function switchPushOn(): Promise<boolean> {
  if ('Notification' in window && (await Notification.requestPermission()) === 'denied') {
    pushState.set('denied');
    return false;
  }
  const registration = await worker();
  const { pushKey } = await execute(PushKeyDocument, {});
  if (!registration || !pushKey) {
    pushState.set('impossible');
    return false;
  }
  const known = await registration.pushManager.getSubscription();
  const made =
    known ??
    (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(pushKey) }));
  if (await tell(made)) {
    pushState.set('on');
    return true;
  }
  return false;
}

export async function switchPushOff(): Promise<void> {
  const registration = await worker();
  const subscription = await registration?.pushManager.getSubscription().catch(() => null);
  pushState.set('off');
  if (!subscription) return;
  await execute(UnsubscribeFromPushDocument, { endpoint: subscription.endpoint }).catch(() => {});
  await subscription.unsubscribe().catch(() => {});
}

/** The server may have forgotten it, or somebody else works at this device now. */
async function tell(subscription: PushSubscription): Promise<boolean> {
  const { endpoint, keys } = subscription.toJSON();
  const { subscribeToPush } = await execute(SubscribeToPushDocument, {
    endpoint: endpoint ?? '',
    p256dh: keys?.p256dh ?? '',
    auth: keys?.auth ?? '',
    device: device(),
  });
  return subscribeToPush.__typename === 'Done';
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
