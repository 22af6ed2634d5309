"""Keys as RTP telephone events: receive once each, send with marker, duration and three ends (RFC 4733 §2.5)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from sip_bridge.media.g711 import FRAME
from sip_bridge.media.rtp import TelephoneEvent

LOST_END = 0.25  # seconds without a report after which a key whose ends were lost counts as released
ENDS = 3
VOLUME = 10  # -10 dBm0
REMEMBERED = 8  # timestamps of finished keys kept to know their late repetitions


@dataclass(frozen=True, slots=True)
class Key:
    """A pressed and released key; `duration` in samples of 8 kHz."""

    digit: str
    duration: int


@dataclass(slots=True)
class EventReceiver:
    """Turns the reports of one stream into keys. Reports of one key share the RTP timestamp; each key is told once."""

    _timestamp: int | None = None
    _digit: str = ""
    _duration: int = 0
    _heard_at: float = 0.0
    _finished: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def receive(self, timestamp: int, event: TelephoneEvent, now: float) -> list[Key]:
        if timestamp in self._finished:
            return []
        keys: list[Key] = []
        if self._timestamp is not None and timestamp != self._timestamp:
            if (timestamp - self._timestamp) & 0xFFFFFFFF >= 1 << 31:
                return []  # a report of an older key, reordered
            keys.append(self._finish())
        self._timestamp, self._digit, self._heard_at = timestamp, event.digit, now
        self._duration = max(self._duration, event.duration)
        if event.end:
            keys.append(self._finish())
        return keys

    def poll(self, now: float) -> list[Key]:
        """A key whose ends were all lost."""
        if self._timestamp is not None and now - self._heard_at > LOST_END:
            return [self._finish()]
        return []

    def _finish(self) -> Key:
        assert self._timestamp is not None
        key = Key(self._digit, self._duration)
        self._finished.append(self._timestamp)
        self._timestamp, self._duration = None, 0
        return key


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What goes into one RTP packet instead of audio."""

    timestamp: int
    marker: bool
    event: TelephoneEvent


@dataclass(slots=True)
class EventSender:
    """The keys one stream still has to send, one packet a tick; None between keys lets audio through."""

    queue: deque[tuple[str, int, int]] = field(default_factory=deque)  # digit, ticks on, ticks of gap
    _digit: str = ""
    _start: int = 0
    _sent: int = 0
    _on: int = 0
    _gap: int = 0

    def add(self, digits: str, on_ms: int, gap_ms: int) -> None:
        on, gap = max(2, round(on_ms / 20)), max(2, round(gap_ms / 20))
        self.queue.extend((digit, on, gap) for digit in digits)

    @property
    def busy(self) -> bool:
        return bool(self.queue or self._digit or self._gap)

    def next(self, timestamp: int) -> EventPacket | None:
        """The packet of this tick, `timestamp` being that of the audio it replaces."""
        if not self._digit:
            if self._gap:
                self._gap -= 1
                return None
            if not self.queue:
                return None
            self._digit, self._on, self._gap = self.queue.popleft()
            self._start, self._sent = timestamp, 0
        self._sent += 1
        end = self._sent > self._on
        duration = min(self._sent, self._on) * FRAME
        packet = EventPacket(self._start, self._sent == 1, TelephoneEvent(self._digit, end, VOLUME, duration))
        if self._sent == self._on + ENDS:
            self._digit = ""
        return packet
