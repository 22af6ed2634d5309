"""The jitter buffer under loss, disorder, wrap, drift, jumps and odd packet sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip_bridge.media import g711
from sip_bridge.media.engine import Engine, LegMedia
from sip_bridge.media.rtp import Packet, build
from tests.support.rtp_phone import LOUD, level, tone

SSRC = 77


class Line:
    """One leg fed packet by packet on a clock of 5 ms; `said` collects what it says."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.slot = self.engine.open("a", LegMedia(telephone_event=101), 0.0)
        self.said: list[np.ndarray] = []
        self.buffers = self.engine.buffers

    def packet(self, sequence: int, timestamp: int, payload: bytes, ssrc: int = SSRC, kind: int = 8) -> bytes:
        return build(Packet(kind, False, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc, payload))

    def run(self, arrivals: list[tuple[float, bytes]], ticks: int) -> np.ndarray:
        """Deliver (seconds, packet) in order of time; returns the samples said."""
        waiting = sorted(arrivals, key=lambda each: each[0])
        start = len(self.said)
        for tick in range(ticks):
            now = (start + tick) * 0.02
            while waiting and waiting[0][0] <= now:
                at, data = waiting.pop(0)
                self.engine.receive_one(self.slot, data, at)
            self.engine.tick(now)
            self.said.append(g711.decode(self.engine._said[self.slot].copy()).astype(float))
        return np.concatenate(self.said[start:])


def stream(line, count, start=0, sequence=0, timestamp=0, size=160, period=None, frequency=550.0, ssrc=SSRC):
    """(time, packet) of a steady tone; `period` in seconds between packets, that of the size if not given."""
    every = size / 8000 if period is None else period
    return [
        (
            start + index * every + 0.001,
            line.packet(
                sequence + index,
                timestamp + index * size,
                g711.encode(tone(frequency, index * size, size)).tobytes(),
                ssrc,
            ),
        )
        for index in range(count)
    ]


