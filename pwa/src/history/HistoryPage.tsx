import './history.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { useCallback, useEffect, useState } from 'react';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { duration, moment, phoneNumber } from '../format/format';
import { HistoryDocument } from '../gql/graphql';
import { serverClock } from '../live/clock';
import type { Contact } from '../live/state';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';
import { ContactRecord } from './ContactRecord';

const PAGE = 30;

export function HistoryPage() {
  const { t } = useLingui();
  const { contacts, more, state, load, reload } = useHistory();
  const [open, setOpen] = useState<string | null>(null);
  const shown = contacts.find((each) => each.id === open);
  return (
    <div className="history" data-open={Boolean(shown)}>
      <h1 className="unseen">
        <Trans>Historie</Trans>
      </h1>
      <section className="panel history-list" aria-labelledby="history-title">
        <header>
          <h2 id="history-title">
            <Trans>Historie kontaktů</Trans>
          </h2>
          <Button tone="plain" icon="history" iconOnly onPress={reload} testId="history-reload">
            {t`Načíst znovu`}
          </Button>
        </header>
        <ul data-testid="history">
          {contacts.map((contact) => (
            <Row key={contact.id} contact={contact} open={contact.id === open} onOpen={() => setOpen(contact.id)} />
          ))}
        </ul>
        {state === 'failed' && (
          <p className="error history-foot" role="alert">
            {t`Historii se nepodařilo načíst.`}
          </p>
        )}
        {state === 'idle' && contacts.length === 0 && <Empty icon="history">{t`Zatím žádné kontakty.`}</Empty>}
        {(more || state !== 'idle') && (
          <div className="history-foot">
            <Button pending={state === 'loading'} onPress={load} testId="history-more">
              {state === 'loading' ? t`Načítá se…` : t`Načíst další`}
            </Button>
          </div>
        )}
      </section>
      <section className="panel history-detail" aria-label={t`Podrobnosti`}>
        {shown ? (
          <>
            <Button className="history-back" tone="plain" onPress={() => setOpen(null)}>
              ← {t`Zpět na seznam`}
            </Button>
            <ContactRecord key={shown.id} id={shown.id} version={shown.version} />
          </>
        ) : (
          <Empty icon="list">{t`Vyberte kontakt a uvidíte jeho průběh, poznámky a nahrávku.`}</Empty>
        )}
      </section>
    </div>
  );
}

function Row({ contact, open, onOpen }: { contact: Contact; open: boolean; onOpen: () => void }) {
  const { t } = useLingui();
  const settings = useSettings();
  return (
    <li>
      <button
        type="button"
        className="history-row"
        aria-current={open}
        onClick={onOpen}
        data-testid="history-row"
        data-contact={contact.id}
      >
        <span className="figures history-when">{moment(contact.arrivedAt, serverClock.now())}</span>
        <strong className="figures">{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="quiet history-what">
          {nameIn(settings.queues, contact.queueId) ?? '–'}
          {contact.categoryId != null && ` · ${nameIn(settings.categories, contact.categoryId) ?? ''}`}
        </span>
        <OutcomeBadge contact={contact} />
        <span className="figures quiet history-talk">
          {contact.talkSeconds ? duration(contact.talkSeconds) : ''}
          {contact.recordingId && <Icon name="record" />}
        </span>
      </button>
    </li>
  );
}

function useHistory() {
  const [contacts, setContacts] = useState<readonly Contact[]>([]);
  const [more, setMore] = useState(false);
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('loading');
  const ask = useCallback(async (known: readonly Contact[]) => {
    setState('loading');
    try {
      const before = known.at(-1)?.arrivedAt ?? null;
      const { history } = await execute(HistoryDocument, { client: null, number: null, before, first: PAGE });
      setContacts([...known, ...history.contacts.filter((each) => !known.some((old) => old.id === each.id))]);
      setMore(history.more);
      setState('idle');
    } catch {
      setState('failed');
    }
  }, []);
  useEffect(() => void ask([]), [ask]);
  return { contacts, more, state, load: () => void ask(contacts), reload: () => void ask([]) };
}
