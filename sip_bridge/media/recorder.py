"""What is recorded in each tick: left and right of every recording, as A-law, in one matrix of a second per recording.

A side with one leg keeps that leg's code words; several are mixed. Recordings are flushed in turn, each once a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from sip_bridge.media.columns import Columns, Layout, SlotPool
from sip_bridge.media.g711 import FRAME, PCMA, SILENCE, TRANSCODE
from sip_bridge.media.mixer import decode_rows, encode_rows
from sip_bridge.media.protocol import Gap, StartRecording, TakenUp

SECOND = 50  # ticks
SPEECH_RMS = 200.0
"""Of a tick with speech, in units of 16-bit samples (-44 dBFS): above the noise of a line, below a quiet voice."""


class RecordingBuffers(Columns):
    layout: ClassVar[Layout] = {
        "audio": (np.uint8, (SECOND, FRAME, 2), SILENCE[PCMA]),
        "filled": (np.intp, (), 0),
    }


@dataclass(slots=True, eq=False)
class Recording:
    """A running recording. Times are in ticks since its start."""

    command: StartRecording
    index: int
    ticks: int = 0
    paused_at: int | None = None
    gaps: list[Gap] = field(default_factory=list)
    heard: int = 0
    """Ticks with speech on the left; counted for messages."""
    quiet: int = 0
    """Ticks since the last speech."""

    def go_on(self, was: TakenUp, ticks: int, there: int) -> None:
        """After a worker that is no more: ``ticks`` are on disk, of which it wrote the first ``there``."""
        self.ticks = ticks
        self.gaps = list(was.gaps)
        if was.paused_since_ms is not None:
            self.paused_at = min(was.paused_since_ms // 20, ticks)
        elif there < ticks:
            self.gaps.append(Gap(20 * there, 20 * ticks))

    @property
    def duration_ms(self) -> int:
        return self.ticks * 20

    @property
    def heard_ms(self) -> int | None:
        return None if self.command.quiet_ms is None else self.heard * 20

    def listen(self, left: NDArray[np.uint8]) -> None:
        """Take note of speech in (ticks, 160) A-law code words."""
        sound = decode_rows(left, np.full(len(left), PCMA)).astype(np.float64)
        speech = np.flatnonzero(np.sqrt((sound**2).mean(axis=1)) > SPEECH_RMS)
        self.heard += len(speech)
        self.quiet = len(left) - 1 - int(speech[-1]) if len(speech) else self.quiet + len(left)

    @property
    def over(self) -> bool:
        limit = self.command.quiet_ms
        return bool(limit) and self.quiet * 20 >= (limit or 0)


@dataclass(slots=True)
class _Side:
    """Compiled form of one channel: rows of the single legs, and the mixed ones."""

    single_rows: NDArray[np.intp]
    single_slots: NDArray[np.intp]
    single_codec: NDArray[np.intp]
    mixed: list[tuple[int, NDArray[np.intp]]]


class Recorder:
    """All recordings. `take` gathers a tick and hands full seconds to `write(recording, bytes)`."""

    def __init__(
        self,
        write: Callable[[Recording, bytes], None],
        fell_silent: Callable[[Recording], None] = lambda _recording: None,
    ) -> None:
        self._write, self._fell_silent = write, fell_silent
        self._pool = SlotPool(64)
        self._buffers = RecordingBuffers(64)
        self.recordings: dict[str, Recording] = {}
        self._by_index: dict[int, Recording] = {}
        self._sides: tuple[_Side, _Side] | None = None
        self.heard: Set[str] = frozenset()
        """Legs that somebody hears; kept by the engine."""

    def start(self, command: StartRecording) -> Recording:
        index = self._pool.take()
        if index is None:
            self._pool.grow(2 * self._pool.capacity)
            self._buffers.grow(self._pool.capacity)
            index = self._pool.take()
            assert index is not None
        self._buffers.filled[index] = 0
        recording = Recording(command, index)
        self.recordings[command.recording] = recording
        self._by_index[index] = recording
        self.replan()
        return recording

    def change(self, recording: Recording, left: tuple[str, ...], right: tuple[str, ...]) -> None:
        recording.command = msgspec.structs.replace(recording.command, left=left, right=right)
        self.replan()

    def pause(self, recording: Recording) -> None:
        if recording.paused_at is None:
            recording.paused_at = recording.ticks
            self.replan()

    def resume(self, recording: Recording) -> None:
        if recording.paused_at is not None:
            recording.gaps.append(Gap(20 * recording.paused_at, 20 * recording.ticks))
            recording.paused_at = None
            self.replan()

    def stop(self, recording: Recording) -> bytes:
        """End a recording; returns the audio not yet written."""
        self.resume(recording)
        tail = self._drain(recording)
        del self.recordings[recording.command.recording], self._by_index[recording.index]
        self._pool.give(recording.index)
        self.replan()
        return tail

    def replan(self) -> None:
        """Legs, codecs or recordings changed: the index arrays are made anew at the next tick."""
        self._sides = None

    def take(self, said: NDArray[np.uint8], slots: Mapping[str, int], codec: NDArray[np.intp]) -> None:
        """Add this tick: `said` (slots, 160) code words, `slots` of the legs by name, `codec` by slot."""
        if not self.recordings:
            return
        if self._sides is None:
            self._plan(slots, codec)
        assert self._sides is not None
        rows = self._pool.used
        frame = np.full((len(rows), FRAME, 2), SILENCE[PCMA], np.uint8)
        for channel, side in enumerate(self._sides):
            if len(side.single_rows):
                codes = said[side.single_slots]
                law = side.single_codec
                if law.any():
                    codes = np.where(law[:, None] == PCMA, codes, TRANSCODE[1][codes])
                frame[side.single_rows, :, channel] = codes
            for row, many in side.mixed:
                total = decode_rows(said[many], codec[many]).sum(axis=0, keepdims=True)
                frame[row, :, channel] = encode_rows(total, np.zeros(1, np.intp))[0]
        filled = self._buffers.filled[rows]
        self._buffers.audio[rows, filled] = frame
        self._buffers.filled[rows] = filled + 1
        for index in rows.tolist():
            self._by_index[index].ticks += 1
        for index in rows[filled + 1 >= self._limits(rows)].tolist():
            recording = self._by_index[index]
            self._write(recording, self._drain(recording))
            if recording.over:
                self._fell_silent(recording)

    def _limits(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """When each buffer is due; the first time earlier for some, so that recordings are written in turn."""
        first = np.array([self._by_index[index].ticks <= SECOND for index in rows.tolist()])
        return np.where(first, 1 + rows * 7 % SECOND, SECOND)

    def _drain(self, recording: Recording) -> bytes:
        count = int(self._buffers.filled[recording.index])
        self._buffers.filled[recording.index] = 0
        audio = self._buffers.audio[recording.index, :count]
        if recording.command.quiet_ms is not None and count:
            recording.listen(audio[:, :, 0])
        return audio.tobytes()

    def _plan(self, slots: Mapping[str, int], codec: NDArray[np.intp]) -> None:
        row_of = {int(index): row for row, index in enumerate(self._pool.used)}
        sides = []
        for left in (True, False):
            rows: list[int] = []
            single: list[int] = []
            mixed: list[tuple[int, NDArray[np.intp]]] = []
            for recording in self.recordings.values():
                legs = recording.command.left if left else recording.command.right
                asked = recording.command.only_heard
                known = [slots[leg] for leg in legs if leg in slots and (not asked or leg in self.heard)]
                if recording.paused_at is not None or not known:
                    continue
                if len(known) == 1:
                    rows.append(row_of[recording.index])
                    single.append(known[0])
                else:
                    mixed.append((row_of[recording.index], np.array(known, np.intp)))
            chosen = np.array(single, np.intp)
            sides.append(_Side(np.array(rows, np.intp), chosen, codec[chosen], mixed))
        self._sides = (sides[0], sides[1])
