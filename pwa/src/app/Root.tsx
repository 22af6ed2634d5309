import { useLingui } from '@lingui/react/macro';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { tellNewDevices } from '../account/own';
import { loadFields } from '../clients/data';
import { loadTelephones } from '../desk/endpoint';
import { board, desk } from '../live/feeds';
import { useStore } from '../live/store';
import { SignInPage } from '../sign-in/SignInPage';
import { attachPhone } from '../softphone/softphone';
import { Icon } from '../ui/Icon';
import { languageOfAccount } from './language';
import { Notices } from './Notices';
import { router } from './router';
import { homeOf, isWall, session, type User, watchSignOut, worksAtDesk } from './session';
import { loadSettings } from './settings';

/** Sign-in or the product. When a session ends in the middle of work, the work stays where it is, behind the sign-in. */
export function Root() {
  const now = useStore(session);
  return (
    <>
      {now.kind === 'unknown' && <Waiting unreachable={now.unreachable} />}
      {now.kind === 'nobody' && <SignInPage />}
      {(now.kind === 'user' || now.kind === 'expired') && (
        <div className="app" inert={now.kind === 'expired'}>
          <SignedIn user={now.user} active={now.kind === 'user'} />
        </div>
      )}
      {now.kind === 'expired' && (
        <div className="overlay">
          <SignInPage login={now.user.login} expired />
        </div>
      )}
      <Notices />
    </>
  );
}

function SignedIn({ user, active }: { user: User; active: boolean }) {
  useEffect(() => {
    if (!active) return;
    if (worksAtDesk(user)) desk.start();
    else board.start();
    languageOfAccount(user.locale);
    if (isWall(user)) return;
    void loadSettings();
    tellNewDevices().catch(() => {});
    void loadFields();
    if (worksAtDesk(user)) void loadTelephones();
  }, [user, active]);
  useEffect(() => (active && worksAtDesk(user) ? watchSignOut(user.id) : undefined), [user, active]);
  useEffect(() => {
    if (worksAtDesk(user)) attachPhone(user.id);
    const home = homeOf(user);
    if (home === '/wall' || (location.pathname === '/' && home !== '/' && !sessionStorage.getItem('kc.home'))) {
      void router.navigate({ to: home, replace: true });
    }
    sessionStorage.setItem('kc.home', '1');
    return () => sessionStorage.removeItem('kc.home');
  }, [user]);
  useEffect(() => {
    // A tap on a notification: to its page, without a reload, for a call may be running.
    const go = (event: MessageEvent) => {
      const path = (event.data as { go?: unknown } | null)?.go;
      if (typeof path === 'string' && path.startsWith('/')) void router.navigate({ to: path });
    };
    navigator.serviceWorker?.addEventListener('message', go);
    return () => navigator.serviceWorker?.removeEventListener('message', go);
  }, []);
  return <RouterProvider router={router} />;
}

function Waiting({ unreachable }: { unreachable: boolean }) {
  const { t } = useLingui();
  return (
    <main className="waiting" aria-busy="true">
      <Icon name={unreachable ? 'offline' : 'headset'} />
      <p role="status">
        {unreachable ? t`Server teď není dostupný. Zkoušíme se připojit dál, nemusíte nic dělat.` : t`Načítá se…`}
      </p>
    </main>
  );
}
