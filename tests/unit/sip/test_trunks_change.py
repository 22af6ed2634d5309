"""Other trunks while calls are up: registrations follow, calls go on, and the first trunk that can takes a call out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sip_bridge.sip.digest import Credentials
from sip_bridge.sip.errors import Because, Refused
from sip_bridge.sip.events import CallEnded, CallOffered, SessionAnswered, SessionOffered
from sip_bridge.sip.message import ParseLimits, parse_message
from sip_bridge.sip.trunk import Trunk
from tests.support.sip_sim import HELD, HOLD, OFFER, call_up, config_of, empty, pair

PBX = Trunk(name="pbx", host="10.0.0.2")
OTHER = Trunk(name="other", host="10.0.0.3")
REGISTERING = replace(PBX, register=True, credentials=Credentials("kc", "old"))


def registers(net) -> list[tuple[str, int, str]]:
    """Those that left, oldest first: Call-ID, CSeq, Expires."""
    found = [parse_message(wire, ParseLimits()) for wire in net.messages("10.0.0.1", "REGISTER")]
    return [(m.call_id, m.cseq[0], m.headers.get("expires")) for m in found]


@pytest.mark.parametrize("after", [[], [OTHER], [replace(PBX, port=5070)]], ids=["none", "another", "elsewhere"])
def test_call_goes_on_and_ends_whatever_becomes_of_its_trunk(after):
    net, a, b = pair()
    out, leg = call_up(net, a, b)
    a.endpoint.use_trunks(after, net.now)
    a.endpoint.reinvite(out, HOLD, net.now)
    net.until(lambda: bool(b.of(SessionOffered)))
    b.endpoint.answer(leg, HELD, net.now)
    net.until(lambda: bool(a.of(SessionAnswered)))
    b.endpoint.bye(leg, net.now)
    net.until(lambda: bool(a.of(CallEnded)))
    net.run(100)
    assert empty(a) and a.endpoint.former_trunks == ()


def test_challenge_in_a_call_is_answered_by_the_credentials_of_the_trunk_that_is_gone():
    net, a, b = pair(credentials=Credentials("kc", "secret"))
    call_up(net, a, b)
    a.endpoint.use_trunks([], net.now)
    assert [(x.name, x.credentials) for x in a.endpoint.former_trunks] == [("pbx", Credentials("kc", "secret"))]


def test_calls_adopted_by_another_process_keep_the_trunk_that_is_gone():
    net, a, b = pair(symmetric=True)
    call_up(net, a, b)
    a.endpoint.use_trunks([OTHER], net.now)
    former = a.endpoint.former_trunks
    net.flush()
    net.restart(a, replace(config_of("10.0.0.1", "10.0.0.3"), trunks=(OTHER,)))
    a.endpoint.keep_former([*former, Trunk(name="without calls", host="10.0.0.9")])
    assert a.endpoint.former_trunks == former and a.endpoint.trunk_named("pbx").symmetric
    a.endpoint.keep_former([OTHER])
    assert [x.name for x in a.endpoint.former_trunks] == ["pbx"]


def test_new_calls_take_the_new_trunks_and_only_their_networks_get_in():
    net, a, b = pair()
    a.endpoint.use_trunks([OTHER], net.now)
    assert a.endpoint.invite("pbx", "112", OFFER, net.now) == Refused(Because.NO_SUCH_TRUNK)
    b.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(b.of(CallEnded)))
    assert b.one(CallEnded).status == 403 and not a.of(CallOffered)
    a.endpoint.use_trunks([replace(OTHER, networks=("10.0.0.2/32",))], net.now)
    b.endpoint.invite("pbx", "112", OFFER, net.now)
    net.until(lambda: bool(a.of(CallOffered)))
    assert a.one(CallOffered).trunk == "other"


def test_password_of_the_peer_counts_as_it_is_now():
    net, a, b = pair()
    b.endpoint.use_trunks([Trunk(name="pbx", host="10.0.0.1", inbound=Credentials("kc", "new"))], net.now)
    for password, status in (("old", 401), ("new", 0)):
        a.events.clear()
        a.endpoint.use_trunks([replace(PBX, credentials=Credentials("kc", password))], net.now)
        a.endpoint.invite("pbx", "112", OFFER, net.now)
        net.until(lambda: bool(a.of(CallEnded) or b.of(CallOffered)))
        assert [e.status for e in a.of(CallEnded)] == ([status] if status else [])


def test_wrong_trunks_change_nothing():
    net, a, b = pair()
    for wrong in ([PBX, PBX], [replace(PBX, networks=("10.0.0.0/33",))]):
        with pytest.raises(ValueError):
            a.endpoint.use_trunks(wrong, net.now)
    call_up(net, a, b)


def test_another_password_registers_anew_in_the_same_sequence_and_withdraws_nothing():
    net, a, _b = pair()
    a.endpoint.use_trunks([REGISTERING], net.now)
    net.flush()
    a.endpoint.use_trunks([replace(REGISTERING, credentials=Credentials("kc", "new"))], net.now)
    net.flush()
    (first, n, _), (second, m, expires) = registers(net)
    assert (first, n + 1, "300") == (second, m, expires)


@pytest.mark.parametrize(
    "after", [[], [replace(REGISTERING, register=False)], [replace(REGISTERING, host="10.0.0.3")]],
    ids=["removed", "not any more", "elsewhere"],
)  # fmt: skip
def test_registration_that_is_no_more_is_withdrawn(after):
    net, a, _b = pair()
    a.endpoint.use_trunks([REGISTERING], net.now)
    net.flush()
    a.endpoint.use_trunks(after, net.now)
    net.flush()
    (first, _, _), withdrawn, *new = registers(net)
    assert (withdrawn[0], withdrawn[2]) == (first, "0")
    assert len(new) == (1 if after and after[0].register else 0) and all(x[0] != first for x in new)


def test_trunk_that_did_not_change_is_left_alone():
    net, a, _b = pair(ping_interval=40.0)
    a.endpoint.use_trunks([replace(REGISTERING, ping_interval=40.0)], net.now)
    net.run(1)
    before = len(registers(net)), len(net.messages("10.0.0.1", "OPTIONS"))
    a.endpoint.use_trunks([replace(REGISTERING, ping_interval=40.0, calls=5, allowed_prefixes=("+420",))], net.now)
    net.run(1)
    assert (len(registers(net)), len(net.messages("10.0.0.1", "OPTIONS"))) == before
    assert a.endpoint.trunk_states()[0].reachable is True


def test_states_say_what_was_found_and_since_when():
    net, a, b = pair()
    b.endpoint.use_trunks([Trunk(name="kc", host="10.0.0.1")], net.now)
    a.endpoint.use_trunks([replace(REGISTERING, ping_interval=30.0), OTHER], net.now)
    net.run(1)
    first, second = a.endpoint.trunk_states()
    assert (first.reachable, first.registered, first.status) == (True, False, 405)  # we are no registrar
    assert (second.reachable, second.registered, second.status, second.calls) == (None, None, None, 0)
    since = first.since
    b.alive = False
    net.run(70)
    lost = a.endpoint.trunk_states()[0]
    assert (lost.reachable, lost.registered) == (False, False) and lost.since > since


@pytest.mark.parametrize(
    ("first", "to", "caller", "taken"),
    [
        ({}, "112", "", "pbx"),
        ({"allowed_prefixes": ("+420",)}, "112", "", "other"),
        ({"allowed_prefixes": ()}, "112", "", "other"),
        ({"callers": ("+420221000000",)}, "112", "+420602111222", "other"),
        ({"callers": ("+420221000000",)}, "112", "+420221000000", "pbx"),
        ({"calls": 0}, "112", "", "other"),
        ({"rate": 0.0}, "112", "", "pbx"),
    ],
)  # fmt: skip
def test_way_out_is_the_first_that_can(first, to, caller, taken):
    net, a, _b = pair()
    a.endpoint.use_trunks([replace(PBX, **first), OTHER], net.now)
    assert a.endpoint.way_out(to, caller, net.now) == taken


def test_way_out_passes_trunks_that_are_full_or_down_and_says_why_there_is_none():
    net, a, b = pair()
    b.alive = False
    a.endpoint.use_trunks([replace(PBX, ping_interval=30.0), replace(OTHER, calls=1)], net.now)
    assert a.endpoint.way_out("112", "", net.now) == "pbx"
    net.run(40)
    assert a.endpoint.way_out("112", "", net.now) == "other"
    a.endpoint.invite("other", "112", OFFER, net.now)
    assert a.endpoint.way_out("112", "", net.now) == "pbx", "one that is down is better than none"
    a.endpoint.use_trunks([replace(PBX, allowed_prefixes=())], net.now)
    assert a.endpoint.way_out("112", "", net.now) == Refused(Because.NUMBER_NOT_ALLOWED)
    a.endpoint.use_trunks([], net.now)
    assert a.endpoint.way_out("112", "", net.now) == Refused(Because.NO_SUCH_TRUNK)
