import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { execute } from '../api/client';
import { tell } from '../app/notice';
import { RingByPushDocument } from '../gql/graphql';
import { useStore } from '../live/store';
import { lookAtPush, pushState, switchPushOff, switchPushOn } from '../softphone/push';
import { NO_ANSWER } from '../words/refusals';
import { me, useAgent } from './current';
import { useOwnTelephone } from './endpoint';

/** Calls announced on this device also with the app closed. Without a telephone of one's own, one is also offered calls then. */
export function PushSwitch() {
  const { t } = useLingui();
  const state = useStore(pushState);
  const own = useOwnTelephone();
  const agent = useAgent(me());
  const [busy, setBusy] = useState(false);
  useEffect(() => void lookAtPush(), []);
  async function change(on: boolean): Promise<void> {
    setBusy(true);
    try {
      if (!on) await switchPushOff();
      else if (await switchPushOn()) await execute(RingByPushDocument, { on: true });
    } catch {
      tell(NO_ANSWER);
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className="push-switch" data-testid="push" data-push={state} data-rings={agent?.rungByPush ?? false}>
      <label className="endpoint-stays">
        <input
          type="checkbox"
          checked={state === 'on'}
          disabled={busy || state === 'impossible' || state === 'denied'}
          onChange={(event) => void change(event.target.checked)}
          data-testid="push-on"
        />
        {t`Zvonit na tomto zařízení i se zavřenou aplikací`}
      </label>
      {state === 'denied' && (
        <p className="small error">
          <Trans>Oznámení jsou v prohlížeči zakázaná. Povolte je vlevo vedle adresy, nebo v nastavení telefonu.</Trans>
        </p>
      )}
      {state === 'impossible' && (
        <p className="small quiet">
          <Trans>Tenhle prohlížeč to neumí. Na iPhonu si aplikaci nejdřív přidejte na plochu.</Trans>
        </p>
      )}
      {state === 'on' && !own && (
        <p className="small quiet">
          <Trans>
            Jste-li připraven(a), hovory vám nabízíme, i když je aplikace zavřená. Klepněte na oznámení a přijměte.
          </Trans>
        </p>
      )}
    </div>
  );
}
