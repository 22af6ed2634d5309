"""20,000 damaged and foreign packets against a worker that carries a call: nothing breaks, all is counted."""

from __future__ import annotations

import random
import socket

import psutil

from sip_bridge.media import rtcp, rtp
from sip_bridge.media.protocol import (
    Address,
    BrowserLegOpened,
    Done,
    Edge,
    Hello,
    OpenBrowserLeg,
    OpenRtpLeg,
    PortMode,
    RtpLegOpened,
    SetTopology,
    Snapshot,
    TakeSnapshot,
)
from sip_bridge.media.rtp import Packet
from sip_bridge.webrtc import stun
from sip_bridge.webrtc.dtls import DtlsServer

PACKETS = 20_000
SEED = 20261123


def mutate(chance: random.Random, data: bytes) -> bytes:
    damaged = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        kind = chance.random()
        if kind < 0.6 and damaged:
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        elif kind < 0.8:
            del damaged[chance.randint(0, len(damaged)) :]
        else:
            damaged += chance.randbytes(chance.randint(1, 40))
    return bytes(damaged)


def seeds(ufrag: str) -> list[bytes]:
    check = stun.build(
        stun.BINDING_REQUEST, b"x" * 12, [(stun.USERNAME, f"{ufrag}:them".encode()), (stun.USE_CANDIDATE, b"")], "wrong"
    )
    audio = rtp.build(Packet(8, False, 1, 160, 5, b"\x55" * 160))
    key = rtp.build(Packet(101, True, 1, 160, 5, b"\x05\x0a\x00\xa0"))
    report = rtcp.build_report(rtcp.Report(5, 1 << 40, 1, 1, 1, (rtcp.ReportBlock(6, 0, 0, 0, 0, 0, 0),)), "x")
    hello = b"\x16\xfe\xff" + b"\0" * 8 + (60).to_bytes(2, "big") + b"\x01" + b"\0" * 59
    return [check, audio, key, report, hello, rtcp.build_goodbye(5, "x")]


async def test_garbage_disturbs_nobody(control, worker, phones):
    a, b = phones(450.0), phones(850.0)
    own = await control.do(
        OpenRtpLeg(leg="a", remote=Address(*a.address), port_mode=PortMode.OWN, telephone_event=101), RtpLegOpened
    )
    shared = await control.do(OpenRtpLeg(leg="b", remote=Address(*b.address), telephone_event=101), RtpLegOpened)
    browser = await control.do(
        OpenBrowserLeg(leg="c", remote_ufrag="them", remote_password="x", remote_fingerprint=DtlsServer().fingerprint),
        BrowserLegOpened,
    )
    a.start((own.address, own.port))
    b.start((shared.address, shared.port))
    await control.do(SetTopology(group="call", edges=(Edge("a", "b"), Edge("b", "a"))), Done)
    await a.hears(850.0)
    await b.hears(450.0)
    process = psutil.Process(worker.process.pid)
    before, files = process.memory_info().rss, process.num_fds()
    since = len(a.received)

    chance = random.Random(SEED)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    targets = [browser.port, own.port, own.rtcp_port, shared.port, shared.rtcp_port]
    samples = seeds(browser.ufrag)
    for index in range(PACKETS):
        data = mutate(chance, chance.choice(samples))
        # every tenth comes from the true peer's own socket: damage that no address check can stop
        sock = a.socket if index % 10 == 0 else stranger
        port = own.port if sock is a.socket else chance.choice(targets)
        sock.sendto(data, ("127.0.0.1", port))
        if index % 200 == 199:  # the worker confirms before more is sent: nothing is lost in a full buffer
            snapshot = await control.do(TakeSnapshot(), Snapshot)
    stranger.close()

    await a.hears(850.0)
    await b.hears(450.0)
    assert a.missing_packets(since) == 0
    counters = snapshot.counters
    assert counters["strangers"] + counters.get("flood_dropped", 0) > 5000
    for name in ("stun_malformed", "dtls_unknown", "rtcp_malformed", "rtp_unknown_payload_type"):
        assert counters.get(name, 0) > 0, (name, counters)
    assert process.num_fds() == files
    assert process.memory_info().rss - before < 20 << 20
    assert snapshot.legs["c"].state == "new" and isinstance(control.client.hello, Hello)
