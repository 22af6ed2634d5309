import { Trans, useLingui } from '@lingui/react/macro';
import { phoneNumber } from '../format/format';
import { useStore } from '../live/store';
import { handheld } from '../softphone/awake';
import { Button } from '../ui/Button';
import { pending } from './commands';
import { switchTo, useMobile, useOwnTelephone } from './endpoint';

/** Two ways of taking calls on a phone, switched by one tap: in the app while it is in front, or on the mobile number. */
export function Ways() {
  const { t } = useLingui();
  const own = useOwnTelephone();
  const mobile = useMobile();
  const busy = useStore(pending, (keys) => keys.has('endpoint'));
  if (!mobile) return null;
  const shown = phoneNumber(mobile) ?? mobile;
  const onMobile = own?.number === mobile;
  return (
    <div className="ways" data-testid="ways">
      <fieldset className="ways-buttons" aria-label={t`Kde mluvíte`}>
        <Button
          icon="headset"
          pressed={!own}
          pending={busy && onMobile}
          onPress={() => void (own && switchTo('BROWSER', null))}
          testId="way-app"
        >
          {t`V aplikaci`}
        </Button>
        <Button
          icon="phone"
          pressed={onMobile}
          pending={busy && !onMobile}
          onPress={() => void (!onMobile && switchTo('MOBILE', mobile))}
          testId="way-mobile"
        >
          {t`Na mobilu ${shown}`}
        </Button>
      </fieldset>
      {handheld() && (
        <p className="small quiet">
          {own ? (
            <Trans>Hovory zvoní jako obyčejné volání, aplikace je ovládá. Displej může zhasnout.</Trans>
          ) : (
            <Trans>
              Nechte aplikaci otevřenou vpředu. Na pozadí telefon mikrofon vypne: volající pak slyší hudbu a počká na
              vás.
            </Trans>
          )}
        </p>
      )}
    </div>
  );
}

/** In mid-conversation: where the call is, and that it can go on elsewhere. */
export function MoveCall() {
  const { t } = useLingui();
  const own = useOwnTelephone();
  const mobile = useMobile();
  const busy = useStore(pending, (keys) => keys.has('endpoint'));
  if (!mobile) return null;
  const shown = phoneNumber(mobile) ?? mobile;
  return own ? (
    <Button icon="headset" pending={busy} onPress={() => void switchTo('BROWSER', null)} testId="move-to-app">
      {t`Mluvit v aplikaci`}
    </Button>
  ) : (
    <Button icon="phone" pending={busy} onPress={() => void switchTo('MOBILE', mobile)} testId="move-to-mobile">
      {t`Pokračovat na mobilu ${shown}`}
    </Button>
  );
}
