import { Trans, useLingui } from '@lingui/react/macro';
import { memo, useMemo } from 'react';
import { type User, worksAtDesk } from '../app/session';
import { nameIn, useSettings } from '../app/settings';
import { SuperviseButtons } from '../calls/Supervision';
import { phoneNumber } from '../format/format';
import { floor } from '../live/feeds';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { Since } from '../ui/Time';
import { PHASES } from '../words/states';
import { WaitingMenu } from './WaitingMenu';

const WAITS = new Set<Contact['phase']>(['QUEUED', 'OFFERED']);
/** More than this are of no use on a screen; the number behind a queue has them all. */
const MOST = 100;

export function Contacts({ user }: { user: User }) {
  const works = worksAtDesk(user);
  const { t } = useLingui();
  const contacts = useStore(floor.state, (state) => state.contacts);
  const running = useMemo(
    () =>
      [...contacts.values()]
        .filter((contact) => contact.phase !== 'CLOSED')
        .sort(
          (a, b) => Number(WAITS.has(b.phase)) - Number(WAITS.has(a.phase)) || a.arrivedAt.localeCompare(b.arrivedAt),
        ),
    [contacts],
  );
  return (
    <section className="panel" aria-labelledby="floor-contacts-title">
      <header>
        <h2 id="floor-contacts-title">
          <Trans>Probíhající kontakty</Trans>
        </h2>
        <span className="quiet figures">{running.length}</span>
      </header>
      {running.length === 0 ? (
        <Empty icon="phone">{t`Nikdo právě nevolá.`}</Empty>
      ) : (
        <table className="table" data-testid="floor-contacts">
          <thead>
            <tr>
              <th scope="col">{t`Volající`}</th>
              <th scope="col">{t`Kde je`}</th>
              <th scope="col" className="n">{t`Celkem`}</th>
              <th scope="col">{t`Fronta`}</th>
              <th scope="col">{t`Operátor`}</th>
              <th scope="col">{t`Co s tím`}</th>
            </tr>
          </thead>
          <tbody>
            {running.slice(0, MOST).map((contact) => (
              <Row key={contact.id} contact={contact} me={works ? user.id : null} />
            ))}
          </tbody>
        </table>
      )}
      {running.length > MOST && (
        <p className="quiet small floor-more">{t`Nejdřív čekající. Dalších kontaktů: ${running.length - MOST}`}</p>
      )}
    </section>
  );
}

const Row = memo(function Row({ contact, me }: { contact: Contact; me: number | null }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const where = contact.heldSince ? (
    t`Podrženo`
  ) : contact.outcome ? (
    <OutcomeBadge contact={contact} />
  ) : (
    i18n._(PHASES[contact.phase])
  );
  return (
    <tr data-contact={contact.id} data-testid={`contact-${contact.id}`}>
      <th scope="row" className="figures">
        {phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}
        {contact.priority !== 0 && WAITS.has(contact.phase) && (
          <span className="state tone-call floor-priority">
            <Icon name="chevron" />
            {t`priorita ${contact.priority}`}
          </span>
        )}
      </th>
      <td data-label={t`Kde je`}>{where}</td>
      <td className="n" data-label={t`Celkem`}>
        <Since since={contact.arrivedAt} />
      </td>
      <td data-label={t`Fronta`}>{nameIn(settings.queues, contact.queueId) ?? '–'}</td>
      <td data-label={t`Operátor`}>{nameIn(settings.staff, contact.agentId ?? contact.offeredTo) ?? '–'}</td>
      <td className="wide">
        {WAITS.has(contact.phase) ? (
          <WaitingMenu contact={contact} />
        ) : (
          me !== null && contact.phase === 'ACTIVE' && <SuperviseButtons contact={contact} me={me} />
        )}
      </td>
    </tr>
  );
});
