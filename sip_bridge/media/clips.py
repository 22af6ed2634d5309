"""Sounds ready to play: 8 kHz samples of files, tones and silence in one arena of 20 ms rows, least recently used out.

All plays of a tick are then one row gather. Files are decoded elsewhere (`files.load`), since that takes milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.g711 import FRAME, SAMPLE_RATE
from sip_bridge.media.protocol import FileSource, MusicSource, SilenceSource, Source, ToneSource

DEFAULT_BOUND = 180_000  # rows: one hour, 58 MB
LONGEST_SILENCE_MS = 60_000


@dataclass(slots=True)
class Clip:
    """Rows `start` to `start + rows` of the arena, used by `users` plays."""

    start: int
    rows: int
    users: int = 0
    used_at: int = 0


class ClipsFull(Exception):
    """The cache is full of clips in use."""


class ClipStore:
    """The arena. `rows` is (n, 160) int16; row numbers stay valid while the clip has users."""

    def __init__(self, bound: int = DEFAULT_BOUND) -> None:
        self.bound = bound
        self.rows: NDArray[np.int16] = np.zeros((min(1024, bound), FRAME), np.int16)
        self._clips: dict[Source, Clip] = {}
        self._clock = 0

    def find(self, source: Source) -> Clip | None:
        """The clip of a source; tones and silence are made on the spot, None means a file that is not loaded."""
        self._clock += 1
        clip = self._clips.get(source)
        if clip is None and not isinstance(source, FileSource) and not is_file(source):
            clip = self.add(source, render(source))
        if clip is not None:
            clip.used_at = self._clock
        return clip

    def add(self, source: Source, samples: NDArray[np.int16]) -> Clip:
        """Keep the samples (n,) of a source; raises ClipsFull when nothing unused can make room."""
        known = self._clips.get(source)
        if known is not None:
            return known
        count = max(1, -(-len(samples) // FRAME))
        start = self._room(count)
        block = self.rows[start : start + count]
        block[:] = 0
        block.reshape(-1)[: len(samples)] = samples
        clip = Clip(start, count, used_at=self._clock)
        self._clips[source] = clip
        return clip

    def _room(self, count: int) -> int:
        while True:
            end = 0
            for clip in sorted(self._clips.values(), key=lambda each: each.start):
                if clip.start - end >= count:
                    return end
                end = clip.start + clip.rows
            if end + count <= self.bound:
                if end + count > len(self.rows):
                    size = min(self.bound, max(end + count, 2 * len(self.rows)))
                    grown = np.zeros((size, FRAME), np.int16)
                    grown[: len(self.rows)] = self.rows
                    self.rows = grown
                return end
            unused = [source for source, clip in self._clips.items() if not clip.users]
            if not unused:
                raise ClipsFull(f"{count} rows wanted, all {self.bound} in use")
            del self._clips[min(unused, key=lambda source: self._clips[source].used_at)]


def is_file(source: Source) -> bool:
    """Whether it has to be loaded first."""
    return isinstance(source, FileSource) or (isinstance(source, MusicSource) and source.path is not None)


def render(source: ToneSource | SilenceSource | MusicSource) -> NDArray[np.int16]:
    """Samples of a made sound: one round of a tone's cadence (a steady tone: one second), a silence, the built-in music."""
    if isinstance(source, SilenceSource):
        return np.zeros(min(source.duration_ms, LONGEST_SILENCE_MS) * SAMPLE_RATE // 1000, np.int16)
    if isinstance(source, MusicSource):
        return _music()
    cadence = source.cadence_ms or (1000,)
    parts = [
        _sines(source.frequencies, source.level_dbm0, ms) if index % 2 == 0 else np.zeros(ms * 8, np.float32)
        for index, ms in enumerate(cadence)
    ]
    return np.round(np.concatenate(parts)).astype(np.int16)


def _sines(frequencies: tuple[float, ...], level_dbm0: float, ms: int) -> NDArray[np.float32]:
    """A chord; each tone at `level_dbm0` (0 dBm0 = 3.14 dB below full scale, G.711 table 5)."""
    amplitude = 32767 * 10 ** ((level_dbm0 - 3.14) / 20)
    time = np.arange(ms * 8) / SAMPLE_RATE
    wave = sum((np.sin(2 * np.pi * frequency * time) for frequency in frequencies), np.zeros(len(time)))
    return (amplitude * wave).astype(np.float32)


_CHORDS = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))


def _music() -> NDArray[np.int16]:
    """A quiet arpeggio of sixteen seconds, ours, so that a first run needs no file and no licence."""
    time = np.arange(4000) / SAMPLE_RATE
    shape = np.minimum(time * 200, 1) * np.exp(-3 * time)
    notes = []
    for chord in _CHORDS:
        for step in range(8):
            pitch = chord[(0, 1, 2, 1)[step % 4]] * (2 if step >= 4 else 1)
            notes.append(3500 * shape * (np.sin(2 * np.pi * pitch * time) + 0.3 * np.sin(4 * np.pi * pitch * time)))
    return np.round(np.concatenate(notes)).astype(np.int16)


__all__ = ["Clip", "ClipStore", "ClipsFull", "FileSource", "render"]
