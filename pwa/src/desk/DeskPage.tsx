import './shift.css';
import './offer.css';
import './contact.css';
import './client.css';
// Last: what narrow screens change in all of them.
import './desk.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { Navigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { homeOf, session, worksAtDesk } from '../app/session';
import { desk } from '../live/feeds';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { Empty } from '../ui/Empty';
import { Icon, type IconName } from '../ui/Icon';
import { later } from '../ui/later';
import { me, ringsAt, useShown } from './current';
import { saveLeftOvers } from './drafts';
import { useReachable } from './endpoint';
import { OfferDialog } from './OfferDialog';
import { QueueStrip } from './QueueStrip';
import { Roster } from './Roster';
import { ShiftCard } from './ShiftCard';

const Parked = later(() => import('../calls/Parked'), 'Parked');
const ClientPane = later(() => import('./ClientPane'), 'ClientPane');
const MyFigures = later(() => import('./MyFigures'), 'MyFigures');
const RecentHistory = later(() => import('./RecentHistory'), 'RecentHistory');
const ContactPane = later(() => import('./ContactPane'), 'ContactPane');

type Tab = 'tasks' | 'client' | 'history' | 'me';

export function DeskPage() {
  const now = useStore(session);
  const known = useStore(desk.state, (state) => state.known);
  const contact = useShown();
  const [tab, setTab] = useState<Tab>('tasks');
  const offered = contact && ringsAt(contact, me()) ? contact.id : null;
  useEffect(() => {
    if (offered) setTab('tasks');
  }, [offered]);
  useLeftOvers();
  if (now.kind !== 'user' && now.kind !== 'expired') return null;
  if (!worksAtDesk(now.user)) return <Navigate to={homeOf(now.user)} replace />;
  return (
    <div className="desk" data-tab={tab}>
      <h1 className="unseen">
        <Trans>Pracoviště</Trans>
      </h1>
      <section className="desk-left" aria-labelledby="desk-tasks">
        <h2 id="desk-tasks" className="unseen">
          <Trans>Úkoly</Trans>
        </h2>
        <Roster userId={now.user.id} />
        <Parked />
        <QueueStrip userId={now.user.id} />
      </section>
      <section className="desk-middle" aria-labelledby="desk-contact">
        <h2 id="desk-contact" className="unseen">
          <Trans>Kontakt</Trans>
        </h2>
        <Middle contact={contact} known={known} />
      </section>
      <aside className="desk-right">
        <div className="desk-client">
          <ClientPane contact={contact} />
        </div>
        <div className="desk-history">
          <RecentHistory contact={contact} />
          {!contact && <MyFigures />}
        </div>
      </aside>
      <Tabs tab={tab} choose={setTab} />
    </div>
  );
}

function Middle({ contact, known }: { contact: Contact | null; known: boolean }) {
  const { t } = useLingui();
  const reachable = useReachable();
  if (contact && ringsAt(contact, me())) return <OfferDialog key={contact.id} contact={contact} />;
  if (contact) return <ContactPane key={contact.id} contact={contact} />;
  return (
    <>
      <ShiftCard />
      {reachable && (
        <Empty icon="headset">{known ? t`Žádný hovor. Až vám bude nabídnut, ozve se zvonění.` : t`Načítá se…`}</Empty>
      )}
    </>
  );
}

/** Notes that outlived their contacts are sent when the desk is open and connected. */
function useLeftOvers(): void {
  const open = useStore(desk.connection, (connection) => connection.kind === 'open');
  const contacts = useStore(desk.state, (state) => state.contacts);
  useEffect(() => {
    if (open) void saveLeftOvers(new Set(contacts.keys()));
  }, [open, contacts]);
}

function Tabs({ tab, choose }: { tab: Tab; choose: (tab: Tab) => void }) {
  const { t } = useLingui();
  const tabs: { id: Tab; icon: IconName; text: string }[] = [
    { id: 'tasks', icon: 'list', text: t`Úkoly` },
    { id: 'client', icon: 'user', text: t`Klient` },
    { id: 'history', icon: 'history', text: t`Historie` },
    { id: 'me', icon: 'headset', text: t`Já` },
  ];
  return (
    <nav className="tabs" aria-label={t`Části pracoviště`}>
      {tabs.map((each) => (
        <button
          key={each.id}
          type="button"
          aria-current={tab === each.id ? 'true' : undefined}
          onClick={() => choose(each.id)}
          data-testid={`tab-${each.id}`}
        >
          <Icon name={each.icon} />
          {each.text}
        </button>
      ))}
    </nav>
  );
}
