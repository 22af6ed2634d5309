import './floor.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { AlertList } from '../alerts/AlertList';
import { useFeedLost } from '../app/Banners';
import { leads, session } from '../app/session';
import { floor } from '../live/feeds';
import { useStore } from '../live/store';
import { ProblemNotices } from '../menus/ProblemNotices';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { Agents } from './Agents';
import { BehindDialog } from './BehindDialog';
import { Contacts } from './Contacts';
import { Queues } from './Queues';
import { Totals } from './Totals';

/** Everybody and everything at this moment, for supervisors. */
export function FloorPage() {
  const { t } = useLingui();
  const now = useStore(session);
  const known = useStore(floor.state, (state) => state.known);
  const lost = useFeedLost(floor);
  const allowed = (now.kind === 'user' || now.kind === 'expired') && leads(now.user);
  const active = now.kind === 'user' && allowed;
  useEffect(() => {
    if (!active) return;
    floor.start();
  }, [active]);
  useEffect(() => () => floor.stop(), []);
  if (!allowed) return <Empty icon="warn">{t`Přehled provozu je jen pro supervizory.`}</Empty>;
  if (!known) return <Empty icon="people">{t`Načítá se…`}</Empty>;
  return (
    <div className="floor" data-stale={lost} data-testid="floor">
      <h1 className="unseen">
        <Trans>Přehled</Trans>
      </h1>
      {lost && (
        <p className="banner" role="status">
          <Trans>Přehled se teď neobnovuje. Čísla jsou starší.</Trans>
        </p>
      )}
      <Totals />
      <nav className="floor-ways" aria-label={t`Odtud dál`}>
        <Link to="/history" className="button">
          <Icon name="history" />
          {t`Historie a nahrávky`}
        </Link>
        <Link to="/walls" className="button">
          <Icon name="board" />
          {t`Nástěnky`}
        </Link>
      </nav>
      <AlertList />
      <Queues />
      <Agents />
      <Contacts user={now.user} />
      <ProblemNotices />
      <BehindDialog />
    </div>
  );
}
