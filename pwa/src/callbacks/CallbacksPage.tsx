import './callbacks.css';
import type { I18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { tell } from '../app/notice';
import { nameIn, useSettings } from '../app/settings';
import { moment, phoneNumber } from '../format/format';
import { ContactRecord } from '../history/ContactRecord';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { Select } from '../ui/Select';
import { CALLBACK_STATES, OUTCOMES } from '../words/states';
import { Closed } from './Closed';
import { type Act, assign, dial, finish, type Missed, reopen, request, seenTo, useLists, type Wish } from './lists';
import { Messages } from './Messages';

/** The row whose details are shown: a call, and the messages of a wish. */
interface Shown {
  contact: string | null;
  wish: Wish | null;
}
type Show = (shown: Shown) => void;

/** Who wants to be called back, whom nobody took, and what became of the others. */
export function CallbacksPage() {
  const { t } = useLingui();
  const { open, closed, missed, loaded, failed, act } = useLists();
  const [shown, setShown] = useState<Shown | null>(null);
  return (
    <div className="callbacks" data-open={Boolean(shown)}>
      <h1 className="unseen">
        <Trans>Zpětná volání</Trans>
      </h1>
      <div className="callbacks-lists">
        {failed && (
          <p className="error" role="alert">
            {t`Seznam se nepodařilo načíst. Zkusíme to znovu za okamžik.`}
          </p>
        )}
        <section className="panel" aria-labelledby="callbacks-open">
          <header>
            <h2 id="callbacks-open">
              <Trans>Přejí si zavolat a nechali vzkaz</Trans>
            </h2>
            <Count value={open.length} testId="callbacks-count" />
          </header>
          {loaded && open.length === 0 && (
            <Empty icon="phone">{t`Nikdo nečeká na zavolání. Kdo si o ně ve frontě řekne, objeví se tady.`}</Empty>
          )}
          <ul data-testid="callbacks">
            {open.map((wish) => (
              <OpenWish key={wish.id} wish={wish} act={act} onShow={setShown} />
            ))}
          </ul>
        </section>
        <section className="panel" aria-labelledby="callbacks-missed">
          <header>
            <h2 id="callbacks-missed">
              <Trans>Zmeškané hovory</Trans>
            </h2>
            <Count value={missed.length} testId="missed-count" />
          </header>
          {loaded && missed.length === 0 && (
            <Empty icon="check">{t`Za posledních sedm dní nezůstal nikdo bez odpovědi.`}</Empty>
          )}
          <ul data-testid="missed">
            {missed.map((call) => (
              <MissedRow key={call.number} call={call} act={act} onShow={setShown} />
            ))}
          </ul>
        </section>
        <Closed closed={closed} act={act} onShow={(wish) => setShown({ contact: wish.contactId ?? null, wish })} />
      </div>
      <section className="panel callbacks-detail" aria-label={t`Podrobnosti`}>
        {shown ? (
          <>
            <Button className="callbacks-back" tone="plain" onPress={() => setShown(null)}>
              ← {t`Zpět na seznam`}
            </Button>
            {shown.wish && shown.wish.messages.length > 0 && (
              <div className="record">
                <Messages key={shown.wish.id} wish={shown.wish.id} version={shown.wish.messages.length} />
              </div>
            )}
            {shown.contact && !shown.wish?.messages.length && (
              <ContactRecord key={shown.contact} id={shown.contact} version={0} />
            )}
          </>
        ) : (
          <Empty icon="list">{t`Vyberte řádek. Uvidíte hovor, ze kterého přání vzešlo, nebo si poslechnete vzkaz.`}</Empty>
        )}
      </section>
    </div>
  );
}

function Count({ value, testId }: { value: number; testId: string }) {
  return (
    <span className="small quiet" data-testid={testId} data-value={value}>
      <Plural value={value} one="# číslo" few="# čísla" many="# čísla" other="# čísel" />
    </span>
  );
}

function OpenWish({ wish, act, onShow }: { wish: Wish; act: Act; onShow: Show }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const now = serverClock.now();
  const last = wish.lastOutcome ? i18n._(OUTCOMES[wish.lastOutcome]) : null;
  const count = wish.messages.length;
  const done = () =>
    act(async () => {
      const refused = await finish(wish.id)();
      if (!refused) tell(msg`Označeno jako vyřízené.`, 'info', () => act(reopen(wish.id)));
      return refused;
    });
  return (
    <li
      className="callback-row"
      data-testid="callback"
      data-number={wish.number}
      data-state={wish.state}
      data-messages={count}
    >
      <button
        type="button"
        className="callback-what"
        onClick={() => onShow({ contact: wish.contactId ?? null, wish })}
        disabled={!wish.contactId}
      >
        <strong className="figures">
          {count > 0 && <Icon name="mic" />} {phoneNumber(wish.number) || t`Skryté číslo`}
        </strong>
        <span className="small">
          {nameIn(settings.queues, wish.queueId)} · {stateOf(wish, i18n, now)}
        </span>
        <span className="small quiet">
          {count > 0 ? (
            <>
              <Plural value={count} one="# vzkaz" few="# vzkazy" many="# vzkazu" other="# vzkazů" />
              {` · ${moment(wish.messages.at(-1)?.leftAt ?? wish.requestedAt, now)}`}
            </>
          ) : (
            t`požádal(a) ${moment(wish.requestedAt, now)}`
          )}
          {wish.attempts > 0 && ` · ${t`pokusů: ${wish.attempts}`}${last ? ` (${last})` : ''}`}
        </span>
      </button>
      <Select
        label={t`Kdo to vyřídí`}
        choices={[{ id: 0, name: t`Kdo je na řadě` }, ...settings.staff]}
        value={wish.assignedToId ?? 0}
        onChange={(to) => act(assign(wish.id, to || null))}
        testId="callback-assign"
      />
      {wish.number && (
        <Button tone="good" icon="phone" onPress={() => act(dial(wish.id))} testId="callback-dial">
          {t`Zavolat`}
        </Button>
      )}
      <Button icon="check" onPress={done} testId="callback-done">
        {t`Vyřízeno`}
      </Button>
    </li>
  );
}

function stateOf(wish: Wish, i18n: I18n, now: number): string {
  if (wish.assignedToId != null) return i18n._(msg`přiděleno`);
  if (wish.state === 'SCHEDULED' && !wish.dueAt) return i18n._(msg`k poslechu`);
  return `${i18n._(CALLBACK_STATES[wish.state])}${wish.dueAt ? ` ${moment(wish.dueAt, now)}` : ''}`;
}

function MissedRow({ call, act, onShow }: { call: Missed; act: Act; onShow: Show }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const queue = call.queueId ?? settings.queues[0]?.id;
  return (
    <li className="callback-row" data-testid="missed-call" data-number={call.number}>
      <button type="button" className="callback-what" onClick={() => onShow({ contact: call.contactId, wish: null })}>
        <strong className="figures">{phoneNumber(call.number)}</strong>
        <span className="small">
          {moment(call.lastAt, serverClock.now())} · {i18n._(OUTCOMES[call.outcome])}
        </span>
        <span className="small quiet">
          {nameIn(settings.queues, call.queueId)}{' '}
          <Plural value={call.calls} one="# hovor" few="# hovory" many="# hovoru" other="# hovorů" />
        </span>
      </button>
      {queue !== undefined && (
        <Button icon="phone" onPress={() => act(request(call.number, queue))} testId="missed-request">
          {t`Zařadit k zavolání`}
        </Button>
      )}
      <Button icon="check" onPress={() => act(seenTo(call.number))} testId="missed-done">
        {t`Vyřízeno`}
      </Button>
    </li>
  );
}
