import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { useEffect, useRef } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { me, useMine } from '../desk/current';
import { phoneNumber } from '../format/format';
import { ContactDetailDocument, type Outcome } from '../gql/graphql';
import { mineOf } from './situation';

/** How a call of mine ended that nobody answered; what I cancelled myself needs no word. */
export function dialOutcome(outcome: Outcome | null | undefined, number: string): MessageDescriptor | null {
  switch (outcome) {
    case 'BUSY':
      return msg`${number}: obsazeno.`;
    case 'NO_ANSWER':
      return msg`${number}: nikdo to nezvedl.`;
    case 'REJECTED':
      return msg`${number}: volaný hovor odmítl.`;
    case 'FAILED':
      return msg`${number}: hovor se nepodařilo spojit.`;
    default:
      return null;
  }
}

/** Says why a call that I placed is gone from the desk. */
export function useDialOutcome(): void {
  const tasks = useMine();
  const dialling = useRef<string | null>(null);
  useEffect(() => {
    const now = tasks.find((contact) => mineOf(contact, me()) === 'dialling')?.id ?? null;
    const before = dialling.current;
    dialling.current = now;
    if (!before || now === before || tasks.some((contact) => contact.id === before)) return;
    void (async () => {
      const { contact } = await execute(ContactDetailDocument, { id: before });
      const whom = phoneNumber(contact?.contact.customerNumber);
      const words = whom && dialOutcome(contact?.contact.outcome, whom);
      if (words) tell(words, 'info');
    })().catch(() => {});
  }, [tasks]);
}
