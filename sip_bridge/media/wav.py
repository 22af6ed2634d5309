"""Stereo A-law WAV files that are playable while they grow (RIFF, format tag 6), and their repair and conversion.

The header is 58 bytes: RIFF, fmt (18), fact, data. Its sizes are put right at each write, so a reader sees what is there.
"""

from __future__ import annotations

import os
import struct
import wave
from pathlib import Path

import numpy as np

from sip_bridge.media.files import FORMAT_ALAW
from sip_bridge.media.g711 import DECODE, PCMA, SAMPLE_RATE

CHANNELS = 2
HEADER_SIZE = 58
_HEADER = struct.Struct("<4sI4s 4sIHHIIHHH 4sII 4sI")


class Unrepairable(Exception):
    """The file was never one of our recordings."""


def header(data_size: int) -> bytes:
    """The header before `data_size` bytes of interleaved A-law, left first."""
    return _HEADER.pack(
        *(b"RIFF", HEADER_SIZE - 8 + data_size, b"WAVE"),
        *(b"fmt ", 18, FORMAT_ALAW, CHANNELS, SAMPLE_RATE, SAMPLE_RATE * CHANNELS, CHANNELS, 8, 0),
        *(b"fact", 4, data_size // CHANNELS),
        *(b"data", data_size),
    )


def repair(path: Path) -> int:
    """Make a valid WAV of a file whose writer was killed; returns its length in milliseconds. Raises Unrepairable."""
    with path.open("r+b") as file:
        start = file.read(HEADER_SIZE)
        if len(start) < HEADER_SIZE or start[:4] != b"RIFF" or start[12:22] != header(0)[12:22]:
            raise Unrepairable(f"{path.name} is no recording")
        size = file.seek(0, os.SEEK_END) - HEADER_SIZE
        size -= size % CHANNELS
        file.truncate(HEADER_SIZE + size)
        file.seek(0)
        file.write(header(size))
        file.flush()
        os.fsync(file.fileno())
    return size * 1000 // (CHANNELS * SAMPLE_RATE)


def to_pcm16(source: Path, target: Path) -> None:
    """The same recording as stereo PCM16 WAV, in pieces of a minute."""
    with source.open("rb") as file, wave.open(str(target), "wb") as out:
        file.seek(HEADER_SIZE)
        out.setnchannels(CHANNELS)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        while piece := file.read(CHANNELS * SAMPLE_RATE * 60):
            out.writeframes(DECODE[PCMA][np.frombuffer(piece, np.uint8)].astype("<i2").tobytes())
