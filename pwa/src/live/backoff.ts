/** Waiting between tries: grows from 0.25 s to 10 s, with chance added so that a whole floor does not return at once. */
export const FIRST_MS = 250;
export const LONGEST_MS = 10_000;
const GROWTH = 1.6;

export function backoff(tries: number, chance: number, longest: number = LONGEST_MS): number {
  const base = Math.min(FIRST_MS * GROWTH ** Math.max(0, tries), longest);
  return base * (0.7 + 0.6 * chance);
}
