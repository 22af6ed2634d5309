"""RTCP of one leg: what we report, what the peer reports, and the figures made of both (RFC 3550 §6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip_bridge.media import rtcp
from sip_bridge.media.engine import Engine
from sip_bridge.media.g711 import UNIT
from sip_bridge.media.protocol import LegStatistics
from sip_bridge.media.quality import NETWORK_DELAY_UNKNOWN, PLAY_OUT_DELAY, mean_opinion

CNAME = "kc-media"


@dataclass(slots=True)
class LegReports:
    """State between reports of one leg. `wall` is Unix time in seconds, `now` the engine's clock."""

    slot: int
    strangers: int = 0
    malformed: int = 0
    unauthenticated: int = 0
    round_trip: float | None = None
    remote_lost: int | None = None
    remote_jitter: int | None = None
    _last_report: int = 0  # middle 32 bits of the peer's last SR
    _last_report_at: float = 0.0
    _expected: int = 0
    _received: int = 0
    remote_said_goodbye: bool = field(default=False)

    def build(self, engine: Engine, now: float, wall: float) -> bytes:
        """Our compound report: SR (RR while we send nothing) with a block about the peer's stream, and SDES."""
        slot, senders, buffers = self.slot, engine.senders, engine.buffers
        blocks: tuple[rtcp.ReportBlock, ...] = ()
        if engine.rows.has_ssrc[slot]:
            expected, received = buffers.expected(slot), buffers.arrived(slot)
            span, lost = expected - self._expected, (expected - received) - (self._expected - self._received)
            self._expected, self._received = expected, received
            fraction = min(255, lost * 256 // span) if span > 0 and lost > 0 else 0
            since = int((now - self._last_report_at) * 65536) if self._last_report else 0
            blocks = (
                rtcp.ReportBlock(
                    int(engine.rows.ssrc[slot]),
                    fraction,
                    expected - received,
                    int(buffers.cycles_sequence[slot]) - 65536,
                    int(buffers.jitter[slot]),
                    self._last_report,
                    since & 0xFFFFFFFF,
                ),
            )
        report = rtcp.Report(
            ssrc=int(senders.ssrc[slot]),
            ntp=rtcp.ntp_time(wall) if senders.packets[slot] else None,
            timestamp=int(senders.timestamp[slot]),
            packets=int(senders.packets[slot]),
            octets=int(senders.octets[slot]),
            blocks=blocks,
        )
        return rtcp.build_report(report, CNAME)

    def receive(self, data: bytes, engine: Engine, now: float, wall: float) -> bool:
        """Take a compound packet; False when malformed."""
        packets = rtcp.parse(data)
        if packets is None:
            self.malformed += 1
            return False
        ours = int(engine.senders.ssrc[self.slot])
        for packet in packets:
            if isinstance(packet, rtcp.Goodbye):
                if int(engine.rows.ssrc[self.slot]) in packet.sources:
                    self.remote_said_goodbye = True
                continue
            if packet.ntp is not None:
                self._last_report, self._last_report_at = rtcp.middle32(packet.ntp), now
            for block in packet.blocks:
                if block.ssrc == ours:
                    self.remote_lost, self.remote_jitter = block.packets_lost, block.jitter
                    trip = rtcp.round_trip(wall, block)
                    self.round_trip = trip if trip is not None else self.round_trip
        return True

    def statistics(self, leg: str, engine: Engine) -> LegStatistics:
        """The leg's figures since it was opened."""
        slot, buffers = self.slot, engine.buffers
        expected, received = buffers.expected(slot), buffers.arrived(slot)
        lost = max(0, expected - received)
        depth = 0.0
        if buffers.started[slot]:
            depth = max(0.0, float(buffers.newest[slot] / UNIT - buffers.play[slot])) * 10
        share = min(1.0, (lost + int(buffers.late[slot])) / expected) if expected else 0.0
        network = NETWORK_DELAY_UNKNOWN if self.round_trip is None else 500 * self.round_trip
        return LegStatistics(
            leg=leg,
            packets_received=received,
            packets_sent=int(engine.senders.packets[slot]),
            packets_lost=lost,
            duplicates=int(buffers.duplicates[slot]),
            late=int(buffers.late[slot]),
            strangers=self.strangers,
            malformed=self.malformed,
            unauthenticated=self.unauthenticated,
            jitter_ms=round(float(buffers.jitter[slot]) / 8, 2),
            buffer_ms=round(depth, 1),
            concealed_ms=int(buffers.concealed[slot]) * 10,
            round_trip_ms=None if self.round_trip is None else round(1000 * self.round_trip, 1),
            remote_lost=self.remote_lost,
            remote_jitter_ms=None if self.remote_jitter is None else self.remote_jitter / 8,
            mos=round(mean_opinion(share, network + depth + PLAY_OUT_DELAY), 2),
        )
