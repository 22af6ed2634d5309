import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { finish as finishCallback } from '../callbacks/lists';
import { Messages } from '../callbacks/Messages';
import { PhoneNumber } from '../calls/PhoneNumber';
import { mineOf, wrapUpUntil } from '../calls/situation';
import { saves } from '../clients/data';
import { phoneNumber, time } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Until } from '../ui/Time';
import { CategoryPicker } from './CategoryPicker';
import { categorise, dialBack, pending, run } from './commands';
import { me } from './current';
import { useDetail } from './detail';
import { finish } from './finish';
import { NoteEditor } from './NoteEditor';
import { OlderNotes, Steps } from './Steps';
import { MoveCall } from './Ways';

/** The contact being dealt with: what it is about, note, what happened. */
export function ContactPane({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const settings = useSettings();
  const { times } = useStore(saves);
  const { detail } = useDetail(contact.id, `${contact.version} ${times}`);
  const title = detail?.client?.name ?? phoneNumber(contact.customerNumber) ?? t`Skryté číslo`;
  return (
    <article className="contact" data-testid="contact" data-contact={contact.id} data-phase={contact.phase}>
      <header className="contact-head">
        <div>
          <h2 className="contact-title">{title}</h2>
          <p className="quiet small">
            <PhoneNumber number={contact.customerNumber} /> ·{' '}
            {nameIn(settings.queues, contact.queueId) ?? t`odchozí hovor`} · {time(contact.arrivedAt)}
          </p>
          {contact.attributes.length > 0 && (
            <p className="small" data-testid="contact-attributes">
              {contact.attributes.map((each) => (
                <span key={each.name} className="state">
                  {each.name}: {each.value}
                </span>
              ))}
            </p>
          )}
        </div>
        {mineOf(contact, me()) === 'talking' && <MoveCall />}
        <Finish contact={contact} />
        <Preview contact={contact} />
      </header>
      {contact.talkedUntil && !contact.endedAt && (
        <p className="small after-call" role="status" data-testid="after-call">
          <Icon name="check" /> {t`Zavěsili jste. Klient teď odpovídá na otázky průzkumu.`}
        </p>
      )}
      {contact.callbackId && <Messages wish={contact.callbackId} />}
      <div className="contact-form">
        <Category contact={contact} />
        <NoteEditor contact={contact.id} notes={detail?.notes ?? null} />
        {detail && <OlderNotes notes={detail.notes} />}
      </div>
      <section className="contact-steps">
        <h3>
          <Trans>Průběh</Trans>
        </h3>
        {detail ? <Steps steps={detail.steps} /> : <p className="quiet">{t`Načítá se…`}</p>}
      </section>
    </article>
  );
}

function Finish({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const busy = useStore(pending, (keys) => keys.has(`finishWrapUp:${contact.id}`));
  if (mineOf(contact, me()) !== 'wrapUp') return null;
  const until = wrapUpUntil(contact, me());
  return (
    <div className="finish tone-wrap">
      {until && (
        <span className="finish-left">
          <Icon name="clock" />
          <Trans>
            zbývá <Until until={until} testId="wrap-up-timer" />
          </Trans>
        </span>
      )}
      <Button
        tone="primary"
        icon="check"
        hint={SHORTCUTS.finish.keys}
        pending={busy}
        onPress={() => void finish(contact.id)}
        testId="finish"
      >
        {t`Hotovo`}
      </Button>
    </div>
  );
}

/** A message is heard; then its author is called, or nobody needs to call. */
function Preview({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const busy = useStore(pending, (keys) => keys.has(`dialBack:${contact.id}`));
  const wish = contact.callbackId;
  if (mineOf(contact, me()) !== 'preview' || !wish) return null;
  return (
    <div className="finish tone-call">
      <Button tone="good" icon="phone" pending={busy} onPress={() => void dialBack(contact.id)} testId="dial-back">
        {t`Zavolat zpět`}
      </Button>
      <Button icon="check" onPress={() => void run(`done:${wish}`, finishCallback(wish))} testId="message-done">
        {t`Vyřízeno bez volání`}
      </Button>
    </div>
  );
}

function Category({ contact }: { contact: Contact }) {
  return (
    <CategoryPicker
      queueId={contact.queueId ?? null}
      value={contact.categoryId ?? null}
      onChange={(id) => void categorise(contact.id, id)}
    />
  );
}
