"""Lines of the PBX: which of them bridges watch, what they report, and how administrators name them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

from backend.application.administration import Answer, read
from backend.application.administration import changed as changed_meanwhile
from backend.application.desk import Desk
from backend.application.settings import Settings
from backend.application.work import Work
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.lines.headings import Headings, clean, heading_problems, headings_of
from backend.domain.lines.model import LineId, LineReport, LineState
from sip_bridge import contract as k

STATES = {
    k.LineState.UNKNOWN: LineState.UNKNOWN,
    k.LineState.FREE: LineState.FREE,
    k.LineState.RINGING: LineState.RINGING,
    k.LineState.CALLING: LineState.BUSY,
    k.LineState.BUSY: LineState.BUSY,
    k.LineState.HELD: LineState.BUSY,
}


class LineStore(Protocol):
    async def save(self, headings: Headings, actor: UserId) -> None: ...
    async def changed_since(self, change: int) -> tuple[Mapping[LineId, LineReport], int]: ...


def watched(settings: Settings, bridge: str) -> list[k.WatchLines]:
    """Those of the exchange, and none of any other trunk of the bridge."""
    exchange, numbers = settings.exchange, tuple(line.number for line in settings.lines.values())
    used = [trunk.name for trunk in settings.trunks.values() if trunk.is_of(bridge)] or [exchange]
    return [k.WatchLines(trunk=name, lines=numbers if name == exchange else ()) for name in used if name]


def tell(work: Work, bridge: str) -> None:
    for command in watched(work.settings, bridge):
        work.tell_bridge(bridge, command)


async def changed(work: Work, event: k.LineChanged) -> None:
    """What a bridge reports of a line is a fact with an end, never history."""
    if event.trunk != work.settings.exchange:
        return
    until = work.now + timedelta(seconds=event.expires_s)
    work.news |= await work.tx.line_changed(event.line, STATES[event.state], work.now, until)


class Lines:
    def __init__(self, desk: Desk, store: LineStore, reload: Callable[[], Awaitable[None]]) -> None:
        self.desk = desk
        self.store = store
        self._reload = reload

    def headings(self) -> Headings:
        return headings_of(self.desk.settings.lines)

    async def save(self, given: Any, actor: UserId, base: Any = None) -> Answer:
        """All of them at once, in order; those left out are removed. Refused when ``base`` is given and no longer in force."""
        draft = read(given, Headings)
        if isinstance(draft, list):
            return draft
        if changed_meanwhile(base, self.headings()):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "lines")
        if problems := list(heading_problems(draft, self.desk.settings.lines, self.desk.settings.calls.outside)):
            return problems
        await self.store.save(clean(draft), actor)
        await self._watch_anew(actor)
        return 0

    async def _watch_anew(self, actor: UserId) -> None:
        await self._reload()
        bridges = await self.desk.store.bridges()

        async def do(work: Work) -> None:
            for bridge in bridges:
                tell(work, bridge)

        await self.desk.run(do, actor)
