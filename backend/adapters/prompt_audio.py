"""Prompts that people recorded: audio of any usual format as telephones play it, under a name made of its content."""

import hashlib
import io
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE = 8000
PEAK = 0.6 * 32767
"""The loudness of spoken prompts: a recorded one is neither louder nor quieter."""
LONGEST_S = 300
MOST_SAMPLES = LONGEST_S * 48_000 * 2
"""Of all channels: a packed file of a few kilobytes may claim many gigabytes."""


class NoSound(ValueError):
    """Not audio, empty, silent, or too long."""


def to_telephone(data: bytes) -> np.ndarray:
    """Audio of any usual format (wav, mp3, ogg, flac; webm is not one) as 8 kHz mono, 16 bit, at the usual loudness. Raises NoSound."""
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            if file.frames > LONGEST_S * file.samplerate:
                raise NoSound(f"longer than {LONGEST_S} seconds")
            if file.frames * file.channels > MOST_SAMPLES:
                raise NoSound("more sound than a telephone can use: 48 kHz in stereo is enough")
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (soundfile.LibsndfileError, TypeError) as error:
        raise NoSound("no audio that can be read: wav, mp3, ogg or flac is expected") from error
    return to_prompt(soxr.resample(samples.mean(axis=1), rate, RATE))


def to_prompt(samples: np.ndarray) -> np.ndarray:
    """At the usual loudness. Raises NoSound."""
    loudest = float(np.abs(samples).max()) if len(samples) else 0.0
    if len(samples) < RATE // 10 or loudest < 1e-3:
        raise NoSound("nothing can be heard in it")
    return (samples * (PEAK / loudest)).astype(np.int16)


def store(folder: Path, sound: np.ndarray) -> tuple[str, int]:
    """Its key and length in ms; whole under its name, or not at all. The same audio twice is one file."""
    key = hashlib.sha256(sound.tobytes()).hexdigest()[:32]
    path = folder / f"{key}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    soundfile.write(part, sound, RATE, format="WAV", subtype="PCM_16")
    part.replace(path)
    return key, len(sound) * 1000 // RATE
