"""Inside a call: hold, glare, UPDATE, refreshes, PRACK, forks, INFO, REFER, Replaces."""

from __future__ import annotations

import pytest

from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallOffered,
    CallProgressed,
    Cause,
    DigitReceived,
    SessionAnswered,
    SessionOffered,
    SessionOfferWithdrawn,
    SessionRefused,
    TransferEnded,
    TransferProgressed,
    TransferRequested,
)
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.message import ParseLimits, Request, parse_message, response_to
from tests.support.sip_sim import ANSWER, HELD, HOLD, OFFER, call_up, config_of, empty, pair


def finish(net, *peers):
    for peer in peers:
        for leg in list(peer.endpoint.legs):
            peer.endpoint.hang_up(leg, net.now)
    net.run(300)
    for peer in peers:
        assert empty(peer), peer.endpoint.load


@pytest.mark.parametrize("method", ["reinvite", "update"])
def test_hold_is_offered_answered_and_in_force_on_both_sides(method):
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    assert getattr(a.endpoint, method)(out, HOLD, net.now) is None
    assert a.endpoint.reinvite(out, OFFER, net.now) == Refused(Because.OFFER_PENDING)
    net.until(lambda: bool(b.of(SessionOffered)))
    assert b.one(SessionOffered) == SessionOffered(leg, HOLD)
    assert b.endpoint.answer(leg, HELD, net.now) is None
    net.until(lambda: bool(a.of(SessionAnswered)))
    net.run(1)
    assert a.endpoint.agreed_sdp(out) == (HOLD, HELD)
    assert b.endpoint.agreed_sdp(leg) == (HELD, HOLD)
    finish(net, a, b)


def test_refused_offer_leaves_the_session_as_it_was():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    b.endpoint.reinvite(leg, HOLD, net.now)
    net.until(lambda: bool(a.of(SessionOffered)))
    a.endpoint.refuse_offer(out, net.now)
    net.until(lambda: bool(b.of(SessionRefused)))
    assert b.one(SessionRefused) == SessionRefused(leg, 488)
    assert b.endpoint.agreed_sdp(leg) == (ANSWER, OFFER)
    assert a.endpoint.agreed_sdp(out) == (OFFER, ANSWER)
    finish(net, a, b)


@pytest.mark.parametrize("seed", range(10))
def test_glare_is_refused_on_both_sides_and_both_offers_get_through_in_the_end(seed):
    net, a, b = pair(seed=seed)
    out, leg = call_up(net, a, b)
    a.endpoint.reinvite(out, HOLD, net.now)
    b.endpoint.reinvite(leg, HELD, net.now)
    done: set[int] = set()
    started = net.now
    while not (a.of(SessionAnswered) and b.of(SessionAnswered)):
        assert net.step() and net.now < started + 60
        for peer, own, sdp in ((a, out, OFFER), (b, leg, ANSWER)):
            for event in peer.of(SessionOffered):
                if id(event) not in done:
                    done.add(id(event))
                    assert peer.endpoint.answer(own, sdp, net.now) is None
    assert net.messages("10.0.0.1", "SIP/2.0 491") and net.messages("10.0.0.2", "SIP/2.0 491")
    net.run(1)
    assert a.endpoint.agreed_sdp(out) == tuple(reversed(b.endpoint.agreed_sdp(leg)))
    finish(net, a, b)


def test_second_offer_before_the_first_is_answered_gets_500_with_retry_after():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.until(lambda: bool(b.of(SessionOffered)))
    call = a.endpoint._core.calls[out]
    request, _flow = a.endpoint._core.request_in_dialog(call, call.dialog, "INVITE", body=OFFER)
    b.endpoint.receive(
        request.encode(), Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060)), net.now
    )
    net.flush()
    refused = net.messages("10.0.0.2", "SIP/2.0 500")
    assert len(refused) == 1 and b"Retry-After: " in refused[0]
    assert len(b.of(SessionOffered)) == 1
    b.endpoint.answer(leg, HELD, net.now)
    finish(net, a, b)


