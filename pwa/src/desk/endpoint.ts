/** Where calls ring for me: in this browser, or at a telephone of my own. */
import { execute } from '../api/client';
import {
  ChooseEndpointDocument,
  type EndpointKind,
  MyTelephonesDocument,
  type MyTelephonesQuery,
  RingByPushDocument,
} from '../gql/graphql';
import { desk } from '../live/feeds';
import type { Agent } from '../live/state';
import { Store, useStore } from '../live/store';
import { phone } from '../softphone/softphone';
import { run, setPresence } from './commands';
import { me, useAgent } from './current';

export type Endpoint = Agent['endpoint'];

/** The telephone outside the browser; null for who works in the browser. */
export function ownTelephone(agent: Agent | null | undefined): Endpoint | null {
  return agent && agent.endpoint.kind !== 'BROWSER' ? agent.endpoint : null;
}

export function useOwnTelephone(): Endpoint | null {
  return ownTelephone(useAgent(me()));
}

export function hasOwnTelephone(): boolean {
  return ownTelephone(desk.state.get().agents.get(me())) !== null;
}

/** Whether a call could reach me: the browser's telephone is connected, or I have one of my own. */
export function useReachable(): boolean {
  const own = useOwnTelephone();
  const state = useStore(phone.view, (view) => view.state);
  return own !== null || state === 'connected';
}

export function reachableNow(): boolean {
  return hasOwnTelephone() || phone.state === 'connected';
}

/** Whether a call that rings is taken at the telephone, not here. */
export const takenThere = (own: Endpoint | null): boolean => own !== null && own.stage !== 'UP';

/** Telephones that the administrator put down for me; asked for once a session. */
export const myTelephones = new Store<MyTelephonesQuery['myTelephones'] | null>(null);

export async function loadTelephones(): Promise<void> {
  try {
    myTelephones.set((await execute(MyTelephonesDocument, {})).myTelephones);
  } catch {
    // The choice is simply not offered; whoever opens the page again asks again.
  }
}

/** My mobile: where a call can go on when the app cannot be in front. */
export function useMobile(): string | null {
  return useStore(myTelephones, (mine) => mine?.telephones.find((each) => each.kind === 'MOBILE')?.number ?? null);
}

/**
 * To another telephone by one tap, also in mid-conversation: the customer hears music until I am there. Whoever was ready
 * is so again as soon as the app is the telephone.
 */
export async function switchTo(kind: EndpointKind, number: string | null): Promise<void> {
  const ready = desk.state.get().agents.get(me())?.presence === 'READY';
  if (!(await chooseEndpoint(kind, number)) || kind !== 'BROWSER') return;
  await phone.start(true);
  if (ready) whenConnected(() => void setPresence('READY'));
}

/** Nobody is rung here any more, also not by push. */
export async function endShift(): Promise<void> {
  await phone.stop();
  if (desk.state.get().agents.get(me())?.rungByPush) await execute(RingByPushDocument, { on: false }).catch(() => {});
}

/** Once; not at all when the telephone is given up meanwhile. */
export function whenConnected(then: () => void): () => void {
  const look = () => {
    if (phone.state === 'connected') then();
    if (['connected', 'off', 'denied', 'elsewhere'].includes(phone.state)) stop();
  };
  const stop = phone.view.subscribe(look);
  if (phone.state === 'connected') look();
  return stop;
}

/** The browser's telephone is hung up by the server when another one is chosen. */
export const chooseEndpoint = (kind: EndpointKind, number: string | null, staysUp = false): Promise<boolean> =>
  run(
    'endpoint',
    async () => {
      const { chooseEndpoint: answer } = await execute(ChooseEndpointDocument, { kind, number, staysUp });
      return answer.__typename === 'Refused' ? answer.code : null;
    },
    `${kind} ${number} ${staysUp}`,
  );
