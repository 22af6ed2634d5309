import type { MessageDescriptor } from '@lingui/core';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { nameIn, useSettings } from '../app/settings';
import { pending } from '../desk/commands';
import { acknowledgeAlert, snoozeAlert } from '../floor/commands';
import { duration, moment, phoneNumber, time } from '../format/format';
import { useServerNow } from '../live/clock';
import { alerts, floor } from '../live/feeds';
import type { Alert } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Since } from '../ui/Time';
import { alertLook, OUTSIDE_LIMITS } from '../words/floor';
import { calls, inOrder } from './calling';

const SNOOZE_MINUTES = 5;

/** What lasts too long, on the floor: taken note of or put off here. */
export function AlertList() {
  const { t } = useLingui();
  const known = useStore(alerts.state, (state) => state.alerts);
  const now = useServerNow();
  const list = inOrder(known.values(), now);
  const calling = list.filter((alert) => calls(alert, now)).length;
  return (
    <section className="panel alerts" aria-labelledby="alerts-title" data-testid="alerts" data-calling={calling}>
      <header>
        <h2 id="alerts-title">
          <Trans>Upozornění</Trans>
        </h2>
        <span className="quiet figures">{list.length}</span>
        <Link to="/floor/limits" className="button plain" data-testid="alert-limits-link">
          <Icon name="gear" />
          {t`Nastavit meze`}
        </Link>
      </header>
      {list.length === 0 ? (
        <p className="quiet alerts-none">
          <Icon name="check" /> {t`Nic netrvá déle, než má.`}
        </p>
      ) : (
        <ul>
          {list.map((alert) => (
            <Row key={alert.id} alert={alert} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Row({ alert, now }: { alert: Alert; now: number }) {
  const { t, i18n } = useLingui();
  const settings = useSettings();
  const contact = useStore(floor.state, (state) => state.contacts.get(alert.contactId ?? ''));
  const busy = useStore(pending, (keys) => keys.has(`alert:${alert.id}`));
  const calling = calls(alert, now);
  const look = alertLook(alert.kind);
  const { outside, trunk } = alert;
  const down = trunk?.name;
  const who = [
    nameIn(settings.staff, alert.agentId) ?? (outside ? t`hlasové menu nebo fronta` : null),
    contact ? (phoneNumber(contact.customerNumber) ?? t`Skryté číslo`) : null,
    nameIn(settings.queues, alert.queueId),
    outside ? `${outside.prefix}…` : null,
    trunk ? t`Hovory ven a dovnitř přes svazek ${down} neprojdou.` : null,
  ].filter(Boolean);
  const seenBy = nameIn(settings.staff, alert.acknowledgedBy);
  const limit = duration(alert.limitSeconds);
  const since = moment(alert.since, now);
  const until = alert.snoozedUntil ? time(alert.snoozedUntil) : '';
  return (
    <li className={calling ? 'alert' : 'alert calm'} data-testid="alert" data-kind={alert.kind} data-calling={calling}>
      <span className={calling ? 'state tone-bad' : 'state'}>
        <Icon name={look.icon} />
        {i18n._(look.name)}
      </span>
      <span className="alert-who">{who.join(' · ')}</span>
      {outside ? (
        <>
          <OutsideLimit outside={outside} />
          <span className="figures">{time(alert.raisedAt)}</span>
        </>
      ) : trunk ? (
        <span className="figures">
          <Since since={alert.since} />{' '}
          <span className="quiet small">
            {t`od ${since}`} · {trunk.bridge}
          </span>
        </span>
      ) : (
        <span className="figures">
          <Since since={alert.since} /> <span className="quiet small">{t`mez ${limit}`}</span>
        </span>
      )}
      {alert.acknowledgedBy != null ? (
        <span className="quiet small">{t`Ví o tom: ${seenBy}`}</span>
      ) : (
        <span className="alert-buttons">
          {!calling && <span className="quiet small">{t`Odloženo do ${until}`}</span>}
          <Button icon="check" pending={busy} onPress={() => void acknowledgeAlert(alert.id)} testId="alert-seen">
            {t`Vím o tom`}
          </Button>
          {calling && (
            <Button
              icon="clock"
              pending={busy}
              onPress={() => void snoozeAlert(alert.id, SNOOZE_MINUTES)}
              testId="alert-snooze"
            >
              {t`Odložit o ${SNOOZE_MINUTES} minut`}
            </Button>
          )}
        </span>
      )}
    </li>
  );
}

/** What must not go out any more, and until when. */
function OutsideLimit({ outside }: { outside: NonNullable<Alert['outside']> }) {
  const { t, i18n } = useLingui();
  const { most } = outside;
  const known: MessageDescriptor | undefined = OUTSIDE_LIMITS[outside.limit];
  const limit = known ? i18n._(known) : outside.limit;
  const until = time(outside.until);
  return <span className="quiet small">{t`mez ${most}: ${limit}, do ${until}`}</span>;
}
