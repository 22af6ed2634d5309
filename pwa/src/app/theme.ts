/** Light, dark, or as the device says; and more contrast for who needs it. */
import { Store } from '../live/store';

export type Scheme = 'auto' | 'light' | 'dark';
/** `auto`: where the device asks for it. */
export type Contrast = 'auto' | 'more';

const SCHEME = 'kc.theme';
const CONTRAST = 'kc.contrast';

function readScheme(): Scheme {
  const known = localStorage.getItem(SCHEME);
  return known === 'light' || known === 'dark' ? known : 'auto';
}

export const scheme = new Store<Scheme>(readScheme());
export const contrast = new Store<Contrast>(localStorage.getItem(CONTRAST) === 'more' ? 'more' : 'auto');

const asked = matchMedia('(prefers-contrast: more)');
const dark = matchMedia('(prefers-color-scheme: dark)');
for (const each of [asked, dark]) each.addEventListener('change', () => applyTheme());

export function setScheme(chosen: Scheme): void {
  localStorage.setItem(SCHEME, chosen);
  scheme.set(chosen);
  applyTheme();
}

export function setContrast(chosen: Contrast): void {
  localStorage.setItem(CONTRAST, chosen);
  contrast.set(chosen);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = scheme.get();
  const root = document.documentElement;
  root.style.colorScheme = chosen === 'auto' ? 'light dark' : chosen;
  root.toggleAttribute('data-contrast', contrast.get() === 'more' || asked.matches);
  // What the browser paints around the page, also where another scheme was chosen than the device's.
  const around = document.querySelector<HTMLMetaElement>('meta[name=theme-color]');
  if (around) around.content = getComputedStyle(root).backgroundColor;
}
