"""Lines of the exchange by subscription (RFC 6665), two peers in memory, on a good and on a bad network."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sip_bridge.sip.dialog_info import LineState
from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import LineStateChanged
from sip_bridge.sip.flow import Flow, HostPort, Transport
from tests.support.notifier import Notifier, document
from tests.support.sip_sim import Network, Peer, config_of, empty

RINGING, TALKING = ("a", "early", "recipient"), ("a", "confirmed", "recipient")


def pair(seed: int = 1, *, credentials: Credentials | None = None, **options: float) -> tuple[Network, Peer, Notifier]:
    net = Network(seed=seed, **options)
    us = net.add("10.0.0.1", towards="10.0.0.2", credentials=credentials)
    notifier = Notifier()
    net.peers["10.0.0.2"] = Peer("10.0.0.2", notifier)  # type: ignore[arg-type]
    return net, us, notifier


def watch(net: Network, us: Peer, *lines: str) -> None:
    assert us.endpoint.watch_lines("pbx", lines, net.now) is None


def state(net: Network, us: Peer, line: str = "1001") -> LineState:
    return {fact.line: fact.state for fact in us.endpoint.line_states(net.now)}[line]


def told(us: Peer, line: str = "1001") -> list[str]:
    """The states told, each once while it lasts."""
    found: list[str] = []
    for event in us.of(LineStateChanged):
        if event.line == line and found[-1:] != [event.state.value]:
            found.append(event.state.value)
    return found


@pytest.mark.parametrize("notify_first", [False, True])
def test_line_is_free_rings_talks_and_is_free(notify_first):
    net, us, notifier = pair()
    notifier.notify_first = notify_first
    watch(net, us, "1001")
    net.run(1)
    subscribe = notifier.requests[0][1]
    assert subscribe.uri == "sip:1001@10.0.0.2"
    wanted = {"event": "dialog", "accept": "application/dialog-info+xml", "expires": "600"}
    assert {name: subscribe.headers.get(name) for name in wanted} == wanted
    for calls in ([RINGING], [TALKING], []):
        notifier.change("1001", net.now, *calls)
        net.run(1)
    assert told(us) == ["free", "ringing", "busy", "free"]
    assert set(notifier.answers) == {200}
    assert all(0 < event.expires_in <= 600 for event in us.of(LineStateChanged))


@pytest.mark.parametrize("seed", range(25))
def test_state_is_right_in_the_end_whatever_the_network_does(seed):
    rng = random.Random(seed)
    net, us, notifier = pair(seed, loss=0.25, duplication=0.25, jitter=1.5)
    lines = [f"10{n:02}" for n in range(6)]
    watch(net, us, *lines)
    net.until(lambda: all(state(net, us, line) is LineState.FREE for line in lines), 2_000)
    for _ in range(40):
        line = rng.choice(lines)
        calls = rng.choice([[], [RINGING], [TALKING], [TALKING, ("b", "early", "recipient")]])
        if any(s.line == line for s in notifier.subscriptions.values()):
            notifier.change(line, net.now, *calls)
        net.run(rng.choice([0.0, 0.3, 20.0]))
    net.run(1_500)
    for line in lines:
        calls = notifier.calls.get(line, [])
        expected = LineState.FREE if not calls else LineState.BUSY if TALKING in calls else LineState.RINGING
        assert state(net, us, line) is expected
    watch(net, us)
    net.run(2_000)
    assert empty(us), us.endpoint.load
    assert notifier.subscriptions == {}


def test_subscription_is_renewed_before_it_ends_and_keeps_its_dialog():
    net, us, notifier = pair()
    notifier.granted = 120
    watch(net, us, "1001")
    net.run(1_000)
    assert len({request.call_id for _, request in notifier.requests}) == 1
    times = [at for at, _ in notifier.requests]
    assert 8 < len(times) < 16 and all(60 < b - a < 100 for a, b in pairwise(times))
    assert told(us) == ["free"]
    assert [request.cseq[0] for _, request in notifier.requests] == list(range(1, len(times) + 1))
    assert all(request.to_tag for _, request in notifier.requests[1:])


def test_too_short_interval_and_challenge_are_mended():
    net, us, notifier = pair(credentials=Credentials("kc", "secret"))
    notifier.status, notifier.headers = 423, [("Min-Expires", "900")]
    watch(net, us, "1001")
    net.until(lambda: len(notifier.requests) == 1)
    notifier.status = 401
    notifier.headers = [("WWW-Authenticate", 'Digest realm="x", nonce="n", algorithm=MD5, qop="auth"')]
    net.until(lambda: len(notifier.requests) == 2)
    notifier.status = 200
    net.run(2)
    asked = [request for _, request in notifier.requests]
    assert [request.headers.get("expires") for request in asked] == ["600", "900", "900"]
    assert 'username="kc"' in asked[2].headers.get("authorization")
    assert state(net, us) is LineState.FREE


def test_wrong_password_is_not_tried_at_once_again():
    net, us, notifier = pair(credentials=Credentials("kc", "wrong"))
    notifier.status = 401
    notifier.headers = [("WWW-Authenticate", 'Digest realm="x", nonce="n", algorithm=MD5, qop="auth"')]
    watch(net, us, "1001")
    net.run(2.4)
    assert len(notifier.requests) == 2
    net.run(1_000)
    assert len(notifier.requests) < 30
    assert us.endpoint.refusals["subscribe_401"] >= 3


@pytest.mark.parametrize(("status", "most"), [(403, 1), (404, 1), (489, 1), (500, 12), (480, 12)])
def test_refusal_is_tried_again_with_growing_pauses(status, most):
    net, us, notifier = pair()
    notifier.status = status
    watch(net, us, "1001")
    net.run(900)
    assert 1 <= len(notifier.requests) <= most
    assert us.of(LineStateChanged) == [] and state(net, us) is LineState.UNKNOWN
    notifier.status = 200
    net.run(4_000)
    assert state(net, us) is LineState.FREE


def test_retry_after_is_kept():
    net, us, notifier = pair()
    notifier.status, notifier.headers = 503, [("Retry-After", "100")]
    watch(net, us, "1001")
    net.run(99)
    assert len(notifier.requests) == 1
    notifier.status = 200
    net.run(5)
    assert state(net, us) is LineState.FREE


def test_answer_without_notify_is_no_subscription():
    net, us, notifier = pair()
    notifier.silent = True
    watch(net, us, "1001")
    net.run(31)
    assert len(notifier.requests) == 1 and us.of(LineStateChanged) == []
    notifier.silent = False
    net.run(20)
    assert len({request.call_id for _, request in notifier.requests}) == 2
    assert state(net, us) is LineState.FREE


@pytest.mark.parametrize(
    ("ending", "soonest", "latest"),
    [
        ("deactivated", 0, 1),
        ("timeout", 0, 1),
        ("probation;retry-after=60", 60, 66),
        ("giveup;retry-after=30", 30, 36),
        ("probation", 1, 10),
        ("", 1, 10),
        ("nonsense", 1, 10),
        ("rejected", None, None),
        ("noresource", None, None),
        ("invariant", None, None),
    ],
)
def test_reason_of_the_end_says_when_to_ask_again(ending, soonest, latest):
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(20)
    old, at = notifier.of("1001"), net.now
    notifier.notify(old, net.now, state=f"terminated;reason={ending}" if ending else "terminated")
    del notifier.subscriptions[old.subscribe.call_id]
    net.run(0.03)
    assert told(us)[:2] == ["free", "unknown"]
    net.run(2_000)
    again = [moment for moment, request in notifier.requests if request.call_id != old.subscribe.call_id]
    if soonest is None:
        assert again == [] and state(net, us) is LineState.UNKNOWN
        watch(net, us, "1001")
        net.run(1)
    else:
        assert soonest <= again[0] - at <= latest
    assert state(net, us) is LineState.FREE


def test_exchange_that_has_forgotten_us_is_asked_anew():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(20)
    notifier.subscriptions.clear()
    notifier.calls["1001"] = [TALKING]
    net.run(600)
    assert told(us) == ["free", "unknown", "busy"]


def test_exchange_that_dies_leaves_the_line_unknown_when_the_subscription_ends():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(20)
    net.peers["10.0.0.2"].alive = False
    net.run(300)
    assert state(net, us) is LineState.FREE
    net.run(400)
    assert told(us) == ["free", "unknown"]
    net.peers["10.0.0.2"].alive = True
    net.run(400)
    assert state(net, us) is LineState.FREE
    assert len(notifier.subscriptions) == 2, "the one of before ends at the exchange by itself"


def test_notify_out_of_order_doubled_or_strange_changes_nothing():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(1)
    sub = notifier.of("1001")
    notifier.answers.clear()
    before = list(us.events)
    body = document(9, TALKING)
    notifier.notify(sub, net.now, body, cseq=1)
    notifier.notify(sub, net.now, body, tag="other-fork")
    notifier.notify(sub, net.now, body, event="presence")
    notifier.notify(sub, net.now, body, kind="text/plain")
    notifier.notify(sub, net.now, body, state=" ")
    net.run(1)
    assert sorted(notifier.answers) == [400, 415, 481, 489, 500]
    assert us.events == before


def test_gap_and_unreadable_state_ask_for_a_full_one():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(10)
    sub = notifier.of("1001")
    notifier.calls["1001"] = [RINGING]
    sub.version = 20
    notifier.notify(sub, net.now, document(20, RINGING, full=False))
    net.run(2)
    assert len(notifier.requests) == 2
    for _ in range(5):
        notifier.notify(sub, net.now, b"<nonsense")
        net.run(0.02)
    assert told(us)[-1] == "unknown"
    net.run(10)
    assert state(net, us) is LineState.RINGING
    assert len(notifier.requests) <= 5
    assert us.endpoint.refusals["dialog_info_unreadable"] == 5
    assert us.endpoint.refusals["dialog_info_gap"] == 1


def test_pending_subscription_tells_nothing_yet():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(1)
    notifier.notify(notifier.of("1001"), net.now, state="pending;expires=500")
    net.run(1)
    assert told(us) == ["free", "unknown"]


def test_whole_set_of_lines_is_replaced_and_the_rest_stays():
    net, us, notifier = pair()
    watch(net, us, "1001", "1002")
    net.run(1)
    kept = notifier.of("1002").subscribe.call_id
    watch(net, us, "1002", "1003")
    watch(net, us, "1002", "1003")
    net.run(1)
    assert {s.line for s in notifier.subscriptions.values()} == {"1002", "1003"}
    assert notifier.of("1002").subscribe.call_id == kept
    assert len(notifier.requests) == 4
    assert notifier.requests[-2][1].headers.get("expires") == "0" or notifier.requests[-1][1].number("expires") == 0


def test_line_removed_before_its_subscription_stands_leaves_nothing():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.flush()
    watch(net, us)
    net.run(1_000)
    assert empty(us), us.endpoint.load
    assert notifier.subscriptions == {}


def test_five_hundred_lines_are_asked_for_one_after_another_and_no_more_are_taken():
    net, us, notifier = pair()
    lines = [str(10_000 + n) for n in range(501)]
    assert us.endpoint.watch_lines("pbx", lines, net.now) == Refused(Because.TOO_MANY_LINES)
    began = net.now
    watch(net, us, *lines[:500])
    net.run(30)
    times = [at for at, _ in notifier.requests]
    assert len(times) == 500 and 24 < times[-1] - began < 27
    assert max(sum(t <= x < t + 1 for x in times) for t in times[::25]) <= 21
    net.run(600)
    assert all(fact.state is LineState.FREE for fact in us.endpoint.line_states(net.now))


@pytest.mark.parametrize("line", ["", "1 2", "1\r\nX: y", "a@b", "<1>"])
def test_line_that_cannot_be_written_into_a_request_is_refused(line):
    net, us, _ = pair()
    assert us.endpoint.watch_lines("pbx", [line], net.now) == Refused(Because.NUMBER_NOT_ALLOWED)
    assert us.endpoint.watch_lines("nowhere", ["1"], net.now) == Refused(Because.NO_SUCH_TRUNK)


def test_killed_process_asks_anew_and_the_old_subscription_ends():
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(5)
    net.restart(us, config_of("10.0.0.1", "10.0.0.2"))
    watch(net, us, "1001")
    net.run(1)
    assert len(notifier.subscriptions) == 2
    first = next(iter(notifier.subscriptions.values()))
    notifier.calls["1001"] = [TALKING]
    for sub in list(notifier.subscriptions.values()):
        notifier.state(sub, net.now)
    net.run(1)
    assert state(net, us) is LineState.BUSY
    assert first.subscribe.call_id not in notifier.subscriptions and len(notifier.subscriptions) == 1


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2_000), st.binary(min_size=1, max_size=12)), max_size=6), st.randoms())
def test_mutated_notify_harms_nothing(hurts, rng):
    net, us, notifier = pair()
    watch(net, us, "1001")
    net.run(1)
    notifier.change("1001", net.now, RINGING)
    net.flush()
    data = net.messages("10.0.0.2", "NOTIFY")[-1].replace(b"CSeq: 2", b"CSeq: 9")
    flow = Flow(Transport.UDP, HostPort("10.0.0.1", 5060), HostPort("10.0.0.2", 5060))
    for at, junk in hurts:
        at %= len(data)
        data = data[:at] + junk + data[at + rng.randrange(8) :]
    us.endpoint.receive(data, flow, net.now)
    net.run(1_300)
    assert us.endpoint.load["lines"] == 1
    watch(net, us)
    net.run(100)
    assert empty(us), us.endpoint.load
