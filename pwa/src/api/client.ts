/** Queries and mutations over fetch. Live state comes by subscription (`live/`), so nothing is cached here. */
import type { TypedDocumentString } from '../gql/graphql';
import { named } from './operation';

const ADDRESS = '/graphql';
const PATIENCE_MS = 10_000;

/** No answer: the network or the server is away. Whether a command was carried out is not known. */
export class Unreachable extends Error {}

/** The session has ended. */
export class Unauthenticated extends Error {}

/** The server answered with an error that is no refusal: a bug or a missing right. */
export class Failed extends Error {
  constructor(readonly code: string | undefined) {
    super(code ?? 'failed');
  }
}

interface GraphQLAnswer<T> {
  data?: T;
  errors?: { message: string; extensions?: { code?: string } }[];
}

export function errorOf(errors: readonly { extensions?: { code?: unknown } }[]): Error {
  const code = errors[0]?.extensions?.code;
  return code === 'UNAUTHENTICATED' ? new Unauthenticated() : new Failed(typeof code === 'string' ? code : undefined);
}

const listeners = new Set<() => void>();

/** Called whenever an answer says that nobody is signed in any more. */
export function onSessionLost(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function sessionLost(): void {
  for (const listener of listeners) listener();
}

export async function execute<T, V>(
  document: TypedDocumentString<T, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<T> {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  let answer: GraphQLAnswer<T>;
  try {
    const response = await fetch(ADDRESS, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...named(document), variables }),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    answer = (await response.json()) as GraphQLAnswer<T>;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable(String(error));
  }
  if (answer.errors?.length) {
    const error = errorOf(answer.errors);
    if (error instanceof Unauthenticated) sessionLost();
    throw error;
  }
  if (!answer.data) throw new Unreachable('no data');
  return answer.data;
}
