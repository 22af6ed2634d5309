/** Breaks and categories as the server has them now; read again after each save. */
import { execute } from '../api/client';
import { loadSettings } from '../app/settings';
import { LabelSettingsDocument } from '../gql/graphql';
import { Store, useStore } from '../live/store';

export interface BreaksBody {
  breaks: readonly { id: number | null; name: string; retired: boolean }[];
}
export interface TreeBody {
  queue: number | null;
  categories: readonly CategoryBody[];
}
interface CategoryBody {
  id: number | null;
  name: string;
  retired: boolean;
  children: readonly CategoryBody[];
}
export interface Labels {
  breaks: BreaksBody;
  trees: readonly TreeBody[];
}

const labels = new Store<Labels | null>(null);
export const useLabels = (): Labels | null => useStore(labels);

export async function loadLabels(): Promise<Labels> {
  const [{ breakSettings, categorySettings }] = await Promise.all([execute(LabelSettingsDocument, {}), loadSettings()]);
  const found = { breaks: breakSettings, trees: categorySettings } as unknown as Labels;
  labels.set(found);
  return found;
}

export function countOf(tree: readonly CategoryBody[]): number {
  return tree.reduce((sum, each) => sum + (each.retired ? 0 : 1 + countOf(each.children)), 0);
}
