import { nameIn, type Settings } from '../app/settings';
import { phoneNumber } from '../format/format';

/** A colleague's name, or a number as one reads it. */
export function whoIs(
  agent: number | null | undefined,
  number: string | null | undefined,
  settings: Settings,
): string | null {
  return nameIn(settings.staff, agent) ?? phoneNumber(number);
}
