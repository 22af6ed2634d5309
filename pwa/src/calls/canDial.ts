import { useMine } from '../desk/current';
import { useReachable } from '../desk/endpoint';

/** One calls out with a telephone and nothing else in hand. */
export function useCanDial(): boolean {
  const busy = useMine().length > 0;
  const reachable = useReachable();
  return reachable && !busy;
}
