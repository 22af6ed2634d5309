import { Trans, useLingui } from '@lingui/react/macro';
import { useRef, useState } from 'react';
import type { Detail } from '../desk/clients';
import { duration, number } from '../format/format';
import { Button } from '../ui/Button';

const SPEEDS = [1, 1.25, 1.5, 2];

export function RecordingPlayer({ recording }: { recording: NonNullable<Detail['recording']> }) {
  const { t } = useLingui();
  const audio = useRef<HTMLAudioElement>(null);
  const [speed, setSpeed] = useState(1);
  const [failed, setFailed] = useState(false);
  const choose = (value: number) => {
    setSpeed(value);
    if (audio.current) audio.current.playbackRate = value;
  };
  return (
    <section className="recording">
      <h3>
        <Trans>Nahrávka</Trans> {recording.durationMs != null && duration(recording.durationMs / 1000)}
      </h3>
      {recording.url ? (
        <>
          {/* biome-ignore lint/a11y/useMediaCaption: recordings of calls have no captions */}
          <audio
            ref={audio}
            controls
            preload="metadata"
            src={recording.url}
            onError={() => setFailed(true)}
            data-testid="recording"
          />
          <fieldset className="speeds" aria-label={t`Rychlost přehrávání`}>
            {SPEEDS.map((value) => (
              <Button key={value} pressed={value === speed} onPress={() => choose(value)}>
                {number(value)}×
              </Button>
            ))}
          </fieldset>
          {failed && <p className="error">{t`Nahrávku se nepodařilo přehrát.`}</p>}
        </>
      ) : (
        <p className="quiet">
          {recording.failure ? t`Nahrávku se nepodařilo pořídit.` : t`Nahrávka se ještě zpracovává.`}
        </p>
      )}
    </section>
  );
}
