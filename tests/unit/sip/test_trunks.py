"""Trunks, registration, pings, identity, admission, drain, restart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_bridge.sip.address import Uri
from sip_bridge.sip.call import Dialog
from sip_bridge.sip.core import EndpointConfig, next_hop, routed
from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.entropy import SeededEntropy
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import (
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallOffered,
    CallProgressed,
    Cause,
    SessionAnswered,
    SessionOffered,
    TrunkLost,
    TrunkReached,
    TrunkRegistered,
    TrunkRegistrationFailed,
)
from sip_bridge.sip.flow import Flow, HostPort, Transport
from sip_bridge.sip.identity import Caller, Number, caller_of, normalise, number_of
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.message import Headers, ParseLimits, Request, parse_message, response_to
from sip_bridge.sip.trunk import Trunk, TrunkTable
from tests.support.sip_sim import ANSWER, HELD, HOLD, OFFER, call_up, config_of, empty, pair

# -- identity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("221000000", "+420221000000"), ("221 000 000", "+420221000000"), ("00420221000000", "+420221000000"),
        ("+420 221-000-000", "+420221000000"), ("420221000000", "+420221000000"), ("+4930123456", "+4930123456"),
        ("0049 30 123456", "+4930123456"), ("123", "123"), ("*21#", "*21#"), ("112", "112"), ("4321", "4321"),
    ],
)  # fmt: skip
def test_number_is_normalised(text, expected):
    number = normalise(text)
    assert (number.text, number.valid) == (expected, True)


@pytest.mark.parametrize("text", ["", "alice", "+", "+42022100000000000000000", "١٢٣", "sip:x"])
def test_what_is_no_number_is_kept_and_flagged(text):
    assert normalise(text) == Number(text, False)


@given(st.text(max_size=30))
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once.text) == once
    if once.valid and not once.extension:
        assert once.text.startswith("+") and once.text[1:].isdigit()


@given(st.integers(200_000_000, 799_999_999).filter(lambda n: str(n)[0] in "23567"))
def test_every_way_to_write_a_czech_number_is_the_same(number):
    digits = str(number)
    ways = [digits, f"+420{digits}", f"00420{digits}", f"{digits[:3]} {digits[3:6]} {digits[6:]}"]
    assert {normalise(way) for way in ways} == {Number(f"+420{digits}", True)}


def test_number_with_phone_context():
    assert number_of(Uri.parse("tel:221000000;phone-context=+420")).text == "+420221000000"
    assert number_of(Uri.parse("sip:30123456;phone-context=+49@x;user=phone")).text == "+4930123456"
    assert number_of(Uri.parse("tel:1234;phone-context=pbx.example")) == Number("1234", True, extension=True)


def identity(**headers: str) -> Request:
    pairs = [
        ("From", headers.pop("From", '"Jana" <sip:221000000@x>;tag=1')),
        *((k.replace("_", "-"), v) for k, v in headers.items()),
    ]
    return Request("INVITE", "sip:x@y", Headers(pairs))


@pytest.mark.parametrize(
    ("request_", "trusted", "expected"),
    [
        (identity(), True, Caller("+420221000000", "Jana")),
        (identity(P_Asserted_Identity='"Petr" <sip:+420777000111@x>'), True, Caller("+420777000111", "Petr", asserted=True)),
        (identity(P_Asserted_Identity='"Petr" <sip:+420777000111@x>'), False, Caller("+420221000000", "Jana")),
        (identity(P_Asserted_Identity='"P" <sip:p@x>, <tel:+420777000111>'), True, Caller("+420777000111", "P", asserted=True)),
        (identity(P_Asserted_Identity="<sip:+420777000111@x>", Privacy="id"), True, Caller("", "", anonymous=True, asserted=True)),
        (identity(Privacy="user;id"), True, Caller("", "", anonymous=True)),
        (identity(Privacy="none"), True, Caller("+420221000000", "Jana")),
        (identity(From='"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'), True, Caller("", "", anonymous=True)),
        (identity(Remote_Party_ID="<sip:999@x>"), True, Caller("+420221000000", "Jana")),
        (identity(From="<sip:jana@x>;tag=1"), True, Caller("jana", "", valid=False)),
        (identity(P_Asserted_Identity="garbage <"), True, Caller("+420221000000", "Jana")),
    ],
)  # fmt: skip
def test_caller(request_, trusted, expected):
    assert caller_of(request_, trusted=trusted) == expected


# -- trunks


def test_narrowest_network_decides_and_strangers_match_nothing():
    table = TrunkTable.of([
        Trunk("wide", "a", networks=("10.0.0.0/8",)), Trunk("narrow", "b", networks=("10.1.0.0/16", "2001:db8::/32")),
        Trunk("own", "192.0.2.7"),
    ])  # fmt: skip
    found = {
        ip: (t.name if (t := table.match(ip)) else None)
        for ip in ("10.9.9.9", "10.1.2.3", "2001:db8::5", "::ffff:10.1.2.3", "192.0.2.7", "192.0.2.8", "junk")
    }
    assert found == {
        "10.9.9.9": "wide",
        "10.1.2.3": "narrow",
        "2001:db8::5": "narrow",
        "::ffff:10.1.2.3": "narrow",
        "192.0.2.7": "own",
        "192.0.2.8": None,
        "junk": None,
    }
    with pytest.raises(ValueError, match="twice"):
        TrunkTable.of([Trunk("x", "a"), Trunk("x", "b")])


@pytest.mark.parametrize(
    ("trunk", "to", "caller", "because"),
    [
        ({"allowed_prefixes": ("+420",)}, "+49301234", "", Because.NUMBER_NOT_ALLOWED),
        ({"allowed_prefixes": ()}, "112", "", Because.NUMBER_NOT_ALLOWED),
        ({"allowed_prefixes": ("+420",)}, "sip:+49301234@elsewhere", "", Because.NUMBER_NOT_ALLOWED),
        ({}, "1\r\nX: y", "", Because.NUMBER_NOT_ALLOWED),
        ({"callers": ("221000000",)}, "112", "999", Because.CALLER_NOT_ALLOWED),
        ({"calls": 0}, "112", "", Because.TRUNK_FULL),
    ],
)
def test_call_that_the_trunk_may_not_make_is_refused_and_nothing_is_sent(trunk, to, caller, because):
    net, a, _ = pair()
    a.endpoint.__init__(config_of("10.0.0.1", "10.0.0.2", **trunk), SeededEntropy(1))
    assert a.endpoint.invite("pbx", to, OFFER, net.now, caller=caller) == Refused(because)
    assert a.endpoint.to_send(net.now) == [] and a.endpoint.legs == {}


def test_calls_per_second_of_a_trunk():
    net, a, _ = pair(rate=3.0)
    results = [a.endpoint.invite("pbx", "112", OFFER, net.now) for _ in range(5)]
    assert results[3:] == [Refused(Because.RATE_LIMITED)] * 2
    assert isinstance(a.endpoint.invite("pbx", "112", OFFER, net.now + 1), str)


def registrar(password="secret"):
    net, a, _b = pair()
    config = config_of(
        "10.0.0.1", "10.0.0.2", register=True, register_expires=60, credentials=Credentials("kc", password)
    )
    a.endpoint.__init__(config, SeededEntropy(3))
    flow = Flow(Transport.UDP, HostPort("10.0.0.1", 5060), HostPort("10.0.0.2", 5060))

    def answer(status, **headers):
        ((wire, _),) = [(w, f) for w, f in a.endpoint.to_send(net.now) if w.startswith(b"REGISTER")]
        request = parse_message(wire, ParseLimits())
        pairs = [(k.replace("_", "-"), v) for k, v in headers.items()]
        a.endpoint.receive(response_to(request, status, to_tag="r", headers=pairs).encode(), flow, net.now)
        events = []
        while (event := a.endpoint.next_event()) is not None:
            events.append(event)
        return request, events

    return net, a.endpoint, answer


def test_registration_with_challenge_min_expires_and_refresh():
    net, endpoint, answer = registrar()
    endpoint.start_trunks(net.now)
    first, _ = answer(401, WWW_Authenticate='Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"')
    second, _ = answer(423, Min_Expires="600")
    assert "authorization" not in first.headers and "authorization" in second.headers
    third, events = answer(200, Contact="<sip:kc@10.0.0.1:5060>;expires=600")
    assert third.headers.get("expires") == "600"
    assert [m.cseq[0] for m in (first, second, third)] == [1, 2, 3] and len(
        {m.call_id for m in (first, second, third)}
    ) == 1
    assert events == [TrunkRegistered("pbx", 600)]
    refresh_at = net.now + 480
    while (at := endpoint.next_timer()) is not None and at < refresh_at:
        endpoint.handle_timer(at)
    assert at == refresh_at
    net.now = at
    endpoint.handle_timer(at)
    assert answer(200)[1] == [TrunkRegistered("pbx", 600)]
    endpoint.stop_trunks(net.now)
    assert answer(200)[0].headers.get("expires") == "0"


def test_failed_registration_backs_off_longer_each_time():
    net, endpoint, answer = registrar()
    endpoint.start_trunks(net.now)
    waits = []
    for _ in range(8):
        _, (failed,) = answer(503)
        assert isinstance(failed, TrunkRegistrationFailed) and failed.status == 503
        waits.append(failed.retry_in)
        until = net.now + failed.retry_in
        while endpoint.next_timer() is not None and net.now < until:
            net.now = max(net.now, endpoint.next_timer())
            endpoint.handle_timer(net.now)
    for number, wait in enumerate(waits):
        longest = min(300.0, 5.0 * 2**number)
        assert longest / 2 <= wait <= longest


def test_ping_tells_when_the_trunk_is_lost_and_back():
    net, a, b = pair(ping_interval=40.0)
    a.endpoint.start_trunks(net.now)
    net.run(100)
    assert a.events == [TrunkReached("pbx")]
    b.alive = False
    net.run(100)
    assert a.events[1:] == [TrunkLost("pbx", 0)]
    b.alive = True
    net.run(100)
    assert a.events[2:] == [TrunkReached("pbx")]
    b.endpoint.drain()
    net.run(50)
    assert a.events[3:] == [TrunkLost("pbx", 503)]


def test_who_did_not_answer_is_asked_again_soon_however_seldom_otherwise():
    net, a, b = pair(ping_interval=3600.0)
    b.endpoint.drain()
    a.endpoint.start_trunks(net.now)
    net.run(1)
    assert a.events == [TrunkLost("pbx", 503)]
    net.run(25)
    assert len(net.messages("10.0.0.1", "OPTIONS")) == 3
    b.endpoint.__init__(config_of("10.0.0.2", "10.0.0.1"), SeededEntropy(1))
    net.run(10)
    assert a.events[1:] == [TrunkReached("pbx")]
    net.run(3000)
    assert len(net.messages("10.0.0.1", "OPTIONS")) == 4


# -- admission


def test_stranger_gets_403_without_a_transaction_and_is_counted():
    net, a, b = pair()
    b.endpoint.__init__(config_of("10.0.0.2", "10.9.9.9"), SeededEntropy(1))
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    assert a.one(CallEnded).status == 403 and b.events == []
    assert b.endpoint.refusals["unknown_source"] == 1 and empty(b)


def test_drain_refuses_new_calls_both_ways_and_calls_in_progress_go_on():
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    b.endpoint.drain()
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    assert (a.one(CallEnded).status, a.one(CallEnded).retry_after) == (503, 5)
    assert b.endpoint.refusals["draining"] == 1
    assert b.endpoint.invite("pbx", "112", OFFER, net.now) == Refused(Because.DRAINING)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.until(lambda: bool(b.of(SessionOffered)))
    b.endpoint.answer(leg, HELD, net.now)
    net.until(lambda: bool(a.of(SessionAnswered)))
    b.endpoint.bye(leg, net.now)
    net.run(100)
    assert empty(a) and empty(b)


@pytest.mark.parametrize(
    ("limits", "trunk", "reason"),
    [({"total_calls": 2}, {}, "overload"), ({"source_calls": 2}, {}, "source_full"), ({}, {"calls": 2}, "trunk_full"),
     ({"source_rate": 0.001, "source_burst": 2}, {"rate": 0.001}, "source_rate")],
)  # fmt: skip
def test_one_call_too_many_gets_503(limits, trunk, reason):
    net, a, b = pair()
    settings = {"source_rate": 1e6, "source_burst": 1e6, **limits}
    b.endpoint.__init__(config_of("10.0.0.2", "10.0.0.1", limits=Limits(**settings), **trunk), SeededEntropy(9))
    for _ in range(3):
        a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    assert (a.one(CallEnded).status, a.one(CallEnded).retry_after) == (503, 5)
    assert len(b.of(CallOffered)) == 2 and b.endpoint.refusals[reason] >= 1


def test_trunk_may_send_faster_than_a_stranger():
    net, a, b = pair()
    b.endpoint.__init__(
        config_of("10.0.0.2", "10.0.0.1", limits=Limits(source_rate=1, source_burst=1), rate=20), SeededEntropy(9)
    )
    for _ in range(40):
        a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.run(1)
    assert len(b.of(CallOffered)) == 40


def test_line_breaks_in_what_the_owner_gives_make_no_header():
    net, a, b = pair()
    a.endpoint.invite("pbx", "112", OFFER, net.now, name="x\r\nEvil: 1", headers=[("X-Id", "1\r\nEvil: 1")])
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.reject(b.one(CallOffered).leg, 486, net.now, "Busy\r\nEvil: 1")
    net.run(40)
    assert not any(b"\nEvil" in data for _, data in net.sent)
    assert a.one(CallEnded).status == 486


def test_large_request_leaves_by_tcp_when_the_trunk_takes_it():
    net, a, _b = pair(tcp_if_large=True)
    a.endpoint.invite("pbx", "112", OFFER + b"a=x:" + b"y" * 1400 + b"\r\n", net.now)
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    flows = [(flow.transport, b"SIP/2.0/TCP" in data) for data, flow in a.endpoint.to_send(net.now)]
    assert flows == [(Transport.TCP, True), (Transport.UDP, False)]


@pytest.mark.parametrize(
    ("hop", "expected"),
    [("<sip:192.0.2.5;lr>", ("192.0.2.5", 5060, "udp")), ("<sip:x@192.0.2.5:5070;transport=tcp>", ("192.0.2.5", 5070, "tcp")),
     ("<sips:x@[2001:db8::1]>", ("2001:db8::1", 5061, "tls")), ("<sip:x@pbx.example:5080>", ("10.0.0.2", 5060, "udp"))],
)  # fmt: skip
def test_next_hop(hop, expected):
    flow = next_hop(hop, Flow(Transport.UDP, HostPort("10.0.0.1", 5060), HostPort("10.0.0.2", 5060)))
    assert (flow.remote.host, flow.remote.port, flow.transport.value) == expected


# -- restart


def restarted(net, peer, towards, **options):
    net.restart(peer, config_of(peer.host, towards, **options))


@pytest.mark.parametrize("who_restarts", ["caller", "callee"])
@pytest.mark.parametrize("who_hangs_up", ["caller", "callee"])
def test_confirmed_call_survives_kill_9_and_either_side_hangs_up(who_restarts, who_hangs_up):
    net, a, b = pair(session_expires=1800)
    out, leg = call_up(net, a, b)
    net.run(50)
    if who_restarts == "caller":
        restarted(net, a, "10.0.0.2")
    else:
        restarted(net, b, "10.0.0.1")
    assert (list(a.endpoint.legs), list(b.endpoint.legs)) == ([out], [leg])
    assert a.endpoint.adopt(a.endpoint.dump(out), net.now) == Refused(Because.ALREADY_KNOWN)
    assert a.endpoint.agreed_sdp(out) == (OFFER, ANSWER) and b.endpoint.agreed_sdp(leg) == (ANSWER, OFFER)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.until(lambda: bool(b.of(SessionOffered)))
    b.endpoint.answer(leg, HELD, net.now)
    net.until(lambda: bool(a.of(SessionAnswered)))
    net.run(1)
    b.endpoint.reinvite(leg, ANSWER, net.now)
    net.until(lambda: bool(a.of(SessionOffered)))
    a.endpoint.answer(out, OFFER, net.now)
    net.until(lambda: bool(b.of(SessionAnswered)))
    peer, own = (a, out) if who_hangs_up == "caller" else (b, leg)
    assert peer.endpoint.bye(own, net.now) is None
    net.run(100)
    assert len(a.of(CallEnded)) == len(b.of(CallEnded)) == 1
    assert empty(a) and empty(b) and a.journal == b.journal == {}


@pytest.mark.parametrize("action", ["accept", "reject", "cancelled"])
def test_ringing_caller_is_answered_after_the_restart(action):
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    leg = b.one(CallOffered).leg
    b.endpoint.progress(leg, net.now)
    net.until(lambda: bool(a.of(CallProgressed)))
    restarted(net, b, "10.0.0.1")
    b.endpoint.receive(
        net.messages("10.0.0.1", "INVITE")[0],
        Flow(Transport.UDP, HostPort("10.0.0.2", 5060), HostPort("10.0.0.1", 5060)),
        net.now,
    )
    net.flush()
    assert len(b.of(CallOffered)) == 1  # the repeated INVITE made no second call
    if action == "accept":
        assert b.endpoint.accept(leg, ANSWER, net.now) is None
        net.until(lambda: bool(b.of(CallConfirmed)))
        assert a.one(CallAnswered).sdp == ANSWER
        a.endpoint.bye(out, net.now)
    elif action == "reject":
        b.endpoint.reject(leg, 486, net.now)
    else:
        a.endpoint.cancel(out, net.now)
    net.run(100)
    cause = {"accept": Cause.REMOTE_HANGUP, "reject": Cause.LOCAL_REJECT, "cancelled": Cause.REMOTE_CANCEL}[action]
    assert b.one(CallEnded).cause is cause and len(a.of(CallEnded)) == 1
    assert empty(a) and empty(b)


def test_answered_call_whose_ack_was_lost_with_the_process_is_confirmed_after_it():
    net, a, b = pair()
    net.tap = lambda host, data: not data.startswith(b"ACK")
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(a.of(CallAnswered)))
    restarted(net, b, "10.0.0.1")
    net.tap = None
    net.until(lambda: bool(b.of(CallConfirmed)), 5)
    b.endpoint.bye(b.one(CallOffered).leg, net.now)
    net.run(100)
    assert empty(a) and empty(b)


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize("action", ["cancel", "answered"])
def test_our_ringing_call_goes_on_after_the_restart(action, rang):
    net, a, b = pair()
    out = a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    if rang:
        b.endpoint.progress(b.one(CallOffered).leg, net.now)
        net.until(lambda: bool(a.of(CallProgressed)))
    restarted(net, a, "10.0.0.2")
    if action == "cancel":
        assert a.endpoint.cancel(out, net.now) is None
    else:
        b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
        net.until(lambda: bool(a.of(CallAnswered)))
        a.endpoint.bye(out, net.now)
    net.run(100)
    assert b.one(CallEnded).cause is (Cause.REMOTE_CANCEL if action == "cancel" else Cause.REMOTE_HANGUP)
    assert len(a.of(CallEnded)) == 1 and empty(a) and empty(b)


def test_repeated_200_after_the_restart_gets_its_ack():
    net, a, b = pair()
    net.tap = lambda host, data: not data.startswith(b"ACK")
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))
    b.endpoint.accept(b.one(CallOffered).leg, ANSWER, net.now)
    net.until(lambda: bool(a.of(CallAnswered)))
    restarted(net, a, "10.0.0.2")
    net.tap = None
    net.until(lambda: bool(b.of(CallConfirmed)), 5)


def test_session_goes_on_being_refreshed_after_the_restart():
    net, a, b = pair(session_expires=90)
    call_up(net, a, b)
    net.run(40)
    restarted(net, a, "10.0.0.2", session_expires=90)
    net.run(500)
    assert not a.of(CallEnded) and not b.of(CallEnded)


def test_journal_holds_a_leg_before_the_peer_can_know_of_it():
    net, a, _b = pair()
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    assert [entry.snapshot is not None for entry in a.endpoint.take_journal()] == [True]
    assert a.endpoint.to_send(net.now) and a.endpoint.take_journal() == []


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"version":99}', b"\xff", b"null"])
def test_bad_snapshot_is_refused(data):
    endpoint = SipEndpoint(EndpointConfig(listen={Transport.UDP: HostPort("10.0.0.1", 5060)}))
    assert endpoint.adopt(data, 0.0) == Refused(Because.BAD_SNAPSHOT)
    assert not any(endpoint.load.values())


def test_strict_first_router_takes_the_place_of_the_target():
    dialog = Dialog(
        "c", "l", "r", "<sip:a@x>", "<sip:b@y>", 1, 0, "sip:b@192.0.2.1", ("<sip:p1.example>", "<sip:p2.example;lr>")
    )
    assert routed(dialog) == ("sip:p1.example", ["<sip:p2.example;lr>", "<sip:b@192.0.2.1>"])
    dialog.route_set = ("<sip:p1.example;lr>", "<sip:p2.example;lr>")
    assert routed(dialog) == ("sip:b@192.0.2.1", ["<sip:p1.example;lr>", "<sip:p2.example;lr>"])


def test_overload_refuses_new_calls_and_is_over_when_the_owner_says_so():
    net, a, b = pair()
    b.endpoint.overload()
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    assert a.one(CallEnded).status == 503 and b.endpoint.refusals["overload"] == 1
    b.endpoint.overload(False)
    a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallOffered)))


def test_stranger_who_floods_is_told_no_more_than_one_who_does_not():
    """An answer to the last of many would tell that somebody is here, and send it to whoever the sender claims to be."""
    net, a, b = pair()
    silent = replace(
        config_of("10.0.0.2", "10.9.9.9", limits=Limits(source_rate=0.001, source_burst=2)), answer_silently=True
    )
    b.endpoint.__init__(silent, SeededEntropy(1))
    before = len(net.sent)
    for _ in range(5):
        a.endpoint.invite("pbx", "112", OFFER, net.now)
    net.run(1)
    assert not [data for _, data in net.sent[before:] if data.startswith(b"SIP/2.0")]
    assert b.endpoint.refusals["unknown_source"] == 2 and b.endpoint.refusals["source_rate"] >= 3  # repeated ones too
    assert b.events == [] and empty(b)
