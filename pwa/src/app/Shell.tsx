import { Trans, useLingui } from '@lingui/react/macro';
import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useDialOutcome } from '../calls/dialOutcome';
import { PanelsWhenOpened } from '../calls/Opened';
import { ClientFinderWhenOpened } from '../clients/Opened';
import { CallBar } from '../desk/CallBar';
import { FloatingOffer } from '../desk/FloatingOffer';
import { PresenceMenu } from '../desk/PresenceMenu';
import { useRinging } from '../desk/ringing';
import { helpOpen } from '../keyboard/shortcuts';
import { useShortcuts } from '../keyboard/useShortcuts';
import { useStore } from '../live/store';
import { PaletteWhenOpened } from '../palette/Opened';
import { Icon, type IconName } from '../ui/Icon';
import { later, readAhead } from '../ui/later';
import { Banners } from './Banners';
import { loadTexts } from './language';
import { leads, may, session, setsUp, type User, worksAtDesk } from './session';

const ShortcutHelp = later(() => import('../keyboard/ShortcutHelp'), 'ShortcutHelp');
const ProblemsButton = later(() => import('./ProblemsButton'), 'ProblemsButton');
const AlertWatch = later(
  () => Promise.all([import('../alerts/AlertWatch'), loadTexts('admin')]).then(([module]) => module),
  'AlertWatch',
);
const CallStrip = later(() => import('../calls/CallStrip'), 'CallStrip');
const SupervisionBanner = later(() => import('../calls/Supervision'), 'SupervisionBanner');

function Help() {
  return useStore(helpOpen) ? <ShortcutHelp /> : null;
}

/** Header with state and call bar on every page, then the page. The wallboard has the screen for itself. */
export function Shell() {
  const now = useStore(session);
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (now.kind !== 'user' && now.kind !== 'expired') return null;
  const { user } = now;
  return (
    <>
      {worksAtDesk(user) && <AtWork />}
      {worksAtDesk(user) && path !== '/' && <FloatingOffer />}
      {path === '/wall' ? <Outlet /> : <Frame user={user} active={now.kind === 'user'} />}
    </>
  );
}

function Frame({ user, active }: { user: User; active: boolean }) {
  const { t } = useLingui();
  const works = worksAtDesk(user);
  useShortcuts(works);
  useEffect(readAhead, []);
  return (
    <>
      <a className="skip" href="#main">
        <Trans>Přejít k obsahu</Trans>
      </a>
      <header className={works ? 'header' : 'header no-calls'}>
        <nav aria-label={t`Stránky`} className="nav">
          {works && <NavLink to="/" icon="headset" text={t`Pracoviště`} />}
          {leads(user) && <NavLink to="/floor" icon="people" text={t`Přehled`} />}
          {may(user, 'SEE_CLIENTS') && <NavLink to="/clients" icon="card" text={t`Klienti`} />}
          {may(user, 'SEE_CALLBACKS') && <NavLink to="/callbacks" icon="callback" text={t`Zpětná volání`} />}
          {may(user, 'SEE_HISTORY') && <NavLink to="/history" icon="history" text={t`Historie`} />}
          {may(user, 'EDIT_FLOWS') && <NavLink to="/menus" icon="keypad" text={t`Hlasová menu`} />}
          {setsUp(user) && <NavLink to="/settings" icon="gear" text={t`Nastavení`} />}
          {leads(user) && <NavLink to="/wall" icon="board" text={t`Nástěnka`} />}
          <NavLink to="/account" icon="user" text={user.name} />
          <ProblemsButton />
        </nav>
        {works && <PresenceMenu userId={user.id} />}
        {works && <CallBar userId={user.id} />}
      </header>
      {works && <SupervisionBanner userId={user.id} />}
      {works && <CallStrip userId={user.id} />}
      <Banners works={works} userId={user.id} />
      {works && <PanelsWhenOpened userId={user.id} />}
      {leads(user) && <AlertWatch active={active} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <main id="main" className="main" tabIndex={0}>
        <Outlet />
      </main>
      <Help />
      <ClientFinderWhenOpened />
      <PaletteWhenOpened />
    </>
  );
}

/** Ringing and shortcuts, whatever page is open. */
function AtWork() {
  useRinging();
  useDialOutcome();
  return null;
}

function NavLink({
  to,
  icon,
  text,
}: {
  to: '/' | '/clients' | '/callbacks' | '/floor' | '/history' | '/wall' | '/menus' | '/settings' | '/account';
  icon: IconName;
  text: string;
}) {
  return (
    <Link
      to={to}
      className="nav-link"
      title={text}
      activeOptions={{ exact: to !== '/settings' && to !== '/menus' && to !== '/clients' }}
      activeProps={{ 'aria-current': 'page' }}
    >
      <Icon name={icon} />
      <span className="nav-name">{text}</span>
    </Link>
  );
}
