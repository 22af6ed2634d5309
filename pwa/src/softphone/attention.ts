/** Calls for the agent's eyes when the page is not seen: title, icon, and a notification without anything personal. */
let notification: Notification | null = null;

export interface Attention {
  title: string;
  /** Queue only: no name and no number of a client leaves the page. */
  body: string;
  tag: string;
}

export function callForAttention(attention: Attention): void {
  document.title = `● ${attention.title}`;
  icon('/icon-call.svg');
  void badge(true);
  if (document.visibilityState === 'hidden') void notify(attention);
}

export function settle(title: string): void {
  document.title = title;
  icon('/icon.svg');
  void badge(false);
  notification?.close();
  notification = null;
  void navigator.serviceWorker
    ?.getRegistration()
    .then((registration) => registration?.getNotifications())
    .then((shown) => {
      for (const each of shown ?? []) each.close();
    })
    .catch(() => {});
}

/** On the icon of the installed app, where there is one. */
async function badge(on: boolean): Promise<void> {
  const { setAppBadge, clearAppBadge } = navigator as Partial<Navigator>;
  await (on ? setAppBadge?.call(navigator) : clearAppBadge?.call(navigator))?.catch(() => {});
}

function icon(href: string): void {
  document.getElementById('favicon')?.setAttribute('href', href);
}

async function notify({ title, body, tag }: Attention): Promise<void> {
  // The same tag as the push of this offer: whichever comes second replaces the first.
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const options = { body, tag, icon: '/icon-192.png', requireInteraction: true, silent: true };
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration?.active) return registration.showNotification(title, options);
  notification = new Notification(title, options);
  notification.onclick = () => {
    window.focus();
    notification?.close();
  };
}

export function askToNotify(): void {
  if ('Notification' in window && Notification.permission === 'default') void Notification.requestPermission();
}
