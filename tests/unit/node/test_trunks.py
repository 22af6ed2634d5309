"""Trunks of a control process: those given last are kept over its death, for its own eyes; what is found is told in time."""

from __future__ import annotations

import stat
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sip_bridge import contract as k
from sip_bridge.node.trunks import AGAIN_S, CALLS_EVERY_S, LOOK_EVERY_S, Trunks
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.entropy import SeededEntropy
from tests.support.sip_sim import OFFER, Network, config_of

OWN = k.TrunkSpec(name="pbx", host="10.0.0.2", ping_interval=0.0)
SECRET = "velmi-tajne"
GIVEN = k.TrunkSpec(name="given", host="10.0.0.2", ping_interval=0.0, credentials=k.Login("kc", SECRET))


class Bridge:
    def __init__(self, folder) -> None:
        self.path = folder / "trunks.json"
        self.net = Network()
        self.reports: list[k.TrunksChanged] = []
        self.start()

    def start(self) -> None:
        """Also anew, after a kill -9."""
        self.trunks = Trunks(self.path, (OWN,), self.reports.append)  # type: ignore[arg-type]
        config = replace(config_of("10.0.0.1", "10.0.0.2"), trunks=self.trunks.table())
        self.endpoint = SipEndpoint(config, SeededEntropy(7))
        self.app = SimpleNamespace(endpoint=self.endpoint, now=lambda: self.net.now, flush=lambda: None)

    def use(self, *trunks: k.TrunkSpec, none: bool = False) -> None:
        self.trunks.use(k.UseTrunks(trunks=None if none else trunks), self.app)  # type: ignore[arg-type]

    @property
    def names(self) -> list[str]:
        return [x.name for x in self.endpoint.trunk_states()]

    def tell(self, after: float = 0.0, *, connected: bool = True) -> k.TrunksChanged | None:
        """What is told that much later."""
        self.net.now += after
        self.reports.clear()
        self.trunks.tell(self.endpoint, self.net.now, connected=connected)
        return self.reports[0] if self.reports else None


@pytest.fixture
def bridge(tmp_path) -> Bridge:
    return Bridge(tmp_path)


def test_own_trunks_are_used_until_others_are_given_and_again_when_those_are_taken_back(bridge):
    assert bridge.names == ["pbx"]
    bridge.use(GIVEN)
    assert bridge.names == ["given"]
    bridge.use()
    assert bridge.names == []
    bridge.use(none=True)
    assert bridge.names == ["pbx"]


def test_a_new_process_uses_those_given_last_and_nobody_else_may_read_them(bridge):
    bridge.use(GIVEN)
    bridge.start()
    assert bridge.names == ["given"]
    assert SECRET in bridge.path.read_text() and stat.S_IMODE(bridge.path.stat().st_mode) == 0o600
    bridge.use(none=True)
    bridge.start()
    assert bridge.names == ["pbx"] and SECRET not in bridge.path.read_text()


@pytest.mark.parametrize(
    "garbage", [b"", b"{", b'{"given": [{"name": "x"}]}', b'{"given": [{"name":"x","host":"h","networks":["y"]}]}']
)
def test_what_cannot_be_read_is_as_if_nothing_had_been_given(bridge, garbage):
    bridge.path.write_bytes(garbage)
    bridge.start()
    assert bridge.names == ["pbx"]


def test_trunks_that_cannot_be_used_are_told_and_change_nothing(bridge):
    bridge.use(GIVEN)
    bridge.use(k.TrunkSpec(name="x", host="10.0.0.2", networks=("nothing",)))
    told = bridge.tell()
    assert bridge.names == ["given"] and told is not None and "nothing" in told.wrong
    bridge.use(GIVEN)
    assert bridge.tell(1).wrong == ""
    bridge.start()
    assert bridge.names == ["given"]


def test_a_call_keeps_its_trunk_over_the_death_of_the_process(bridge):
    bridge.use(GIVEN)
    leg = bridge.endpoint.invite("given", "112", OFFER, bridge.net.now)
    bridge.use()
    snapshot = bridge.endpoint.dump(leg)
    bridge.start()
    bridge.endpoint.adopt(snapshot, bridge.net.now)
    bridge.trunks.adopted(bridge.endpoint)
    assert bridge.names == [] and bridge.endpoint.trunk_named("given").credentials.password == SECRET


def test_states_are_told_when_they_change_now_and_then_again_and_at_once_after_a_pause(bridge):
    first = bridge.tell()
    assert [(x.name, x.calls) for x in first.trunks] == [("pbx", 0)] and not first.given
    assert bridge.tell(LOOK_EVERY_S) is None
    bridge.endpoint.invite("pbx", "112", OFFER, bridge.net.now)
    assert bridge.tell(LOOK_EVERY_S) is None, "numbers of calls are not told one by one"
    assert bridge.tell(CALLS_EVERY_S).trunks[0].calls == 1
    assert bridge.tell(AGAIN_S - 1) is None
    assert bridge.tell(1).expires_s > AGAIN_S
    bridge.use(GIVEN)
    assert bridge.tell(LOOK_EVERY_S).given
    assert bridge.tell(LOOK_EVERY_S, connected=False) is None
    assert bridge.tell(LOOK_EVERY_S) is not None, "the backend is back"
