"""Which calls out have rung nobody, so that another trunk may take them; and which trunk that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import CallEnded, CallOffered, CallProgressed, Cause
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.trunk import Trunk
from tests.support.sip_sim import ANSWER, OFFER, config_of, empty, pair

PBX = Trunk(name="pbx", host="10.0.0.2")
OTHER = Trunk(name="other", host="10.0.0.3")


def ringing(progress: int | None = None):
    """A call that has come to the peer, which has answered 100 and, if given, this."""
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "112", OFFER, net.now, ring_timeout=30)
    net.until(lambda: bool(b.of(CallOffered)))
    leg = b.one(CallOffered).leg
    if progress is not None:
        b.endpoint.progress(leg, net.now, progress)
        net.until(lambda: bool(a.of(CallProgressed)))
    net.run(1)
    return net, a, b, out, leg


def ended(net, a) -> CallEnded:
    net.until(lambda: bool(a.of(CallEnded)))
    return a.one(CallEnded)


@pytest.mark.parametrize(
    ("status", "progress", "nobody"),
    [
        (503, None, True),
        (503, 180, False),
        (503, 181, False),
        (503, 183, False),
        *((status, None, False) for status in (300, 404, 408, 480, 486, 487, 500, 502, 504, 600, 603)),
    ],
)
def test_only_a_503_before_any_sign_of_ringing_has_rung_nobody(status, progress, nobody):
    net, a, b, _out, leg = ringing(progress)
    b.endpoint.reject(leg, status, net.now)
    found = ended(net, a)
    assert (found.status, found.rang_nobody) == (status, nobody)


def test_call_that_was_given_up_meanwhile_goes_nowhere_else():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.reject(b.one(CallOffered).leg, 503, net.now)
    a.endpoint.cancel(out, net.now)
    assert not ended(net, a).rang_nobody


def test_silence_has_rung_nobody_but_not_after_a_100():
    net, a, b = pair()
    b.alive = False
    out = a.endpoint.invite("pbx", "112", OFFER, net.now, ring_timeout=60)
    net.run(20)
    assert a.endpoint.is_unheard(out)
    found = ended(net, a)
    assert (found.cause, found.rang_nobody) == (Cause.NO_RESPONSE, True)
    net, a, b, out, _leg = ringing()
    b.alive = False
    assert not a.endpoint.is_unheard(out)
    assert not ended(net, a).rang_nobody


def test_who_has_asked_for_a_password_is_not_silent():
    known = Credentials("kc", "secret")
    net, a, _b = pair(credentials=known, inbound=known)
    net.tap = lambda sender, wire: sender == "10.0.0.1" or wire.startswith(b"SIP/2.0 401")
    out = a.endpoint.invite("pbx", "112", OFFER, net.now, ring_timeout=60)
    net.run(8)
    assert len({wire.partition(b"CSeq: ")[2][:2] for wire in net.messages("10.0.0.1", "INVITE")}) == 2
    assert not a.endpoint.is_unheard(out)
    found = ended(net, a)
    assert (found.cause, found.rang_nobody) == (Cause.NO_RESPONSE, False)


def test_connection_that_cannot_be_made_has_rung_nobody_but_not_one_that_breaks_after_a_100():
    def broken(a, now):
        a.endpoint.flow_failed(Flow(Transport.UDP, HostPort("10.0.0.1", 5060), HostPort("10.0.0.2", 5060)), now)

    net, a, _b = pair()
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    broken(a, net.now)
    found = ended(net, a)
    assert (found.cause, found.rang_nobody) == (Cause.TRANSPORT_FAILED, True)
    net, a, _b, _out, _leg = ringing()
    broken(a, net.now)
    assert not ended(net, a).rang_nobody


def test_call_of_an_earlier_process_may_have_rung():
    net, a, b, _out, leg = ringing()
    net.restart(a, config_of("10.0.0.1", "10.0.0.2"))
    b.endpoint.reject(leg, 503, net.now)
    assert not ended(net, a).rang_nobody


def test_silent_call_that_is_given_up_and_heard_of_late_is_hung_up():
    net, a, b = pair()
    net.tap = lambda sender, _wire: sender == "10.0.0.1"  # what the peer says gets lost
    out = a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.run(8)
    assert a.endpoint.is_unheard(out) and b.of(CallOffered), "it may ring, and nobody says so"
    a.endpoint.cancel(out, net.now)
    assert not a.endpoint.is_unheard(out)
    net.tap = None
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(b.of(CallEnded)) and bool(a.of(CallEnded)))
    assert not a.one(CallEnded).rang_nobody and b.one(CallEnded).cause is Cause.REMOTE_HANGUP
    net.run(100)
    assert empty(a) and empty(b)


def test_the_next_way_out_is_none_of_those_tried_and_none_that_is_down():
    net, a, b = pair()
    third = replace(PBX, name="third", ping_interval=30.0)
    a.endpoint.use_trunks([PBX, OTHER, third], net.now)
    assert a.endpoint.way_out("112", "", net.now, tried={"pbx"}) == "other"
    assert a.endpoint.way_out("112", "", net.now, tried={"pbx", "other"}) == "third"
    assert a.endpoint.way_out("112", "", net.now, tried={"pbx", "other", "third"}) == Refused(Because.NO_SUCH_TRUNK)
    b.alive = False
    net.run(40)
    assert a.endpoint.way_out("112", "", net.now, tried={"pbx", "other"}) == Refused(Because.NO_SUCH_TRUNK)
    a.endpoint.use_trunks([PBX, replace(OTHER, allowed_prefixes=("4",))], net.now)
    assert a.endpoint.way_out("112", "", net.now, tried={"pbx"}) == Refused(Because.NUMBER_NOT_ALLOWED)
