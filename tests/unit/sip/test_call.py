"""Calls between two endpoints in memory: set-up, refusal, CANCEL and its races, hang-up."""

from __future__ import annotations

import pytest

from sip_bridge.sip.call import Phase
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import CallAnswered, CallConfirmed, CallEnded, CallOffered, CallProgressed, Cause
from sip_bridge.sip.identity import Caller
from tests.support.sip_sim import ANSWER, OFFER, call_up, empty, pair


def test_call_is_offered_answered_confirmed_and_hung_up_by_caller():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", OFFER, net.now, caller="221000000", name="Novák")
    net.until(lambda: bool(b.of(CallOffered)))
    offered = b.one(CallOffered)
    assert (offered.trunk, offered.dialled, offered.sdp) == ("pbx", "+420210000001", OFFER)
    assert offered.caller == Caller("+420221000000", "Novák")
    b.endpoint.progress(offered.leg, net.now)
    net.until(lambda: bool(a.of(CallProgressed)))
    assert a.one(CallProgressed).status == 180
    b.endpoint.accept(offered.leg, ANSWER, net.now)
    net.until(lambda: bool(b.of(CallConfirmed)))
    assert a.one(CallAnswered).sdp == ANSWER
    assert a.endpoint.agreed_sdp(out) == (OFFER, ANSWER)
    assert b.endpoint.agreed_sdp(offered.leg) == (ANSWER, OFFER)
    assert a.endpoint.bye(out, net.now) is None
    net.run(100)
    assert a.one(CallEnded).cause is Cause.LOCAL_HANGUP
    assert b.one(CallEnded).cause is Cause.REMOTE_HANGUP
    assert empty(a) and empty(b)
    assert a.journal == {} and b.journal == {}


def test_callee_hangs_up():
    net, a, b = pair()
    _, leg = call_up(net, a, b)
    b.endpoint.bye(leg, net.now)
    net.run(100)
    assert a.one(CallEnded).cause is Cause.REMOTE_HANGUP
    assert b.one(CallEnded).cause is Cause.LOCAL_HANGUP
    assert empty(a) and empty(b)


def test_both_hang_up_at_once_and_both_byes_get_200():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    a.endpoint.bye(out, net.now)
    b.endpoint.bye(leg, net.now)
    net.run(100)
    assert [e.cause for e in a.of(CallEnded)] == [Cause.LOCAL_HANGUP]
    assert [e.cause for e in b.of(CallEnded)] == [Cause.LOCAL_HANGUP]
    assert not net.messages("10.0.0.1", "SIP/2.0 481") and not net.messages("10.0.0.2", "SIP/2.0 481")
    assert empty(a) and empty(b)


@pytest.mark.parametrize("status", [302, 404, 486, 503, 603])
def test_refusal_reaches_the_caller_with_its_status(status):
    net, a, b = pair()
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.reject(b.one(CallOffered).leg, status, net.now, headers=[("Retry-After", "7")])
    net.run(100)
    ended = a.one(CallEnded)
    assert (ended.cause, ended.status, ended.retry_after) == (Cause.REMOTE_REJECT, status, 7)
    assert b.one(CallEnded).cause is Cause.LOCAL_REJECT
    assert len(net.messages("10.0.0.1", "INVITE")) == 1
    assert empty(a) and empty(b)


def test_cancel_after_ringing_ends_with_487():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.progress(b.one(CallOffered).leg, net.now)
    net.until(lambda: bool(a.of(CallProgressed)))
    assert a.endpoint.cancel(out, net.now) is None
    net.run(100)
    assert (a.one(CallEnded).cause, a.one(CallEnded).status) == (Cause.LOCAL_CANCEL, 487)
    assert b.one(CallEnded).cause is Cause.REMOTE_CANCEL
    assert empty(a) and empty(b)


def test_cancel_before_any_provisional_waits_for_one():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    a.endpoint.cancel(out, net.now)
    net.flush()
    assert net.messages("10.0.0.1", "CANCEL") == []
    net.run(100)
    assert len(net.messages("10.0.0.1", "CANCEL")) == 1
    assert a.one(CallEnded).cause is Cause.LOCAL_CANCEL
    assert empty(a) and empty(b)


def test_cancel_that_crosses_the_200_is_acknowledged_and_hung_up():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)) and a.endpoint.legs[out] is Phase.PROCEEDING)
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    a.endpoint.cancel(out, net.now)
    net.run(100)
    assert (a.one(CallEnded).cause, a.one(CallEnded).status) == (Cause.LOCAL_CANCEL, 200)
    assert a.of(CallAnswered) == []
    assert b.one(CallEnded).cause is Cause.REMOTE_HANGUP
    assert len(net.messages("10.0.0.1", "BYE")) == 1
    assert empty(a) and empty(b)


def test_ring_timeout_cancels_the_call():
    net, a, b = pair()
    a.endpoint.invite("pbx", "210000001", OFFER, net.now, ring_timeout=20)
    net.run(100)
    assert a.one(CallEnded).cause is Cause.NO_ANSWER
    assert b.one(CallEnded).cause is Cause.REMOTE_CANCEL
    assert empty(a) and empty(b)


