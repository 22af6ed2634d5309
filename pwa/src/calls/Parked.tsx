import { Trans, useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import { desk } from '../live/feeds';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Until } from '../ui/Time';
import { useCanDial } from './canDial';
import { pending, takeParked } from './commands';

/** Calls put aside for anybody, with the time that is left; whose time ends goes back to who parked it. */
export function Parked() {
  const { t } = useLingui();
  const settings = useSettings();
  const contacts = useStore(desk.state, (state) => state.contacts);
  const keys = useStore(pending);
  const free = useCanDial();
  const parked = [...contacts.values()]
    .filter((contact) => contact.phase === 'PARKED')
    .sort((a, b) => (a.parkedUntil ?? '').localeCompare(b.parkedUntil ?? ''));
  if (!parked.length) return null;
  return (
    <section className="panel parked" aria-labelledby="parked-title" data-testid="parked">
      <header>
        <h2 id="parked-title">
          <Trans>Zaparkované hovory</Trans>
        </h2>
        <span className="quiet figures">{parked.length}</span>
      </header>
      <ul>
        {parked.map((contact, index) => (
          <li key={contact.id} className="tone-ring" data-testid="parked-call">
            <Icon name="park" />
            <span className="task-who">
              <strong className="figures">{phoneNumber(contact.customerNumber) ?? t`Skryté číslo`}</strong>
              <span className="small quiet">
                {nameIn(settings.staff, contact.parkedBy)} ·{' '}
                {contact.parkedUntil && <Until until={contact.parkedUntil} testId="parked-left" />}
              </span>
            </span>
            <Button
              isDisabled={!free}
              hint={index === 0 ? SHORTCUTS.takeParked.keys : null}
              pending={keys.has(`park:${contact.id}`)}
              onPress={() => void takeParked(contact.id)}
              testId="parked-take"
            >
              {t`Vzít`}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
