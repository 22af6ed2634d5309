import { useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { useCanDial } from '../calls/canDial';
import { openPanel } from '../calls/commands';
import { memberOf, mineOf, talkingSince, wrapUpUntil } from '../calls/situation';
import { phoneNumber } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { callQuality, phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon, type IconName } from '../ui/Icon';
import type { Tone } from '../ui/StateBadge';
import { Since, Until } from '../ui/Time';
import { PHONES } from '../words/states';
import { useOwnTelephone } from './endpoint';

/** Whom the call bar is about, and in which state; without a call the telephone, and a way to call somebody. */
export function CallInfo({ call, me }: { call: Contact | null; me: number }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const state = useStore(phone.view, (view) => view.state);
  const own = useOwnTelephone();
  if (!call) return <Idle word={own ? t`Vlastní telefon` : i18n._(PHONES[state])} state={own ? 'connected' : state} />;
  const mine = mineOf(call, me);
  const talking = mine === 'talking';
  const tone: Tone =
    mine === 'offered' || mine === 'asked' || mine === 'dialling' || (talking && call.heldSince)
      ? 'ring'
      : mine === 'wrapUp'
        ? 'wrap'
        : 'call';
  return (
    <div className={`call-info tone-${tone}`} data-testid="call-info">
      <span className="call-who">
        <strong className="figures">{phoneNumber(call.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="small quiet">{nameIn(settings.queues, call.queueId) ?? t`odchozí hovor`}</span>
      </span>
      <span className="call-now">
        <CallState call={call} me={me} />
        <span className="call-signs">
          {talking && call.muted && (
            <span className="sign bad">
              <Icon name="micOff" />
              {t`Ztlumeno`}
            </span>
          )}
          {talking && call.recordingId && <Lamp paused={call.recordingPaused} />}
          {(talking || mine === 'guest' || mine === 'supervising') && <Quality />}
        </span>
      </span>
    </div>
  );
}

function Idle({ word, state }: { word: string; state: string }) {
  const { t } = useLingui();
  const can = useCanDial();
  return (
    <div className="call-info quiet" data-testid="call-info">
      <Button
        icon="dial"
        hint={SHORTCUTS.dial.keys}
        isDisabled={!can}
        onPress={() => openPanel('dial')}
        testId="call-dial"
      >
        {t`Zavolat`}
      </Button>
      <span className="call-phone">
        <Icon name={state === 'connected' ? 'phone' : 'off'} />
        <span data-testid="phone-state" data-state={state}>
          {word}
        </span>
      </span>
    </div>
  );
}

function CallState({ call, me }: { call: Contact; me: number }) {
  const { t } = useLingui();
  const state = (icon: IconName, word: string, time?: React.ReactNode) => (
    <span className="state">
      <Icon name={icon} />
      {word} {time}
    </span>
  );
  const member = memberOf(call, me);
  const ringUntil = member?.ringUntil ?? call.offerExpiresAt;
  const since = member?.since;
  switch (mineOf(call, me)) {
    case 'offered':
    case 'asked':
      return state('bell', t`Zvoní`, ringUntil && <Until until={ringUntil} testId="call-timer" />);
    case 'dialling':
      return state('dial', t`Vytáčí se`, <Since since={call.arrivedAt} testId="call-timer" />);
    case 'preview':
      return state('mic', t`Vzkaz`, call.previewUntil && <Until until={call.previewUntil} testId="call-timer" />);
    case 'wrapUp': {
      const until = wrapUpUntil(call, me);
      return state('pen', t`Dokončování`, until && <Until until={until} testId="call-timer" />);
    }
    case 'guest':
      return state('people', t`Hovor kolegy`, <Since since={since} testId="call-timer" />);
    case 'supervising':
      return state('headset', t`Příposlech`, <Since since={since} testId="call-timer" />);
    case 'talking':
      if (call.consultation === 'WITH_COLLEAGUE' || call.consultation === 'RINGING')
        return state('ask', t`Konzultace`, <Since since={call.heldSince ?? call.connectedAt} testId="hold-timer" />);
      if (call.heldSince) return state('pause', t`Podrženo`, <Since since={call.heldSince} testId="hold-timer" />);
      return state(
        'phone',
        call.connectedAt ? t`Hovor` : t`Spojuje se…`,
        <Since since={talkingSince(call, me)} testId="call-timer" />,
      );
    default:
      return null;
  }
}

function Lamp({ paused }: { paused: boolean }) {
  const { t } = useLingui();
  return (
    <span
      className={paused ? 'lamp off' : 'lamp'}
      title={paused ? t`Nahrávání je pozastaveno` : t`Hovor se nahrává`}
      data-testid="call-lamp"
      data-recording={!paused}
    >
      <Icon name={paused ? 'recordOff' : 'record'} />
      <span className={paused ? 'small' : 'unseen'}>{paused ? t`Nenahrává se` : t`Hovor se nahrává`}</span>
    </span>
  );
}

function Quality() {
  const { t } = useLingui();
  const quality = useStore(callQuality);
  const state = useStore(phone.view, (view) => view.state);
  if (state === 'restoring') return <span className="small">{t`obnovuje se…`}</span>;
  if (!quality) return null;
  const words = { good: t`Dobré spojení`, fair: t`Horší spojení`, poor: t`Špatné spojení` };
  return (
    <span className={`quality ${quality}`} title={words[quality]} data-testid="call-quality" data-grade={quality}>
      <Icon name={quality === 'good' ? 'signal' : 'warn'} />
      <span className={quality === 'good' ? 'unseen' : 'small'}>{words[quality]}</span>
    </span>
  );
}
