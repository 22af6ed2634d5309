import { paletteOpen } from '../keyboard/shortcuts';
import { useStore } from '../live/store';
import { later } from '../ui/later';

const Palette = later(() => import('./Palette'), 'Palette');

export function PaletteWhenOpened() {
  return useStore(paletteOpen) ? <Palette /> : null;
}
