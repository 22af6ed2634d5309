/** Which number of the floor somebody wants to see behind. */
import type { FloorNumber } from '../gql/graphql';
import { Store } from '../live/store';

export interface Behind {
  number: FloorNumber;
  queue?: number | undefined;
  agent?: number | undefined;
  /** What the list is called: the queue's or agent's name, or of all. */
  of: string;
}

export const behind = new Store<Behind | null>(null);
