"""Hiding lost audio: repeat the last pitch period and fade (in the manner of ITU-T G.711 Appendix I).

Works on the rows that miss a unit (10 ms) in this tick, a few of many. A burst longer than `FADE` ends in silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.g711 import UNIT

HISTORY = 6 * UNIT  # samples looked back upon: 60 ms
SHORTEST, LONGEST = 24, 160  # pitch period in samples: 333 Hz to 50 Hz
MATCH = 160  # samples compared when looking for the period

FADE = np.array([1.0, 0.85, 0.8, 0.75, 0.67, 0.5, 0.3, 0.0], np.float32)
"""Factor of the n-th lost unit relative to the one before; from the last on there is silence."""

_LAGS = np.arange(SHORTEST, LONGEST + 1)
_LAG_WINDOWS = (HISTORY - MATCH - _LAGS[:, None]) + np.arange(MATCH)[None, :]


def pitch_period(history: NDArray[np.float32]) -> NDArray[np.intp]:
    """Period of each row of (m, HISTORY) samples, in samples (m,), by normalised cross-correlation.

    Of almost equal peaks the shortest lag wins, which avoids picking a multiple of the period.
    """
    recent = history[:, -MATCH:]
    candidates = history[:, _LAG_WINDOWS]  # (m, lags, MATCH)
    dot = np.einsum("mls,ms->ml", candidates, recent)
    energy = np.einsum("mls,mls->ml", candidates, candidates)
    score = dot / np.sqrt(energy + 1.0)
    good = score >= 0.95 * score.max(axis=1, keepdims=True)
    return _LAGS[good.argmax(axis=1)]


def continue_sound(
    history: NDArray[np.float32], period: NDArray[np.intp], lost: NDArray[np.intp]
) -> NDArray[np.float32]:
    """The next UNIT samples of each row: the last period again, fainter with each lost unit.

    history (m, HISTORY), period (m,) samples, lost (m,) = number of units lost before this one → (m, UNIT).
    """
    offsets = HISTORY - period[:, None] + np.arange(UNIT)[None, :] % period[:, None]
    repeated = np.take_along_axis(history, offsets, axis=1)
    stage = np.minimum(lost, len(FADE) - 1)
    slope = np.linspace(0.0, 1.0, UNIT, dtype=np.float32)
    target = FADE[stage][:, None]
    return repeated * ((1 - slope) + target * slope).astype(np.float32)
