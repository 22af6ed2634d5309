import { Store, useStore } from '../live/store';
import { later } from '../ui/later';

export const finderOpen = new Store(false);

const ClientFinder = later(() => import('./ClientFinder'), 'ClientFinder');

export function ClientFinderWhenOpened() {
  return useStore(finderOpen) ? <ClientFinder /> : null;
}
