"""The media engine: every stream of a worker advanced by 20 ms in one go. No sockets, no clock, no files.

`receive` takes packets that were already told apart, latched and decrypted; `tick` says what each leg sends now. Time is an argument, in
seconds of any steady clock. Per-leg work happens only for what is rare: keys, odd packets, lost audio, commands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from sip_bridge.media import rtp
from sip_bridge.media.clips import ClipStore
from sip_bridge.media.columns import Columns, Layout, SlotPool, Slots
from sip_bridge.media.g711 import FRAME, PAYLOAD_TYPE, PCMA, PCMU, SILENCE, UNIT
from sip_bridge.media.jitter import JitterBuffers
from sip_bridge.media.mixer import MixPlan, decode_rows, mix, plan
from sip_bridge.media.player import Player
from sip_bridge.media.protocol import (
    Codec,
    DigitPressed,
    DigitSource,
    Edge,
    Event,
    FileSource,
    MediaLost,
    MediaResumed,
    MusicSource,
    Play,
    PlayFinished,
    PlayOutcome,
    ToneSource,
)
from sip_bridge.media.recorder import Recorder
from sip_bridge.media.rtp import HEADER, Packet
from sip_bridge.media.sender import AUDIO_LENGTH, Senders
from sip_bridge.media.telephone_events import EventPacket, EventReceiver, EventSender, Key
from sip_bridge.media.tone_digits import HIGH, KEYS, LOW, ToneDigits

NO_TYPE = -1
CODEC_INDEX = {Codec.PCMA: PCMA, Codec.PCMU: PCMU}
TONE_LEVEL = -9.0  # dBm0 of each tone of a key sent in the audio
STUTTER = 400  # samples left over from an odd payload at most kept for the next packet


@dataclass(frozen=True, slots=True)
class LegMedia:
    """How a leg speaks: codec, its payload type, that of telephone events (None: not negotiated)."""

    codec: Codec = Codec.PCMA
    payload_type: int | None = None
    telephone_event: int | None = None
    inband_digits: bool | None = None
    media_timeout: float = 5.0


class LegRows(Columns):
    """What the engine knows of a leg beside its buffers."""

    layout: ClassVar[Layout] = {
        "receive_type": (np.int16, (), NO_TYPE),
        "event_type": (np.int16, (), NO_TYPE),
        "ssrc": (np.uint32, (), 0),
        "has_ssrc": (bool, (), False),
        "candidate_ssrc": (np.uint32, (), 0),
        "candidate_sequence": (np.int64, (), NO_TYPE),
        "inband": (bool, (), False),
        "heard_at": (np.float64, (), 0.0),
        "timeout": (np.float64, (), 5.0),
        "lost": (bool, (), False),
        "sending": (bool, (), False),
    }


class Engine:
    """Legs by name, their topology, plays, recordings and keys."""

    def __init__(self, recorder: Recorder | None = None, clips: ClipStore | None = None, capacity: int = 64) -> None:
        self.pool = SlotPool(capacity)
        self.rows = LegRows(capacity)
        self.buffers = JitterBuffers(capacity)
        self.senders = Senders(capacity)
        self.tones = ToneDigits(capacity)
        self.player = Player(clips or ClipStore())
        self.recorder = recorder or Recorder(lambda recording, data: None)
        self.slots: dict[str, int] = {}
        self.names: dict[int, str] = {}
        self.topology: dict[str, tuple[Edge, ...]] = {}
        self.counters: Counter[str] = Counter()
        self.events: list[Event] = []
        self._said = np.zeros((capacity, FRAME), np.uint8)
        self._heard = np.zeros((capacity, FRAME), np.uint8)
        self._plan: MixPlan | None = None
        self._silent: Slots = np.empty(0, np.intp)
        self._event_receivers: dict[int, EventReceiver] = {}
        self._event_senders: dict[int, EventSender] = {}
        self._leftovers: dict[int, tuple[int, bytes]] = {}
        self._ticks = 0

    # --- legs ---------------------------------------------------------------------------------------------------------

    def open(self, leg: str, media: LegMedia, now: float) -> int:
        """Make a leg; returns its slot. The name must be new."""
        slot = self.pool.take()
        if slot is None:
            self._grow(2 * self.pool.capacity)
            slot = self.pool.take()
            assert slot is not None
        self.slots[leg], self.names[slot] = slot, leg
        for table in (self.rows, self.buffers, self.tones):
            table.reset(slot)
        self._said[slot] = 0
        self.senders.begin(slot, 0)
        self.rows.heard_at[slot] = now
        self.update(leg, media)
        return slot

    def update(self, leg: str, media: LegMedia) -> None:
        """New codec, payload types or options of a leg."""
        slot = self.slots[leg]
        codec = CODEC_INDEX[media.codec]
        payload_type = PAYLOAD_TYPE[codec] if media.payload_type is None else media.payload_type
        if self.buffers.codec[slot] != codec:
            self.buffers.codec[slot] = codec
            self.buffers.restart(slot)
        self.rows.receive_type[slot] = payload_type
        self.senders.payload_type[slot] = payload_type
        self.rows.event_type[slot] = NO_TYPE if media.telephone_event is None else media.telephone_event
        inband = media.telephone_event is None if media.inband_digits is None else media.inband_digits
        self.rows.inband[slot] = inband
        self.rows.timeout[slot] = media.media_timeout
        self._said[slot] = SILENCE[codec]
        self.replan()

    def close(self, leg: str) -> None:
        """End a leg; edges that name it stay and wait for a leg of that name."""
        slot = self.slots.pop(leg)
        self._finished(self.player.stop_leg(leg))
        del self.names[slot]
        self.rows.sending[slot] = False
        for table in (self._event_receivers, self._event_senders, self._leftovers):
            table.pop(slot, None)
        self.pool.give(slot)
        self.replan()

    def _grow(self, capacity: int) -> None:
        old = self.pool.capacity
        self.pool.grow(capacity)
        for table in (self.rows, self.buffers, self.senders, self.tones):
            table.grow(capacity)
        for name in ("_said", "_heard"):
            new = np.zeros((capacity, FRAME), np.uint8)
            new[:old] = getattr(self, name)
            setattr(self, name, new)

    # --- who hears what -----------------------------------------------------------------------------------------------

    def set_topology(self, group: str, edges: Sequence[Edge]) -> None:
        """Replace the edges of a group at the next tick."""
        if edges:
            self.topology[group] = tuple(edges)
        else:
            self.topology.pop(group, None)
        self.replan()

    def replan(self) -> None:
        """Something that the index arrays depend on has changed."""
        self._plan = None
        self.recorder.heard = {edge.speaker for edges in self.topology.values() for edge in edges}
        self.recorder.replan()

    def play(self, command: Play) -> None:
        self._finished(self.player.start(command, self.slots[command.leg]))

    def stop_play(self, leg: str, play: str) -> bool:
        ended = self.player.stop(leg, play)
        self._finished(ended)
        return bool(ended)

    def send_digits(self, leg: str, digits: str, on_ms: int, gap_ms: int) -> None:
        """Send keys as telephone events, or as tones where those were not negotiated."""
        slot = self.slots[leg]
        if self.rows.event_type[slot] != NO_TYPE:
            self._event_senders.setdefault(slot, EventSender()).add(digits, on_ms, gap_ms)
            return
        sources = []
        for digit in digits:
            row, column = divmod(int(np.flatnonzero(digit == KEYS)[0]), 4)
            pair = (float(LOW[row]), float(HIGH[column]))
            sources.append(ToneSource(pair, (on_ms, gap_ms), TONE_LEVEL, duration_ms=on_ms + gap_ms))
        self.play(Play(leg=leg, play=f"digits-{self._ticks}", sources=tuple(sources), others_gain=0.0))

    def _make_plan(self) -> MixPlan:
        edges = [
            (self.slots[edge.listener], self.slots[edge.speaker], edge.gain)
            for group in self.topology.values()
            for edge in group
            if edge.listener in self.slots and edge.speaker in self.slots
        ]
        made = plan(edges, self.player.inputs(), self.buffers.codec)
        used = self.pool.used
        hearing = np.zeros(self.pool.capacity, bool)
        for rows in (made.copy_to, made.translate_to, made.listeners):
            hearing[rows] = True
        self._silent = used[~hearing[used]]
        self._heard[self._silent] = SILENCE[self.buffers.codec[self._silent]][:, None]
        return made

    # --- in -----------------------------------------------------------------------------------------------------------

    def receive(self, slots: Slots, data: NDArray[np.uint8], lengths: NDArray[np.integer], now: float) -> None:
        """Take k packets: slots (k,), data (k, w ≥ 172), lengths (k,) bytes. Ordinary ones go in together, odd ones singly."""
        head = data[:, :HEADER]
        ssrc = np.ascontiguousarray(head[:, 8:12]).view(">u4").ravel()
        usual = (
            (lengths == AUDIO_LENGTH)
            & (head[:, 0] == 0x80)
            & ((head[:, 1] & 0x7F) == self.rows.receive_type[slots])
            & self.rows.has_ssrc[slots]
            & (ssrc == self.rows.ssrc[slots])
        )
        if not usual.all():
            for index in np.flatnonzero(~usual).tolist():
                self.receive_one(int(slots[index]), data[index, : int(lengths[index])].tobytes(), now)
            slots, data, head = slots[usual], data[usual], head[usual]
            if not len(slots):
                return
        sequence = np.ascontiguousarray(head[:, 2:4]).view(">u2").ravel().astype(np.uint16)
        timestamp = np.ascontiguousarray(head[:, 4:8]).view(">u4").ravel().astype(np.uint32)
        self.buffers.put(slots, sequence, timestamp, data[:, HEADER : HEADER + FRAME], now)
        self.rows.heard_at[slots] = now

    def receive_one(self, slot: int, data: bytes, now: float) -> bool:
        """Take any one packet; False when it was malformed or of a payload type that nobody agreed on."""
        packet = rtp.parse(data)
        if packet is None:
            self.counters["rtp_malformed"] += 1
            return False
        if packet.payload_type not in (self.rows.receive_type[slot], self.rows.event_type[slot], rtp.COMFORT_NOISE):
            self.counters["rtp_unknown_payload_type"] += 1
            return False
        if not self._same_source(slot, packet):
            self.counters["rtp_other_source"] += 1
            return True
        self.rows.heard_at[slot] = now
        if packet.payload_type != self.rows.receive_type[slot]:
            self.buffers.note(slot, packet.sequence)
        if packet.payload_type == self.rows.event_type[slot]:
            event = rtp.parse_event(packet.payload)
            if event is None:
                self.counters["telephone_event_unknown"] += 1
            else:
                self.rows.inband[slot] = False  # the peer signals its keys: its tones would be doubles
                receiver = self._event_receivers.setdefault(slot, EventReceiver())
                self._keys(slot, receiver.receive(packet.timestamp, event, now))
        elif packet.payload_type == self.rows.receive_type[slot]:
            self._receive_audio(slot, packet, now)
        return True

    def _same_source(self, slot: int, packet: Packet) -> bool:
        """Follow the SSRC: a new one is believed with its second packet in sequence, so that strays change nothing."""
        rows = self.rows
        if rows.has_ssrc[slot] and int(rows.ssrc[slot]) == packet.ssrc:
            rows.candidate_sequence[slot] = NO_TYPE
            return True
        if rows.has_ssrc[slot]:
            follows = (
                int(rows.candidate_ssrc[slot]) == packet.ssrc
                and rows.candidate_sequence[slot] != NO_TYPE
                and (packet.sequence - int(rows.candidate_sequence[slot])) & 0xFFFF == 1
            )
            if not follows:
                rows.candidate_ssrc[slot], rows.candidate_sequence[slot] = packet.ssrc, packet.sequence
                return False
            self.buffers.restart(slot)
            self.counters["ssrc_changes"] += 1
        rows.has_ssrc[slot], rows.ssrc[slot] = True, packet.ssrc
        rows.candidate_sequence[slot] = NO_TYPE
        self._leftovers.pop(slot, None)
        return True

    def _receive_audio(self, slot: int, packet: Packet, now: float) -> None:
        """Audio of any size: whole units go in, the rest waits for the packet that continues it."""
        payload, timestamp = packet.payload, packet.timestamp
        waiting = self._leftovers.pop(slot, None)
        if waiting is not None and (waiting[0] + len(waiting[1])) & 0xFFFFFFFF == timestamp:
            timestamp, payload = waiting[0], waiting[1] + payload
        whole = len(payload) // UNIT * UNIT
        if len(payload) > whole and len(payload) - whole < STUTTER:
            self._leftovers[slot] = ((timestamp + whole) & 0xFFFFFFFF, payload[whole:])
        count = min(whole, 24 * UNIT)
        self.buffers.put(
            np.array([slot]),
            np.array([packet.sequence], np.uint16),
            np.array([timestamp], np.uint32),
            np.frombuffer(payload[:count], np.uint8).reshape(1, count),
            now,
        )

    # --- the tick -----------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> Slots:
        """Advance by 20 ms; returns the slots that send. Their packets are `senders.packet[slot, :senders.length[slot]]`."""
        self._ticks += 1
        used = self.pool.used
        if len(used):
            self._said[used] = self.buffers.pull(used)
        if self.player.changed or self._plan is None:
            self.player.changed = False
            self._plan = self._make_plan()
        mix(self._plan, self._said, self.player.frames(), self._heard)
        self._finished(self.player.step())
        self.recorder.take(self._said, self.slots, self.buffers.codec)
        self._listen_for_tones(used)
        self._watch_silence(used, now)
        for slot, receiver in self._event_receivers.items():
            self._keys(slot, receiver.poll(now))
        sending = used[self.rows.sending[used]]
        self.senders.prepare(sending, self._heard, self._next_events(sending), self.rows.event_type)
        return sending

    def take_events(self) -> list[Event]:
        """What happened since the last call."""
        events, self.events = self.events, []
        return events

    def _next_events(self, sending: Slots) -> dict[int, EventPacket | None]:
        if not self._event_senders:
            return {}
        active = set(sending.tolist())
        due = {
            slot: sender.next(int(self.senders.timestamp[slot]))
            for slot, sender in self._event_senders.items()
            if slot in active
        }
        self._event_senders = {slot: sender for slot, sender in self._event_senders.items() if sender.busy}
        return due

    def _listen_for_tones(self, used: Slots) -> None:
        listening = used[self.rows.inband[used]]
        if not len(listening):
            return
        samples = decode_rows(self._said[listening], self.buffers.codec[listening])
        for slot, digit, duration_ms in self.tones.feed(listening, samples):
            self.events.append(
                DigitPressed(leg=self.names[slot], digit=digit, source=DigitSource.INBAND, duration_ms=duration_ms)
            )

    def _keys(self, slot: int, keys: list[Key]) -> None:
        for key in keys:
            milliseconds = key.duration // 8
            self.events.append(
                DigitPressed(
                    leg=self.names[slot], digit=key.digit, source=DigitSource.RFC4733, duration_ms=milliseconds
                )
            )

    def _watch_silence(self, used: Slots, now: float) -> None:
        if self._ticks % 10:
            return
        rows = self.rows
        lost = now - rows.heard_at[used] > rows.timeout[used]
        for slot in used[lost != rows.lost[used]].tolist():
            rows.lost[slot] = not rows.lost[slot]
            kind = MediaLost if rows.lost[slot] else MediaResumed
            self.events.append(kind(leg=self.names[slot]))

    def _finished(self, ended: list[tuple[Play, PlayOutcome]]) -> None:
        for command, outcome in ended:
            if not command.play.startswith("digits-"):
                self.events.append(PlayFinished(leg=command.leg, play=command.play, outcome=outcome))

    def sound_loaded(self, source: FileSource | MusicSource, samples: NDArray[np.int16] | None) -> None:
        """A file of `player.wanted` was decoded, or failed (None)."""
        self._finished(self.player.loaded(source, samples))
