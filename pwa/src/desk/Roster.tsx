import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import type { Contact } from '../live/state';
import { Icon, type IconName } from '../ui/Icon';
import { Since } from '../ui/Time';
import { PHASES } from '../words/states';
import { selected, useMine, useShown } from './current';

const LOOK: Partial<Record<Contact['phase'], { tone: string; icon: IconName }>> = {
  OFFERED: { tone: 'ring', icon: 'bell' },
  ACTIVE: { tone: 'call', icon: 'phone' },
  WRAP_UP: { tone: 'wrap', icon: 'pen' },
};

/** What I am dealing with, most urgent first. */
export function Roster({ userId }: { userId: number }) {
  const contacts = useMine();
  const shown = useShown();
  return (
    <div className="panel roster" data-testid="roster" data-user={userId}>
      <header>
        <h2>
          <Trans>Moje úkoly</Trans>
        </h2>
        <span className="quiet figures">{contacts.length}</span>
      </header>
      {contacts.length === 0 && (
        <p className="quiet small roster-empty">
          <Trans>Nic rozpracovaného.</Trans>
        </p>
      )}
      <ul>
        {contacts.map((contact) => (
          <li key={contact.id}>
            <Task contact={contact} current={contact.id === shown?.id} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Task({ contact, current }: { contact: Contact; current: boolean }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const look = LOOK[contact.phase] ?? { tone: 'rest', icon: 'phone' as const };
  const since = { OFFERED: contact.queuedAt, ACTIVE: contact.acceptedAt, WRAP_UP: contact.endedAt } as Partial<
    Record<Contact['phase'], string | null>
  >;
  const word = contact.phase === 'OFFERED' ? t`Zvoní` : contact.heldSince ? t`Podrženo` : i18n._(PHASES[contact.phase]);
  return (
    <button
      type="button"
      className={`task tone-${look.tone}`}
      aria-current={current}
      onClick={() => selected.set(contact.id)}
      data-testid="task"
    >
      <Icon name={contact.heldSince ? 'pause' : look.icon} />
      <span className="task-who">
        <strong>{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="small quiet">
          {word} · {nameIn(settings.queues, contact.queueId)}
        </span>
      </span>
      <Since since={since[contact.phase] ?? contact.arrivedAt} />
    </button>
  );
}
