/** Who is signed in. */
import { execute, onSessionLost, sessionLost, Unreachable } from '../api/client';
import { type Action, MeDocument, type MeQuery, type SignInAnswerFragment, SignOutDocument } from '../gql/graphql';
import { backoff } from '../live/backoff';
import { desk, socket, stopFeeds } from '../live/feeds';
import { Store } from '../live/store';

export type User = NonNullable<MeQuery['me']>;

export type Session =
  | { kind: 'unknown'; unreachable: boolean }
  | { kind: 'nobody' }
  | { kind: 'user'; user: User }
  /** Ended in the middle of work: what is on the screen stays until the same person is back. */
  | { kind: 'expired'; user: User };

export const session = new Store<Session>({ kind: 'unknown', unreachable: false });

onSessionLost(() => {
  const now = session.get();
  if (now.kind === 'user') session.set({ kind: 'expired', user: now.user });
  else if (now.kind === 'unknown') session.set({ kind: 'nobody' });
});

/** Asks until there is an answer. */
export async function findSession(): Promise<void> {
  for (let tries = 0; session.get().kind === 'unknown'; tries++) {
    try {
      const { me } = await execute(MeDocument, {});
      session.set(me ? { kind: 'user', user: me } : { kind: 'nobody' });
      return;
    } catch (error) {
      session.set({ kind: 'unknown', unreachable: error instanceof Unreachable });
      await socket.pause(backoff(tries, Math.random()));
    }
  }
}

export type SignInStop = Extract<SignInAnswerFragment, { __typename: 'SignInRefused' }>;

/** Takes the session in use; what stops it, or null. */
export function enter(answer: SignInAnswerFragment): SignInStop | null {
  if (answer.__typename === 'SignInRefused') return answer;
  const before = session.get();
  if (before.kind === 'expired' && before.user.id !== answer.user.id) {
    location.assign('/');
    return null;
  }
  socket.reset();
  session.set({ kind: 'user', user: answer.user });
  return null;
}

/** The refusal's code, or null when signed out. */
export async function signOut(): Promise<string | null> {
  const { signOut: answer } = await execute(SignOutDocument, {});
  if (answer.__typename === 'Refused') return answer.code;
  session.set({ kind: 'nobody' });
  stopFeeds();
  return null;
}

/** A supervisor may end the shift: the session has ended with it, and one should see that at once. */
export function watchSignOut(user: number): () => void {
  let there = false;
  return desk.state.subscribe(() => {
    const agent = desk.state.get().agents.get(user);
    if (!agent) return;
    if (agent.activity !== 'OFFLINE') there = true;
    else if (there) {
      there = false;
      void execute(MeDocument, {}).then(
        ({ me }) => me ?? sessionLost(),
        () => {},
      );
    }
  });
}

/** The server decides; screens only leave out what would be refused. */
export function may(user: User, action: Action): boolean {
  return user.permissions.some((each) => each.action === action);
}

/** A screen on a wall: it has no names and no pages but its own. */
export const isWall = (user: User): boolean => !may(user, 'SEE_SETTINGS');

export function homeOf(user: User): '/' | '/floor' | '/wall' | '/settings' | '/callbacks' | '/history' {
  if (isWall(user)) return '/wall';
  if (may(user, 'SEE_FLOOR')) return '/floor';
  if (worksAtDesk(user)) return '/';
  if (may(user, 'SEE_CALLBACKS')) return '/callbacks';
  return may(user, 'SEE_HISTORY') ? '/history' : '/settings';
}

export function worksAtDesk(user: User): boolean {
  return may(user, 'SEE_DESK');
}

const SETTINGS: readonly Action[] = [
  'EDIT_ROUTING',
  'EDIT_CALL_SETTINGS',
  'EDIT_TRUNKS',
  'EDIT_SKILLS',
  'EDIT_ACCESS',
  'EDIT_SIGN_IN',
  'EDIT_BREAKS',
  'EDIT_CATEGORIES',
  'DEFINE_CLIENT_FIELDS',
  'UNDO_SETTINGS',
  'SEE_AUDIT',
];

/** Whether anything on the page of settings is for this user. */
export function setsUp(user: User): boolean {
  return SETTINGS.some((action) => may(user, action));
}

export function leads(user: User): boolean {
  return may(user, 'SEE_FLOOR');
}
