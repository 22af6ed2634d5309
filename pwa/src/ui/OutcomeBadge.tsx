import { useLingui } from '@lingui/react/macro';
import type { Contact } from '../live/state';
import { OUTCOMES, PHASES } from '../words/states';
import { Icon } from './Icon';

/** How it ended, or where it is. */
export function OutcomeBadge({ contact }: { contact: Pick<Contact, 'outcome' | 'phase'> }) {
  const { i18n } = useLingui();
  const { outcome } = contact;
  if (!outcome) {
    return (
      <span className="state tone-call">
        <Icon name="phone" />
        {i18n._(PHASES[contact.phase])}
      </span>
    );
  }
  const good = outcome === 'HANDLED';
  const neutral = outcome === 'ENDED_BY_IVR';
  return (
    <span className={`state tone-${good ? 'ready' : neutral ? 'rest' : 'bad'}`}>
      <Icon name={good ? 'check' : neutral ? 'minus' : 'decline'} />
      {i18n._(OUTCOMES[outcome])}
    </span>
  );
}
