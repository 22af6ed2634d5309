"""Keys as tones in the audio: Goertzel of all streams as one matrix product (ITU-T Q.23, Q.24).

Window 205 samples (25.6 ms), hop 102; a key counts when two windows in a row agree, so tones shorter than about 40 ms are
passed over. Speech is kept out by the shares of power, the twist, the second strongest tones and the second harmonics.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Columns, Layout, Slots
from sip_bridge.media.g711 import FRAME

LOW = np.array([697.0, 770.0, 852.0, 941.0])
HIGH = np.array([1209.0, 1336.0, 1477.0, 1633.0])
KEYS = np.array(list("123A456B789C*0#D"))
NO_KEY = -1
WINDOW, HOP = 205, 102

LEAST_AMPLITUDE = 250.0  # per tone, of 32767: about -39 dBm0
MOST_TWIST = 8.0  # dB between the two tones, either way
RIVAL = 6.0  # how much stronger (power) a tone must be than the next of its group
LEAST_SHARE = 0.70  # of the window's power in the two tones
MOST_HARMONIC = 0.4  # power of a second harmonic against the weaker tone

_HAMMING = np.hamming(WINDOW)
_GAIN = float(_HAMMING.sum())
_POWER = float((_HAMMING**2).sum())


def _basis(frequencies: NDArray[np.float64]) -> NDArray[np.float32]:
    """Windowed cosine and sine of each frequency: (WINDOW, 2 * len)."""
    angle = 2 * np.pi * np.outer(np.arange(WINDOW), frequencies) / 8000
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32) * _HAMMING[:, None].astype(
        np.float32
    )


_TONES = np.concatenate([LOW, HIGH, 2 * LOW, 2 * HIGH])
_BASIS = _basis(_TONES)
_WEIGHT = _HAMMING.astype(np.float32)


def classify(window: NDArray[np.float32]) -> NDArray[np.intp]:
    """Index into KEYS of each row of (s, WINDOW) samples, or NO_KEY."""
    projected = window @ _BASIS
    power = projected[:, : len(_TONES)] ** 2 + projected[:, len(_TONES) :] ** 2
    total = ((window * _WEIGHT) ** 2).sum(axis=1) * (_GAIN * _GAIN / _POWER / 2) + 1e3
    rows = np.arange(len(window))
    low, high = power[:, :4], power[:, 4:8]
    low_index, high_index = low.argmax(axis=1), high.argmax(axis=1)
    low_best, high_best = low[rows, low_index], high[rows, high_index]
    low_next, high_next = np.partition(low, -2, axis=1)[:, -2], np.partition(high, -2, axis=1)[:, -2]
    weaker = np.minimum(low_best, high_best)
    twist = 10 * np.log10((high_best + 1) / (low_best + 1))
    is_key = (
        (2 * np.sqrt(weaker) / _GAIN > LEAST_AMPLITUDE)
        & (np.abs(twist) < MOST_TWIST)
        & (low_best > RIVAL * low_next)
        & (high_best > RIVAL * high_next)
        & (low_best + high_best > LEAST_SHARE * total)
        & (power[:, 8:].max(axis=1) < MOST_HARMONIC * weaker)
    )
    return np.where(is_key, 4 * low_index + high_index, NO_KEY)


class ToneDigits(Columns):
    """The detector of every stream; `feed` takes the frames of those that need it."""

    layout: ClassVar[Layout] = {
        "buffer": (np.float32, (WINDOW + FRAME,), 0.0),
        "filled": (np.intp, (), 0),
        "last": (np.intp, (), NO_KEY),
        "current": (np.intp, (), NO_KEY),
        "windows": (np.intp, (), 0),  # windows in which the current key was heard
    }

    def feed(self, slots: Slots, samples: NDArray[np.float32]) -> list[tuple[int, str, int]]:
        """Take (k, 160) linear samples; returns released keys as (slot, digit, milliseconds)."""
        released: list[tuple[int, str, int]] = []
        place = self.filled[slots][:, None] + np.arange(FRAME)[None, :]
        self.buffer[slots[:, None], place] = samples
        self.filled[slots] += FRAME
        while True:
            ready = slots[self.filled[slots] >= WINDOW]
            if not len(ready):
                return released
            released += self._window(ready)

    def _window(self, slots: Slots) -> list[tuple[int, str, int]]:
        key = classify(self.buffer[slots, :WINDOW])
        self.buffer[slots, :-HOP] = self.buffer[slots, HOP:]
        self.filled[slots] -= HOP
        last, current = self.last[slots], self.current[slots]
        pressed = (key == last) & (key != NO_KEY) & (key != current)
        ended = (current != NO_KEY) & (pressed | ((key == NO_KEY) & (last == NO_KEY)))
        told = [
            (int(slot), str(KEYS[which]), round((count + 1) * HOP / 8))
            for slot, which, count in zip(slots[ended], current[ended], self.windows[slots][ended], strict=True)
        ]
        self.windows[slots] = np.where(pressed, 2, self.windows[slots] + (key == current))
        self.current[slots] = np.where(pressed, key, np.where(ended, NO_KEY, current))
        self.last[slots] = key
        return told
