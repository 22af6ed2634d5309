"""Who hears whom, measured: every leg says its own tone, and each listener's frames are searched for all tones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from sip_bridge.media import g711
from sip_bridge.media.engine import Engine, LegMedia
from sip_bridge.media.protocol import (
    Codec,
    Edge,
    MusicSource,
    Play,
    PlayFinished,
    PlayOutcome,
    SilenceSource,
    ToneSource,
)
from tests.support.rtp_phone import LOUD, PALETTE, level, tone, tones_in


class Room:
    """An engine whose legs say one tone each; `run` returns what each leg was sent, as samples."""

    def __init__(self, legs: int, codecs: tuple[Codec, ...] = (Codec.PCMA,)) -> None:
        self.engine = Engine(capacity=4)
        self.names = [chr(ord("a") + index) for index in range(legs)]
        self.tone = dict(zip(self.names, PALETTE, strict=False))
        self.codec = {}
        self.tick = 0
        for index, name in enumerate(self.names):
            codec = codecs[index % len(codecs)]
            self.codec[name] = 0 if codec is Codec.PCMA else 1
            slot = self.engine.open(name, LegMedia(codec=codec, telephone_event=101), 0.0)
            self.engine.rows.sending[slot] = True

    def run(self, ticks: int = 25) -> dict[str, np.ndarray]:
        heard: dict[str, list[np.ndarray]] = {name: [] for name in self.names}
        for _ in range(ticks):
            now = self.tick * 0.02
            for index, name in enumerate(self.names):
                codes = g711.encode(tone(self.tone[name], self.tick * 160, 160), self.codec[name])
                kind = g711.PAYLOAD_TYPE[self.codec[name]]
                head = (
                    bytes([0x80, kind]) + (self.tick & 0xFFFF).to_bytes(2, "big") + (self.tick * 160).to_bytes(4, "big")
                )
                packet = np.frombuffer(head + index.to_bytes(4, "big") + codes.tobytes(), np.uint8)[None, :]
                self.engine.receive(np.array([self.engine.slots[name]]), packet, np.array([172]), now)
            self.engine.tick(now)
            for name in self.names:
                row = self.engine.senders.packet[self.engine.slots[name], 12:172]
                heard[name].append(g711.decode(row.copy(), self.codec[name]).astype(float))
            self.tick += 1
        return {name: np.concatenate(parts) for name, parts in heard.items()}

    def table(self) -> dict[str, set[str]]:
        """Listener → speakers heard, after the topology has settled."""
        self.run(8)
        by_tone = {frequency: name for name, frequency in self.tone.items()}
        return {
            name: {by_tone.get(found, "?") for found in tones_in(samples)} for name, samples in self.run(15).items()
        }


def both(one: str, other: str) -> tuple[Edge, Edge]:
    return Edge(one, other), Edge(other, one)


CASES = {
    "bridge": (2, both("a", "b"), {"a": "b", "b": "a"}),
    "hold: nobody hears anybody": (2, (), {"a": "", "b": ""}),
    "mute a": (2, (Edge("a", "b"),), {"a": "b", "b": ""}),
    "monitor: c hears both, unheard": (
        3,
        (*both("a", "b"), Edge("c", "a"), Edge("c", "b")),
        {"a": "b", "b": "a", "c": "ab"},
    ),
    "whisper: c to b only": (
        3,
        (*both("a", "b"), Edge("c", "a"), Edge("c", "b"), Edge("b", "c")),
        {"a": "b", "b": "ac", "c": "ab"},
    ),
    "barge: c with both": (
        3,
        (*both("a", "b"), *both("a", "c"), *both("b", "c")),
        {"a": "bc", "b": "ac", "c": "ab"},
    ),
    "conference of 8": (
        8,
        tuple(Edge(x, y) for x, y in itertools.permutations("abcdefgh", 2)),
        {x: "abcdefgh".replace(x, "") for x in "abcdefgh"},
    ),
}


@pytest.mark.parametrize("laws", [(Codec.PCMA,), (Codec.PCMA, Codec.PCMU)], ids=["A-law", "A-law and µ-law"])
@pytest.mark.parametrize("case", CASES)
def test_exactly_these_pairs_hear_each_other(case, laws):
    legs, edges, expected = CASES[case]
    room = Room(legs, laws)
    for name in room.names:  # loud sums would clip: harmonics are not what is asked here
        room.engine.buffers.codec[room.engine.slots[name]] = room.codec[name]
    scale = 1.0 if legs < 5 else 0.2
    room.engine.set_topology("g", tuple(Edge(e.listener, e.speaker, scale) for e in edges))
    assert {name: "".join(sorted(found)) for name, found in room.table().items()} == expected


def test_two_calls_do_not_hear_each_other():
    room = Room(4)
    room.engine.set_topology("one", both("a", "b"))
    room.engine.set_topology("two", both("c", "d"))
    assert room.table() == {"a": {"b"}, "b": {"a"}, "c": {"d"}, "d": {"c"}}


def test_group_is_replaced_as_a_whole():
    room = Room(3)
    room.engine.set_topology("g", both("a", "b"))
    room.run(10)
    room.engine.set_topology("g", both("a", "c"))
    assert room.table() == {"a": {"c"}, "b": set(), "c": {"a"}}


def test_edges_wait_for_a_leg_and_outlive_it():
    room = Room(2)
    room.engine.set_topology("g", (*both("a", "b"), Edge("a", "later")))
    room.engine.close("b")
    room.names.remove("b")
    assert room.table() == {"a": set()}
    room.engine.rows.sending[room.engine.open("b", LegMedia(telephone_event=101), 0.0)] = True
    room.names.append("b")
    assert room.table() == {"a": {"b"}, "b": {"a"}}


def test_copied_audio_is_bit_exact():
    room = Room(2)
    room.engine.set_topology("g", both("a", "b"))
    heard = room.run(20)["b"]
    said = g711.decode(g711.encode(tone(room.tone["a"], 0, 20 * 160))).astype(float)
    delay = next(d for d in range(0, 1600, 80) if np.array_equal(heard[d + 800 : d + 1600], said[800:1600]))
    assert delay <= 480


def test_gain_is_kept_in_the_mix():
    room = Room(3)
    room.engine.set_topology("g", (Edge("a", "b", 0.5), Edge("a", "c", 0.25)))
    room.run(8)
    samples = room.run(15)["a"]
    assert level(samples, room.tone["b"]) == pytest.approx(LOUD / 2, rel=0.04)
    assert level(samples, room.tone["c"]) == pytest.approx(LOUD / 4, rel=0.04)


def test_loud_sum_is_clipped_not_wrapped():
    room = Room(3)
    room.engine.set_topology("g", (Edge("a", "b", 10.0), Edge("a", "c", 10.0)))
    room.run(8)
    samples = room.run(10)["a"]
    assert np.abs(samples).max() <= 32767 and np.abs(np.diff(samples)).max() < 60000
    assert level(samples, room.tone["b"]) > 10_000


BEEP = ToneSource((1250.0,), duration_ms=200)


@pytest.mark.parametrize(
    ("others_gain", "left"), [(0.0, 0.0), (0.25, LOUD / 4), (1.0, LOUD)], ids=["replaces", "ducks", "mixes"]
)
def test_play_replaces_ducks_or_mixes(others_gain, left):
    room = Room(2)
    room.engine.set_topology("g", both("a", "b"))
    endless = ToneSource((1250.0,), level_dbm0=-15)
    room.engine.play(Play(leg="a", play="p", sources=(endless,), others_gain=others_gain))
    room.run(8)
    heard = room.run(15)
    assert level(heard["a"], room.tone["b"]) == pytest.approx(left, abs=LOUD * 0.04)
    assert level(heard["a"], 1250.0) == pytest.approx(32767 * 10 ** (-18.14 / 20), rel=0.04)
    assert tones_in(heard["b"]) == {room.tone["a"]}


def test_announcement_ducks_music_and_music_returns():
    room = Room(1)
    room.engine.play(Play(leg="a", play="music", sources=(ToneSource((550.0,)),)))
    room.engine.play(Play(leg="a", play="notice", sources=(BEEP, BEEP), others_gain=0.1))
    assert tones_in(room.run(8)["a"], floor=LOUD / 8) == {1250.0}
    room.run(100)
    assert tones_in(room.run(15)["a"]) == {550.0}
    (finished,) = [e for e in room.engine.take_events() if isinstance(e, PlayFinished)]
    assert (finished.play, finished.outcome) == ("notice", PlayOutcome.COMPLETED)


def test_sources_follow_each_other_and_loop():
    room = Room(1)
    gap = SilenceSource(400)
    room.engine.play(Play(leg="a", play="p", sources=(gap, ToneSource((1250.0,), (400,), duration_ms=400)), loop=True))
    heard = room.run(80)["a"].reshape(4, -1)
    assert [bool(tones_in(part[400:-400])) for part in heard] == [False, True, False, True]


def test_czech_ringback_has_one_second_in_five():
    from sip_bridge.media.protocol import RINGBACK

    room = Room(1)
    room.engine.play(Play(leg="a", play="p", sources=(RINGBACK,)))
    energy = np.abs(room.run(500)["a"].reshape(500, 160)).max(axis=1) > 500
    assert energy.tolist() == ([True] * 50 + [False] * 200) * 2


def test_built_in_music_is_heard_and_endless():
    room = Room(1)
    room.engine.play(Play(leg="a", play="p", sources=(MusicSource(),)))
    room.run(810)
    assert np.abs(room.run(50)["a"]).max() > 1000


def test_music_from_a_file_is_endless_and_a_file_that_cannot_be_read_ends_the_play():
    room, source = Room(1), MusicSource("music.wav")
    room.engine.play(Play(leg="a", play="p", sources=(source,)))
    assert room.engine.player.wanted == [source], "it has to be loaded first"
    room.engine.sound_loaded(source, tone(450.0, 0, 800).astype(np.int16))
    room.run(30)
    assert level(room.run(10)["a"], 450.0) == pytest.approx(LOUD, rel=0.05)
    assert not [e for e in room.engine.events if isinstance(e, PlayFinished)]
    room.engine.play(Play(leg="a", play="q", sources=(MusicSource("none.wav"),)))
    room.engine.sound_loaded(MusicSource("none.wav"), None)
    assert [(e.play, e.outcome) for e in room.engine.events] == [("q", PlayOutcome.FAILED)]


def test_tables_grow_without_a_disturbance():
    room = Room(2)
    room.engine.set_topology("g", both("a", "b"))
    room.run(10)
    for index in range(100):
        room.engine.open(f"x{index}", LegMedia(), 0.0)
    assert room.table() == {"a": {"b"}, "b": {"a"}}