def test_silent_peer_ends_the_call_after_timer_b_and_nothing_is_tried_again():
    net, a, b = pair()
    b.alive = False
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.run(31.9)
    assert a.of(CallEnded) == []
    net.run(0.2)
    assert a.one(CallEnded).cause is Cause.NO_RESPONSE
    assert len(net.messages("10.0.0.1", "INVITE")) == 7  # 0, .5, 1.5, 3.5, 7.5, 15.5, 31.5 s
    assert empty(a)


def test_200_without_ack_is_repeated_then_hung_up():
    net, a, b = pair()
    net.tap = lambda host, data: not data.startswith(b"ACK")
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.run(120)
    assert b.one(CallEnded).cause is Cause.NO_ACK
    assert a.one(CallEnded).cause is Cause.REMOTE_HANGUP
    assert len(a.of(CallAnswered)) == 1
    assert empty(a) and empty(b)


def test_each_repetition_of_the_200_gets_the_same_ack():
    net, a, b = pair()
    dropped = []

    def drop_three(host, data):
        if data.startswith(b"ACK") and len(dropped) < 3:
            dropped.append(data)
            return False
        return True

    net.tap = drop_three
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(b.of(CallConfirmed)))
    net.run(40)
    assert len(net.messages("10.0.0.2", "SIP/2.0 200")) == 4
    assert set(net.messages("10.0.0.1", "ACK")) == set(dropped) and len(set(dropped)) == 1
    assert len(a.of(CallAnswered)) == 1 and b.of(CallEnded) == []


def test_bye_before_the_ack_waits_for_it():
    net, a, b = pair()
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    leg = b.one(CallOffered).leg
    b.endpoint.accept(leg, ANSWER, net.now)
    assert b.endpoint.bye(leg, net.now) is None
    net.flush()
    assert net.messages("10.0.0.2", "BYE") == []
    net.run(100)
    assert b.one(CallEnded).cause is Cause.LOCAL_HANGUP
    assert empty(a) and empty(b)


def test_invite_without_sdp_takes_the_offer_from_the_200_and_answers_in_the_ack():
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", None, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    leg = b.one(CallOffered).leg
    assert b.one(CallOffered).sdp is None
    assert b.endpoint.accept(leg, None, net.now) == Refused(Because.NO_OFFER)
    b.endpoint.accept(leg, OFFER, net.now)
    net.until(lambda: bool(a.of(CallAnswered)))
    assert a.one(CallAnswered) == CallAnswered(out, OFFER, answer_wanted=True)
    net.run(2)  # the 200 comes again meanwhile
    assert a.endpoint.answer(out, ANSWER, net.now) is None
    net.until(lambda: bool(b.of(CallConfirmed)))
    assert b.one(CallConfirmed).sdp == ANSWER
    assert b.endpoint.agreed_sdp(leg) == (OFFER, ANSWER)
    assert a.endpoint.agreed_sdp(out) == (ANSWER, OFFER)
    a.endpoint.bye(out, net.now)
    net.run(100)
    assert empty(a) and empty(b)


def test_commands_at_a_bad_time_are_refused_and_nothing_happens():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    sent = len(net.sent)
    wrong = Refused(Because.WRONG_PHASE)
    assert a.endpoint.cancel(out, net.now) == wrong
    assert b.endpoint.accept(leg, ANSWER, net.now) == wrong
    assert b.endpoint.reject(leg, 486, net.now) == wrong
    assert b.endpoint.progress(leg, net.now) == wrong
    assert a.endpoint.answer(out, ANSWER, net.now) == Refused(Because.NO_OFFER)
    assert a.endpoint.refuse_offer(out, net.now) == Refused(Because.NO_OFFER)
    assert a.endpoint.bye("nobody", net.now) == Refused(Because.NO_SUCH_CALL)
    net.flush()
    assert len(net.sent) == sent and set(a.endpoint.legs) == {out}


def test_retransmitted_invite_never_makes_a_second_call():
    net, a, b = pair()
    net.tap = lambda host, data: host == "10.0.0.1"  # nothing of b arrives
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.run(20)
    assert len(net.messages("10.0.0.1", "INVITE")) == 6
    assert len(b.of(CallOffered)) == 1


@pytest.mark.parametrize("seed", range(40))
def test_calls_survive_loss_duplication_and_reordering(seed):
    net, a, b = pair(seed=seed, loss=0.25, duplication=0.25, jitter=0.4)
    outs = [a.endpoint.invite("pbx", f"21000000{i}", OFFER, net.now) for i in range(4)]
    answered: set[str] = set()
    deadline = net.now + 20
    while net.now < deadline:
        net.step()
        for offered in b.of(CallOffered):
            if offered.leg not in answered:
                answered.add(offered.leg)
                b.endpoint.accept(offered.leg, ANSWER, net.now)
    assert len(b.of(CallOffered)) == 4
    net.run(20)
    assert sorted(e.leg for e in a.of(CallAnswered)) == sorted(outs)
    for out in outs[:2]:
        a.endpoint.bye(out, net.now)
    for leg in list(b.endpoint.legs)[2:]:
        b.endpoint.bye(leg, net.now)
    for leg in list(b.endpoint.legs) + list(a.endpoint.legs):
        (a if leg.startswith("out") else b).endpoint.bye(leg, net.now)
    net.run(200)
    assert len(a.of(CallEnded)) == 4 and len(b.of(CallEnded)) == 4
    assert empty(a) and empty(b), (a.endpoint.load, b.endpoint.load)
