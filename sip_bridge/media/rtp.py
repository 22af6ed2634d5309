"""RTP packets as bytes (RFC 3550 §5.1) and telephone events (RFC 4733 §2.3): the slow path, one packet at a time."""

from __future__ import annotations

import struct
from dataclasses import dataclass

HEADER = 12
COMFORT_NOISE = 13  # RFC 3389 payload type
DIGITS = "0123456789*#ABCD"

_FIXED = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


@dataclass(frozen=True, slots=True)
class Packet:
    """A parsed packet. `timestamp` in samples of 8 kHz; padding, CSRC list and header extension are already removed."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes


def parse(data: bytes) -> Packet | None:
    """The packet in `data`, or None when it is not a well-formed RTP packet."""
    if len(data) < HEADER:
        return None
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(data)
    if first >> 6 != 2:
        return None
    start, end = HEADER + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if first & 0x20:
        padding = data[-1]
        if not padding:
            return None
        end -= padding
    if start > end:
        return None
    return Packet(second & 0x7F, bool(second & 0x80), sequence, timestamp, ssrc, data[start:end])


def build(packet: Packet) -> bytes:
    """The bytes of a packet without CSRC list, extension and padding."""
    second = packet.payload_type | (0x80 if packet.marker else 0)
    head = _FIXED.pack(0x80, second, packet.sequence & 0xFFFF, packet.timestamp & 0xFFFFFFFF, packet.ssrc)
    return head + packet.payload


@dataclass(frozen=True, slots=True)
class TelephoneEvent:
    """One report about a key: `duration` in samples since its start; `end` on the last (three times)."""

    digit: str
    end: bool
    volume: int
    duration: int


def parse_event(payload: bytes) -> TelephoneEvent | None:
    """The telephone event in an RTP payload; None for flash and other non-keys or a short payload."""
    if len(payload) < 4:
        return None
    event, flags, duration = _EVENT.unpack_from(payload)
    if event >= len(DIGITS):
        return None
    return TelephoneEvent(DIGITS[event], bool(flags & 0x80), flags & 0x3F, duration)


def build_event(event: TelephoneEvent) -> bytes:
    flags = (0x80 if event.end else 0) | event.volume
    return _EVENT.pack(DIGITS.index(event.digit), flags, min(event.duration, 0xFFFF))