def test_cancelled_reinvite_is_withdrawn():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.until(lambda: bool(b.of(SessionOffered)))
    invite = parse_message(net.messages("10.0.0.1", "INVITE")[-1], ParseLimits())
    from sip_bridge.sip.transactions import cancel_of

    flow = Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060))
    b.endpoint.receive(cancel_of(invite).encode(), flow, net.now)
    net.until(lambda: bool(a.of(SessionRefused)))
    assert b.one(SessionOfferWithdrawn).leg == leg
    assert a.one(SessionRefused).status == 487
    assert b.endpoint.agreed_sdp(leg) == (ANSWER, OFFER)
    finish(net, a, b)


@pytest.mark.parametrize("reliable", [None, True])
def test_reliable_early_media_is_pracked_and_its_answer_counts(reliable):
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    leg = b.one(CallOffered).leg
    b.endpoint.progress(leg, net.now, 183, ANSWER, reliable=reliable)
    b.endpoint.progress(leg, net.now, 180, reliable=True)
    b.endpoint.accept(leg, ANSWER, net.now)
    net.until(lambda: bool(b.of(CallConfirmed)))
    assert [(e.status, e.sdp) for e in a.of(CallProgressed)] == [(183, ANSWER), (180, None)]
    assert len(net.messages("10.0.0.1", "PRACK")) == 2
    assert a.one(CallAnswered).sdp == ANSWER
    assert a.endpoint.agreed_sdp(out) == (OFFER, ANSWER)
    finish(net, a, b)


def test_reliable_provisional_without_prack_is_repeated_then_the_call_ends_with_504():
    net, a, b = pair()
    net.tap = lambda host, data: not data.startswith(b"PRACK")
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.progress(b.one(CallOffered).leg, net.now, 183, ANSWER)
    net.run(100)
    assert (b.one(CallEnded).cause, b.one(CallEnded).status) == (Cause.NO_PRACK, 504)
    assert a.one(CallEnded).status == 504
    assert len(a.of(CallProgressed)) == 1
    assert len(net.messages("10.0.0.2", "SIP/2.0 183")) == 7
    finish(net, a, b)


def fork(net, a, b):
    """b and a third peer answer the same INVITE, as behind a forking proxy."""
    c = net.add("10.0.0.3", towards="10.0.0.1")
    a.endpoint.invite("pbx", "210000001", OFFER, net.now)
    net.flush()
    invite = net.messages("10.0.0.1", "INVITE")[0]
    flow = Flow(Transport.UDP, HostPort("10.0.0.3", 5060), HostPort("10.0.0.1", 5060))
    c.endpoint.receive(invite, flow, net.now)
    net.until(lambda: bool(b.of(CallOffered)) and bool(c.of(CallOffered)))
    return c


def test_second_answer_of_a_fork_is_acknowledged_and_hung_up():
    net, a, b = pair()
    c = fork(net, a, b)
    b.endpoint.progress(b.one(CallOffered).leg, net.now)
    c.endpoint.progress(c.one(CallOffered).leg, net.now)
    net.until(lambda: len(a.of(CallProgressed)) == 2)
    assert len({e.branch for e in a.of(CallProgressed)}) == 2
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    c.endpoint.accept(c.one(CallOffered).leg, HELD, net.now)
    net.until(lambda: bool(c.of(CallEnded)))
    net.run(2)
    assert a.one(CallAnswered).sdp == ANSWER
    assert c.one(CallEnded).cause is Cause.REMOTE_HANGUP
    assert b.of(CallEnded) == [] and len(b.of(CallConfirmed)) == 1
    assert len(a.endpoint.legs) == 1
    assert a.endpoint.refusals["fork_answered_second"] == 1
    finish(net, a, b, c)


