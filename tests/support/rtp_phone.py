"""An RTP phone for tests: says a tone, measures what it hears in frequency, level and time. Independent of the engine's tables of packets."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
import threading
import time
from collections.abc import Iterable

import numpy as np

from sip_bridge.media import g711, rtp
from sip_bridge.media.rtp import Packet, TelephoneEvent

LOUD = 4000.0  # amplitude of a phone's tone
PALETTE = tuple(float(f) for f in (350, 450, 550, 650, 750, 850, 950, 1050, 1150, 1250, 1450, 1650))
"""Tones 100 Hz apart: told apart in 100 ms."""


def tone(frequency: float, start: int, count: int, amplitude: float = LOUD) -> np.ndarray:
    """`count` samples of a sine, from sample number `start`."""
    return amplitude * np.sin(2 * np.pi * frequency * (start + np.arange(count)) / 8000)


def level(samples: np.ndarray, frequency: float) -> float:
    """Amplitude of one tone in samples, by projection."""
    if not len(samples):
        return 0.0
    window = np.hanning(len(samples))
    wave = np.exp(-2j * np.pi * frequency * np.arange(len(samples)) / 8000)
    return float(2 * abs((samples * window * wave).sum()) / window.sum())


def tones_in(samples: np.ndarray, palette: Iterable[float] = PALETTE, floor: float = LOUD / 30) -> set[float]:
    """The tones of the palette that are heard."""
    return {frequency for frequency in palette if level(samples, frequency) > floor}


class RtpPhone:
    """Sends 20 ms packets in a thread from `start` on. `received` are (arrival time, Packet) of what came."""

    def __init__(
        self, frequency: float | None = None, codec: int = g711.PCMA, host: str = "127.0.0.1", srtp=None
    ) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.address = (host, self.socket.getsockname()[1])
        self.frequency = frequency
        self.codec = codec
        self.srtp = srtp  # (protect, unprotect) or None
        self.target: tuple[str, int] | None = None
        self.ssrc = secrets.randbits(32)
        self.sequence, self.timestamp = secrets.randbits(16), secrets.randbits(32)
        self.received: list[tuple[float, Packet]] = []
        self.pending: list[bytes | None] = []  # raw packets, or None for a skipped tick, sent instead of audio
        self.sent = 0
        self.late = 0  # packets that this telephone itself sent more than a packet's time late
        self.muted = False
        self._said = 0
        self._running = True
        self._threads = [threading.Thread(target=run, daemon=True) for run in (self._listen, self._speak)]

    def start(self, target: tuple[str, int]) -> RtpPhone:
        self.target = target
        for thread in self._threads:
            if not thread.is_alive():
                thread.start()
        return self

    def stop(self) -> None:
        self._running = False
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=2)
        self.socket.close()

    def packet(
        self, payload: bytes, payload_type: int | None = None, timestamp: int | None = None, marker: bool = False
    ) -> bytes:
        """The next packet of the stream; counts the sequence number on."""
        self.sequence = (self.sequence + 1) & 0xFFFF
        kind = g711.PAYLOAD_TYPE[self.codec] if payload_type is None else payload_type
        stamp = self.timestamp if timestamp is None else timestamp
        return rtp.build(Packet(kind, marker, self.sequence, stamp & 0xFFFFFFFF, self.ssrc, payload))

    def press(self, digit: str, payload_type: int, packets: int = 5, ends: int = 3) -> None:
        """Queue a key as telephone events."""
        self._keys = getattr(self, "_keys", [])
        self.pending.append(("key", digit, payload_type, packets, ends))

    def audio(self) -> bytes:
        samples = np.zeros(160) if self.frequency is None or self.muted else tone(self.frequency, self._said, 160)
        self._said += 160
        return g711.encode(samples, self.codec).tobytes()

    def heard(self, milliseconds: int = 200) -> np.ndarray:
        """The last of what arrived, put in order by timestamp; holes are silent."""
        packets = [p for _, p in self.received[-2 * milliseconds // 20 :] if p.payload_type in (0, 8)]
        if not packets:
            return np.zeros(0)
        last = packets[-1].timestamp
        out = np.zeros(milliseconds * 8)
        for p in packets:
            end = len(out) - ((last - p.timestamp) & 0xFFFFFFFF)
            if 160 <= end <= len(out):
                out[end - 160 : end] = g711.decode(p.payload, 0 if p.payload_type == 8 else 1)[:160]
        return out

    async def hears(self, *frequencies: float, within: float = 4.0) -> None:
        """Wait until exactly these tones (none: silence) are heard for 200 ms."""
        deadline = time.monotonic() + within
        since = time.monotonic()
        found: set[float] = set()
        while time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            fresh = [p for at, p in self.received[-15:] if at > since]
            if len(fresh) >= 12:
                found = tones_in(self.heard(200))
                if found == set(frequencies):
                    return
        raise AssertionError(f"heard {sorted(found)}, wanted {sorted(frequencies)}; {len(self.received)} packets")

    def missing_packets(self, since: int = 0) -> int:
        """Sequence numbers that never came among what was received from index `since` on."""
        numbers = [p.sequence for _, p in self.received[since:]]
        if len(numbers) < 2:
            return 0
        span = (numbers[-1] - numbers[0]) & 0xFFFF
        return span + 1 - len(set(numbers))

    def _listen(self) -> None:
        self.socket.settimeout(0.2)
        while self._running:
            try:
                data, _ = self.socket.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                return
            if self.srtp is not None:
                try:
                    data = self.srtp[1](data)
                except Exception:
                    continue
            packet = rtp.parse(data)
            if packet is not None:
                self.received.append((time.monotonic(), packet))

    def _speak(self) -> None:
        due = time.monotonic()
        while self._running:
            self.late += time.monotonic() - due > 0.02
            for data in self._due():
                data = self.srtp[0](data) if self.srtp is not None else data
                try:
                    self.socket.sendto(data, self.target)
                    self.sent += 1
                except OSError:
                    pass
            self.timestamp = (self.timestamp + 160) & 0xFFFFFFFF
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))

    def _due(self) -> list[bytes]:
        if not self.pending:
            return [self.packet(self.audio())]
        head = self.pending[0]
        if not isinstance(head, tuple):
            self.pending.pop(0)
            return [head] if head is not None else []
        _, digit, kind, packets, ends = head
        state = getattr(self, "_key_state", None) or (0, self.timestamp)
        count, stamp = state[0] + 1, state[1]
        self._key_state = (count, stamp)
        end = count >= packets
        body = struct.pack("!BBH", rtp.DIGITS.index(digit), (0x80 if end else 0) | 10, 160 * count)
        out = [self.packet(body, kind, stamp, marker=count == 1)]
        if end:
            out += [self.packet(body, kind, stamp) for _ in range(ends - 1)]
            self.pending.pop(0)
            self._key_state = None
        return out


__all__ = ["PALETTE", "RtpPhone", "TelephoneEvent", "level", "tone", "tones_in"]
