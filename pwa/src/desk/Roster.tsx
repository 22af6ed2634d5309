import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { type Mine, mineOf, talkingSince } from '../calls/situation';
import { phoneNumber } from '../format/format';
import type { Contact } from '../live/state';
import { Icon, type IconName } from '../ui/Icon';
import { Since } from '../ui/Time';
import { PHASES } from '../words/states';
import { selected, useMine, useShown } from './current';

const LOOK: Partial<Record<Mine, { tone: string; icon: IconName }>> = {
  offered: { tone: 'ring', icon: 'bell' },
  asked: { tone: 'ring', icon: 'bell' },
  dialling: { tone: 'ring', icon: 'dial' },
  talking: { tone: 'call', icon: 'phone' },
  guest: { tone: 'call', icon: 'people' },
  supervising: { tone: 'wrap', icon: 'headset' },
  wrapUp: { tone: 'wrap', icon: 'pen' },
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
            <Task contact={contact} me={userId} current={contact.id === shown?.id} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Task({ contact, me, current }: { contact: Contact; me: number; current: boolean }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const mine = mineOf(contact, me);
  const look = LOOK[mine] ?? { tone: 'rest', icon: 'phone' as const };
  const held = mine === 'talking' && Boolean(contact.heldSince);
  const ended = contact.segments.find((each) => each.agentId === me)?.endedAt ?? contact.endedAt;
  const since: Partial<Record<Mine, string | null | undefined>> = {
    offered: contact.queuedAt,
    talking: talkingSince(contact, me),
    wrapUp: ended,
  };
  const words: Partial<Record<Mine, string>> = {
    offered: t`Zvoní`,
    asked: t`Zvoní`,
    guest: t`Hovor kolegy`,
    supervising: t`Příposlech`,
    wrapUp: t`Dokončování`,
  };
  const word = held
    ? contact.consultation
      ? t`Konzultace`
      : t`Podrženo`
    : (words[mine] ?? i18n._(PHASES[contact.phase]));
  return (
    <button
      type="button"
      className={`task tone-${look.tone}`}
      aria-current={current}
      onClick={() => selected.set(contact.id)}
      data-testid="task"
      data-mine={mine}
    >
      <Icon name={held ? 'pause' : look.icon} />
      <span className="task-who">
        <strong>{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="small quiet">
          {word} · {nameIn(settings.queues, contact.queueId) ?? t`odchozí hovor`}
        </span>
      </span>
      <Since since={since[mine] ?? contact.arrivedAt} />
    </button>
  );
}
