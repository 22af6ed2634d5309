"""The audio of recordings: compact FLAC to keep, peaks to draw, wav and mp3 to give out.

FLAC because it is lossless (a recording is evidence), played by every browser, and cheap: 12 kB a second of speech
in stereo (A-law 16 kB, 16-bit wav 32 kB) at 4,000 times real time; Opus is 2.5 times smaller and 70 times slower.
"""

import io
from pathlib import Path

import numpy as np
import soundfile

PEAKS_PER_S = 4
MOST_PEAKS = 2400


def flac(path: Path) -> tuple[bytes, bytes]:
    """The file as FLAC, and its peaks: two rows (left, right) of bytes 0…255, one after the other."""
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    made = io.BytesIO()
    soundfile.write(made, samples, rate, format="FLAC", subtype="PCM_16")
    return made.getvalue(), peaks(samples, rate)


def peaks(samples: np.ndarray, rate: int) -> bytes:
    """Loudest sample of each stretch, on a square-root scale so that quiet speech is seen."""
    count = int(min(MOST_PEAKS, max(1, len(samples) * PEAKS_PER_S // rate)))
    if not len(samples):
        return bytes(2 * count)
    edges = np.linspace(0, len(samples), count + 1).astype(np.intp)[:-1]
    loudest = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges, axis=0)
    return np.sqrt(loudest / 32768 * 255 * 255).clip(0, 255).astype(np.uint8).T.tobytes()


def export(compact: bytes, kind: str) -> bytes:
    """``wav`` (16 bit) or ``mp3`` of a FLAC."""
    # As floats: libsndfile 1.2 garbles MP3 that is written from 16-bit samples.
    samples, rate = soundfile.read(io.BytesIO(compact), dtype="float32", always_2d=True)
    made = io.BytesIO()
    if kind == "mp3":
        soundfile.write(made, samples, rate, format="MP3", subtype="MPEG_LAYER_III", compression_level=0.5)
    else:
        soundfile.write(made, samples, rate, format="WAV", subtype="PCM_16")
    return made.getvalue()
