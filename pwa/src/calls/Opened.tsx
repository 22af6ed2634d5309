import { useStore } from '../live/store';
import { later } from '../ui/later';
import { keypadOpen, panel } from './commands';

const TransferPanel = later(() => import('./TransferPanel'), 'TransferPanel');
const Keypad = later(() => import('./Keypad'), 'Keypad');

/** Panels that most of the day is done without. */
export function PanelsWhenOpened({ userId }: { userId: number }) {
  const transfer = useStore(panel) !== null;
  const keypad = useStore(keypadOpen);
  return (
    <>
      {transfer && <TransferPanel userId={userId} />}
      {keypad && <Keypad userId={userId} />}
    </>
  );
}
