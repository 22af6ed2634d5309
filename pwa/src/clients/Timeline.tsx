import './clients.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { execute } from '../api/client';
import { nameIn, useSettings } from '../app/settings';
import { PhoneNumber } from '../calls/PhoneNumber';
import { useDetail } from '../desk/detail';
import { Steps } from '../desk/Steps';
import { duration, moment } from '../format/format';
import { TimelineDocument, type TimelineQuery } from '../gql/graphql';
import { RecordingPlayer } from '../history/RecordingPlayer';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { OutcomeBadge } from '../ui/OutcomeBadge';

type Happened = TimelineQuery['timeline']['contacts'][number];

const PAGE = 20;

interface Pages {
  key: string;
  contacts: readonly Happened[];
  next: string | null;
  state: 'idle' | 'loading' | 'failed';
}

/** Contacts of a client (or of a number) page by page; read anew when `again` changes. */
function useTimeline(client: number | null, number: string | null, again: string) {
  const key = `${client} ${number} ${again}`;
  const [pages, setPages] = useState<Pages>({ key, contacts: [], next: null, state: 'loading' });
  const turn = useRef(0);
  const ask = async (known: readonly Happened[], before: string | null) => {
    const mine = ++turn.current;
    setPages((now) => ({ ...now, state: 'loading' }));
    try {
      const { timeline } = await execute(TimelineDocument, { client, number, before, first: PAGE });
      if (mine !== turn.current) return;
      setPages({ key, contacts: [...known, ...timeline.contacts], next: timeline.next ?? null, state: 'idle' });
    } catch {
      if (mine === turn.current) setPages((now) => ({ ...now, key, state: 'failed' }));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for everything the question depends on
  useEffect(() => {
    if (client !== null || number) void ask([], null);
  }, [key]);
  return { ...pages, more: () => void ask(pages.contacts, pages.next), reload: () => void ask([], null) };
}

/** One line of time over all channels; `but` is the contact one is in. */
export function Timeline({
  client,
  number = null,
  but,
  again = '',
}: {
  client: number | null;
  number?: string | null;
  but?: string;
  again?: string;
}) {
  const { t } = useLingui();
  const { contacts, next, state, more, reload } = useTimeline(client, number, again);
  const shown = contacts.filter((each) => each.id !== but);
  return (
    <section className="panel timeline" data-testid="timeline" data-state={state}>
      <header>
        <h2>
          {client === null ? <Trans>Předchozí kontakty z tohoto čísla</Trans> : <Trans>Předchozí kontakty</Trans>}
        </h2>
      </header>
      <ol>
        {shown.map((each) => (
          <Row key={each.id} contact={each} withNumber={client !== null} />
        ))}
      </ol>
      {state === 'failed' && (
        <div className="timeline-foot error" role="alert">
          {t`Kontakty se nepodařilo načíst.`} <Button onPress={reload}>{t`Zkusit znovu`}</Button>
        </div>
      )}
      {state === 'idle' && shown.length === 0 && (
        <Empty icon="history">
          {client === null ? t`Z tohoto čísla ještě nikdo nevolal.` : t`S klientem jsme ještě nemluvili.`}
        </Empty>
      )}
      {next && (
        <div className="timeline-foot">
          <Button pending={state === 'loading'} onPress={more} testId="timeline-more">
            {t`Načíst starší`}
          </Button>
        </div>
      )}
    </section>
  );
}

function Row({ contact, withNumber }: { contact: Happened; withNumber: boolean }) {
  const { t } = useLingui();
  const settings = useSettings();
  const [open, setOpen] = useState<'recording' | 'steps' | null>(null);
  const inbound = contact.direction === 'INBOUND';
  const agent = nameIn(settings.staff, contact.agentId);
  const category = nameIn(settings.categories, contact.categoryId);
  const queue = nameIn(settings.queues, contact.queueId);
  const toggle = (what: 'recording' | 'steps') => setOpen(open === what ? null : what);
  return (
    <li className="timeline-row" data-testid="timeline-row" data-contact={contact.id}>
      <span className="timeline-when figures">
        <Icon name={inbound ? 'phone' : 'dial'} />
        <span className="unseen">{inbound ? t`příchozí hovor` : t`odchozí hovor`}</span>
        <time dateTime={contact.arrivedAt}>{moment(contact.arrivedAt, serverClock.now())}</time>
      </span>
      <span className="timeline-what">
        <strong>{category ?? queue ?? '–'}</strong>
        {category && queue && <span className="quiet"> {queue}</span>}
      </span>
      <OutcomeBadge contact={contact} />
      <span className="timeline-who small quiet">
        {agent && (
          <>
            <Icon name="headset" /> {agent}
          </>
        )}
        {contact.talkSeconds != null && <span className="figures">{duration(contact.talkSeconds)}</span>}
        {withNumber && contact.number && <PhoneNumber number={contact.number} />}
        {contact.verified.length > 0 && (
          <span>
            <Icon name="check" /> {t`ověřen`}
          </span>
        )}
      </span>
      {contact.note && <p className="timeline-note">{contact.note}</p>}
      <span className="timeline-acts">
        {contact.recording?.url && (
          <Button
            tone="plain"
            icon="play"
            pressed={open === 'recording'}
            onPress={() => toggle('recording')}
            testId="timeline-play"
          >
            {t`Nahrávka`}
          </Button>
        )}
        {contact.maySeeSteps && (
          <Button
            tone="plain"
            icon="list"
            pressed={open === 'steps'}
            onPress={() => toggle('steps')}
            testId="timeline-steps"
          >
            {t`Průběh`}
          </Button>
        )}
      </span>
      {open === 'recording' && contact.recording && <RecordingPlayer recording={contact.recording} />}
      {open === 'steps' && <StepsOf id={contact.id} />}
    </li>
  );
}

function StepsOf({ id }: { id: string }) {
  const { t } = useLingui();
  const { detail, failed } = useDetail(id, 0);
  if (!detail) return <p className="quiet small">{failed ? t`Průběh se nepodařilo načíst.` : t`Načítá se…`}</p>;
  return <Steps steps={detail.steps} />;
}
