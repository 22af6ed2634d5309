/** What a supervisor does from the floor. */
import { execute } from '../api/client';
import { run } from '../desk/commands';
import {
  AcknowledgeAlertDocument,
  HandWaitingDocument,
  PrioritiseContactDocument,
  PrioritiseQueueDocument,
  SignAgentOutDocument,
  SnoozeAlertDocument,
} from '../gql/graphql';

type Answer = { __typename: string; code?: string };

const refused = (answer: Answer): string | null => (answer.__typename === 'Refused' ? (answer.code ?? '') : null);

export const signAgentOut = (agent: number): Promise<boolean> =>
  run(`sign-out:${agent}`, async () => refused((await execute(SignAgentOutDocument, { agent })).signAgentOut));

export const prioritiseContact = (contact: string, priority: number): Promise<boolean> =>
  run(
    `priority:${contact}`,
    async () => refused((await execute(PrioritiseContactDocument, { contact, priority })).prioritiseContact),
    `${priority}`,
  );

export const prioritiseQueue = (queue: number, priority: number): Promise<boolean> =>
  run(
    `queue-priority:${queue}`,
    async () => refused((await execute(PrioritiseQueueDocument, { queue, priority })).prioritiseQueue),
    `${priority}`,
  );

export const handWaiting = (contact: string, to: { queue?: number; agent?: number }): Promise<boolean> =>
  run(
    `hand:${contact}`,
    async () =>
      refused(
        (await execute(HandWaitingDocument, { contact, queue: to.queue ?? null, agent: to.agent ?? null })).handWaiting,
      ),
    JSON.stringify(to),
  );

export const acknowledgeAlert = (id: string): Promise<boolean> =>
  run(`alert:${id}`, async () => refused((await execute(AcknowledgeAlertDocument, { id })).acknowledgeAlert), 'seen');

export const snoozeAlert = (id: string, minutes: number): Promise<boolean> =>
  run(
    `alert:${id}`,
    async () => refused((await execute(SnoozeAlertDocument, { id, minutes })).snoozeAlert),
    `${minutes}`,
  );
