"""20,000 mutated datagrams against an endpoint with calls in progress."""

from __future__ import annotations

import random

from sip_bridge.sip.events import CallEnded, CallOffered, Cause
from sip_bridge.sip.flow import Flow, HostPort, Transport
from tests.support.sip_sim import ANSWER, HOLD, OFFER, call_up, empty, pair

ROUNDS = 20_000


def corpus() -> list[bytes]:
    """Every message of calls with most of what we can do, from another pair of endpoints."""
    net, a, b = pair(seed=99, session_expires=90)
    out, leg = call_up(net, a, b)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.run(1)
    b.endpoint.answer(leg, ANSWER, net.now)
    a.endpoint.info(out, "1", net.now)
    net.run(1)
    a.endpoint.refer(out, "5555", net.now)
    net.run(60)
    a.endpoint.bye(out, net.now)
    early = a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.run(1)
    b.endpoint.progress(b.of(CallOffered)[-1].leg, net.now, 183, ANSWER)
    net.run(1)
    a.endpoint.cancel(early, net.now)
    net.run(1)
    messages = [data for _, data in net.sent]
    starts = {data.split(b" ", 1)[0] for data in messages}
    assert {b"INVITE", b"ACK", b"BYE", b"CANCEL", b"PRACK", b"UPDATE", b"INFO", b"REFER", b"SIP/2.0"} <= starts
    return messages


def mutated(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """One to four hurts: bytes, lines, numbers, tags, splices."""
    for _ in range(rng.randint(1, 4)):
        kind = rng.randrange(9)
        at = rng.randrange(max(1, len(data)))
        if kind == 0:
            data = data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        elif kind == 1:
            data = data[:at] + data[at + rng.randint(1, 40) :]
        elif kind == 2:
            data = data[:at] + rng.randbytes(rng.randint(1, 20)) + data[at:]
        elif kind == 3:
            lines = data.split(b"\r\n")
            rng.shuffle(lines)
            data = b"\r\n".join(lines)
        elif kind == 4:
            lines = data.split(b"\r\n")
            lines.insert(rng.randrange(len(lines)), lines[rng.randrange(len(lines))])
            data = b"\r\n".join(lines)
        elif kind == 5:
            data = data.replace(rng.choice([b"1", b"2", b"tag=", b";", b":", b"<", b">", b"SIP/2.0", b"UDP"]),
                                rng.choice([b"", b"-1", b"99999999999", b"\xff", b'"', b"%00", b"\r\n"]), rng.randint(1, 3))  # fmt: skip
        elif kind == 6:
            other = rng.choice(others)
            data = data[:at] + other[rng.randrange(len(other)) :]
        elif kind == 7:
            data = data[:at]
        else:
            data = data.replace(b"z9hG4bK", b"z9hG4bK%d" % rng.randrange(1000))
    return data


def test_mutated_datagrams_harm_nothing():
    rng = random.Random(20_000)
    messages = corpus()
    net, a, b = pair(seed=3)
    calls = [call_up(net, a, b) for _ in range(5)]
    inside = [data for _, data in net.sent]  # mutations of the very calls in progress
    offered = {leg for _, leg in calls}
    flow = Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060))
    for number in range(ROUNDS):
        source = inside if number % 3 == 0 else messages
        data = mutated(rng.choice(source), rng, messages)
        if b.endpoint._core.dialogs and data.startswith(b"BYE") and any(tag(leg, b) in data for leg in offered):
            continue  # that would be a hang-up by the peer, and a right one
        b.endpoint.receive(data, flow, net.now)
        b.endpoint.to_send(net.now)
        b.endpoint.take_journal()
        while (event := b.endpoint.next_event()) is not None:
            b.events.append(event)
        if number % 100 == 0:
            net.now += 0.2
            b.endpoint.handle_timer(net.now)
    assert offered <= set(b.endpoint.legs), "a call in progress was lost"
    assert b.endpoint.refusals.total() > ROUNDS / 4
    assert len(b.endpoint.refusals) > 10
    for leg in list(b.endpoint.legs):
        if leg not in offered:
            b.endpoint.hang_up(leg, net.now)
    b.endpoint.to_send(net.now)
    for out, leg in calls:
        # the calls are as they were: hold and hang-up go through
        assert a.endpoint.reinvite(out, HOLD, net.now) is None
        assert b.endpoint.agreed_sdp(leg) == (ANSWER, OFFER)
    net.run(2)
    for _, leg in calls:
        assert b.endpoint.answer(leg, ANSWER, net.now) is None
    net.run(2)
    for out, _ in calls:
        assert a.endpoint.agreed_sdp(out) == (HOLD, ANSWER)
        a.endpoint.bye(out, net.now)
    net.run(600)
    ended = {event.leg: event.cause for event in b.of(CallEnded)}
    assert {ended[leg] for leg in offered} == {Cause.REMOTE_HANGUP}
    assert len(b.of(CallEnded)) == len({event.leg for event in b.of(CallEnded)})
    assert empty(b), b.endpoint.load
    assert empty(a), a.endpoint.load


def tag(leg: str, peer) -> bytes:
    call = peer.endpoint._core.calls.get(leg)
    return call.dialog.local_tag.encode() if call is not None and call.dialog is not None else b"\x00gone"
