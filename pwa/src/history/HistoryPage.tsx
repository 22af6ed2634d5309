import './history.css';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { duration, moment, phoneNumber } from '../format/format';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { CALL_TYPES } from '../words/states';
import { ContactRecord } from './ContactRecord';
import { Filters } from './Filters';
import { type Asked, type FoundCall, NEWEST, useSearch } from './search';

/** Finished calls: found by what is known of them, and one of them whole. */
export function HistoryPage() {
  const { t } = useLingui();
  const [asked, setAsked] = useState<Asked>(NEWEST);
  const { calls, total, more, state, load, reload } = useSearch(asked);
  const [open, setOpen] = useState<string | null>(null);
  return (
    <div className="history" data-open={Boolean(open)}>
      <h1 className="unseen">
        <Trans>Historie</Trans>
      </h1>
      <section className="panel history-list" aria-labelledby="history-title">
        <header>
          <h2 id="history-title">
            <Trans>Historie hovorů</Trans>
          </h2>
          <span className="small quiet" aria-live="polite" data-testid="history-total" data-total={total}>
            <Plural value={total} one="# hovor" few="# hovory" many="# hovoru" other="# hovorů" />
          </span>
          <Button tone="plain" icon="reload" iconOnly onPress={reload} testId="history-reload">
            {t`Načíst znovu`}
          </Button>
        </header>
        <Filters asked={asked} onAsk={setAsked} />
        <ul data-testid="history" data-state={state}>
          {calls.map((call) => (
            <Row
              key={call.contactId}
              call={call}
              open={call.contactId === open}
              onOpen={() => setOpen(call.contactId)}
            />
          ))}
        </ul>
        {state === 'failed' && (
          <p className="error history-foot" role="alert">
            {t`Historii se nepodařilo načíst.`}
          </p>
        )}
        {state === 'idle' && calls.length === 0 && (
          <Empty icon="history">
            {asked === NEWEST ? t`Zatím žádné hovory.` : t`Takový hovor tu není. Zkuste ubrat podmínky.`}
          </Empty>
        )}
        {(more || state !== 'idle') && (
          <div className="history-foot">
            <Button pending={state === 'loading'} onPress={load} testId="history-more">
              {state === 'loading' ? t`Načítá se…` : t`Načíst další`}
            </Button>
          </div>
        )}
      </section>
      <section className="panel history-detail" aria-label={t`Podrobnosti`}>
        {open ? (
          <>
            <Button className="history-back" tone="plain" onPress={() => setOpen(null)}>
              ← {t`Zpět na seznam`}
            </Button>
            <ContactRecord key={open} id={open} version={0} />
          </>
        ) : (
          <Empty icon="list">{t`Vyberte hovor a uvidíte jeho průběh, poznámky a nahrávku.`}</Empty>
        )}
      </section>
    </div>
  );
}

function Row({ call, open, onOpen }: { call: FoundCall; open: boolean; onOpen: () => void }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const category = nameIn(settings.categories, call.categoryId);
  const what = [nameIn(settings.queues, call.queueId), category, call.note].filter(Boolean).join(' · ');
  return (
    <li>
      <button
        type="button"
        className="history-row"
        aria-current={open}
        onClick={onOpen}
        data-testid="history-row"
        data-contact={call.contactId}
      >
        <span className="figures history-when">{moment(call.startedAt, serverClock.now())}</span>
        <strong className="figures">{phoneNumber(call.number) ?? t`Skryté číslo`}</strong>
        <span className="quiet history-what">{what || '–'}</span>
        <span className={call.type === 'LOST' || call.type === 'NOT_REACHED' ? 'state tone-bad' : 'state'}>
          {i18n._(CALL_TYPES[call.type])}
        </span>
        <span className="figures quiet history-talk">
          {call.lengthSeconds == null ? '' : duration(call.lengthSeconds)}
          {call.playable && <Icon name="record" />}
        </span>
      </button>
    </li>
  );
}
