import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { PhoneNumber } from '../calls/PhoneNumber';
import { Timeline } from '../clients/Timeline';
import { duration, moment } from '../format/format';
import { HistoryDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import type { Contact } from '../live/state';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { useAnswer } from './detail';

const SHOWN = 8;

/** Earlier contacts of the picked client, otherwise of the number; without a contact my own last ones. */
export function RecentHistory({ contact }: { contact: Contact | null }) {
  if (!contact) return <MyLast />;
  const client = contact.clientId ?? null;
  return (
    <div data-testid="recent-history">
      <Timeline client={client} number={client === null ? (contact.customerNumber ?? null) : null} but={contact.id} />
    </div>
  );
}

function MyLast() {
  const { t } = useLingui();
  const settings = useSettings();
  const { value } = useAnswer('mine', async (signal) => {
    return (await execute(HistoryDocument, { client: null, number: null, before: null, first: SHOWN }, signal)).history;
  });
  const notes = new Map(value?.notes.map((each) => [each.contact, each.text]));
  return (
    <section className="panel recent" data-testid="recent-history">
      <header>
        <h2>
          <Trans>Moje poslední kontakty</Trans>
        </h2>
        <Link to="/history" className="small">
          <Trans>Vše</Trans>
        </Link>
      </header>
      {value && value.contacts.length === 0 && <Empty icon="history">{t`Zatím žádné kontakty.`}</Empty>}
      <ul>
        {value?.contacts.map((each) => (
          <li key={each.id} className="recent-row">
            <span className="figures">{moment(each.arrivedAt, serverClock.now())}</span>
            <span className="recent-what">
              <PhoneNumber number={each.customerNumber} />{' '}
              {nameIn(settings.categories, each.categoryId) ?? nameIn(settings.queues, each.queueId) ?? '–'}
            </span>
            <OutcomeBadge contact={each} />
            <span className="figures quiet">{each.talkSeconds ? duration(each.talkSeconds) : ''}</span>
            {notes.has(each.id) && (
              <span className="recent-more recent-note" title={notes.get(each.id)}>
                <Icon name="pen" /> {notes.get(each.id)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
