"""A call out that has rung nobody goes on by the next trunk: each once, in time, offered as that trunk wants it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from sip_bridge.contract import LegKind, LegState
from sip_bridge.node.dialling import LEAST_RING_S, Dialling, Outgoing
from sip_bridge.node.journal import Journal
from sip_bridge.node.legs import LegRecord, Legs
from sip_bridge.node.sessions import Sessions
from sip_bridge.sip.events import CallEnded, CallOffered
from sip_bridge.sip.trunk import Srtp, Trunk
from tests.support.sip_sim import Network, config_of

FIRST = Trunk(name="first", host="10.0.0.2", srtp=Srtp.REQUIRED)
SECOND = Trunk(name="second", host="10.0.0.3")
THIRD = Trunk(name="third", host="10.0.0.4", allowed_prefixes=("1",))


class Bridge:
    def __init__(self, folder) -> None:
        self.net = Network()
        trunks = (FIRST, SECOND, THIRD)
        self.here = self.net.add(
            "10.0.0.1", towards="10.0.0.2", config=replace(config_of("10.0.0.1", "10.0.0.2"), trunks=trunks)
        )
        self.peers = {x.name: self.net.add(x.host, towards="10.0.0.1") for x in trunks}
        self.endpoint = self.here.endpoint
        app = SimpleNamespace(endpoint=self.endpoint, now=lambda: self.net.now, flush=lambda: None)
        self.journal = Journal(folder / "journal.sqlite")
        self.legs = Legs(self.journal)
        sessions = Sessions(app, None, self.legs, "10.0.0.1")  # type: ignore[arg-type]
        self.not_placed: list[LegRecord] = []
        self.dialling = Dialling(app, sessions, self.legs, self.not_placed.append)  # type: ignore[arg-type]

    def dial(self, to: str = "112", ring: float = 30.0, trunk: str = "") -> LegRecord:
        record = LegRecord(leg="L", kind=LegKind.SIP, state=LegState.DIALLING, trunk=trunk, told=True, port=4000)
        self.legs.put(record)
        call = Outgoing(to=to, caller="", until=self.net.now + ring)
        if not trunk:
            assert self.dialling.choose(record, call) is None
        assert self.dialling.place(record, self.dialling.sessions.anew(record), call) is None
        return record

    def offered(self, name: str) -> CallOffered:
        """What that peer got."""
        self.net.until(lambda: bool(self.peers[name].of(CallOffered)))
        return self.peers[name].one(CallOffered)

    def refuses(self, name: str, status: int = 503) -> CallEnded:
        before = len(self.here.of(CallEnded))
        self.peers[name].endpoint.reject(self.offered(name).leg, status, self.net.now)
        self.net.until(lambda: len(self.here.of(CallEnded)) > before)
        return self.here.of(CallEnded)[-1]


@pytest.fixture
def bridge(tmp_path):
    bridge = Bridge(tmp_path)
    yield bridge
    bridge.journal.close()


async def test_each_trunk_that_may_dial_the_number_is_tried_once_and_the_leg_stays(bridge):
    record = bridge.dial()
    for name, following in (("first", "second"), ("second", "third")):
        ended = bridge.refuses(name)
        assert bridge.legs.of_sip(ended.leg) is record and bridge.dialling.go_on(record)
        assert bridge.legs.of_sip(ended.leg) is None and bridge.legs.of_sip(record.sip) is record
        assert (record.trunk, record.state) == (following, LegState.DIALLING)
    ended = bridge.refuses("third")
    assert not bridge.dialling.go_on(record)
    assert record.sip == ended.leg and bridge.legs.of_sip(ended.leg) is record, "it ends as it was"


async def test_trunk_that_may_not_dial_the_number_is_passed(bridge):
    record = bridge.dial("602111222")
    bridge.refuses("first")
    assert bridge.dialling.go_on(record)
    bridge.refuses("second")
    assert not bridge.dialling.go_on(record) and bridge.peers["third"].events == []


async def test_each_trunk_is_offered_what_it_wants_on_the_port_that_is_there(bridge):
    record = bridge.dial()
    assert b"m=audio 4000 RTP/SAVP " in bridge.offered("first").sdp
    bridge.refuses("first")
    bridge.dialling.go_on(record)
    assert b"m=audio 4000 RTP/AVP " in bridge.offered("second").sdp and b"crypto" not in bridge.offered("second").sdp
    assert record.our_offer == bridge.offered("second").sdp


async def test_it_rings_by_the_next_trunk_only_for_the_time_that_is_left(bridge):
    record = bridge.dial(ring=20)
    bridge.net.run(12)
    bridge.refuses("first")
    assert bridge.dialling.go_on(record)
    bridge.peers["second"].endpoint.progress(bridge.offered("second").leg, bridge.net.now, 180)
    bridge.net.run(7.5)
    assert record.sip in bridge.endpoint.legs
    bridge.net.run(2)
    assert record.sip not in bridge.endpoint.legs


async def test_with_too_little_time_left_it_goes_nowhere(bridge):
    record = bridge.dial(ring=20)
    bridge.net.run(20 - LEAST_RING_S)
    ended = bridge.refuses("first")
    assert not bridge.dialling.go_on(record) and record.sip == ended.leg
    assert bridge.peers["second"].events == []


async def test_call_by_a_trunk_that_was_named_goes_nowhere(bridge):
    record = bridge.dial(trunk="first")
    bridge.refuses("first")
    assert not bridge.dialling.go_on(record)


async def test_call_that_rings_or_is_over_goes_nowhere(bridge):
    record = bridge.dial()
    bridge.refuses("first")
    for state in (LegState.RINGING, LegState.UP, LegState.ENDED):
        record.state = state
        assert not bridge.dialling.go_on(record)
    assert bridge.peers["second"].events == []


async def test_silent_call_is_given_up_for_the_next_trunk_and_cancelled_when_it_is_heard_of(bridge):
    bridge.net.tap = lambda sender, _wire: sender != "10.0.0.2"
    record = bridge.dial()
    silent = record.sip
    bridge.net.run(8)
    bridge.dialling._listen(record, silent)
    assert record.trunk == "second" and bridge.legs.of_sip(silent) is None
    bridge.net.tap = None
    bridge.peers["first"].endpoint.progress(bridge.offered("first").leg, bridge.net.now, 180)
    bridge.net.until(lambda: bool(bridge.here.of(CallEnded)) and bool(bridge.peers["first"].of(CallEnded)))
    assert bridge.here.one(CallEnded).leg == silent and record.sip in bridge.endpoint.legs


async def test_next_process_finds_the_leg_with_the_call_that_is_out(bridge, tmp_path):
    record = bridge.dial()
    bridge.refuses("first")
    bridge.dialling.go_on(record)
    bridge.journal.flush()
    after = Legs(Journal(tmp_path / "journal.sqlite"))
    after.load()
    found = after.of_sip(record.sip)
    assert found is not None and (found.leg, found.trunk, found.our_offer) == ("L", "second", record.our_offer)
