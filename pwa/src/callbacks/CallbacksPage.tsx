import './callbacks.css';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { nameIn, useSettings } from '../app/settings';
import { moment, phoneNumber } from '../format/format';
import { ContactRecord } from '../history/ContactRecord';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { CALLBACK_STATES, OUTCOMES } from '../words/states';
import { dial, finish, type Missed, request, seenTo, useLists, type Wish } from './lists';

type Act = (command: () => Promise<string | null>) => void;

/** Who wants to be called back, whom nobody took, and what became of the others. */
export function CallbacksPage() {
  const { t } = useLingui();
  const { open, closed, missed, loaded, failed, act } = useLists();
  const [shown, setShown] = useState<string | null>(null);
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
              <Trans>Přejí si zavolat</Trans>
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
        {closed.length > 0 && (
          <details className="panel callbacks-closed">
            <summary>
              <Trans>Vyřízená a nedovolaná</Trans>
            </summary>
            <ul>
              {closed.map((wish) => (
                <ClosedWish key={wish.id} wish={wish} onShow={setShown} />
              ))}
            </ul>
          </details>
        )}
      </div>
      <section className="panel callbacks-detail" aria-label={t`Podrobnosti`}>
        {shown ? (
          <>
            <Button className="callbacks-back" tone="plain" onPress={() => setShown(null)}>
              ← {t`Zpět na seznam`}
            </Button>
            <ContactRecord key={shown} id={shown} version={0} />
          </>
        ) : (
          <Empty icon="list">{t`Vyberte řádek a uvidíte hovor, ze kterého přání vzešlo.`}</Empty>
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

function OpenWish({ wish, act, onShow }: { wish: Wish; act: Act; onShow: (id: string | null) => void }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const now = serverClock.now();
  const last = wish.lastOutcome ? i18n._(OUTCOMES[wish.lastOutcome]) : null;
  return (
    <li className="callback-row" data-testid="callback" data-number={wish.number} data-state={wish.state}>
      <button type="button" className="callback-what" onClick={() => onShow(wish.contactId)} disabled={!wish.contactId}>
        <strong className="figures">{phoneNumber(wish.number)}</strong>
        <span className="small">
          {nameIn(settings.queues, wish.queueId)} · {i18n._(CALLBACK_STATES[wish.state])}
          {wish.dueAt && ` ${moment(wish.dueAt, now)}`}
        </span>
        <span className="small quiet">
          {t`požádal(a) ${moment(wish.requestedAt, now)}`}
          {wish.attempts > 0 && ` · ${t`pokusů: ${wish.attempts}`}${last ? ` (${last})` : ''}`}
        </span>
      </button>
      <Button tone="good" icon="phone" onPress={() => act(dial(wish.id))} testId="callback-dial">
        {t`Zavolat`}
      </Button>
      <Button icon="check" onPress={() => act(finish(wish.id))} testId="callback-done">
        {t`Vyřízeno`}
      </Button>
    </li>
  );
}

function MissedRow({ call, act, onShow }: { call: Missed; act: Act; onShow: (id: string | null) => void }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const queue = call.queueId ?? settings.queues[0]?.id;
  return (
    <li className="callback-row" data-testid="missed-call" data-number={call.number}>
      <button type="button" className="callback-what" onClick={() => onShow(call.contactId)}>
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

function ClosedWish({ wish, onShow }: { wish: Wish; onShow: (id: string | null) => void }) {
  const { i18n } = useLingui();
  const settings = useSettings();
  return (
    <li className="callback-row">
      <button type="button" className="callback-what" onClick={() => onShow(wish.contactId)} disabled={!wish.contactId}>
        <strong className="figures">{phoneNumber(wish.number)}</strong>
        <span className="small quiet">
          {i18n._(CALLBACK_STATES[wish.state])}
          {wish.doneAt && ` ${moment(wish.doneAt, serverClock.now())}`}
          {wish.doneById != null && ` · ${nameIn(settings.staff, wish.doneById) ?? ''}`}
        </span>
      </button>
    </li>
  );
}
