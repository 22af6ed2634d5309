/** Short messages to the user: a refusal explained, something that went wrong. */
import type { MessageDescriptor } from '@lingui/core';
import { Store } from '../live/store';

export interface Notice {
  id: number;
  text: MessageDescriptor;
  tone: 'info' | 'bad';
  /** What can still be done about it. */
  undo?: (() => void) | undefined;
}

const SHOWN_MS = 8_000;
const MOST = 3;
let last = 0;

export const notices = new Store<readonly Notice[]>([]);

export function tell(text: MessageDescriptor, tone: Notice['tone'] = 'bad', undo?: () => void): void {
  last += 1;
  const notice = { id: last, text, tone, undo };
  notices.set([...notices.get().filter((each) => each.text.id !== text.id), notice].slice(-MOST));
  setTimeout(() => dismiss(notice.id), SHOWN_MS);
}

export function dismiss(id: number): void {
  notices.set(notices.get().filter((notice) => notice.id !== id));
}
