"""Keys in the audio: every key is heard once, and speech is never taken for a key."""

from __future__ import annotations

import numpy as np
import pytest

from sip_bridge.media import g711
from sip_bridge.media.files import resample
from sip_bridge.media.tone_digits import HIGH, KEYS, LOW, ToneDigits
from tests.support.czech_speech import speak


def press(digit, milliseconds=80, amplitude=4000.0, twist=0.0, off=0.0):
    row, column = divmod(int(np.flatnonzero(digit == KEYS)[0]), 4)
    time = np.arange(8 * milliseconds) / 8000
    high = amplitude * 10 ** (twist / 20)
    return amplitude * np.sin(2 * np.pi * LOW[row] * (1 + off) * time) + high * np.sin(
        2 * np.pi * HIGH[column] * (1 + off) * time
    )


def detect(samples):
    """(digit, milliseconds) found in samples after a trip through A-law."""
    samples = g711.decode(g711.encode(samples)).astype(np.float32)
    samples = np.concatenate([samples, np.zeros(1600 + -len(samples) % 160, np.float32)])
    detector = ToneDigits(3)
    found = []
    for frame in samples.reshape(-1, 160):
        found += detector.feed(np.array([1]), frame[None, :])
    return [(digit, duration) for slot, digit, duration in found if slot == 1]


@pytest.mark.parametrize(
    ("noise_db", "on", "gap", "twist", "off"),
    [
        (40, 100, 100, 0, 0),
        (20, 60, 60, 0, 0),
        (15, 70, 60, 4, -0.012),
        (15, 70, 60, -6, 0.012),
        (20, 50, 50, 0, 0.012),
    ],
)
def test_all_keys_in_noise_with_twist_and_offset(noise_db, on, gap, twist, off):
    wanted = "0123456789*#ABCD"
    parts = [part for digit in wanted for part in (press(digit, on, twist=twist, off=off), np.zeros(8 * gap))]
    samples = np.concatenate(parts)
    samples += np.random.default_rng(1).normal(0, 4000 / 10 ** (noise_db / 20), len(samples))
    assert "".join(digit for digit, _ in detect(samples)) == wanted


def test_duration_is_measured():
    ((digit, duration),) = detect(np.concatenate([np.zeros(300), press("5", 200)]))
    assert digit == "5" and 170 <= duration <= 230


@pytest.mark.parametrize(
    "samples", [press("5", 20), press("5", 100, 60.0), np.zeros(8000)], ids=["short", "faint", "none"]
)
def test_too_short_or_faint_is_no_key(samples):
    assert detect(samples) == []


def test_single_tone_and_noise_are_no_keys():
    time = np.arange(16000) / 8000
    assert detect(8000 * np.sin(2 * np.pi * 770 * time)) == []
    assert detect(np.random.default_rng(2).normal(0, 6000, 80000)) == []


@pytest.mark.parametrize("voice", ["cs", "cs+f3", "cs+m7"])
def test_czech_speech_is_never_a_key(voice):
    samples, rate = speak(
        "Dobrý den, dovolali jste se na zdravotní pojišťovnu. Pro informace o pojistném stiskněte jedničku. "
        "Příliš žluťoučký kůň úpěl ďábelské ódy. Vaše číslo je dvě stě třicet pět, šest, sedm, osm, devět. " * 3,
        voice,
    )
    eight = resample(samples, rate).astype(float)
    assert len(eight) > 8000 * 20
    assert detect(eight * (12000 / np.abs(eight).max())) == []
