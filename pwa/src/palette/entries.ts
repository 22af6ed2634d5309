/** What the palette offers and how it is found. Pure. */

export interface Entry {
  key: string;
  /** Group in which it stands. */
  group: 'call' | 'presence' | 'screen' | 'people' | 'client' | 'app';
  text: string;
  /** What else it is found by. */
  more?: string;
  icon: string;
  hint?: string;
  run: () => void;
}

const plain = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** 2: begins with what is typed, 1: each word is a part of it, null: is not meant. */
function fits(entry: Entry, words: readonly string[]): number | null {
  const text = plain(entry.text);
  const all = `${text} ${plain(entry.more ?? '')}`;
  if (!words.every((word) => all.includes(word))) return null;
  return text.startsWith(words[0] ?? '') ? 2 : 1;
}

/**
 * What is meant by whoever typed and pressed Enter before the palette was there: an action whose name begins so. Whom to call is
 * never guessed; they are shown.
 */
export function meantUnseen(entries: readonly Entry[], typed: string): Entry | undefined {
  const [first] = found(entries, typed);
  const known = first && first.group !== 'people' && first.group !== 'client';
  return known && plain(first.text).startsWith(plain(typed.trim())) ? first : undefined;
}

/** Those that are meant, best first; otherwise in the order given. */
export function found(entries: readonly Entry[], typed: string): Entry[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (!words.length) return [...entries];
  return entries
    .map((entry) => ({ entry, fit: fits(entry, words) }))
    .filter((each) => each.fit !== null)
    .sort((a, b) => (b.fit ?? 0) - (a.fit ?? 0))
    .map((each) => each.entry);
}