def test_fork_that_answers_after_another_branch_refused_is_hung_up():
    net, a, b = pair()
    c = fork(net, a, b)
    b.endpoint.reject(b.one(CallOffered).leg, 486, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    c.endpoint.accept(c.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(c.of(CallEnded)))
    assert a.one(CallEnded).status == 486 and a.of(CallAnswered) == []
    assert c.one(CallEnded).cause is Cause.REMOTE_HANGUP
    finish(net, a, b, c)


def test_session_is_refreshed_by_the_refresher_for_as_long_as_it_lasts():
    net, a, b = pair(session_expires=90)
    call_up(net, a, b)
    net.run(1000)
    refreshes = len(net.messages("10.0.0.1", "UPDATE")) + len(net.messages("10.0.0.2", "UPDATE"))
    assert 20 <= refreshes <= 23
    assert not net.messages("10.0.0.1", "BYE") and not net.messages("10.0.0.2", "BYE")
    assert not a.of(CallEnded) and not b.of(CallEnded)
    finish(net, a, b)


def test_refresher_ends_the_call_when_the_peer_is_gone():
    net, a, b = pair(session_expires=90)
    call_up(net, a, b)
    b.alive = False
    net.run(45 + 32 + 1)
    assert (a.one(CallEnded).cause, a.one(CallEnded).status) == (Cause.SESSION_EXPIRED, 408)


def test_other_side_ends_the_call_when_no_refresh_comes():
    net, a, b = pair(session_expires=90)
    call_up(net, a, b)
    a.alive = False
    net.run(61)
    assert b.one(CallEnded).cause is Cause.SESSION_EXPIRED


def test_session_interval_too_small_is_raised_after_422():
    net, a, b = pair()
    short = config_of("10.0.0.1", "10.0.0.2")
    a.endpoint.__init__(EndpointConfig(listen=short.listen, trunks=short.trunks, session_expires=30, min_se=30))
    call_up(net, a, b)
    assert len(net.messages("10.0.0.2", "SIP/2.0 422")) == 1
    assert b"Session-Expires: 90\r\n" in net.messages("10.0.0.1", "INVITE")[1]
    finish(net, a, b)


def test_digit_by_info():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    a.endpoint.info(out, "#", net.now, 200)
    net.until(lambda: bool(b.of(DigitReceived)))
    assert b.one(DigitReceived) == DigitReceived(leg, "#", 200)
    finish(net, a, b)


def test_refer_is_accepted_reported_and_ended():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    transfer = a.endpoint.refer(out, "sip:5555@10.0.0.9", net.now)
    net.until(lambda: bool(b.of(TransferRequested)))
    wanted = b.one(TransferRequested)
    assert (wanted.leg, wanted.target, wanted.replaces) == (leg, "sip:5555@10.0.0.9", None)
    b.endpoint.accept_transfer(wanted.transfer, net.now)
    b.endpoint.notify(wanted.transfer, 180, net.now)
    net.until(lambda: len(a.of(TransferProgressed)) == 2)
    b.endpoint.notify(wanted.transfer, 200, net.now)
    net.until(lambda: bool(a.of(TransferEnded)))
    assert [e.status for e in a.of(TransferProgressed)] == [100, 180]
    assert a.one(TransferEnded) == TransferEnded(out, transfer, 200)
    assert b.endpoint.notify(wanted.transfer, 200, net.now) == Refused(Because.NO_SUCH_TRANSFER)
    finish(net, a, b)


def test_refused_refer():
    net, a, b = pair()
    out, _ = call_up(net, a, b)
    transfer = a.endpoint.refer(out, "5555", net.now)
    net.until(lambda: bool(b.of(TransferRequested)))
    b.endpoint.reject_transfer(b.one(TransferRequested).transfer, net.now)
    net.until(lambda: bool(a.of(TransferEnded)))
    assert a.one(TransferEnded) == TransferEnded(out, transfer, 603)
    finish(net, a, b)


def test_attended_transfer_replaces_the_consultation_call():
    net, a, b = pair()
    first, at_b = call_up(net, a, b)
    second, consult_at_b = call_up(net, a, b)
    a.endpoint.refer(first, "", net.now, replaces=second)
    net.until(lambda: bool(b.of(TransferRequested)))
    wanted = b.one(TransferRequested)
    assert (wanted.leg, wanted.replaces_leg) == (at_b, consult_at_b)
    b.endpoint.accept_transfer(wanted.transfer, net.now)
    finish(net, a, b)


def test_invite_with_replaces_takes_the_place_of_a_call():
    net, a, b = pair()
    _, old = call_up(net, a, b)
    call = b.endpoint._core.calls[old]
    replaces = f"{call.dialog.call_id};to-tag={call.dialog.local_tag};from-tag={call.dialog.remote_tag}"
    a.endpoint.invite("pbx", "210000001", OFFER, net.now, replaces=replaces)
    net.until(lambda: len(b.of(CallOffered)) == 2)
    offered = b.of(CallOffered)[1]
    assert offered.replaces == old
    b.endpoint.accept(offered.leg, ANSWER, net.now)
    net.until(lambda: bool(b.of(CallEnded)))
    assert b.one(CallEnded).leg == old and b.one(CallEnded).cause is Cause.REPLACED
    assert list(b.endpoint.legs) == [offered.leg]
    finish(net, a, b)


@pytest.mark.parametrize(
    ("change", "status"),
    [(lambda r: r.replace("to-tag=", "to-tag=x"), 481), (lambda r: r + ";early-only", 486), (lambda r: "junk", 400)],
)
def test_invite_with_replaces_that_fits_nothing_is_refused(change, status):
    net, a, b = pair()
    _, old = call_up(net, a, b)
    dialog = b.endpoint._core.calls[old].dialog
    replaces = change(f"{dialog.call_id};to-tag={dialog.local_tag};from-tag={dialog.remote_tag}")
    a.endpoint.invite("pbx", "210000001", OFFER, net.now, replaces=replaces)
    net.until(lambda: bool(a.of(CallEnded)))
    assert a.one(CallEnded).status == status
    assert list(b.endpoint.legs) == [old]
    finish(net, a, b)


def test_route_set_is_kept_in_order_both_ways():
    net, a, b = pair()
    routes = ["<sip:10.0.0.2;lr;n=1>", "<sip:10.0.0.2;lr;n=2>"]

    def add_routes(host, data):
        if host == "10.0.0.1" and data.startswith(b"INVITE"):
            message = parse_message(data, ParseLimits())
            message.headers.setlist("record-route", [", ".join(routes)])
            flow = Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060))
            b.endpoint.receive(message.encode(), flow, net.now)
            return False
        return True

    net.tap = add_routes
    out, leg = call_up(net, a, b)
    ack = parse_message(net.messages("10.0.0.1", "ACK")[0], ParseLimits())
    assert ack.headers.items("route") == routes[::-1]
    assert b.endpoint._core.calls[leg].dialog.route_set == tuple(routes)
    a.endpoint.bye(out, net.now)
    net.run(100)
    assert b.one(CallEnded).cause is Cause.REMOTE_HANGUP


def test_cseq_out_of_order_is_refused_with_500():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    call = a.endpoint._core.calls[out]
    request, _ = a.endpoint._core.request_in_dialog(call, call.dialog, "INFO", cseq=1)
    flow = Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060))
    b.endpoint.receive(request.encode(), flow, net.now)
    assert b.endpoint.to_send(net.now)[0][0].startswith(b"SIP/2.0 500")
    assert b.endpoint.refusals["cseq_out_of_order"] == 1
    assert leg in b.endpoint.legs


def test_response_helper_keeps_the_tag_of_the_request():
    request = Request("BYE", "sip:x@y")
    request.headers.set("to", "<sip:x@y>;tag=1")
    request.headers.set("from", "<sip:a@b>;tag=2")
    assert response_to(request, 200, to_tag="other").headers.get("to") == "<sip:x@y>;tag=1"
