/** How a trunk is, in words. */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { IconName } from '../../ui/Icon';
import type { Tone } from '../../ui/StateBadge';
import type { TrunkBody, TrunkState, Trunks } from './data';

export interface Look {
  tone: Tone;
  icon: IconName;
  words: MessageDescriptor;
}

const OFF: Look = { tone: 'rest', icon: 'off', words: msg`Vypnutý` };
const NO_PASSWORD: Look = { tone: 'bad', icon: 'lock', words: msg`Chybí heslo, nepoužívá se` };
const NOT_REGISTERED: Look = { tone: 'bad', icon: 'warn', words: msg`Neregistrovaný` };
const LOST: Look = { tone: 'bad', icon: 'warn', words: msg`Neodpovídá` };
const REGISTERED: Look = { tone: 'ready', icon: 'ready', words: msg`Registrovaný` };
const REACHED: Look = { tone: 'ready', icon: 'ready', words: msg`Odpovídá` };
const NOT_ASKED: Look = { tone: 'rest', icon: 'minus', words: msg`Nekontroluje se` };
const ASKED: Look = { tone: 'rest', icon: 'ask', words: msg`Zjišťuje se` };
const NOBODY: Look = { tone: 'bad', icon: 'offline', words: msg`Nemá ho žádný most` };
const WORST: readonly Look[] = [LOST, NOT_REGISTERED, ASKED, NOT_ASKED, REACHED, REGISTERED];

/** On one bridge. `asks`: whether it is asked at all. */
export function lookOf(state: TrunkState, asks: boolean): Look {
  if (state.reachable === 'DOWN') return LOST;
  if (state.registered === 'DOWN') return NOT_REGISTERED;
  if (state.registered === 'UP') return REGISTERED;
  if (state.reachable === 'UP') return REACHED;
  return asks ? ASKED : NOT_ASKED;
}

/** What bridges say of it, by name. */
export function statesOf(name: string, bridges: Trunks['bridges']): { bridge: string; state: TrunkState }[] {
  return bridges.flatMap(({ bridge, given, trunks }) =>
    given ? trunks.filter((each) => each.name === name).map((state) => ({ bridge, state })) : [],
  );
}

export const asks = (body: TrunkBody): boolean => body.ping_s > 0 || body.register;

/** On all bridges together: the worst. */
export function whole(trunk: Trunks['trunks'][number], bridges: Trunks['bridges']): Look {
  if (!trunk.body.enabled) return OFF;
  if (trunk.lacksPassword) return NO_PASSWORD;
  const looks = statesOf(trunk.body.name, bridges).map(({ state }) => lookOf(state, asks(trunk.body)));
  return WORST.find((look) => looks.includes(look)) ?? NOBODY;
}

/** Why it is down; the number is the peer's answer (RFC 3261 section 21). */
export function whyDown(state: TrunkState): MessageDescriptor | null {
  const { status } = state;
  if (status === null || (state.reachable !== 'DOWN' && state.registered !== 'DOWN')) return null;
  if (status === 0) return msg`Na naše zprávy nepřišla žádná odpověď. Zkontrolujte adresu, port a firewall.`;
  if ([401, 403, 407].includes(status)) return msg`Druhá strana odmítla jméno nebo heslo (odpověď ${status}).`;
  if (status === 404) return msg`Druhá strana tento účet nezná (odpověď 404).`;
  if ([408, 500, 503].includes(status)) return msg`Druhá strana je přetížená nebo mimo provoz (odpověď ${status}).`;
  return msg`Druhá strana odmítla s odpovědí ${status}.`;
}
