"""RTCP compound packets (RFC 3550 §6): sender and receiver reports, SDES, BYE."""

from __future__ import annotations

import struct
from dataclasses import dataclass

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE = 200, 201, 202, 203
_NTP_EPOCH = 2208988800

_REPORT = struct.Struct("!IIIIII")


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """What a receiver says of one source. `fraction_lost` in 1/256, `jitter` in timestamp units, the last two in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    packets_lost: int
    highest_sequence: int
    jitter: int
    last_sender_report: int
    delay_since: int


@dataclass(frozen=True, slots=True)
class Report:
    """Sender report (with `ntp`, 64-bit NTP time) or receiver report (`ntp` None)."""

    ssrc: int
    ntp: int | None
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    sources: tuple[int, ...]


def ntp_time(unix_seconds: float) -> int:
    """64-bit NTP time of a Unix time."""
    return int((unix_seconds + _NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def middle32(ntp: int) -> int:
    """The middle 32 bits of an NTP time, in 1/65536 s, as used by LSR."""
    return (ntp >> 16) & 0xFFFFFFFF


def round_trip(now: float, block: ReportBlock) -> float | None:
    """Seconds of round trip from a report about our own stream (RFC 3550 §6.4.1); None if the peer heard no SR yet."""
    if not block.last_sender_report:
        return None
    ticks = (middle32(ntp_time(now)) - block.last_sender_report - block.delay_since) & 0xFFFFFFFF
    if ticks >= 1 << 31:
        return 0.0  # clocks' granularity: slightly negative
    return ticks / 65536 if ticks < 60 * 65536 else None


def is_rtcp(data: bytes | memoryview) -> bool:
    """Tell RTCP from RTP on a multiplexed port (RFC 5761 §4)."""
    return len(data) >= 8 and data[0] >> 6 == 2 and 192 <= data[1] <= 223


def parse(data: bytes) -> list[Report | Goodbye] | None:
    """The reports and good-byes of a compound packet; None when it is malformed. Unknown packet types are passed over."""
    found: list[Report | Goodbye] = []
    while data:
        if len(data) < 4 or data[0] >> 6 != 2:
            return None
        count, kind = data[0] & 0x1F, data[1]
        length = 4 + 4 * int.from_bytes(data[2:4], "big")
        if length > len(data):
            return None
        body, data = data[4:length], data[length:]
        if kind in (SENDER_REPORT, RECEIVER_REPORT):
            fixed = 24 if kind == SENDER_REPORT else 4
            if len(body) < fixed + 24 * count:
                return None
            ssrc = int.from_bytes(body[:4], "big")
            ntp, timestamp, packets, octets = struct.unpack_from("!QIII", body, 4) if fixed == 24 else (None, 0, 0, 0)
            blocks = tuple(_block(body, fixed + 24 * index) for index in range(count))
            found.append(Report(ssrc, ntp, timestamp, packets, octets, blocks))
        elif kind == GOODBYE:
            if len(body) < 4 * count:
                return None
            found.append(Goodbye(struct.unpack_from(f"!{count}I", body)))
    return found


def _block(body: bytes, offset: int) -> ReportBlock:
    ssrc, lost, highest, jitter, last, delay = _REPORT.unpack_from(body, offset)
    packets_lost = lost & 0xFFFFFF
    return ReportBlock(
        ssrc, lost >> 24, packets_lost - (1 << 24) if packets_lost >> 23 else packets_lost, highest, jitter, last, delay
    )


def build_report(report: Report, cname: str) -> bytes:
    """A compound of SR or RR and an SDES with the canonical name."""
    if report.ntp is None:
        kind, fixed = RECEIVER_REPORT, b""
    else:
        kind = SENDER_REPORT
        fixed = struct.pack(
            "!QIII", report.ntp, report.timestamp, report.packets & 0xFFFFFFFF, report.octets & 0xFFFFFFFF
        )
    body = struct.pack("!I", report.ssrc) + fixed
    for block in report.blocks:
        lost = max(min(block.packets_lost, 0x7FFFFF), -0x800000) & 0xFFFFFF
        body += _REPORT.pack(
            block.ssrc,
            block.fraction_lost << 24 | lost,
            block.highest_sequence & 0xFFFFFFFF,
            block.jitter,
            block.last_sender_report,
            block.delay_since,
        )
    return _packet(kind, len(report.blocks), body) + _description(report.ssrc, cname)


def build_goodbye(ssrc: int, cname: str) -> bytes:
    """An empty RR, SDES and BYE of one source."""
    body = struct.pack("!I", ssrc)
    return _packet(RECEIVER_REPORT, 0, body) + _description(ssrc, cname) + _packet(GOODBYE, 1, body)


def _description(ssrc: int, cname: str) -> bytes:
    name = cname.encode()[:255]
    items = struct.pack("!IBB", ssrc, 1, len(name)) + name + b"\0"
    return _packet(SOURCE_DESCRIPTION, 1, items + b"\0" * (-len(items) % 4))


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return struct.pack("!BBH", 0x80 | count, kind, len(body) // 4) + body
