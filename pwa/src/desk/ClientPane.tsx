import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { mineOf } from '../calls/situation';
import { phoneNumber } from '../format/format';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { ClientCard } from './ClientCard';
import { ClientSearch } from './ClientSearch';
import { useClientsByNumber, useDetail } from './clients';
import { pending, pickClient } from './commands';
import { me } from './current';
import { NewClientForm } from './NewClientForm';

/** Who is calling: the picked client, or those the number belongs to. Nobody is picked by a machine. */
export function ClientPane({ contact }: { contact: Contact | null }) {
  const { t } = useLingui();
  return (
    <section className="panel client-pane" data-testid="client-pane">
      <header>
        <h2>
          <Trans>Klient</Trans>
        </h2>
      </header>
      {contact ? (
        <Body key={contact.id} contact={contact} />
      ) : (
        <>
          <Empty icon="user">{t`Při hovoru tu uvidíte, kdo volá.`}</Empty>
          <ClientSearch />
        </>
      )}
    </section>
  );
}

function Body({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const { detail } = useDetail(contact.id, contact.version);
  const [creating, setCreating] = useState(false);
  const [made, setMade] = useState(0);
  const busy = useStore(pending, (keys) => keys.has(`client:${contact.id}`));
  const { clients } = useClientsByNumber(contact.customerNumber ?? null, made);
  const mayPick = ['talking', 'wrapUp'].includes(mineOf(contact, me()));
  const pick = (client: number | null) => void pickClient(contact.id, client);
  const picked =
    contact.clientId != null ? (detail?.client ?? clients.find((each) => each.id === contact.clientId)) : null;
  if (picked) {
    return (
      <>
        <ClientCard client={picked} chosen />
        <div className="client-actions">
          <Button pending={busy} isDisabled={!mayPick} onPress={() => pick(null)} testId="client-unpick">
            {t`Zrušit přiřazení`}
          </Button>
        </div>
      </>
    );
  }
  return (
    <>
      {clients.length > 0 ? (
        <>
          <p className="small quiet client-lead">
            <Trans>Číslo {phoneNumber(contact.customerNumber)} patří těmto klientům. Ověřte, kdo volá:</Trans>
          </p>
          <ul data-testid="client-candidates">
            {clients.map((client) => (
              <li key={client.id}>
                <ClientCard client={client}>
                  <Button icon="check" pending={busy} isDisabled={!mayPick} onPress={() => pick(client.id)}>
                    {t`Přiřadit`}
                  </Button>
                </ClientCard>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="quiet client-lead">
          <Icon name="user" /> <Trans>Toto číslo v registru neznáme.</Trans>
        </p>
      )}
      <ClientSearch {...(mayPick ? { onPick: pick } : {})} />
      {creating ? (
        <NewClientForm
          number={contact.customerNumber ?? null}
          onDone={(client) => {
            setCreating(false);
            setMade((n) => n + 1);
            if (client && mayPick) pick(client.id);
          }}
        />
      ) : (
        <div className="client-actions">
          <Button icon="plus" onPress={() => setCreating(true)} testId="client-new">
            {t`Nový klient`}
          </Button>
        </div>
      )}
    </>
  );
}
