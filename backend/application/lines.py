"""Lines of the PBX: which of them bridges watch, what they report, and how administrators name them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Protocol

import msgspec

from backend.application.administration import Answer, NameTaken
from backend.application.desk import Desk
from backend.application.settings import Settings
from backend.application.work import Work
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.lines.model import MOST_LINES, LineId, LineReport, LineState
from backend.domain.routing.validation import LONGEST_NAME, Problem, ProblemKind, name_problems
from sip_bridge import contract as k

STATES = {
    k.LineState.UNKNOWN: LineState.UNKNOWN,
    k.LineState.FREE: LineState.FREE,
    k.LineState.RINGING: LineState.RINGING,
    k.LineState.CALLING: LineState.BUSY,
    k.LineState.BUSY: LineState.BUSY,
    k.LineState.HELD: LineState.BUSY,
}


class LineDraft(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    number: str
    group: str = ""
    position: int = 0


class LineStore(Protocol):
    async def save(self, id: LineId | None, draft: LineDraft, actor: UserId) -> LineId: ...
    async def remove(self, id: LineId, actor: UserId) -> None: ...
    async def changed_since(self, change: int) -> tuple[Mapping[LineId, LineReport], int]: ...


def watched(settings: Settings) -> k.WatchLines:
    numbers = tuple(line.number for line in settings.lines.values())
    return k.WatchLines(trunk=settings.calls.trunk, lines=numbers)


async def changed(work: Work, event: k.LineChanged) -> None:
    """What a bridge reports of a line is a fact with an end, never history."""
    if event.trunk != work.settings.calls.trunk:
        return
    until = work.now + timedelta(seconds=event.expires_s)
    work.news |= await work.tx.line_changed(event.line, STATES[event.state], work.now, until)


class Lines:
    def __init__(self, desk: Desk, store: LineStore, reload: Callable[[], Awaitable[None]]) -> None:
        self.desk = desk
        self.store = store
        self._reload = reload

    async def save(self, id: LineId | None, draft: LineDraft, actor: UserId) -> Answer:
        known = self.desk.settings.lines
        if id is not None and id not in known:
            return Refusal(RefusalCode.NOT_FOUND, "line")
        number = normalise(draft.number[:64])
        problems = list(name_problems("name", draft.name))
        if not number.valid:
            problems.append(Problem("number", ProblemKind.MALFORMED))
        if len(draft.group) > LONGEST_NAME:
            problems.append(Problem("group", ProblemKind.OUT_OF_RANGE))
        if not 0 <= draft.position <= 10_000:
            problems.append(Problem("position", ProblemKind.OUT_OF_RANGE))
        if id is None and len(known) >= MOST_LINES:
            problems.append(Problem("number", ProblemKind.OUT_OF_RANGE))
        if problems:
            return problems
        clean = LineDraft(
            name=draft.name.strip(), number=number.text, group=draft.group.strip(), position=draft.position
        )
        try:
            saved = await self.store.save(id, clean, actor)
        except NameTaken:
            return [Problem("number", ProblemKind.TAKEN)]
        await self._watch_anew(actor)
        return saved

    async def remove(self, id: LineId, actor: UserId) -> Answer:
        if id not in self.desk.settings.lines:
            return Refusal(RefusalCode.NOT_FOUND, "line")
        await self.store.remove(id, actor)
        await self._watch_anew(actor)
        return id

    async def _watch_anew(self, actor: UserId) -> None:
        await self._reload()
        bridges = await self.desk.store.bridges()

        async def do(work: Work) -> None:
            for bridge in bridges:
                work.tell_bridge(bridge, watched(work.settings))

        await self.desk.run(do, actor)
