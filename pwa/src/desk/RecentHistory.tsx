import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { PhoneNumber } from '../calls/PhoneNumber';
import { duration, moment } from '../format/format';
import { HistoryDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import type { Contact } from '../live/state';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { useAnswer } from './clients';

const SHOWN = 8;

/** Earlier contacts of the picked client, otherwise of the number; without a contact my own last ones. */
export function RecentHistory({ contact }: { contact: Contact | null }) {
  const { t } = useLingui();
  const settings = useSettings();
  const client = contact?.clientId ?? null;
  const number = client === null ? (contact?.customerNumber ?? null) : null;
  const key = contact ? `${client} ${number}` : 'mine';
  const { value } = useAnswer(key, async (signal) => {
    return (await execute(HistoryDocument, { client, number, before: null, first: SHOWN + 1 }, signal)).history;
  });
  const earlier = (value?.contacts ?? []).filter((each) => each.id !== contact?.id).slice(0, SHOWN);
  const notes = new Map(value?.notes.map((each) => [each.contact, each.text]));
  return (
    <section className="panel recent" data-testid="recent-history">
      <header>
        <h2>{contact ? <Trans>Předchozí kontakty</Trans> : <Trans>Moje poslední kontakty</Trans>}</h2>
        <Link to="/history" className="small">
          <Trans>Vše</Trans>
        </Link>
      </header>
      {value && earlier.length === 0 && (
        <Empty icon="history">{contact ? t`Tenhle volající ještě nevolal.` : t`Zatím žádné kontakty.`}</Empty>
      )}
      <ul>
        {earlier.map((each) => (
          <li key={each.id} className="recent-row">
            <span className="figures">{moment(each.arrivedAt, serverClock.now())}</span>
            <span className="recent-what">
              {!contact && <PhoneNumber number={each.customerNumber} />}{' '}
              {nameIn(settings.categories, each.categoryId) ?? nameIn(settings.queues, each.queueId) ?? '–'}
            </span>
            <OutcomeBadge contact={each} />
            <span className="figures quiet">{each.talkSeconds ? duration(each.talkSeconds) : ''}</span>
            {contact && each.agentId !== null && (
              <span className="recent-more quiet">
                <Icon name="headset" /> {nameIn(settings.staff, each.agentId)}
              </span>
            )}
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
