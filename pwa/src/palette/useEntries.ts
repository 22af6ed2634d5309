import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { homeOf, leads, may, session, setsUp, worksAtDesk } from '../app/session';
import { useSettings } from '../app/settings';
import { scheme, setScheme } from '../app/theme';
import { act } from '../calls/act';
import { useCanDial } from '../calls/canDial';
import { dial, openPanel } from '../calls/commands';
import { barOf, type Verb } from '../calls/situation';
import { typedNumber } from '../calls/targets';
import { searchClients } from '../clients/data';
import { setPresence } from '../desk/commands';
import { me, useCall } from '../desk/current';
import { useAnswer } from '../desk/detail';
import { useReachable } from '../desk/endpoint';
import { phoneNumber } from '../format/format';
import { helpOpen, SHORTCUTS, type ShortcutName } from '../keyboard/shortcuts';
import { colleagues } from '../live/feeds';
import { useStore } from '../live/store';
import { ACTIVITIES } from '../words/states';
import type { Entry } from './entries';

const TYPING_MS = 200;
const SHORTEST = 2;
const MOST_CLIENTS = 8;
const VERBS: Partial<Record<Verb & ShortcutName, string>> = {
  accept: 'phone',
  decline: 'decline',
  mute: 'mic',
  hold: 'pause',
  consult: 'ask',
  transfer: 'forward',
  conference: 'people',
  park: 'park',
  keypad: 'keypad',
  record: 'record',
  hangUp: 'hangUp',
};

/** Everything that can be done now, from whatever page. `typed` also finds clients and is a number to call. */
export function useEntries(typed: string): Entry[] {
  const call = useCallEntries();
  const presence = usePresenceEntries();
  const people = usePeopleEntries(typed);
  const screens = useScreenEntries();
  return [...call, ...people.first, ...presence, ...screens, ...people.rest];
}

function useCallEntries(): Entry[] {
  const { i18n } = useLingui();
  const call = useCall();
  const bar = barOf(call, me());
  return (Object.keys(VERBS) as (Verb & ShortcutName)[])
    .filter((verb) => bar.can.has(verb))
    .map((verb) => ({
      key: verb,
      group: 'call',
      text: i18n._(SHORTCUTS[verb].what),
      icon: VERBS[verb] ?? 'phone',
      hint: SHORTCUTS[verb].keys,
      run: () => act(verb, call, me()),
    }));
}

function usePresenceEntries(): Entry[] {
  const { i18n, t } = useLingui();
  const now = useStore(session);
  const settings = useSettings();
  const reachable = useReachable();
  if (now.kind !== 'user' || !worksAtDesk(now.user)) return [];
  const ready: Entry = {
    key: 'ready',
    group: 'presence',
    text: i18n._(ACTIVITIES.READY),
    icon: 'ready',
    hint: SHORTCUTS.ready.keys,
    run: () => void setPresence('READY'),
  };
  const breaks = settings.breaks.map(
    (each): Entry => ({
      key: `break:${each.id}`,
      group: 'presence',
      text: t`Přestávka: ${each.name}`,
      icon: 'cup',
      run: () => void setPresence('BREAK', String(each.id)),
    }),
  );
  return reachable ? [ready, ...breaks] : breaks;
}

function usePeopleEntries(typed: string): { first: Entry[]; rest: Entry[] } {
  const { i18n, t } = useLingui();
  const navigate = useNavigate();
  const canDial = useCanDial();
  const call = useCall();
  const bar = barOf(call, me());
  const people = useStore(colleagues.state, (state) => state.colleagues);
  const asked = typed.trim();
  const number = typedNumber(asked);
  const { value: found } = useAnswer(asked.length >= SHORTEST && !number ? asked : null, async (signal) => {
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    return searchClients(asked, MOST_CLIENTS, signal);
  });
  const first: Entry[] = [];
  if (number && canDial) {
    const shown = phoneNumber(number) ?? number;
    first.push({
      key: 'dial',
      group: 'people',
      text: t`Zavolat na ${shown}`,
      more: asked,
      icon: 'dial',
      run: () => void dial(number),
    });
  }
  const rest = (found?.clients ?? []).map(
    (client): Entry => ({
      key: `client:${client.id}`,
      group: 'client',
      text: client.name,
      more: asked,
      icon: 'user',
      hint: phoneNumber(client.numbers[0]) ?? '',
      run: () => void navigate({ to: '/clients/$client', params: { client: String(client.id) } }),
    }),
  );
  if (bar.can.has('consult')) {
    for (const each of people.values()) {
      if (each.userId === me()) continue;
      rest.push({
        key: `agent:${each.userId}`,
        group: 'people',
        text: t`Poradit se: ${each.name}`,
        icon: 'ask',
        hint: i18n._(ACTIVITIES[each.activity]),
        run: () => openPanel('consult', each.name),
      });
    }
  }
  return { first, rest };
}

function useScreenEntries(): Entry[] {
  const { t } = useLingui();
  const now = useStore(session);
  const navigate = useNavigate();
  const look = useStore(scheme);
  if (now.kind !== 'user') return [];
  const { user } = now;
  const to = (path: string) => () => void navigate({ to: path });
  const screens: (Omit<Entry, 'key' | 'group' | 'run'> & { path: string; may: boolean })[] = [
    { path: '/', text: t`Pracoviště`, icon: 'headset', may: worksAtDesk(user) },
    { path: '/floor', text: t`Přehled`, icon: 'people', may: leads(user) },
    { path: '/callbacks', text: t`Zpětná volání`, icon: 'callback', may: may(user, 'SEE_CALLBACKS') },
    { path: '/history', text: t`Historie`, icon: 'history', may: may(user, 'SEE_HISTORY') },
    { path: '/menus', text: t`Hlasová menu`, icon: 'fork', may: may(user, 'EDIT_FLOWS') },
    { path: '/settings', text: t`Nastavení`, icon: 'gear', may: setsUp(user) },
    { path: '/wall', text: t`Nástěnka`, icon: 'board', may: leads(user) },
    { path: '/account', text: t`Můj účet`, icon: 'user', may: true, more: user.name },
  ];
  return [
    ...screens
      .filter((each) => each.may)
      .map(
        ({ path, text, icon, more }): Entry => ({
          key: path,
          group: 'screen',
          text,
          icon,
          more: more ?? '',
          run: to(path),
        }),
      ),
    {
      key: 'scheme',
      group: 'app',
      text: look === 'dark' ? t`Světlý vzhled` : t`Tmavý vzhled`,
      icon: 'eye',
      run: () => setScheme(look === 'dark' ? 'light' : 'dark'),
    },
    {
      key: 'help',
      group: 'app',
      text: t`Klávesové zkratky`,
      icon: 'keyboard',
      hint: '?',
      run: () => helpOpen.set(true),
    },
    { key: 'print', group: 'app', text: t`Vytisknout stránku`, icon: 'copy', run: () => setTimeout(() => print(), 50) },
    { key: 'home', group: 'app', text: t`Na úvodní stránku`, icon: 'headset', run: to(homeOf(user)) },
  ];
}
