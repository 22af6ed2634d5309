import { Trans, useLingui } from '@lingui/react/macro';
import { useAgent, useCall } from '../desk/current';
import { ownTelephone } from '../desk/endpoint';
import { MoveCall } from '../desk/Ways';
import { useStore } from '../live/store';
import { soundBlocked, unblockSound } from '../softphone/audio';
import { owner } from '../softphone/owner';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { PHONES } from '../words/states';

/** Where the telephone is, when it is not simply here and working. */
export function PhoneBanner({ userId }: { userId: number }) {
  const { i18n, t } = useLingui();
  const view = useStore(phone.view);
  const own = ownTelephone(useAgent(userId));
  const away = useCall()?.awaySince != null;
  return (
    <>
      <div role="status">
        {view.state === 'restoring' && (
          <div className="banner" data-testid="phone-banner">
            <Icon name="signal" />
            {i18n._(PHONES.restoring)} <Trans>Volající zůstává na lince.</Trans>
            {away && <MoveCall />}
          </div>
        )}
        {own && away && (
          <div className="banner" data-testid="away-banner">
            <Icon name="phone" />
            {own.stage === 'ASKING' ? t`Stiskněte na mobilu 1.` : t`Zvoní vám telefon. Volající zatím slyší hudbu.`}
            <MoveCall />
          </div>
        )}
        <Elsewhere userId={userId} />
      </div>
      <Blocked />
    </>
  );
}

/** This window has no telephone: another one has it, or nobody although somebody is on the line. */
function Elsewhere({ userId }: { userId: number }) {
  const { t } = useLingui();
  const view = useStore(phone.view);
  const agent = useAgent(userId);
  const call = useCall();
  if (ownTelephone(agent)) return null;
  const otherHasIt = view.state === 'off' && agent?.phoneConnected === true && agent.phoneOwner !== owner();
  if (view.state === 'elsewhere' || otherHasIt) {
    return (
      <div className="banner" data-testid="phone-banner">
        <Icon name="phone" />
        {view.where === 'browser' ? t`Telefon běží v jiném prohlížeči.` : t`Telefon běží v jiném okně.`}
        <Button onPress={() => void phone.start(true)} testId="take-over">
          {t`Převzít sem`}
        </Button>
      </div>
    );
  }
  if ((view.state === 'off' || view.state === 'denied') && call) {
    return (
      <div className="banner bad" data-testid="phone-banner">
        <Icon name="warn" />
        {view.state === 'denied'
          ? t`Prohlížeč nám nedal mikrofon.`
          : t`Máte rozpracovaný hovor, ale telefon tu neběží.`}
        {call.awaySince && t`Volající slyší hudbu.`}
        <Button onPress={() => void phone.start()} testId="phone-start">
          {t`Připojit telefon`}
        </Button>
        {call.awaySince && <MoveCall />}
      </div>
    );
  }
  return null;
}

function Blocked() {
  const { t } = useLingui();
  const blocked = useStore(soundBlocked);
  if (!blocked) return null;
  return (
    <div className="banner bad" role="alert">
      <Icon name="warn" />
      {t`Prohlížeč blokuje zvuk. Volajícího neuslyšíte.`}
      <Button onPress={() => void unblockSound()}>{t`Zapnout zvuk`}</Button>
    </div>
  );
}
