import { useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { session } from '../app/session';
import { MySecurityDocument, type MySecurityQuery } from '../gql/graphql';
import { Empty } from '../ui/Empty';
import { NO_ANSWER } from '../words/refusals';
import { NewDevices } from './NewDevices';
import { Passkeys } from './Passkeys';
import { Password } from './Password';
import { RecoveryCodes } from './RecoveryCodes';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';

export type OwnSecurity = MySecurityQuery['mySecurity'];

/** How one signs in, and where one is signed in. */
export function Security() {
  const { t } = useLingui();
  const [own, setOwn] = useState<OwnSecurity | null>(null);
  const load = () => {
    execute(MySecurityDocument, {})
      .then(({ mySecurity }) => {
        setOwn(mySecurity);
        const now = session.get();
        const hasSecondFactor = mySecurity.totp || mySecurity.passkeys.length > 0;
        if (now.kind === 'user' && now.user.hasSecondFactor !== hasSecondFactor) {
          session.set({ kind: 'user', user: { ...now.user, hasSecondFactor } });
        }
      })
      .catch(() => tell(NO_ANSWER));
  };
  useEffect(load, []);
  if (!own) return <Empty icon="lock">{t`Načítá se…`}</Empty>;
  return (
    <>
      {own.newDevices.length > 0 && <NewDevices devices={own.newDevices} onChange={load} />}
      {own.source !== 'OPENID' && <Password rules={own.passwordRules ?? null} onChange={load} />}
      <SecondFactor has={own.totp} onChange={load} />
      <Passkeys passkeys={own.passkeys} onChange={load} />
      {(own.totp || own.passkeys.length > 0) && <RecoveryCodes left={own.recoveryCodes} onChange={load} />}
      <Sessions sessions={own.sessions} onChange={load} />
    </>
  );
}
