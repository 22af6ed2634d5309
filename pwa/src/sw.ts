/**
 * Service worker: the shell works offline; live data never comes from a cache. A new version waits until the page says
 * that no call can be lost (`app/update.ts`).
 */
/// <reference lib="webworker" />
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: { url: string; revision: string | null }[] };

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);
registerRoute(
  new NavigationRoute(createHandlerBoundToURL('/index.html'), {
    denylist: [/^\/(graphql|recordings|prompts|health|metrics|bridge|audit|sign-in)/],
  }),
);

self.addEventListener('message', (event) => {
  if (event.data === 'SKIP_WAITING') void self.skipWaiting();
});

type Alert =
  | 'waiting'
  | 'ringing'
  | 'call'
  | 'hold'
  | 'wrap_up'
  | 'break_private'
  | 'break_work'
  | 'not_ready'
  | 'outside_calls'
  | 'trunk_down';

/** What the server sends (`backend/adapters/web_push.py`): never a name or a number of a client. */
interface Pushed {
  kind: 'offer' | 'cancel' | 'missed' | 'alert';
  tag: string;
  until: string;
  queue: string | null;
  alert: Alert | null;
  title: string | null;
  body: string | null;
  path: string;
  lang: 'cs' | 'sk' | 'en' | null;
}

interface Words {
  offer: string;
  missed: string;
  missedBody: string;
  alerts: Record<Alert, string>;
}

/** Few words, in each language: the catalogues are the page's. */
const WORDS: Record<'cs' | 'sk' | 'en', Words> = {
  cs: {
    offer: 'Příchozí hovor',
    missed: 'Nepřijatý hovor',
    missedBody: 'Jste ve stavu Nepřipraven.',
    alerts: {
      waiting: 'Dlouho čeká ve frontě',
      ringing: 'Dlouho zvoní',
      call: 'Dlouhý hovor',
      hold: 'Dlouho podržený hovor',
      wrap_up: 'Dlouhé dokončování',
      break_private: 'Dlouhá soukromá přestávka',
      break_work: 'Dlouhá pracovní přestávka',
      not_ready: 'Dlouho nepřipraven',
      outside_calls: 'Hovory ven narazily na mez',
      trunk_down: 'Svazek nefunguje, hovory neprojdou',
    },
  },
  sk: {
    offer: 'Prichádzajúci hovor',
    missed: 'Neprijatý hovor',
    missedBody: 'Ste v stave Nepripravený.',
    alerts: {
      waiting: 'Dlho čaká vo fronte',
      ringing: 'Dlho zvoní',
      call: 'Dlhý hovor',
      hold: 'Dlho podržaný hovor',
      wrap_up: 'Dlhé dokončovanie',
      break_private: 'Dlhá súkromná prestávka',
      break_work: 'Dlhá pracovná prestávka',
      not_ready: 'Dlho nepripravený',
      outside_calls: 'Hovory von narazili na medzu',
      trunk_down: 'Zväzok nefunguje, hovory neprejdú',
    },
  },
  en: {
    offer: 'Incoming call',
    missed: 'Missed call',
    missedBody: 'You are not ready now.',
    alerts: {
      waiting: 'Long wait in queue',
      ringing: 'Rings for long',
      call: 'Long call',
      hold: 'Call held for long',
      wrap_up: 'Long wrap-up',
      break_private: 'Long private break',
      break_work: 'Long work break',
      not_ready: 'Not ready for long',
      outside_calls: 'Outgoing calls have hit a limit',
      trunk_down: 'Trunk down, calls fail',
    },
  },
};

self.addEventListener('push', (event) => {
  let pushed: Pushed;
  try {
    pushed = event.data?.json() as Pushed;
  } catch {
    return;
  }
  event.waitUntil(tell(pushed));
});

async function tell(pushed: Pushed): Promise<void> {
  const shown = await self.registration.getNotifications({ tag: pushed.tag });
  if (pushed.kind === 'cancel' || Date.parse(pushed.until) < Date.now()) {
    for (const each of shown) each.close();
    return;
  }
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  // Whoever looks at the app sees and hears it there; a recording or a picture in a window of its own is not the app.
  const isApp = (page: WindowClient) => !/\.\w+$/.test(new URL(page.url).pathname);
  if (pages.some((page) => isApp(page) && page.visibilityState === 'visible')) return;
  const words = WORDS[pushed.lang ?? 'cs'] ?? WORDS.cs;
  const [title, body] =
    pushed.kind === 'offer'
      ? [words.offer, pushed.queue ?? '']
      : pushed.kind === 'missed'
        ? [words.missed, words.missedBody]
        : [(pushed.alert && words.alerts[pushed.alert]) ?? pushed.title ?? 'KC', pushed.body ?? ''];
  await self.registration.showNotification(title, {
    body,
    tag: pushed.tag,
    icon: '/icon-192.png',
    badge: '/icon-192.png',
    lang: pushed.lang ?? 'cs',
    requireInteraction: pushed.kind === 'offer',
    data: { path: pushed.path },
  });
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const path = (event.notification.data as { path?: string } | null)?.path ?? '/';
  event.waitUntil(open(path));
});

async function open(path: string): Promise<void> {
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find((each) => each.visibilityState === 'visible') ?? pages[0];
  if (!page) return void (await self.clients.openWindow(path));
  await page.focus();
  // The router of the page leads there, without a reload: a call may be running.
  page.postMessage({ go: path });
}
