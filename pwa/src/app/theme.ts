/** Light, dark, or as the device says. */
import { Store } from '../live/store';

export type Theme = 'auto' | 'light' | 'dark';
const KEY = 'kc.theme';

function read(): Theme {
  const known = localStorage.getItem(KEY);
  return known === 'light' || known === 'dark' ? known : 'auto';
}

export const theme = new Store<Theme>(read());

export function setTheme(chosen: Theme): void {
  localStorage.setItem(KEY, chosen);
  theme.set(chosen);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = theme.get();
  document.documentElement.style.colorScheme = chosen === 'auto' ? 'light dark' : chosen;
}
