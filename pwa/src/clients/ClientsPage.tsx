import './clients.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { loadTexts } from '../app/language';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { later } from '../ui/later';
import { Card } from './Card';
import { CardEditor } from './CardEditor';
import { useCard, useFields } from './data';
import { Finder } from './Finder';
import { cardDrafts } from './saving';
import { Timeline } from './Timeline';

const PersonData = later(
  () => Promise.all([import('./PersonData'), loadTexts('admin')]).then(([module]) => module),
  'PersonData',
);

/** Clients found, read and edited outside of a call. */
export function ClientsPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { client } = useParams({ strict: false }) as { client?: string };
  const begun = useStore(cardDrafts, (all) => all.has('new:page'));
  const [creating, setCreating] = useState(begun);
  const mayEdit = useFields().some((field) => field.mayEdit);
  const open = (id: number) => void navigate({ to: '/clients/$client', params: { client: String(id) } });
  const id = client && /^\d{1,9}$/.test(client) ? Number(client) : null;
  return (
    <div className="clients" data-open={id !== null || creating}>
      <h1 className="unseen">
        <Trans>Klienti</Trans>
      </h1>
      <section className="panel clients-search" aria-labelledby="clients-title">
        <header>
          <h2 id="clients-title">
            <Trans>Klienti</Trans>
          </h2>
          {mayEdit && (
            <Button icon="plus" tone="plain" onPress={() => setCreating(true)} testId="client-new">
              {t`Nový klient`}
            </Button>
          )}
        </header>
        <Finder act={t`otevřít`} keep autoFocus={id === null && !creating} onPick={(found) => open(found.id)} />
      </section>
      {creating ? (
        <section className="panel clients-card" aria-label={t`Nový klient`}>
          <header>
            <h2>{t`Nový klient`}</h2>
          </header>
          <CardEditor
            client={null}
            name="page"
            onDone={(made) => {
              setCreating(false);
              if (made) open(made.id);
            }}
          />
        </section>
      ) : id !== null ? (
        <One key={id} id={id} onBack={() => void navigate({ to: '/clients' })} />
      ) : (
        <section className="panel clients-card" aria-labelledby="client-card-title">
          <h2 id="client-card-title" className="unseen">{t`Karta klienta`}</h2>
          <Empty icon="user">{t`Najděte klienta a uvidíte jeho kartu a všechno, co jsme spolu řešili.`}</Empty>
        </section>
      )}
    </div>
  );
}

function One({ id, onBack }: { id: number; onBack: () => void }) {
  const { t } = useLingui();
  const { card, failed, missing } = useCard(id);
  return (
    <>
      <section className="panel clients-card" aria-labelledby="client-card-title">
        <h2 id="client-card-title" className="unseen">{t`Karta klienta`}</h2>
        <Button className="clients-back" tone="plain" onPress={onBack}>
          ← {t`Zpět na hledání`}
        </Button>
        {card ? (
          <>
            <Card card={card} />
            <PersonData client={card.client} />
          </>
        ) : (
          <Empty icon="user">
            {missing ? t`Tento klient tu není.` : failed ? t`Kartu se nepodařilo načíst.` : t`Načítá se…`}
          </Empty>
        )}
      </section>
      <div className="clients-timeline">
        <Timeline client={id} />
      </div>
    </>
  );
}