@pytest.mark.parametrize("size", [80, 160, 240, 320, 33, 200])
def test_packet_sizes_from_4_to_40_ms_sound_alike(size):
    line = Line()
    heard = line.run(stream(line, 100 * 160 // size, size=size), 100)
    assert level(heard[4000:12000], 550.0) == pytest.approx(LOUD, rel=0.05)
    assert line.buffers.concealed[line.slot] <= 8


def test_sequence_and_timestamp_wrap_unnoticed():
    line = Line()
    heard = line.run(stream(line, 100, sequence=65500, timestamp=2**32 - 3200), 101)
    assert level(heard[4000:15000], 550.0) == pytest.approx(LOUD, rel=0.03)
    assert line.buffers.expected(line.slot) == line.buffers.arrived(line.slot) == 100
    assert line.buffers.jumps[line.slot] == 0


def test_duplicates_and_disorder_change_nothing():
    line = Line()
    arrivals = stream(line, 100)
    swapped = [(at + 0.02 * (1 if index % 5 == 0 else 0), data) for index, (at, data) in enumerate(arrivals)]
    heard = line.run(swapped + arrivals[10:40], 100)
    assert level(heard[6000:15000], 550.0) == pytest.approx(LOUD, rel=0.03)
    assert line.buffers.duplicates[line.slot] == 30
    assert line.buffers.expected(line.slot) - line.buffers.arrived(line.slot) == 0


def test_single_losses_are_hidden_and_counted():
    line = Line()
    arrivals = [each for index, each in enumerate(stream(line, 200)) if index % 20 != 10]
    heard = line.run(arrivals, 200)[4000:30000]
    rms = np.sqrt((heard.reshape(-1, 80) ** 2).mean(axis=1))
    assert rms.min() > 0.5 * LOUD / np.sqrt(2)
    assert line.buffers.expected(line.slot) - line.buffers.arrived(line.slot) == 10
    assert 15 <= line.buffers.concealed[line.slot] <= 30


def test_long_loss_fades_to_silence_within_100_ms():
    line = Line()
    heard = line.run(stream(line, 50), 80)
    end = np.flatnonzero(np.abs(heard) > 100).max()
    assert 50 * 160 <= end <= 50 * 160 + 480 + 800
    assert np.abs(heard[end + 800 :]).max() <= 8


def test_pause_of_a_talker_keeps_its_place():
    line = Line()
    arrivals = stream(line, 25) + stream(line, 25, start=1.5, sequence=25, timestamp=75 * 160)
    heard = line.run(arrivals, 110)
    assert level(heard[12800:15200], 550.0) == pytest.approx(LOUD, rel=0.05)
    assert line.buffers.expected(line.slot) == line.buffers.arrived(line.slot) == 50


def test_new_source_is_followed_after_two_packets_and_a_stray_is_not():
    line = Line()
    stray = [(0.5, line.packet(9, 9, b"\x00" * 160, ssrc=99))]
    arrivals = stream(line, 50) + stray + stream(line, 50, 1.0, 40000, 10**9, frequency=850.0, ssrc=5)
    heard = line.run(arrivals, 100)
    assert level(heard[10000:15200], 850.0) == pytest.approx(LOUD, rel=0.05)
    assert level(heard[3000:7800], 550.0) == pytest.approx(LOUD, rel=0.05)
    assert line.engine.counters["ssrc_changes"] == 1


@pytest.mark.parametrize("jump", [10**6, -(10**6), 2**31 - 5])
def test_timestamp_jump_is_followed(jump):
    line = Line()
    arrivals = stream(line, 50) + stream(line, 50, 1.0, 50, 8000 + jump)
    heard = line.run(arrivals, 100)
    assert level(heard[10000:15200], 550.0) == pytest.approx(LOUD, rel=0.05)
    assert line.buffers.jumps[line.slot] >= 1


@pytest.mark.parametrize("drift", [-500e-6, 500e-6], ids=["slow sender", "fast sender"])
def test_clock_drift_is_followed_without_loss_for_two_minutes(drift):
    line = Line()
    line.run(stream(line, 6000, period=0.02 / (1 + drift)), 6000)
    slot = line.slot
    depth = line.buffers.newest[slot] / 80 - line.buffers.play[slot]
    assert -3 <= depth <= 12
    bent = line.buffers.skipped[slot] if drift > 0 else line.buffers.inserted[slot]
    assert 2 <= bent <= 14
    assert line.buffers.late[slot] <= 2


def test_delay_grows_under_jitter_and_shrinks_after_it():
    line = Line()
    rng = np.random.default_rng(4)
    arrivals = [(at + float(rng.uniform(0, 0.08)), data) for at, data in stream(line, 500)]
    line.run(arrivals, 500)
    rough = line.buffers.newest[line.slot] // 80 - line.buffers.play[line.slot]
    late_at_first = int(line.buffers.late[line.slot])
    assert late_at_first < 25 and line.buffers.jitter[line.slot] / 8 > 10
    line.run(stream(line, 1500, start=10.0, sequence=500, timestamp=80000), 1500)
    calm = line.buffers.newest[line.slot] // 80 - line.buffers.play[line.slot]
    assert calm < rough and calm <= 6


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_disturbance_keeps_the_counts_true_and_the_delay_bounded(data):
    line = Line()
    count = 120
    start = data.draw(st.integers(0, 65535))
    stamp = data.draw(st.integers(0, 2**32 - 1))
    lost = data.draw(st.sets(st.integers(1, count - 2), max_size=30))
    delays = data.draw(st.lists(st.floats(0, 0.1), min_size=count, max_size=count))
    doubled = data.draw(st.sets(st.integers(0, count - 1), max_size=20)) - lost
    sent = stream(line, count, sequence=start, timestamp=stamp)
    arrivals = [(at + delays[i], packet) for i, (at, packet) in enumerate(sent) if i not in lost]
    arrivals += [(sent[i][0] + delays[i] + 0.03, sent[i][1]) for i in doubled]
    first_heard = min(arrivals)[1]
    heard = line.run(arrivals, 150)
    slot, buffers = line.slot, line.buffers
    behind = (start - int.from_bytes(first_heard[2:4], "big")) & 0xFFFF
    assert buffers.arrived(slot) == count - len(lost)
    assert count - len(lost) <= buffers.expected(slot) + (0x10000 - behind) % 0x10000 + 1
    assert buffers.duplicates[slot] == len(doubled)
    assert np.abs(heard).max() <= LOUD * 1.35
    assert 0 <= buffers.stretch[slot] <= 30
