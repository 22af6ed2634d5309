import './calls.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { type Settings, useSettings } from '../app/settings';
import { useMine } from '../desk/current';
import { phoneNumber } from '../format/format';
import { SHORTCUTS, type ShortcutName } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import { Until } from '../ui/Time';
import { whoIs } from '../words/calls';
import { act } from './act';
import { dropMember, pending } from './commands';
import { crowded, type Person, type Presence, peopleOf } from './people';
import { barOf, cameBack, consulted, type Mine, mineOf, type Verb } from './situation';

const SHOWN: readonly Mine[] = ['talking', 'guest', 'wrapUp'];

/** Who is on the line and who hears music, when it is more than customer and agent. */
export function CallStrip({ userId }: { userId: number }) {
  const contact = useMine().find((each) => SHOWN.includes(mineOf(each, userId)));
  if (!contact) return null;
  return (
    <>
      <CameBack key={contact.id} contact={contact} me={userId} />
      {crowded(contact) && <Strip contact={contact} me={userId} />}
    </>
  );
}

function Strip({ contact, me }: { contact: Contact; me: number }) {
  const { t } = useLingui();
  const asked = consulted(contact);
  const { mine } = barOf(contact, me);
  return (
    <section
      className="call-strip"
      aria-label={t`Kdo je v hovoru`}
      data-testid="call-strip"
      data-consultation={contact.consultation ?? ''}
    >
      <ul className="people" aria-live="polite">
        {peopleOf(contact, me).map((person) => (
          <Chip key={person.key} person={person} contact={contact} mine={mine} />
        ))}
      </ul>
      {mine === 'talking' && asked && (
        <div className="strip-buttons">
          <StripButton verb="hold" icon="swap" text={t`Vyměnit`} contact={contact} me={me} />
          <StripButton verb="back" icon="phone" text={t`Zpět k volajícímu`} contact={contact} me={me} />
          <StripButton verb="transfer" icon="forward" text={t`Předat hovor`} contact={contact} me={me} />
          <StripButton verb="conference" icon="people" text={t`Spojit všechny`} contact={contact} me={me} />
        </div>
      )}
      {mine === 'talking' && !asked && contact.members.some((member) => member.role === 'CONFERENCE') && (
        <div className="strip-buttons">
          <StripButton verb="conference" icon="plus" text={t`Přidat dalšího`} contact={contact} me={me} />
          <StripButton verb="leave" icon="exit" text={t`Odejít z konference`} contact={contact} me={me} />
        </div>
      )}
    </section>
  );
}

const COMMANDS: Partial<Record<Verb, string>> = { back: 'consult' };

function StripButton(props: { verb: Verb & ShortcutName; icon: IconName; text: string; contact: Contact; me: number }) {
  const { verb, icon, text, contact, me } = props;
  const bar = barOf(contact, me);
  const busy = useStore(pending, (keys) => keys.has(`${COMMANDS[verb] ?? verb}:${contact.id}`));
  return (
    <Button
      icon={icon}
      hint={SHORTCUTS[verb].keys}
      isDisabled={!bar.can.has(verb)}
      pending={busy}
      onPress={() => act(verb, contact, me)}
      testId={`strip-${verb}`}
    >
      {text}
    </Button>
  );
}

const LOOKS: Record<Presence, { tone: string; icon: IconName }> = {
  speaking: { tone: 'call', icon: 'phone' },
  music: { tone: 'ring', icon: 'pause' },
  waiting: { tone: 'ring', icon: 'pause' },
  ringing: { tone: 'ring', icon: 'bell' },
  listening: { tone: 'wrap', icon: 'ear' },
  whispering: { tone: 'wrap', icon: 'headset' },
  barging: { tone: 'wrap', icon: 'people' },
};

function Chip({ person, contact, mine }: { person: Person; contact: Contact; mine: Mine }) {
  const { t } = useLingui();
  const settings = useSettings();
  const words: Record<Presence, string> = {
    speaking: t`na lince`,
    music: t`slyší hudbu`,
    waiting: t`čeká`,
    ringing: t`zvoní`,
    listening: t`poslouchá`,
    whispering: mine === 'talking' ? t`našeptává vám` : t`našeptává`,
    barging: t`vstoupil(a) do hovoru`,
  };
  const { member, presence } = person;
  const name = nameOf(person, contact, settings) ?? t`Skryté číslo`;
  const look = LOOKS[presence];
  return (
    <li className={`person tone-${look.tone}`} data-testid={`person-${person.key}`} data-presence={presence}>
      <Icon name={look.icon} />
      <span className="person-who">
        <strong className="figures">{name}</strong>
        <span className="small">
          {person.who === 'customer' && <Trans>volající</Trans>} {words[presence]}{' '}
          {presence === 'ringing' && member?.ringUntil && <Until until={member.ringUntil} />}
        </span>
      </span>
      {mine === 'talking' && member?.role === 'CONFERENCE' && (
        <Button
          tone="plain"
          icon="close"
          iconOnly
          onPress={() => void dropMember(contact.id, member.n)}
          testId={`drop-${member.n}`}
        >
          {t`Odpojit: ${name}`}
        </Button>
      )}
    </li>
  );
}

function nameOf(person: Person, contact: Contact, settings: Settings): string | null {
  if (person.who === 'customer') return phoneNumber(contact.customerNumber);
  if (person.who === 'charge') return whoIs(contact.agentId, null, settings);
  return whoIs(person.member?.agentId, person.member?.number, settings);
}

/** The customer is back: who could not be reached, and why. Stays until it is closed or the call moves on. */
function CameBack({ contact, me }: { contact: Contact; me: number }) {
  const { t } = useLingui();
  const settings = useSettings();
  const [closed, setClosed] = useState<string | null>(null);
  const failed = cameBack(contact, me);
  if (!failed || closed === failed.at) return <div role="alert" />;
  const name = whoIs(failed.agentId, failed.number, settings) ?? '';
  const why = {
    BUSY: t`obsazeno`,
    NO_ANSWER: t`hovor nikdo nezvedl`,
    DECLINED: t`hovor odmítnut`,
    HUNG_UP: t`hovor odmítnut`,
    AGENT_GONE: t`kolega už není u telefonu`,
    DROPPED: t`přepojení zrušeno`,
    MOVED: t`přepojení zrušeno`,
    FAILED: t`spojení se nezdařilo`,
  }[failed.cause];
  return (
    <div role="alert">
      <div className="banner bad" data-testid="transfer-failed">
        <Icon name="warn" />
        <span>
          <Trans>
            Přepojení se nepodařilo ({name}: {why}). <strong>Volající je zpět u vás.</strong>
          </Trans>
        </span>
        <Button tone="plain" icon="close" iconOnly onPress={() => setClosed(failed.at)}>
          {t`Zavřít`}
        </Button>
      </div>
    </div>
  );
}
