import { Trans, useLingui } from '@lingui/react/macro';
import { memo, type Ref, useMemo } from 'react';
import { type User, worksAtDesk } from '../app/session';
import { nameIn, useSettings } from '../app/settings';
import { SuperviseButtons } from '../calls/Supervision';
import { phoneNumber } from '../format/format';
import { floor } from '../live/feeds';
import type { Contact, LiveState } from '../live/state';
import { useInTurn } from '../live/turns';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { Since } from '../ui/Time';
import { PHASES } from '../words/states';
import { useRows } from './rows';
import { Space } from './Space';
import { WaitingMenu } from './WaitingMenu';

const WAITS = new Set<Contact['phase']>(['QUEUED', 'OFFERED']);
const ofContacts = (state: LiveState) => state.contacts;

export function Contacts({ user }: { user: User }) {
  const works = worksAtDesk(user);
  const { t } = useLingui();
  const contacts = useInTurn(floor.state, ofContacts);
  const running = useMemo(
    () =>
      [...contacts.values()]
        .filter((contact) => contact.phase !== 'CLOSED')
        .sort(
          (a, b) => Number(WAITS.has(b.phase)) - Number(WAITS.has(a.phase)) || a.arrivedAt.localeCompare(b.arrivedAt),
        ),
    [contacts],
  );
  const { body, drawn, above, below, measured } = useRows(running.length, (n) => running[n]?.id ?? '');
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
        <table className="table" data-testid="floor-contacts" aria-rowcount={running.length + 1}>
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
          <tbody ref={body}>
            {above > 0 && <Space height={above} columns={6} />}
            {drawn.map((n) => {
              const contact = running[n];
              return (
                contact && (
                  <Row key={contact.id} contact={contact} me={works ? user.id : null} row={n + 2} {...measured(n)} />
                )
              );
            })}
            {below > 0 && <Space height={below} columns={6} />}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface RowProps {
  contact: Contact;
  me: number | null;
  row: number;
  ref?: Ref<HTMLTableRowElement>;
  'data-index'?: number;
}

const Row = memo(function Row({ contact, me, row, ref, 'data-index': index }: RowProps) {
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
    <tr
      ref={ref}
      data-index={index}
      aria-rowindex={row}
      data-contact={contact.id}
      data-testid={`contact-${contact.id}`}
    >
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
