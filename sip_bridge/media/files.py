"""WAV files as 8 kHz mono samples: PCM16, A-law and µ-law of any rate.

Runs in a loader thread beside the tick, so it works in short pieces and leaves the interpreter lock between them.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from sip_bridge.media.g711 import DECODE, SAMPLE_RATE

FORMAT_PCM, FORMAT_ALAW, FORMAT_MULAW, FORMAT_EXTENSIBLE = 1, 6, 7, 0xFFFE
LONGEST_FILE = 64 << 20


class UnreadableSound(Exception):
    """Not a WAV file that we can play; the text says why."""


def load(path: Path) -> NDArray[np.int16]:
    """Samples (n,) at 8 kHz of a file; raises UnreadableSound."""
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise UnreadableSound("longer than 64 MiB")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSound(error.strerror or "cannot be read") from error
    return decode_wav(data)


def decode_wav(data: bytes) -> NDArray[np.int16]:
    """Samples (n,) at 8 kHz of the bytes of a WAV file; several channels become their mean."""
    kind, channels, rate, bits, body = _chunks(data)
    if kind == FORMAT_PCM and bits == 16:
        samples = np.frombuffer(body[: len(body) // 2 * 2], "<i2")
    elif kind in (FORMAT_ALAW, FORMAT_MULAW) and bits == 8:
        samples = DECODE[0 if kind == FORMAT_ALAW else 1][np.frombuffer(body, np.uint8)]
    else:
        raise UnreadableSound(f"format {kind} with {bits} bits is not PCM16, A-law or µ-law")
    if channels > 1:
        samples = samples[: len(samples) // channels * channels].reshape(-1, channels).mean(axis=1).astype(np.int16)
    return resample(samples.astype(np.int16), rate)


def resample(samples: NDArray[np.int16], rate: int) -> NDArray[np.int16]:
    """The same sound at 8 kHz, made second by second."""
    if rate == SAMPLE_RATE or not len(samples):
        return samples
    stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="int16")
    parts = [
        stream.resample_chunk(samples[start : start + rate], last=start + rate >= len(samples))
        for start in range(0, len(samples), rate)
    ]
    return np.concatenate(parts)


def _chunks(data: bytes) -> tuple[int, int, int, int, bytes]:
    """Format, channels, rate, bits and sample bytes of a RIFF file; a data chunk may run beyond a cut end."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise UnreadableSound("no WAV header")
    position, form = 12, None
    while position + 8 <= len(data):
        name, size = data[position : position + 4], int.from_bytes(data[position + 4 : position + 8], "little")
        start = position + 8
        if name == b"fmt " and size >= 16 and start + 16 <= len(data):
            kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, start)
            if kind == FORMAT_EXTENSIBLE and size >= 26 and start + 26 <= len(data):
                kind = int.from_bytes(data[start + 24 : start + 26], "little")
            if not channels or not 4000 <= rate <= 192_000:
                raise UnreadableSound(f"{channels} channels at {rate} Hz")
            form = (kind, channels, rate, bits)
        elif name == b"data":
            if form is None:
                raise UnreadableSound("no format before the samples")
            return (*form, data[start : start + size])
        position = start + size + size % 2
    raise UnreadableSound("no samples")
