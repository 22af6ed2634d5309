/** Where calls ring for me: in this browser, or at a telephone of my own. */
import { execute } from '../api/client';
import { ChooseEndpointDocument, type EndpointKind } from '../gql/graphql';
import { desk } from '../live/feeds';
import type { Agent } from '../live/state';
import { useStore } from '../live/store';
import { phone } from '../softphone/softphone';
import { run } from './commands';
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
