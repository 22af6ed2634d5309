/** How an operation is named to the server: by the hash that the build gave it. While developing there is none, and its text goes. */
import type { TypedDocumentString } from '../gql/graphql';

export type Named = { documentId: string } | { query: string };

export function named<T, V>(document: TypedDocumentString<T, V>): Named {
  const hash: unknown = document.__meta__?.hash;
  return typeof hash === 'string' ? { documentId: hash } : { query: String(document) };
}
