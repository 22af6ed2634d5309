"""Watched lines in the control process: kept over its death, told in their newest state, only while the backend is there."""

from __future__ import annotations

from types import SimpleNamespace

from sip_bridge import contract as k
from sip_bridge.node.journal import Journal
from sip_bridge.node.lines import LINES, Lines
from tests.support.notifier import Notifier
from tests.support.sip_sim import Network, Peer, config_of


class Bridge:
    """The part of a control process that concerns lines, on a simulated network."""

    def __init__(self, folder) -> None:
        self.net = Network()
        self.us = self.net.add("10.0.0.1", towards="10.0.0.2")
        self.notifier = Notifier()
        self.net.peers["10.0.0.2"] = Peer("10.0.0.2", self.notifier)  # type: ignore[arg-type]
        self.path = folder / "journal.sqlite"
        self.reports: list[k.LineChanged] = []
        self._start()

    def _start(self) -> None:
        self.journal = Journal(self.path)
        self.lines = Lines(self.us.endpoint, self.journal, self.reports.append)  # type: ignore[arg-type]
        self.lines.start(self.net.now)

    def watch(self, *numbers: str, trunk: str = "pbx") -> str | None:
        app = SimpleNamespace(now=lambda: self.net.now, flush=self.net.flush)
        return self.lines.watch(k.WatchLines(trunk=trunk, lines=numbers), app)  # type: ignore[arg-type]

    def pass_time(self, seconds: float, *, connected: bool = True) -> list[tuple[str, str]]:
        """What is reported after that time."""
        self.net.run(seconds)
        for event in self.us.events:
            self.lines.changed(event)  # type: ignore[arg-type]
        self.us.events.clear()
        self.reports.clear()
        self.lines.tell(self.net.now, connected=connected)
        return sorted((r.line, r.state.value) for r in self.reports)

    def kill(self) -> None:
        self.journal.close()
        self.net.restart(self.us, config_of("10.0.0.1", "10.0.0.2"))
        self._start()


RINGING, TALKING = ("a", "early", "recipient"), ("a", "confirmed", "recipient")


def test_agt_27_states_come_back_after_the_death_of_control(tmp_path):
    bridge = Bridge(tmp_path)
    assert bridge.watch("1001", "1002") is None
    assert bridge.pass_time(1) == [("1001", "free"), ("1002", "free")]
    bridge.notifier.calls["1001"] = [TALKING]
    bridge.kill()
    assert bridge.pass_time(1) == [("1001", "busy"), ("1002", "free")]
    assert all(0 < report.expires_s <= 600 for report in bridge.reports)


def test_agt_27_only_the_newest_state_is_told_when_the_backend_is_back(tmp_path):
    bridge = Bridge(tmp_path)
    bridge.watch("1001", "1002")
    bridge.pass_time(1)
    for calls in ([RINGING], [TALKING]):
        bridge.notifier.change("1001", bridge.net.now, *calls)
        assert bridge.pass_time(1, connected=False) == []
    assert bridge.pass_time(0) == [("1001", "busy")]
    assert bridge.pass_time(0) == []
    assert bridge.watch("1001", "1002") is None
    assert bridge.pass_time(0) == [("1001", "busy"), ("1002", "free")]
    assert bridge.lines.families(bridge.net.now) == {"lines": {"told": 5}, "lines_now": {"busy": 1, "free": 1}}


def test_agt_27_refused_set_changes_nothing(tmp_path):
    bridge = Bridge(tmp_path)
    bridge.watch("1001")
    assert bridge.watch(*(str(n) for n in range(501))) == "too_many_lines"
    assert bridge.watch("1 2") == "number_not_allowed"
    assert bridge.watch("1001", trunk="nowhere") == "no_such_trunk"
    assert bridge.journal.kept(LINES) == {"pbx": b'["1001"]'}
    assert bridge.watch() is None
    assert bridge.pass_time(60) == []
