import './recording.css';
import { Trans, useLingui } from '@lingui/react/macro';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { Detail } from '../desk/detail';
import { duration, moment, number } from '../format/format';
import { serverClock } from '../live/clock';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { lanePath, lanes } from './waveform';

type Recording = NonNullable<Detail['recording']>;

const SPEEDS = [1, 1.25, 1.5, 2];
const STEP_S = 5;
const WIDTH = 1000;
const LANE = 28;

export function RecordingPlayer({ recording, title }: { recording: Recording; title?: string }) {
  const { t } = useLingui();
  return (
    <section className="recording">
      <h3>
        {title ?? <Trans>Nahrávka</Trans>} {recording.durationMs != null && duration(recording.durationMs / 1000)}
      </h3>
      {recording.url ? (
        <Player key={recording.url} recording={recording} url={recording.url} />
      ) : (
        <p className="quiet">
          {recording.erasedAt
            ? t`Nahrávka byla ${moment(recording.erasedAt, serverClock.now())} vymazána, uplynula doba jejího uložení.`
            : recording.failure
              ? t`Nahrávku se nepodařilo pořídit.`
              : t`Nahrávka se ještě zpracovává.`}
        </p>
      )}
      {recording.heldWhy && (
        <p className="small">
          <Icon name="lock" /> {t`Nemaže se: ${recording.heldWhy}`}
        </p>
      )}
    </section>
  );
}

function Player({ recording, url }: { recording: Recording; url: string }) {
  const { t } = useLingui();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState((recording.durationMs ?? 0) / 1000);
  const [speed, setSpeed] = useState(1);
  const [failed, setFailed] = useState(recording.damaged);
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = speed;
  }, [speed]);
  useEffect(() => {
    if (!playing) return;
    let frame = requestAnimationFrame(function look() {
      setAt(audio.current?.currentTime ?? 0);
      frame = requestAnimationFrame(look);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing]);
  const seek = (seconds: number) => {
    const to = Math.min(Math.max(0, seconds), length);
    if (audio.current) audio.current.currentTime = to;
    setAt(to);
  };
  const toggle = () => {
    const player = audio.current;
    if (player) void (player.paused ? player.play().catch(() => setFailed(true)) : player.pause());
  };
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: recordings of calls have no captions */}
      <audio
        ref={audio}
        preload="metadata"
        src={url}
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onDurationChange={(event) =>
          Number.isFinite(event.currentTarget.duration) && setLength(event.currentTarget.duration)
        }
        onSeeked={(event) => setAt(event.currentTarget.currentTime)}
        onError={() => setFailed(true)}
        data-testid="recording"
      />
      <Wave recording={recording} at={at} length={length} onSeek={seek} onToggle={toggle} />
      <div className="player">
        <Button icon={playing ? 'pause' : 'play'} onPress={toggle} testId="recording-play">
          {playing ? t`Pozastavit` : t`Přehrát`}
        </Button>
        <span className="figures" data-testid="recording-at">
          {duration(at)} / {duration(length)}
        </span>
        <fieldset className="speeds" aria-label={t`Rychlost přehrávání`}>
          {SPEEDS.map((value) => (
            <Button key={value} pressed={value === speed} onPress={() => setSpeed(value)}>
              {number(value)}×
            </Button>
          ))}
        </fieldset>
        {recording.mp3Url && (
          <span className="take-away">
            <a className="button" href={recording.mp3Url} download>
              <Icon name="download" /> mp3
            </a>
            <a className="button" href={recording.wavUrl ?? ''} download>
              <Icon name="download" /> wav
            </a>
          </span>
        )}
      </div>
      {failed && (
        <p className="error" role="alert" data-testid="recording-failed">
          {t`Nahrávku nelze přehrát. Uložený soubor neodpovídá tomu, co bylo nahráno, nebo není dostupný. Dejte vědět správci.`}
        </p>
      )}
    </>
  );
}

interface WaveProps {
  recording: Recording;
  at: number;
  length: number;
  onSeek: (seconds: number) => void;
  onToggle: () => void;
}

/** Both sides of the conversation over time. A slider: arrows move by five seconds, Home and End to the ends. */
function Wave({ recording, at, length, onSeek, onToggle }: WaveProps) {
  const { t } = useLingui();
  const drawn = recording.peaks ? lanes(recording.peaks) : null;
  const x = (seconds: number) => (length ? (seconds / length) * WIDTH : 0);
  const onKey = (event: KeyboardEvent) => {
    const keys: Record<string, () => void> = {
      ArrowRight: () => onSeek(at + STEP_S),
      ArrowLeft: () => onSeek(at - STEP_S),
      Home: () => onSeek(0),
      End: () => onSeek(length),
      ' ': onToggle,
    };
    const act = keys[event.key];
    if (!act || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    act();
  };
  const onPointer = (event: PointerEvent<HTMLDivElement>) => {
    if (event.type === 'pointermove' && !(event.buttons & 1)) return;
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - box.left) / box.width) * length);
  };
  return (
    <div
      className="wave"
      role="slider"
      tabIndex={0}
      aria-label={t`Místo v nahrávce`}
      aria-valuemin={0}
      aria-valuemax={Math.round(length)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={t`${duration(at)} z ${duration(length)}`}
      onKeyDown={onKey}
      onPointerDown={onPointer}
      onPointerMove={onPointer}
      data-testid="recording-wave"
    >
      <svg viewBox={`0 0 ${WIDTH} ${2 * LANE}`} preserveAspectRatio="none" aria-hidden="true">
        <defs>
          <pattern id="gap" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="3" height="8" />
          </pattern>
        </defs>
        {drawn && <path className="customer" d={lanePath(drawn.left, WIDTH, LANE)} />}
        {drawn && <path className="agent" d={lanePath(drawn.right, WIDTH, LANE)} transform={`translate(0 ${LANE})`} />}
        {recording.gaps.map((gap) => (
          <rect
            key={gap.startMs}
            className="gap"
            data-testid="recording-gap"
            x={x(gap.startMs / 1000)}
            width={Math.max(2, x((gap.endMs - gap.startMs) / 1000))}
            height={2 * LANE}
          />
        ))}
        <rect className="played" width={x(at)} height={2 * LANE} />
      </svg>
      <span className="lane-name">{t`klient`}</span>
      <span className="lane-name below">{t`operátor`}</span>
      {recording.gaps.length > 0 && <span className="small quiet gap-note">{t`Šrafovaně: nenahráváno`}</span>}
    </div>
  );
}
