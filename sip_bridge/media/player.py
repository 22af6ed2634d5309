"""Prompts, tones and music: what each play sounds in this tick, as rows of the clip arena."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.clips import Clip, ClipsFull, ClipStore
from sip_bridge.media.columns import Columns, Layout, SlotPool
from sip_bridge.media.mixer import PlayInput
from sip_bridge.media.protocol import FileSource, MusicSource, Play, PlayOutcome, Source, ToneSource


class PlayPositions(Columns):
    """Where each play is: the next arena row and how many rows of its clip are left."""

    layout: ClassVar[Layout] = {"row": (np.intp, (), 0), "left": (np.intp, (), 0)}


@dataclass(slots=True, eq=False)
class ActivePlay:
    command: Play
    listener: int
    index: int
    next_source: int = 0
    clip: Clip | None = None
    repeats: int | None = 0  # further rounds of the present clip; None: for ever
    started_tick: int = 0
    waiting: bool = True
    heard: int = field(default=0)  # ticks


def _rounds(source: Source, clip: Clip) -> int | None:
    """How often a clip sounds after its first round; None: until stopped."""
    if isinstance(source, MusicSource):
        return None
    if isinstance(source, ToneSource):
        return None if source.duration_ms is None else max(0, -(-source.duration_ms // (20 * clip.rows)) - 1)
    return 0


class Player:
    """All plays of a worker. Pure: files arrive by `loaded`, and `wanted` lists those that are missing."""

    def __init__(self, clips: ClipStore) -> None:
        self.clips = clips
        self.wanted: list[FileSource | MusicSource] = []
        self.changed = False
        self._pool = SlotPool(64)
        self._positions = PlayPositions(64)
        self._plays: dict[tuple[str, str], ActivePlay] = {}
        self._sounding: list[ActivePlay] = []
        self._by_index: dict[int, ActivePlay] = {}
        self._indices = np.empty(0, np.intp)

    def start(self, command: Play, listener: int) -> list[tuple[Play, PlayOutcome]]:
        """Begin a play; one of the same name on the leg is stopped first. Returns plays that ended by this."""
        ended = self.stop(command.leg, command.play)
        index = self._pool.take()
        if index is None:
            self._pool.grow(2 * self._pool.capacity)
            self._positions.grow(self._pool.capacity)
            index = self._pool.take()
            assert index is not None
        play = ActivePlay(command, listener, index)
        self._plays[command.leg, command.play] = play
        self._by_index[index] = play
        return ended + self._advance(play)

    def stop(self, leg: str, play: str, outcome: PlayOutcome = PlayOutcome.STOPPED) -> list[tuple[Play, PlayOutcome]]:
        active = self._plays.get((leg, play))
        return self._end(active, outcome) if active else []

    def stop_leg(self, leg: str) -> list[tuple[Play, PlayOutcome]]:
        ended: list[tuple[Play, PlayOutcome]] = []
        for active in [each for each in self._plays.values() if each.command.leg == leg]:
            ended += self._end(active, PlayOutcome.LEG_CLOSED)
        return ended

    def loaded(
        self, source: FileSource | MusicSource, samples: NDArray[np.int16] | None
    ) -> list[tuple[Play, PlayOutcome]]:
        """A wanted file is decoded, or cannot be (None)."""
        if samples is not None:
            try:
                self.clips.add(source, samples)
            except ClipsFull:
                samples = None
        ended: list[tuple[Play, PlayOutcome]] = []
        for play in list(self._plays.values()):
            if (
                play.waiting
                and play.next_source < len(play.command.sources)
                and play.command.sources[play.next_source] == source
            ):
                ended += self._advance(play) if samples is not None else self._end(play, PlayOutcome.FAILED)
        return ended

    def inputs(self) -> list[PlayInput]:
        """The sounding plays for the mixer, oldest first."""
        return [
            PlayInput(play.listener, position, play.command.gain, play.command.others_gain)
            for position, play in enumerate(self._sounding)
        ]

    def frames(self) -> NDArray[np.int16]:
        """What every sounding play says in this tick: (plays, 160), in the order of `inputs`."""
        return self.clips.rows[self._positions.row[self._indices]]

    def step(self) -> list[tuple[Play, PlayOutcome]]:
        """Move all plays on by one tick; returns those that came to their end."""
        indices = self._indices
        if not len(indices):
            return []
        self._positions.row[indices] += 1
        self._positions.left[indices] -= 1
        done = indices[self._positions.left[indices] <= 0]
        ended: list[tuple[Play, PlayOutcome]] = []
        for index in done:
            ended += self._next_round(self._by_index[int(index)])
        return ended

    def active(self) -> list[tuple[Play, int]]:
        """Every play with its position in milliseconds within the present source."""
        result = []
        for play in self._plays.values():
            rows = play.clip.rows - int(self._positions.left[play.index]) if play.clip else 0
            result.append((play.command, 20 * rows))
        return result

    def _next_round(self, play: ActivePlay) -> list[tuple[Play, PlayOutcome]]:
        if play.clip is not None and play.repeats != 0:
            play.repeats = None if play.repeats is None else play.repeats - 1
            self._aim(play, play.clip)
            return []
        return self._advance(play)

    def _advance(self, play: ActivePlay) -> list[tuple[Play, PlayOutcome]]:
        """Go to the next source: sound it, wait for its file, or end."""
        if play.next_source >= len(play.command.sources):
            if not play.command.loop or not play.command.sources:
                return self._end(play, PlayOutcome.COMPLETED)
            play.next_source = 0
        source = play.command.sources[play.next_source]
        try:
            clip = self.clips.find(source)
        except ClipsFull:
            return self._end(play, PlayOutcome.FAILED)
        self._release(play)
        if clip is None:
            assert isinstance(source, FileSource | MusicSource)
            self.wanted.append(source)
            play.waiting = True
            self._recount()
            return []
        clip.users += 1
        play.clip, play.repeats = clip, _rounds(source, clip)
        play.next_source += 1
        self._aim(play, clip)
        if play.waiting:
            play.waiting = False
            self._recount()
        return []

    def _aim(self, play: ActivePlay, clip: Clip) -> None:
        self._positions.row[play.index] = clip.start
        self._positions.left[play.index] = clip.rows

    def _release(self, play: ActivePlay) -> None:
        if play.clip is not None:
            play.clip.users -= 1
            play.clip = None

    def _end(self, play: ActivePlay, outcome: PlayOutcome) -> list[tuple[Play, PlayOutcome]]:
        self._release(play)
        self._plays.pop((play.command.leg, play.command.play), None)
        del self._by_index[play.index]
        self._pool.give(play.index)
        self._recount()
        return [(play.command, outcome)]

    def _recount(self) -> None:
        self._sounding = [play for play in self._plays.values() if not play.waiting]
        self._indices = np.array([play.index for play in self._sounding], np.intp)
        self.changed = True
