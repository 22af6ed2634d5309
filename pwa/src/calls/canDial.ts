import { useMine } from '../desk/current';
import { useStore } from '../live/store';
import { phone } from '../softphone/softphone';

/** One calls out with a connected telephone and nothing else in hand. */
export function useCanDial(): boolean {
  const busy = useMine().length > 0;
  const state = useStore(phone.view, (view) => view.state);
  return state === 'connected' && !busy;
}
