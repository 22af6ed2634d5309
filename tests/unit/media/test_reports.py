"""RTCP of a leg: loss, jitter and round trip as both ends see them."""

from __future__ import annotations

import numpy as np
import pytest

from sip_bridge.media import rtcp
from sip_bridge.media.engine import Engine, LegMedia
from sip_bridge.media.reports import LegReports
from sip_bridge.media.rtp import Packet, build

WALL = 1_700_000_000.0


def two_ends():
    """Two engines with one leg each; every tenth packet from the first to the second is lost."""
    ends = []
    for _ in range(2):
        engine = Engine()
        slot = engine.open("leg", LegMedia(telephone_event=101), 0.0)
        engine.rows.sending[slot] = True
        ends.append((engine, LegReports(slot)))
    (one, _), (two, _) = ends
    for tick in range(100):
        now = tick * 0.02
        one.tick(now)
        two.tick(now)
        for index, (source, target) in enumerate(((one, two), (two, one))):
            if index or tick % 10 != 5:
                target.receive_one(0, source.senders.packet[0, :172].tobytes(), now)
    return ends


def test_loss_and_round_trip_are_measured():
    (one, one_reports), (two, two_reports) = two_ends()
    assert two_reports.receive(one_reports.build(one, 2.0, WALL), two, 2.05, WALL + 0.05)
    answer = two_reports.build(two, 2.55, WALL + 0.55)
    report = rtcp.parse(answer)[0]
    (block,) = report.blocks
    assert block.ssrc == int(one.senders.ssrc[0]) and block.packets_lost == 10 and block.fraction_lost == 25
    assert one_reports.receive(answer, one, 2.6, WALL + 0.6)
    figures = one_reports.statistics("leg", one)
    assert figures.round_trip_ms == pytest.approx(100, abs=1) and figures.remote_lost == 10
    assert figures.packets_lost == 0 and figures.packets_sent == 100 and figures.mos > 4
    assert two_reports.statistics("leg", two).packets_lost == 10
    assert two_reports.statistics("leg", two).mos < figures.mos


def test_second_report_tells_the_fraction_since_the_first():
    (_, _), (two, reports) = two_ends()
    reports.build(two, 2.0, WALL)
    sequence = int(two.buffers.highest_sequence[0])
    for step in (1, 2, 4):  # one of four lost
        packet = Packet(8, False, (sequence + step) & 0xFFFF, 0, int(two.rows.ssrc[0]), bytes(np.zeros(160, np.uint8)))
        two.receive_one(0, build(packet), 2.1)
    (block,) = rtcp.parse(reports.build(two, 2.2, WALL))[0].blocks
    assert block.fraction_lost == 64
