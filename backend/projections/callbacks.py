"""How many wishes to be called back are open in each queue: counted by the database, for they are kept beside the log."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from backend.domain.kernel.ids import QueueId

Read = Callable[[], Awaitable[Mapping[QueueId, int]]]
EVERY = timedelta(seconds=1)
"""Counted at most this often."""


class CallbackBoard:
    def __init__(self, read: Read) -> None:
        self._read = read
        self._read_at: datetime | None = None
        self.open: dict[QueueId, int] = {}

    async def catch_up(self, now: datetime) -> set[QueueId]:
        """Queues that have another number than before."""
        if self._read_at is not None and self._read_at <= now < self._read_at + EVERY:
            return set()
        found = dict(await self._read())
        changed = {q for q in found.keys() | self.open.keys() if found.get(q) != self.open.get(q)}
        self._read_at = now
        self.open = found
        return changed
