"""How good a leg sounds: a simplified E-model (ITU-T G.107, G.113 Appendix I) for G.711 with concealment."""

from __future__ import annotations

BASE_R = 93.2
NETWORK_DELAY_UNKNOWN = 20.0  # ms one way, assumed until a round trip is known
PLAY_OUT_DELAY = 20.0  # ms of the frame itself, beside what waits in the buffer
PACKET_LOSS_ROBUSTNESS = 25.1  # Bpl of G.711 with concealment, random loss


def rating(loss: float, one_way_ms: float) -> float:
    """Transmission rating R for a share of lost audio 0..1 and mouth-to-ear delay in milliseconds."""
    excess = one_way_ms - 177.3
    delay = 0.024 * one_way_ms + (0.11 * excess if excess > 0 else 0.0)
    percent = 100 * loss
    return BASE_R - delay - 95 * percent / (percent + PACKET_LOSS_ROBUSTNESS)


def mean_opinion(loss: float, one_way_ms: float) -> float:
    """Estimated MOS 1..4.5 (G.107 Annex B)."""
    r = rating(loss, one_way_ms)
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
