import { Trans, useLingui } from '@lingui/react/macro';
import { type User, worksAtDesk } from '../app/session';
import { nameIn, useSettings } from '../app/settings';
import { SuperviseButtons } from '../calls/Supervision';
import { phoneNumber } from '../format/format';
import { floor } from '../live/feeds';
import { useStore } from '../live/store';
import { Empty } from '../ui/Empty';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { Since } from '../ui/Time';
import { PHASES } from '../words/states';

export function Contacts({ user }: { user: User }) {
  const works = worksAtDesk(user);
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const contacts = useStore(floor.state, (state) => state.contacts);
  const running = [...contacts.values()]
    .filter((contact) => contact.phase !== 'CLOSED')
    .sort((a, b) => a.arrivedAt.localeCompare(b.arrivedAt));
  return (
    <section className="panel">
      <header>
        <h2>
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
              {works && <th scope="col">{t`Příposlech`}</th>}
            </tr>
          </thead>
          <tbody>
            {running.map((contact) => (
              <tr key={contact.id} data-contact={contact.id}>
                <th scope="row" className="figures">
                  {phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}
                </th>
                <td data-label={t`Kde je`}>
                  {contact.heldSince ? (
                    t`Podrženo`
                  ) : contact.outcome ? (
                    <OutcomeBadge contact={contact} />
                  ) : (
                    i18n._(PHASES[contact.phase])
                  )}
                </td>
                <td className="n" data-label={t`Celkem`}>
                  <Since since={contact.arrivedAt} />
                </td>
                <td data-label={t`Fronta`}>{nameIn(settings.queues, contact.queueId) ?? '–'}</td>
                <td data-label={t`Operátor`}>{nameIn(settings.staff, contact.agentId ?? contact.offeredTo) ?? '–'}</td>
                {works && (
                  <td className="wide">
                    <SuperviseButtons contact={contact} me={user.id} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
