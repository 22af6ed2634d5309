/** A destination in a few words, to be read in a list. */
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { nameIn, type Settings } from '../app/settings';
import { phoneNumber } from '../format/format';
import type { Parts } from '../menus/parts';
import type { Destination } from '../settings/model/shapes';
import { DESTINATIONS } from '../words/settings';

const GONE = msg`už neexistuje`;

export function destinationWords(to: Destination | null | undefined, settings: Settings, parts: Parts): string {
  if (!to) return '–';
  const kind = DESTINATIONS[to.type] ? i18n._(DESTINATIONS[to.type]) : to.type;
  const what = detail(to, settings, parts);
  return what === null ? kind : `${kind} ${what ?? i18n._(GONE)}`;
}

function detail(to: Destination, { queues, staff }: Settings, { groups, flows }: Parts): string | null {
  const or = (found: string | null) => `„${found ?? i18n._(GONE)}“`;
  switch (to.type) {
    case 'queue':
    case 'voicemail':
    case 'callback':
      return or(nameIn(queues, to.queue));
    case 'agent':
      return or(nameIn(staff, to.agent));
    case 'group':
      return or(nameIn(groups, to.group));
    case 'flow':
      return or(nameIn(flows, to.flow));
    case 'number':
      return phoneNumber(to.number) ?? '';
    default:
      return null;
  }
}
