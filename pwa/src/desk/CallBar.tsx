import { useLingui } from '@lingui/react/macro';
import { nameIn, useSettings } from '../app/settings';
import { phoneNumber } from '../format/format';
import { SHORTCUTS } from '../keyboard/shortcuts';
import type { Contact } from '../live/state';
import { useStore } from '../live/store';
import { callQuality, phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Since, Until } from '../ui/Time';
import { PHONES } from '../words/states';
import * as commands from './commands';
import { useCall } from './current';

/** Always here, always in this order. What cannot be done now is disabled, never hidden. */
export function CallBar({ userId }: { userId: number }) {
  const { t } = useLingui();
  const call = useCall();
  const keys = useStore(commands.pending);
  const offered = call?.phase === 'OFFERED' && call.offeredTo === userId;
  const active = call?.phase === 'ACTIVE';
  const id = call?.id ?? '';
  const busy = (name: commands.CommandName) => keys.has(`${name}:${id}`);
  const held = Boolean(active && call.heldSince);
  const muted = Boolean(active && call.muted);
  const paused = Boolean(active && call.recordingPaused);
  return (
    <section
      className="call-bar"
      aria-label={t`Ovládání hovoru`}
      data-testid="call-bar"
      data-phase={call?.phase ?? 'NONE'}
    >
      <CallInfo call={call} />
      <div className="call-buttons">
        <Button
          tone="good"
          icon="phone"
          hint={SHORTCUTS.accept.keys}
          isDisabled={!offered}
          pending={busy('accept')}
          onPress={() => void commands.accept(id)}
          testId="call-accept"
        >
          {t`Přijmout`}
        </Button>
        <Button
          icon="decline"
          hint={SHORTCUTS.decline.keys}
          isDisabled={!offered}
          pending={busy('decline')}
          onPress={() => void commands.decline(id)}
          testId="call-decline"
        >
          {t`Odmítnout`}
        </Button>
        <Button
          className="apart"
          icon={muted ? 'micOff' : 'mic'}
          hint={SHORTCUTS.mute.keys}
          isDisabled={!active}
          pressed={muted}
          pending={busy('mute')}
          onPress={() => void (muted ? commands.unmute : commands.mute)(id)}
          testId="call-mute"
        >
          {muted ? t`Zapnout` : t`Ztlumit`}
        </Button>
        <Button
          icon={held ? 'play' : 'pause'}
          hint={SHORTCUTS.hold.keys}
          isDisabled={!active}
          pressed={held}
          pending={busy('hold')}
          onPress={() => void (held ? commands.resume : commands.hold)(id)}
          testId="call-hold"
        >
          {held ? t`Vrátit` : t`Podržet`}
        </Button>
        <Button
          icon={paused ? 'record' : 'recordOff'}
          hint={SHORTCUTS.record.keys}
          isDisabled={!active || !call.recordingId}
          pressed={paused}
          pending={busy('recording')}
          onPress={() => void (paused ? commands.resumeRecording : commands.pauseRecording)(id)}
          testId="call-recording"
        >
          {paused ? t`Nahrávat` : t`Nenahrávat`}
        </Button>
        <Button
          className="apart far"
          tone="bad"
          icon="hangUp"
          hint={SHORTCUTS.hangUp.keys}
          isDisabled={!active}
          pending={busy('hangUp')}
          onPress={() => void commands.hangUp(id)}
          testId="call-hang-up"
        >
          {t`Zavěsit`}
        </Button>
      </div>
    </section>
  );
}

function CallInfo({ call }: { call: Contact | null }) {
  const { i18n, t } = useLingui();
  const settings = useSettings();
  const state = useStore(phone.view, (view) => view.state);
  if (!call) {
    return (
      <div className="call-info quiet" data-testid="call-info">
        <Icon name={state === 'connected' ? 'phone' : 'off'} />
        <span data-testid="phone-state" data-state={state}>
          {i18n._(PHONES[state])}
        </span>
      </div>
    );
  }
  const tone = call.phase === 'OFFERED' ? 'ring' : call.phase === 'WRAP_UP' ? 'wrap' : call.heldSince ? 'ring' : 'call';
  return (
    <div className={`call-info tone-${tone}`} data-testid="call-info">
      <span className="call-who">
        <strong>{phoneNumber(call.customerNumber) ?? t`Skryté číslo`}</strong>
        <span className="small quiet">{nameIn(settings.queues, call.queueId)}</span>
      </span>
      <CallState call={call} />
      {call.phase === 'ACTIVE' && call.recordingId && (
        <span
          className={call.recordingPaused ? 'lamp off' : 'lamp'}
          title={call.recordingPaused ? t`Nahrávání je pozastaveno` : t`Hovor se nahrává`}
          data-testid="call-lamp"
          data-recording={!call.recordingPaused}
        >
          <Icon name={call.recordingPaused ? 'recordOff' : 'record'} />
          <span className={call.recordingPaused ? 'small' : 'unseen'}>
            {call.recordingPaused ? t`Nenahrává se` : t`Hovor se nahrává`}
          </span>
        </span>
      )}
      {call.phase === 'ACTIVE' && <Quality />}
    </div>
  );
}

function CallState({ call }: { call: Contact }) {
  const { t } = useLingui();
  if (call.phase === 'OFFERED') {
    return (
      <span className="state">
        <Icon name="bell" />
        {t`Zvoní`} {call.offerExpiresAt && <Until until={call.offerExpiresAt} testId="call-timer" />}
      </span>
    );
  }
  if (call.phase === 'WRAP_UP') {
    return (
      <span className="state">
        <Icon name="pen" />
        {t`Dokončování`} {call.wrapUpUntil && <Until until={call.wrapUpUntil} testId="call-timer" />}
      </span>
    );
  }
  return (
    <>
      <span className="state">
        <Icon name={call.heldSince ? 'pause' : 'phone'} />
        {call.heldSince ? t`Podrženo` : call.connectedAt ? t`Hovor` : t`Spojuje se…`}{' '}
        <Since since={call.connectedAt ?? call.acceptedAt} testId="call-timer" />
      </span>
      {call.heldSince && (
        <span className="small">
          {t`drží`} <Since since={call.heldSince} testId="hold-timer" />
        </span>
      )}
      {call.muted && (
        <span className="state tone-bad">
          <Icon name="micOff" />
          {t`Ztlumeno`}
        </span>
      )}
    </>
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
