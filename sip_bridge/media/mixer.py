"""Who hears whom, as index arrays (pure): one gather for copies, one weighted sum for the rest.

A listener with exactly one speaker at gain 1 and nothing playing gets the speaker's code words copied (translated by table
between the laws). All others are mixed: linear speech of the speakers, times gain, summed per listener, plus plays.
Hold, mute, monitor, whisper, barge and conference are only other edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Slots
from sip_bridge.media.g711 import DECODE_FLOAT, ENCODE, FRAME, TRANSCODE

EMPTY: Slots = np.empty(0, np.intp)


@dataclass(frozen=True, slots=True)
class PlayInput:
    """A play as the mixer sees it: `index` names its row in the frames given to `mix`."""

    listener: int
    index: int
    gain: float
    others_gain: float


@dataclass(frozen=True, slots=True)
class MixPlan:
    """The compiled topology. `codec` of the slots is baked in, so a codec change needs a new plan."""

    copy_to: Slots
    copy_from: Slots
    translate_to: Slots
    translate_from: Slots
    translate_codec: NDArray[np.intp]  # the speaker's law
    listeners: Slots  # of the mixed part
    listener_codec: NDArray[np.intp]
    speakers: Slots  # each decoded once
    speaker_codec: NDArray[np.intp]
    edge_speaker: NDArray[np.intp]  # index into speakers
    edge_gain: NDArray[np.float32]  # (edges, 1)
    edge_starts: NDArray[np.intp]  # first edge of each listener that has edges
    edge_rows: NDArray[np.intp]  # those listeners, as index into listeners
    play_rounds: tuple[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]], ...]


def plan(
    edges: Iterable[tuple[int, int, float]], plays: Iterable[PlayInput], codec: NDArray[np.intp] | Mapping[int, int]
) -> MixPlan:
    """Compile edges (listener slot, speaker slot, gain) and plays in the order they were started."""
    heard: dict[int, dict[int, float]] = {}
    for listener, speaker, gain in edges:
        if gain > 0.0:
            heard.setdefault(listener, {})[speaker] = gain
    playing: dict[int, list[PlayInput]] = {}
    for play in plays:
        playing.setdefault(play.listener, []).append(play)

    copies: list[tuple[int, int]] = []
    translations: list[tuple[int, int]] = []
    mixed: list[int] = []
    for listener, speakers in heard.items():
        if len(speakers) == 1 and listener not in playing and next(iter(speakers.values())) == 1.0:
            speaker = next(iter(speakers))
            (copies if codec[listener] == codec[speaker] else translations).append((listener, speaker))
        else:
            mixed.append(listener)
    mixed.extend(listener for listener in playing if listener not in heard)
    row = {listener: index for index, listener in enumerate(mixed)}

    position: dict[int, int] = {}
    edge_speaker: list[int] = []
    edge_gain: list[float] = []
    edge_starts: list[int] = []
    edge_rows: list[int] = []
    rounds: list[list[tuple[int, int, float]]] = []
    for listener in mixed:
        above = 1.0  # how much the plays on top leave of what lies below
        layers = playing.get(listener, [])
        for depth, play in enumerate(reversed(layers)):
            while len(rounds) <= depth:
                rounds.append([])
            rounds[depth].append((row[listener], play.index, play.gain * above))
            above *= play.others_gain
        if listener in heard and above > 0.0:
            edge_starts.append(len(edge_speaker))
            edge_rows.append(row[listener])
            for speaker, gain in heard[listener].items():
                edge_speaker.append(position.setdefault(speaker, len(position)))
                edge_gain.append(gain * above)
    speakers_array = np.array(list(position), np.intp)
    return MixPlan(
        copy_to=np.array([to for to, _ in copies], np.intp),
        copy_from=np.array([from_ for _, from_ in copies], np.intp),
        translate_to=np.array([to for to, _ in translations], np.intp),
        translate_from=np.array([from_ for _, from_ in translations], np.intp),
        translate_codec=np.array([codec[from_] for _, from_ in translations], np.intp),
        listeners=np.array(mixed, np.intp),
        listener_codec=np.array([codec[listener] for listener in mixed], np.intp),
        speakers=speakers_array,
        speaker_codec=np.array([codec[int(speaker)] for speaker in speakers_array], np.intp),
        edge_speaker=np.array(edge_speaker, np.intp),
        edge_gain=np.array(edge_gain, np.float32)[:, None],
        edge_starts=np.array(edge_starts, np.intp),
        edge_rows=np.array(edge_rows, np.intp),
        play_rounds=tuple(
            (
                np.array([each[0] for each in one], np.intp),
                np.array([each[1] for each in one], np.intp),
                np.array([each[2] for each in one], np.float32)[:, None],
            )
            for one in rounds
        ),
    )


def mix(plan_: MixPlan, said: NDArray[np.uint8], played: NDArray[np.int16], heard: NDArray[np.uint8]) -> None:
    """Fill `heard` (slots, 160) from `said` (slots, 160) and the plays' frames `played` (plays, 160). Rows of silent legs stay."""
    if len(plan_.copy_to):
        heard[plan_.copy_to] = said[plan_.copy_from]
    if len(plan_.translate_to):
        heard[plan_.translate_to] = TRANSCODE[plan_.translate_codec[:, None], said[plan_.translate_from]]
    if not len(plan_.listeners):
        return
    total = np.zeros((len(plan_.listeners), FRAME), np.float32)
    if len(plan_.edge_speaker):
        linear = decode_rows(said[plan_.speakers], plan_.speaker_codec)
        total[plan_.edge_rows] = np.add.reduceat(
            linear[plan_.edge_speaker] * plan_.edge_gain, plan_.edge_starts, axis=0
        )
    for rows, index, gain in plan_.play_rounds:
        total[rows] += played[index] * gain
    heard[plan_.listeners] = encode_rows(total, plan_.listener_codec)


def decode_rows(codes: NDArray[np.uint8], codec: NDArray[np.intp]) -> NDArray[np.float32]:
    """Linear samples of rows (k, 160), each in its own law (k,)."""
    if not codec.any():
        return np.take(DECODE_FLOAT[0], codes)
    return DECODE_FLOAT[codec[:, None], codes]


def encode_rows(samples: NDArray[np.float32], codec: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Code words of rows (k, 160), each in its own law (k,); loud sums are clipped."""
    np.clip(samples, -32768, 32767, out=samples)
    index = samples.astype(np.int16).view(np.uint16)
    if not codec.any():
        return np.take(ENCODE[0], index)
    return ENCODE[codec[:, None], index]
