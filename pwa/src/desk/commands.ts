/** An agent's commands. Nothing is shown as done before the server says so; meanwhile a command is pending. */
import { execute, Failed, Unauthenticated } from '../api/client';
import { tell } from '../app/notice';
import {
  AcceptOfferDocument,
  CategoriseDocument,
  type ContactFieldsFragment,
  DeclineOfferDocument,
  DialBackDocument,
  FinishWrapUpDocument,
  HangUpDocument,
  HoldDocument,
  MuteDocument,
  PauseRecordingDocument,
  PickClientDocument,
  type Presence,
  ResumeDocument,
  ResumeRecordingDocument,
  SetPresenceDocument,
  type TypedDocumentString,
  UnmuteDocument,
} from '../gql/graphql';
import { desk } from '../live/feeds';
import { Store } from '../live/store';
import { NO_ANSWER, refusalText, WENT_WRONG } from '../words/refusals';

export type CommandName =
  | 'accept'
  | 'decline'
  | 'mute'
  | 'hold'
  | 'recording'
  | 'hangUp'
  | 'dialBack'
  | 'finishWrapUp'
  | 'presence'
  | 'category'
  | 'client'
  | 'consult'
  | 'transfer'
  | 'conference'
  | 'leave'
  | 'park'
  | 'supervise';

/** Commands on their way, as `name` or `name:contact`. */
export const pending = new Store<ReadonlySet<string>>(new Set());

export type Answer = ({ __typename: 'Contact' } & ContactFieldsFragment) | { __typename: 'Refused'; code: string };

/** What was last asked of each key, until it is answered. */
const asked = new Map<string, { what: string; answered: Promise<boolean> }>();

/**
 * Sends a command. The same one again while it is on its way is one press too many and is dropped; a different one
 * of the same key (hold, then resume) waits for the answer of the first: the picture may show the first as done
 * before its answer has come, and what was pressed then must not be lost.
 */
export function run(key: string, send: () => Promise<string | null>, what = key): Promise<boolean> {
  const before = asked.get(key);
  if (before?.what === what) return Promise.resolve(false);
  const answered = before ? before.answered.then(() => sent(key, send)) : sent(key, send);
  const mine = { what, answered };
  asked.set(key, mine);
  return answered.finally(() => {
    if (asked.get(key) !== mine) return;
    asked.delete(key);
    const rest = new Set(pending.get());
    rest.delete(key);
    pending.set(rest);
  });
}

async function sent(key: string, send: () => Promise<string | null>): Promise<boolean> {
  pending.set(new Set(pending.get()).add(key));
  try {
    const refused = await send();
    if (refused) tell(refusalText(refused));
    return !refused;
  } catch (error) {
    if (!(error instanceof Unauthenticated)) tell(error instanceof Failed ? WENT_WRONG : NO_ANSWER);
    return false;
  }
}

/** What a contact command answered: the state after it goes into the picture at once. */
export function taken(answer: Answer): string | null {
  if (answer.__typename === 'Refused') return answer.code;
  desk.dispatch({ type: 'answered', contact: answer });
  return null;
}

type ContactDocument<K extends string> = TypedDocumentString<Record<K, unknown>, { contact: string }>;

export function contactCommand<K extends string>(name: CommandName, field: K, document: unknown) {
  return (contact: string): Promise<boolean> =>
    run(
      `${name}:${contact}`,
      async () => {
        const data = await execute(document as ContactDocument<K>, { contact });
        return taken(data[field] as Answer);
      },
      field,
    );
}

export const accept = contactCommand('accept', 'acceptOffer', AcceptOfferDocument);
export const decline = contactCommand('decline', 'declineOffer', DeclineOfferDocument);
export const hold = contactCommand('hold', 'hold', HoldDocument);
export const resume = contactCommand('hold', 'resume', ResumeDocument);
export const mute = contactCommand('mute', 'mute', MuteDocument);
export const unmute = contactCommand('mute', 'unmute', UnmuteDocument);
export const pauseRecording = contactCommand('recording', 'pauseRecording', PauseRecordingDocument);
export const resumeRecording = contactCommand('recording', 'resumeRecording', ResumeRecordingDocument);
export const hangUp = contactCommand('hangUp', 'hangUp', HangUpDocument);
export const dialBack = contactCommand('dialBack', 'dialBack', DialBackDocument);
export const finishWrapUp = contactCommand('finishWrapUp', 'finishWrapUp', FinishWrapUpDocument);

export const categorise = (contact: string, category: number | null): Promise<boolean> =>
  run(
    `category:${contact}`,
    async () => taken((await execute(CategoriseDocument, { contact, category })).categorise as Answer),
    `${category}`,
  );

export const pickClient = (contact: string, client: number | null): Promise<boolean> =>
  run(
    `client:${contact}`,
    async () => taken((await execute(PickClientDocument, { contact, client })).pickClient as Answer),
    `${client}`,
  );

/** The feed shows the new state within this time, or the answer got lost and the picture is believed. */
const CONFIRMED_WITHIN_MS = 3_000;

export const setPresence = (presence: Presence, reason: string | null = null): Promise<boolean> =>
  run(
    'presence',
    async () => {
      const { setPresence: answer } = await execute(SetPresenceDocument, { presence, reason });
      if (answer.__typename === 'Refused') return answer.code;
      const { userId } = answer;
      await new Promise<void>((resolve) => {
        const look = () => {
          const agent = desk.state.get().agents.get(userId);
          if (agent?.presence === answer.presence && (agent.reason ?? null) === (answer.reason ?? null)) done();
        };
        const stop = desk.state.subscribe(look);
        const timer = setTimeout(() => done(), CONFIRMED_WITHIN_MS);
        const done = () => {
          stop();
          clearTimeout(timer);
          resolve();
        };
        look();
      });
      return null;
    },
    `${presence} ${reason}`,
  );
