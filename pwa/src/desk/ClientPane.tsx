import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { mineOf } from '../calls/situation';
import { Card } from '../clients/Card';
import { CardEditor } from '../clients/CardEditor';
import { ClientLine } from '../clients/ClientLine';
import { type Client, useCard, useClientsByNumber, useFields } from '../clients/data';
import { Finder } from '../clients/Finder';
import { cardDrafts } from '../clients/saving';
import { phoneNumber } from '../format/format';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { pending, pickClient } from './commands';
import { me } from './current';

/** Who is calling: the picked client, or those the number belongs to. Nobody is picked by a machine. */
export function ClientPane({ contact }: { contact: Contact | null }) {
  const { t } = useLingui();
  const navigate = useNavigate();
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
          <Finder
            act={t`otevřít`}
            onPick={(client) => void navigate({ to: '/clients/$client', params: { client: String(client.id) } })}
          />
        </>
      )}
    </section>
  );
}

function Body({ contact }: { contact: Contact }) {
  const { t } = useLingui();
  const { card, failed } = useCard(contact.clientId ?? null);
  const busy = useStore(pending, (keys) => keys.has(`client:${contact.id}`));
  const mayPick = ['talking', 'wrapUp'].includes(mineOf(contact, me()));
  if (contact.clientId == null) return <Who contact={contact} mayPick={mayPick} busy={busy} />;
  if (!card) return <p className="client-lead quiet">{failed ? t`Kartu se nepodařilo načíst.` : t`Načítá se…`}</p>;
  return (
    <Card
      key={card.client.id}
      card={card}
      contact={contact}
      more={
        <Button
          tone="plain"
          icon="undo"
          pending={busy}
          isDisabled={!mayPick}
          onPress={() => void pickClient(contact.id, null)}
          testId="client-unpick"
        >
          {t`Zrušit přiřazení`}
        </Button>
      }
    />
  );
}

/** All who may be calling; or one is searched for, or entered by hand. */
function Who({ contact, mayPick, busy }: { contact: Contact; mayPick: boolean; busy: boolean }) {
  const { t } = useLingui();
  const number = contact.customerNumber ?? null;
  const begun = useStore(cardDrafts, (all) => all.has(`new:${contact.id}`));
  const [creating, setCreating] = useState(begun);
  const { clients } = useClientsByNumber(number);
  const phone = useFields().find((field) => field.type === 'PHONE' && field.mayEdit);
  const pick = (client: Client) => {
    if (mayPick) void pickClient(contact.id, client.id);
  };
  return (
    <>
      {clients.length > 0 ? (
        <>
          <p className="small quiet client-lead">
            <Trans>Číslo {phoneNumber(number)} patří těmto klientům. Ověřte, kdo volá:</Trans>
          </p>
          <ul className="candidates" data-testid="client-candidates">
            {clients.map((client) => (
              <li key={client.id} className="candidate" data-testid="client" data-client={client.id}>
                <ClientLine client={client} />
                <Button icon="check" pending={busy} isDisabled={!mayPick} onPress={() => pick(client)}>
                  {t`Přiřadit`}
                </Button>
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p className="quiet client-lead">
          <Icon name="user" />{' '}
          {number ? <Trans>Toto číslo v registru neznáme.</Trans> : <Trans>Volající skryl číslo.</Trans>}
        </p>
      )}
      <Finder act={mayPick ? t`přiřadit` : ''} onPick={pick} />
      {creating ? (
        <CardEditor
          client={null}
          name={contact.id}
          first={phone && number ? { [phone.key]: [number] } : {}}
          onDone={(client) => {
            setCreating(false);
            if (client) pick(client);
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
