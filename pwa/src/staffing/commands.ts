/** Who serves which queues: my own choice, and what a supervisor decides. */
import { execute } from '../api/client';
import { run } from '../desk/commands';
import {
  LetChooseQueuesDocument,
  SendOnBreakDocument,
  SetAgentQueuesDocument,
  SetMyQueuesDocument,
} from '../gql/graphql';

type Answer = { __typename: string; code?: string };

const refused = (answer: Answer): string | null => (answer.__typename === 'Refused' ? (answer.code ?? '') : null);

export const setMyQueues = (queues: number[]): Promise<boolean> =>
  run('queues', async () => refused((await execute(SetMyQueuesDocument, { queues })).setMyQueues), `${queues}`);

export const setAgentQueues = (agent: number, queues: number[]): Promise<boolean> =>
  run(
    `queues:${agent}`,
    async () => refused((await execute(SetAgentQueuesDocument, { agent, queues })).setAgentQueues),
    `${queues}`,
  );

export const sendOnBreak = (agent: number, reason: string): Promise<boolean> =>
  run(
    `break:${agent}`,
    async () => refused((await execute(SendOnBreakDocument, { agent, reason })).sendOnBreak),
    reason,
  );

export const letChooseQueues = (agent: number, allowed: boolean): Promise<boolean> =>
  run(
    `choice:${agent}`,
    async () => refused((await execute(LetChooseQueuesDocument, { agent, allowed })).letChooseQueues),
    `${allowed}`,
  );

/** The list with one queue more, or one less. */
export function toggled(queues: readonly number[], queue: number): number[] {
  return queues.includes(queue) ? queues.filter((each) => each !== queue) : [...queues, queue];
}
