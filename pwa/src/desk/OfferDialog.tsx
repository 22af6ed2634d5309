import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { memberOf } from '../calls/situation';
import { useClientsByNumber } from '../clients/data';
import { phoneNumber } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { unblockSound } from '../softphone/audio';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Since, Until } from '../ui/Time';
import { accept, decline, pending } from './commands';
import { me } from './current';
import { type Endpoint, takenThere, useOwnTelephone } from './endpoint';

/** Somebody typing this recently would answer by accident: the focus waits for a pause. */
const TYPING_MS = 1_200;

export function OfferDialog({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const settings = useSettings();
  const keys = useStore(pending);
  const { clients } = useClientsByNumber(contact.customerNumber ?? null);
  const own = useOwnTelephone();
  const dialog = useRef<HTMLDivElement>(null);
  useFocusOnAnswer(dialog);
  const number = phoneNumber(contact.customerNumber) ?? t`Skryté číslo`;
  const asks = useAsks(contact);
  const member = memberOf(contact, me());
  const { take, wished } = useTake();
  const until = member?.ringUntil ?? contact.offerExpiresAt;
  const queue = nameIn(settings.queues, contact.queueId) ?? '';
  return (
    <div
      ref={dialog}
      className="offer tone-ring"
      role="alertdialog"
      aria-labelledby="offer-title"
      aria-describedby="offer-who"
      data-testid="offer"
    >
      <span className="offer-icon">
        <Icon name="bell" />
      </span>
      <h2 id="offer-title">{asks ?? <Trans>Příchozí hovor</Trans>}</h2>
      <div id="offer-who" aria-live="assertive">
        <p className="offer-number figures">{number}</p>
        {queue && <p>{queue}</p>}
      </div>
      <p className="quiet">
        {member ? (
          <Trans>
            Hovor trvá <Since since={contact.connectedAt ?? contact.arrivedAt} testId="offer-waiting" />
          </Trans>
        ) : (
          <Trans>
            Čeká <Since since={contact.queuedAt ?? contact.arrivedAt} testId="offer-waiting" />
          </Trans>
        )}
        {until && (
          <>
            {' · '}
            <Trans>
              zbývá <Until until={until} testId="offer-left" />
            </Trans>
          </>
        )}
      </p>
      {clients.length > 0 && (
        <ul className="offer-clients" data-testid="offer-clients">
          {clients.map((client) => (
            <li key={client.id}>
              <Icon name="user" /> {client.name}
            </li>
          ))}
        </ul>
      )}
      <div className="offer-buttons">
        {own && takenThere(own) ? (
          <strong role="status" data-testid="offer-lift">
            <Lift own={own} />
          </strong>
        ) : (
          <Button
            tone="good"
            icon="phone"
            hint={SHORTCUTS.accept.keys}
            pending={keys.has(`accept:${contact.id}`) || wished}
            onPress={() => take(contact.id)}
            testId="offer-accept"
          >
            {wished ? t`Připojuje se telefon…` : t`Přijmout`}
          </Button>
        )}
        <Button
          icon="decline"
          hint={SHORTCUTS.decline.keys}
          pending={keys.has(`decline:${contact.id}`)}
          onPress={() => void decline(contact.id)}
          testId="offer-decline"
        >
          {t`Odmítnout`}
        </Button>
      </div>
    </div>
  );
}

/** Takes the call; with the telephone still connecting, as soon as it is there. */
function useTake(): { take: (id: string) => void; wished: boolean } {
  const own = useOwnTelephone();
  const state = useStore(phone.view, (view) => view.state);
  const [wished, setWished] = useState<string | null>(null);
  useEffect(() => {
    if (!wished || state !== 'connected') return;
    setWished(null);
    void accept(wished);
  }, [wished, state]);
  const take = (id: string) => {
    void unblockSound();
    if (own || state === 'connected') return void accept(id);
    setWished(id);
    void phone.start();
  };
  return { take, wished: wished !== null };
}

/** How a call is taken that rings at a telephone of one's own. */
function Lift({ own }: { own: Endpoint }) {
  if (own.kind !== 'MOBILE') return <Trans>Zvoní váš telefon. Přijměte zvednutím.</Trans>;
  if (own.stage === 'ASKING') return <Trans>Stiskněte na mobilu 1.</Trans>;
  return <Trans>Zvoní váš mobil. Zvedněte ho a stiskněte 1.</Trans>;
}

/** What a colleague wants who rings here; null for a call of a queue. */
function useAsks(contact: Contact): string | null {
  const { t } = useLingui();
  const settings = useSettings();
  const member = memberOf(contact, me());
  if (!member) return contact.callbackId ? t`Zavolat zpět klientovi` : null;
  const who = nameIn(settings.staff, contact.agentId);
  if (member.role === 'TRANSFER') {
    if (contact.agentId === me()) return t`Přepojení se nepodařilo, volající se vrací k vám`;
    return who ? t`${who} vám přepojuje hovor` : t`Příchozí hovor přímo pro vás`;
  }
  if (!who) return t`Příchozí hovor přímo pro vás`;
  return member.role === 'CONSULTED' ? t`${who} se chce poradit` : t`${who} vás zve do konference`;
}

function useFocusOnAnswer(dialog: React.RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const focus = () => dialog.current?.querySelector<HTMLElement>('button')?.focus();
    const active = document.activeElement;
    if (!active?.matches('input, textarea')) return focus();
    let timer = setTimeout(focus, TYPING_MS);
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(focus, TYPING_MS);
    };
    active.addEventListener('keydown', later);
    return () => {
      clearTimeout(timer);
      active.removeEventListener('keydown', later);
    };
  }, [dialog]);
}
