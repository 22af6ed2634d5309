"""What the lines of the PBX do now: read when something changed, and unknown again when nobody renews it."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from backend.domain.lines.model import LineId, LineReport, LineState

Read = Callable[[int], Awaitable[tuple[Mapping[LineId, LineReport], int]]]
"""What was told after a change, and the newest change."""


class LineBoard:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._told: dict[LineId, LineReport] = {}
        self._believed: set[LineId] = set()
        self._change = 0

    async def start(self, now: datetime) -> None:
        self._told, self._believed, self._change = {}, set(), 0
        await self.catch_up(now)

    async def catch_up(self, now: datetime) -> set[LineId]:
        """Lines that may look different than before."""
        told, self._change = await self._read(self._change)
        self._told |= told
        over = {id for id in self._believed if now >= self._told[id].expires_at}
        self._believed = (self._believed | {id for id, report in told.items() if now < report.expires_at}) - over
        return told.keys() | over

    def state(self, id: LineId, now: datetime) -> tuple[LineState, datetime | None]:
        report = self._told.get(id)
        return report.at(now) if report is not None else (LineState.UNKNOWN, None)
