"""Two phones through a real worker process: audio, laws, strangers, NAT, SRTP, keys."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pylibsrtp import Policy, Session

from sip_bridge.media import g711, rtcp
from sip_bridge.media.protocol import (
    Address,
    CloseLeg,
    Codec,
    DigitPressed,
    DigitSource,
    Done,
    Edge,
    LegClosed,
    LegStatistics,
    MediaLost,
    MediaResumed,
    OpenRtpLeg,
    PeerSaidGoodbye,
    PortMode,
    Quality,
    RefusalReason,
    Refused,
    RtpLegOpened,
    SendDigits,
    SetTopology,
    SrtpKeys,
    Statistics,
    UpdateRtpLeg,
)
from tests.support.rtp_phone import level

BOTH = (Edge("a", "b"), Edge("b", "a"))


async def open_leg(control, name, phone=None, **options):
    remote = Address(*phone.address) if phone is not None else None
    opened = await control.do(OpenRtpLeg(leg=name, remote=remote, **options), RtpLegOpened)
    return opened


@pytest.mark.parametrize("mode", [PortMode.OWN, PortMode.SHARED])
async def test_two_phones_hear_each_other_at_full_level(control, phones, mode):
    a, b = phones(450.0), phones(850.0)
    for name, phone in (("a", a), ("b", b)):
        opened = await open_leg(control, name, phone, port_mode=mode)
        phone.start((opened.address, opened.port))
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    await a.hears(850.0)
    await b.hears(450.0)
    assert level(a.heard(200), 850.0) == pytest.approx(4000, rel=0.03)
    assert a.missing_packets() == 0


async def test_a_law_and_mu_law_phones_understand_each_other(control, phones):
    a, b = phones(450.0), phones(850.0, codec=g711.PCMU)
    for name, phone, codec in (("a", a, Codec.PCMA), ("b", b, Codec.PCMU)):
        opened = await open_leg(control, name, phone, codec=codec)
        phone.start((opened.address, opened.port))
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    await a.hears(850.0)
    await b.hears(450.0)
    assert {p.payload_type for _, p in b.received} == {0}


async def test_phone_behind_nat_is_adopted_and_a_later_stranger_is_not_heard(control, phones):
    a, b, stranger = phones(450.0), phones(850.0), phones(1250.0)
    nowhere = Address("127.0.0.1", 9)
    opened = await control.do(OpenRtpLeg(leg="a", remote=nowhere, port_mode=PortMode.OWN), RtpLegOpened)
    a.start((opened.address, opened.port))
    other = await open_leg(control, "b", b)
    b.start((other.address, other.port))
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    await b.hears(450.0)
    await a.hears(850.0)
    stranger.start((opened.address, opened.port))
    while stranger.sent < 30:
        await asyncio.sleep(0.02)
    await b.hears(450.0)
    figures = await control.do(Statistics(leg="a"), LegStatistics)
    assert figures.strangers >= 25
    assert not stranger.received


async def test_new_signalled_address_takes_over(control, phones):
    a, again, b = phones(450.0), phones(650.0), phones(850.0)
    opened = await open_leg(control, "a", a, port_mode=PortMode.OWN)
    a.start((opened.address, opened.port))
    other = await open_leg(control, "b", b)
    b.start((other.address, other.port))
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    await b.hears(450.0)
    await control.do(UpdateRtpLeg(leg="a", remote=Address(*again.address)), Done)
    a.stop()
    again.start((opened.address, opened.port))
    await b.hears(650.0)
    await again.hears(850.0)


async def test_shared_port_refuses_an_address_that_another_leg_has(control, phones):
    a = phones(450.0)
    first = await open_leg(control, "a", a)
    second = await open_leg(control, "b", a)
    assert first.port != second.port
    third = await control.do(OpenRtpLeg(leg="c", port_mode=PortMode.SHARED), RtpLegOpened)
    refusal = await control.do(UpdateRtpLeg(leg="c", remote=Address(*a.address)), Refused)
    assert third.port == first.port and refusal.reason is RefusalReason.ADDRESS_TAKEN


@pytest.mark.parametrize("mode", [PortMode.OWN, PortMode.SHARED])
async def test_srtp_leg_hears_only_what_is_authentic(control, phones, mode):
    inbound, outbound = bytes(range(30)), bytes(range(30, 60))
    protect = Session(Policy(key=inbound, ssrc_type=Policy.SSRC_ANY_OUTBOUND)).protect
    unprotect = Session(Policy(key=outbound, ssrc_type=Policy.SSRC_ANY_INBOUND)).unprotect
    a, b = phones(450.0, srtp=(protect, unprotect)), phones(850.0)
    keys = SrtpKeys(receive=inbound, send=outbound)
    opened = await open_leg(control, "a", a, srtp=keys, port_mode=mode)
    other = await open_leg(control, "b", b)
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    a.start((opened.address, opened.port))
    b.start((other.address, other.port))
    await b.hears(450.0)
    await a.hears(850.0)
    a.srtp = (lambda data: data, unprotect)
    await b.hears()
    figures = await control.do(Statistics(leg="a"), LegStatistics)
    assert figures.unauthenticated > 0


async def test_keys_are_told_once_and_tone_doubles_are_suppressed(control, phones):
    a = phones(None)
    opened = await open_leg(control, "a", a, telephone_event=101, inband_digits=True)
    a.start((opened.address, opened.port))
    for digit in "17#":
        a.press(digit, 101)
        a.pending += [None] * 3
    await control.event(DigitPressed, lambda e: e.digit == "#")
    pressed = [e for e in control.events if isinstance(e, DigitPressed)]
    assert [(e.digit, e.source, e.duration_ms) for e in pressed] == [
        (digit, DigitSource.RFC4733, 100) for digit in "17#"
    ]


async def test_keys_sent_as_events_reach_the_phone_with_three_ends(control, phones):
    a = phones(None)
    opened = await open_leg(control, "a", a, telephone_event=101)
    a.start((opened.address, opened.port))
    await control.do(SendDigits(leg="a", digits="5*"), Done)
    while sum(p.payload_type == 101 and bool(p.payload[1] & 0x80) for _, p in a.received) < 6:
        await asyncio.sleep(0.02)
    events = [p for _, p in a.received if p.payload_type == 101]
    first = [p for p in events if p.payload[0] == 5]
    assert first[0].marker and not any(p.marker for p in first[1:])
    assert len({p.timestamp for p in first}) == 1
    assert [int.from_bytes(p.payload[2:4], "big") for p in first] == [160, 320, 480, 640, 800, 800, 800, 800]
    assert {p.payload[0] for p in events} == {5, 10}


async def test_keys_without_telephone_event_are_heard_and_sent_as_tones(control, phones):
    a, b = phones(None), phones(None)
    for name, phone in (("a", a), ("b", b)):
        opened = await open_leg(control, name, phone)
        phone.start((opened.address, opened.port))
    await control.do(SetTopology(group="call", edges=BOTH), Done)
    await control.do(SendDigits(leg="a", digits="58"), Done)
    while len(a.received) < 30:
        await asyncio.sleep(0.02)
    # what phone a hears, it says: the worker must recognise its own keys
    heard = [p.payload for _, p in a.received if p.payload_type == 8]
    a.audio = iter_audio(heard, a.audio)
    await control.event(DigitPressed, lambda e: e.leg == "a" and e.digit == "8")
    digits = [(e.digit, e.source) for e in control.events if isinstance(e, DigitPressed) and e.leg == "a"]
    assert digits == [("5", DigitSource.INBAND), ("8", DigitSource.INBAND)]


def iter_audio(first, then):
    """Say recorded payloads, then what was said before."""
    rest = list(first)
    return lambda: rest.pop(0) if rest else then()


async def test_silence_of_a_phone_is_told_and_its_return(control, phones):
    a = phones(450.0)
    opened = await open_leg(control, "a", a, media_timeout=0.5)
    a.start((opened.address, opened.port))
    while a.sent < 5:
        await asyncio.sleep(0.02)
    a.pending += [None] * 60
    await control.event(MediaLost)
    await control.event(MediaResumed)


async def test_reports_measure_the_round_trip_and_goodbye_is_told(control, phones):
    a = phones(450.0)
    opened = await open_leg(control, "a", a, rtcp_mux=True, port_mode=PortMode.OWN)
    a.start((opened.address, opened.port))
    while len(a.received) < 10:
        await asyncio.sleep(0.02)
    block = rtcp.ReportBlock(opened.ssrc, 0, 0, 0, 80, 0, 0)
    report = rtcp.Report(a.ssrc, None, 0, 0, 0, (block,))
    a.socket.sendto(rtcp.build_report(report, "phone"), (opened.address, opened.port))
    a.socket.sendto(rtcp.build_goodbye(a.ssrc, "phone"), (opened.address, opened.port))
    await control.event(PeerSaidGoodbye)
    figures = await control.do(Statistics(leg="a"), LegStatistics)
    assert figures.remote_jitter_ms == 10.0 and figures.mos > 4.0


async def test_closed_leg_frees_its_name_and_gives_final_figures(control, phones):
    a = phones(450.0)
    opened = await open_leg(control, "a", a, port_mode=PortMode.OWN)
    a.start((opened.address, opened.port))
    while len(a.received) < 20:
        await asyncio.sleep(0.02)
    closed = await control.do(CloseLeg(leg="a"), LegClosed)
    assert closed.statistics.packets_received >= 15 and closed.statistics.packets_lost == 0
    assert (await control.event(Quality, lambda e: e.final)).statistics == closed.statistics
    assert (await control.do(CloseLeg(leg="a"), Refused)).reason is RefusalReason.UNKNOWN_LEG
    again = await open_leg(control, "a", a, port_mode=PortMode.OWN)
    assert again.port != opened.port


async def test_ipv6_phone(tmp_path, phones):
    from tests.support.media_worker import Control, WorkerProcess

    if not socket.has_ipv6:
        pytest.fail("this machine has no IPv6 loopback: enable it (sysctl net.ipv6.conf.lo.disable_ipv6=0)")
    worker = WorkerProcess(tmp_path, ("127.0.0.1", "::1"))
    try:
        async with Control(worker.control) as control:
            a, b = phones(450.0, host="::1"), phones(850.0)
            opened = await open_leg(control, "a", a, local_address="::1")
            other = await open_leg(control, "b", b)
            a.start((opened.address, opened.port))
            b.start((other.address, other.port))
            await control.do(SetTopology(group="call", edges=BOTH), Done)
            await a.hears(850.0)
            await b.hears(450.0)
    finally:
        worker.stop()


async def test_more_than_a_thousand_descriptors(tmp_path, phones):
    from tests.support.media_worker import Control, WorkerProcess

    worker = WorkerProcess(tmp_path, ports="31000-32400")
    try:
        async with Control(worker.control) as control:
            for index in range(560):
                await control.do(OpenRtpLeg(leg=f"l{index}", port_mode=PortMode.OWN), RtpLegOpened)
        async with Control(worker.control) as control:
            a, b = phones(450.0), phones(850.0)
            for name, phone in (("a", a), ("b", b)):
                opened = await open_leg(control, name, phone, port_mode=PortMode.OWN)
                phone.start((opened.address, opened.port))
            await control.do(SetTopology(group="call", edges=BOTH), Done)
            await a.hears(850.0)
            await b.hears(450.0)
    finally:
        worker.stop()
