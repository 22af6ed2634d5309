import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { useStore } from '../live/store';
import { meter } from '../softphone/micLevel';
import { audioPreferences, setAudioPreference } from '../softphone/preferences';
import { tryRinging } from '../softphone/ring';
import { phone } from '../softphone/softphone';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Select } from '../ui/Select';
import { SoundCheck } from './SoundCheck';

/** Level of the microphone, and which devices speak, listen and ring. */
export function DeviceCheck() {
  const { t } = useLingui();
  const devices = useDevices();
  const chosen = useStore(audioPreferences);
  const fallback = { id: 'default', name: t`Výchozí zařízení` };
  const list = (kind: MediaDeviceKind) => [
    fallback,
    ...devices
      .filter((each) => each.kind === kind && each.deviceId && each.deviceId !== 'default')
      .map((each) => ({ id: each.deviceId, name: each.label || t`Zařízení bez názvu` })),
  ];
  const toPreference = (id: string) => (id === 'default' ? '' : id);
  const canChooseSpeaker = 'setSinkId' in HTMLMediaElement.prototype;
  return (
    <div className="devices" data-testid="devices">
      <div className="device">
        <Icon name="mic" />
        <Select
          label={t`Mikrofon`}
          choices={list('audioinput')}
          value={chosen.microphone || 'default'}
          onChange={(id) => {
            setAudioPreference('microphone', toPreference(id));
            void phone.changeMicrophone().catch(() => {});
          }}
        />
        <LevelMeter />
      </div>
      {canChooseSpeaker && (
        <div className="device">
          <Icon name="headset" />
          <Select
            label={t`Sluchátka`}
            choices={list('audiooutput')}
            value={chosen.speaker || 'default'}
            onChange={(id) => setAudioPreference('speaker', toPreference(id))}
          />
        </div>
      )}
      <div className="device">
        <Icon name="bell" />
        {canChooseSpeaker ? (
          <Select
            label={t`Zvonění`}
            choices={list('audiooutput')}
            value={chosen.ringer || 'default'}
            onChange={(id) => setAudioPreference('ringer', toPreference(id))}
          />
        ) : (
          <span>{t`Zvonění`}</span>
        )}
        <Button onPress={() => void tryRinging()}>{t`Vyzkoušet`}</Button>
      </div>
      <SoundCheck />
    </div>
  );
}

function useDevices(): MediaDeviceInfo[] {
  const [devices, setDevices] = useState<MediaDeviceInfo[]>([]);
  useEffect(() => {
    const look = () => void navigator.mediaDevices?.enumerateDevices().then(setDevices, () => {});
    look();
    navigator.mediaDevices?.addEventListener('devicechange', look);
    return () => navigator.mediaDevices?.removeEventListener('devicechange', look);
  }, []);
  return devices;
}

function LevelMeter() {
  const { t } = useLingui();
  const shown = useRef<HTMLMeterElement>(null);
  const view = useStore(phone.view);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new view may mean a new stream
  useEffect(() => {
    const stream = phone.stream;
    if (!stream) return;
    return meter(stream, (level) => {
      if (shown.current) shown.current.value = level;
    });
  }, [view]);
  return (
    <meter ref={shown} className="level" min={0} max={1} aria-label={t`Hlasitost mikrofonu`} data-testid="mic-level" />
  );
}
