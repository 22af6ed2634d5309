import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Trans, useLingui } from '@lingui/react/macro';
import { session } from '../app/session';
import { phoneNumber } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import { useStore } from '../live/store';
import { askToNotify } from '../softphone/attention';
import { unblockSound } from '../softphone/audio';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { later } from '../ui/later';
import { refusalText } from '../words/refusals';
import { pending, setPresence } from './commands';
import { useAgent } from './current';
import { type Endpoint, endShift, ownTelephone } from './endpoint';

const EndpointChoice = later(() => import('./EndpointChoice'), 'EndpointChoice');
const PushSwitch = later(() => import('./PushSwitch'), 'PushSwitch');
const DeviceCheck = later(() => import('./DeviceCheck'), 'DeviceCheck');

const DENIED: Record<string, MessageDescriptor> = {
  NotAllowedError: msg`Prohlížeč nemá povolený mikrofon. Povolte ho vlevo vedle adresy a zkuste to znovu.`,
  NotFoundError: msg`Nenašli jsme žádný mikrofon. Zapojte náhlavní soupravu a zkuste to znovu.`,
  NotReadableError: msg`Mikrofon používá jiný program. Zavřete ho a zkuste to znovu.`,
  SecurityError: msg`Telefon funguje jen na zabezpečené adrese (https).`,
};

/** Beginning of the day: one click for microphone, sound and telephone; then a check of the devices. */
export function ShiftCard() {
  const { i18n, t } = useLingui();
  const view = useStore(phone.view);
  const now = useStore(session);
  const agent = useAgent(now.kind === 'user' || now.kind === 'expired' ? now.user.id : 0);
  const busy = useStore(pending, (keys) => keys.has('presence'));
  const own = ownTelephone(agent);
  if (view.state === 'connected' || view.state === 'restoring') {
    return (
      <div className="panel shift" data-testid="shift" data-phone={view.state}>
        <header>
          <h2>
            <Trans>Směna běží</Trans>
          </h2>
          <Button tone="plain" onPress={() => void endShift()} testId="shift-stop">
            {t`Ukončit směnu`}
          </Button>
        </header>
        <div className="shift-body">
          <div className="shift-ways">
            {/* first: what comes later must not move it from under the pointer */}
            {agent?.activity !== 'READY' && (
              <Button
                tone="good"
                icon="ready"
                className="shift-ready"
                hint={SHORTCUTS.ready.keys}
                pending={busy}
                isDisabled={view.state !== 'connected'}
                onPress={() => void setPresence('READY')}
                testId="ready"
              >
                {busy ? t`Probíhá…` : t`Jsem připraven(a)`}
              </Button>
            )}
            <EndpointChoice />
            <PushSwitch />
          </div>
          {agent?.activity === 'READY' ? (
            <details>
              <summary>
                <Trans>Mikrofon, sluchátka a zvonění</Trans>
              </summary>
              <DeviceCheck />
            </details>
          ) : (
            <DeviceCheck />
          )}
        </div>
      </div>
    );
  }
  if (own) return <AtTelephone own={own} ready={agent?.activity === 'READY'} busy={busy} />;
  const waiting = view.state === 'asking' || view.state === 'opening';
  return (
    <div className="panel shift start" data-testid="shift" data-phone={view.state}>
      <Icon name="headset" />
      <h2 className="contact-title">
        <Trans>Začínáte?</Trans>
      </h2>
      <p className="quiet">
        <Trans>
          Nasaďte si náhlavní soupravu a spusťte směnu. Prohlížeč se zeptá na mikrofon a telefon se připojí.
        </Trans>
      </p>
      {view.state === 'denied' && (
        <p className="error" role="alert">
          {i18n._(DENIED[view.denied ?? ''] ?? (DENIED.NotReadableError as MessageDescriptor))}
        </p>
      )}
      {view.state === 'opening' && view.trouble && (
        <p className="error" role="alert">
          {i18n._(refusalText('BRIDGE_AWAY'))}
        </p>
      )}
      <Button
        tone="primary"
        icon="phone"
        pending={waiting}
        onPress={() => {
          askToNotify();
          void unblockSound();
          void phone.start(view.state === 'elsewhere');
        }}
        testId="shift-start"
      >
        {waiting ? t`Připojuje se…` : view.state === 'elsewhere' ? t`Převzít telefon sem` : t`Spustit směnu`}
      </Button>
      {waiting && (
        <Button tone="plain" onPress={() => void phone.stop()}>
          {t`Zrušit`}
        </Button>
      )}
      {!waiting && <EndpointChoice />}
    </div>
  );
}

/** The shift of who works at a telephone of one's own: calls ring there. */
function AtTelephone({ own, ready, busy }: { own: Endpoint; ready: boolean; busy: boolean }) {
  const { t } = useLingui();
  const number = phoneNumber(own.number) ?? own.number ?? '';
  return (
    <div className="panel shift" data-testid="shift" data-phone="own">
      <header>
        <h2>{own.kind === 'MOBILE' ? t`Hovory zvoní na mobilu ${number}` : t`Hovory zvoní na telefonu ${number}`}</h2>
      </header>
      <div className="shift-body">
        <p className="quiet">
          {own.staysUp ? (
            <Trans>
              Až budete připraven(a), telefon zazvoní a zůstane spojený. Hovory pak přijímáte tady nebo klávesou 1.
            </Trans>
          ) : own.kind === 'MOBILE' ? (
            <Trans>Hovor přijmete na mobilu: zvedněte ho a stiskněte 1. Ostatní ovládáte tady i na mobilu.</Trans>
          ) : (
            <Trans>Hovor přijmete zvednutím sluchátka. Ostatní ovládáte tady i na telefonu.</Trans>
          )}
        </p>
        <div className="shift-ways">
          <EndpointChoice />
          <PushSwitch />
        </div>
        {!ready && (
          <Button
            tone="good"
            icon="ready"
            hint={SHORTCUTS.ready.keys}
            pending={busy}
            onPress={() => void setPresence('READY')}
            testId="ready"
          >
            {busy ? t`Probíhá…` : t`Jsem připraven(a)`}
          </Button>
        )}
      </div>
    </div>
  );
}
