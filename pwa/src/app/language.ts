/** The language of the screens: kept on this device and with the account, its texts loaded when they are wanted. */
import { i18n, type Messages } from '@lingui/core';
import { execute } from '../api/client';
import { formatIn } from '../format/format';
import { ChooseLocaleDocument, type Locale } from '../gql/graphql';
import { Store } from '../live/store';

export type Language = 'cs' | 'sk' | 'en';

/** `aria`: whose words React Aria speaks; `format`: whose dates and numbers are written. */
export const LANGUAGES: Record<Language, { name: string; aria: string; format: string }> = {
  cs: { name: 'Čeština', aria: 'cs-CZ', format: 'cs-CZ' },
  sk: { name: 'Slovenčina', aria: 'sk-SK', format: 'sk-SK' },
  en: { name: 'English', aria: 'en-US', format: 'en-GB' },
};

type Catalogue = () => Promise<{ messages: Messages }>;
type Part = 'desk' | 'admin';

/** The desk's texts are on everybody's way; those of administration are not. */
const CATALOGUES: Record<Part, Record<Language, Catalogue>> = {
  desk: {
    cs: () => import('../locales/cs.po'),
    sk: () => import('../locales/sk.po'),
    en: () => import('../locales/en.po'),
  },
  admin: {
    cs: () => import('../locales/admin/cs.po'),
    sk: () => import('../locales/admin/sk.po'),
    en: () => import('../locales/admin/en.po'),
  },
};

const KEY = 'kc.language';
const wanted = new Set<Part>(['desk']);

function known(value: string | null | undefined): Language | null {
  return value && value in LANGUAGES ? (value as Language) : null;
}

export const language = new Store<Language>(known(localStorage.getItem(KEY)) ?? 'cs');

async function show(chosen: Language): Promise<void> {
  const loaded = await Promise.all([...wanted].map((part) => CATALOGUES[part][chosen]()));
  for (const { messages } of loaded) i18n.load(chosen, messages);
  formatIn(LANGUAGES[chosen].format);
  i18n.activate(chosen);
  document.documentElement.lang = chosen;
  language.set(chosen);
}

export const beginLanguage = (): Promise<void> => show(language.get());

/** Before a screen of this part is shown. */
export async function loadTexts(part: Part): Promise<void> {
  if (wanted.has(part)) return;
  wanted.add(part);
  await show(language.get());
}

let saved: Promise<unknown> = Promise.resolve();

/** Saved one after the other: the account keeps what was chosen last. */
export async function setLanguage(chosen: Language): Promise<void> {
  await show(chosen);
  localStorage.setItem(KEY, chosen);
  const save = () => execute(ChooseLocaleDocument, { locale: chosen.toUpperCase() as Locale });
  saved = saved.then(save, save);
  await saved;
}

/** What the account says wins over what this device was last used in. */
export function languageOfAccount(locale: Locale | null | undefined): void {
  const chosen = known(locale?.toLowerCase());
  if (!chosen || chosen === language.get()) return;
  localStorage.setItem(KEY, chosen);
  void show(chosen).catch(() => {});
}
