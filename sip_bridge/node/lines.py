"""The lines that the backend wants watched: kept in the journal, watched by the SIP core, reported while the link is up.

States are no history: while the backend is away only the newest of each line is remembered, and told when it is back.
A new process subscribes anew; what the old one had subscribed ends at the exchange by itself.
"""

from collections import Counter
from collections.abc import Callable

import msgspec

from sip_bridge import contract as k
from sip_bridge.node.counters import Families
from sip_bridge.node.journal import Journal
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.errors import Refused
from sip_bridge.sip.events import LineStateChanged
from sip_bridge.sip.transport import Application

LINES = "lines"
_lines = msgspec.json.Decoder(tuple[str, ...])


class Lines:
    def __init__(self, endpoint: SipEndpoint, journal: Journal, report: Callable[[k.LegEvent], None]) -> None:
        self._endpoint = endpoint
        self._journal = journal
        self._report = report
        self._new: dict[tuple[str, str], None] = {}
        self.told = 0

    def start(self, now: float) -> None:
        """Watch again what an earlier process watched."""
        for trunk, raw in self._journal.kept(LINES).items():
            if isinstance(self._endpoint.watch_lines(trunk, _lines.decode(raw), now), Refused):
                self._journal.forget(LINES, trunk)

    def watch(self, command: k.WatchLines, application: Application) -> str | None:
        """None when done, otherwise the code of the refusal."""
        answer = self._endpoint.watch_lines(command.trunk, command.lines, application.now())
        application.flush()
        if isinstance(answer, Refused):
            return answer.because.value
        self._journal.keep(LINES, command.trunk, msgspec.json.encode(command.lines))
        self._new |= {(command.trunk, line): None for line in command.lines}
        return None

    def changed(self, event: LineStateChanged) -> None:
        self._new[event.trunk, event.line] = None

    def tell(self, now: float, *, connected: bool) -> None:
        """Report every line that changed since the last time, in its present state; while the backend is away, later."""
        if not self._new or not connected:
            return
        for fact in self._endpoint.line_states(now):
            if (fact.trunk, fact.line) in self._new:
                state = k.LineState(fact.state.value)
                self._report(
                    k.LineChanged(trunk=fact.trunk, line=fact.line, state=state, expires_s=round(fact.expires_in, 1))
                )
                self.told += 1
        self._new.clear()

    def families(self, now: float) -> Families:
        """For the counters: what was told, and how many lines are in each state."""
        states = Counter(fact.state.value for fact in self._endpoint.line_states(now))
        return {"lines": {"told": self.told}, "lines_now": dict(states)}
