import './account.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { tell } from '../app/notice';
import { isWall, session, signOut } from '../app/session';
import { DeviceCheck } from '../desk/DeviceCheck';
import { ShortcutEditor } from '../keyboard/ShortcutEditor';
import { helpOpen, setShortcutsOn, shortcutsOn } from '../keyboard/shortcuts';
import { forgetKept } from '../live/kept';
import { useStore } from '../live/store';
import { dontTryWindows } from '../sign-in/ways';
import { switchPushOff } from '../softphone/push';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { NO_ANSWER, refusalText } from '../words/refusals';
import { ROLES } from '../words/states';
import { Appearance } from './Appearance';
import { wayOut } from './own';
import { Security } from './Security';
import { ThisDevice } from './ThisDevice';

export function AccountPage() {
  const { i18n, t } = useLingui();
  const now = useStore(session);
  const phoneState = useStore(phone.view, (view) => view.state);
  if (now.kind !== 'user' && now.kind !== 'expired') return null;
  const { user } = now;
  return (
    <div className="account">
      <h1 className="unseen">
        <Trans>Můj účet</Trans>
      </h1>
      <section className="panel">
        <header>
          <h2>{user.name}</h2>
          <span className="quiet">{i18n._(ROLES[user.role])}</span>
        </header>
        <div className="account-body">
          <SignOutButton />
          {isWall(user) && <Link to="/wall">{t`Zpět na nástěnku`}</Link>}
        </div>
      </section>
      {!isWall(user) && <Security />}
      {phoneState === 'connected' && (
        <section className="panel">
          <header>
            <h2>
              <Trans>Zvuk</Trans>
            </h2>
          </header>
          <div className="account-body">
            <DeviceCheck />
          </div>
        </section>
      )}
      <Appearance />
      {!isWall(user) && <ThisDevice />}
      <Keyboard />
    </div>
  );
}

function SignOutButton() {
  const { t } = useLingui();
  const [pending, setPending] = useState(false);
  const leave = async () => {
    setPending(true);
    try {
      await switchPushOff();
      const out = await wayOut();
      const refused = await signOut();
      if (refused) return tell(refusalText(refused));
      dontTryWindows();
      forgetKept();
      await phone.stop();
      location.assign(out);
    } catch {
      tell(NO_ANSWER);
    } finally {
      setPending(false);
    }
  };
  return (
    <Button pending={pending} onPress={() => void leave()} testId="sign-out">
      {t`Odhlásit se`}
    </Button>
  );
}

function Keyboard() {
  const { t } = useLingui();
  const on = useStore(shortcutsOn);
  return (
    <section className="panel">
      <header>
        <h2>
          <Trans>Klávesové zkratky</Trans>
        </h2>
      </header>
      <div className="account-body">
        <label className="check">
          <input type="checkbox" checked={on} onChange={(event) => setShortcutsOn(event.target.checked)} />
          {t`Používat klávesové zkratky`}
        </label>
        <Button icon="keyboard" onPress={() => helpOpen.set(true)}>
          {t`Seznam zkratek`}
        </Button>
        {on && <ShortcutEditor />}
      </div>
    </section>
  );
}
