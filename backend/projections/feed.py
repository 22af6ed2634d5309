"""The live picture of this process, kept up to date by the log, and those who watch it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from backend.application.desk import PRAGUE
from backend.projections.callbacks import CallbackBoard
from backend.projections.lines import LineBoard
from backend.projections.live import Changes, Live, LogRow, day_start_of

log = structlog.get_logger()

Cursor = tuple[int, int]
REMEMBERED = 4096
"""Batches of changes kept for watchers that come back; older cursors get a whole picture."""
POLL_S = 0.25
"""Reads the log at least this often, should the bell be lost."""


class Watcher:
    """What changed since the watcher last looked. Never grows beyond the names of what exists."""

    def __init__(self, cursor: Cursor) -> None:
        self._pending = Changes()
        self._cursor = cursor
        self._woken = asyncio.Event()

    def notify(self, changes: Changes, cursor: Cursor) -> None:
        self._pending.merge(changes)
        self._cursor = cursor
        self._woken.set()

    async def wait(self) -> None:
        await self._woken.wait()

    def take(self) -> tuple[Changes, Cursor]:
        """What changed, and up to where: taken together, for the picture may run ahead while a frame is made."""
        self._woken.clear()
        taken, self._pending = self._pending, Changes()
        return taken, self._cursor


class Feed:
    def __init__(
        self,
        load: Callable[[datetime], Awaitable[tuple[Live, Cursor]]],
        read: Callable[[Cursor], Awaitable[tuple[list[LogRow], Cursor]]],
        clock: Callable[[], datetime],
        lines: LineBoard,
        callbacks: CallbackBoard,
    ) -> None:
        self._load = load
        self._read = read
        self._clock = clock
        self.lines = lines
        self.callbacks = callbacks
        self.read_at: datetime = clock()
        """When the log was last read to its end: how old the picture is."""
        self._woken = asyncio.Event()
        self._recent: deque[tuple[Cursor, Changes]] = deque(maxlen=REMEMBERED)
        self._watchers: set[Watcher] = set()
        self._reading = asyncio.Lock()
        self._from: Cursor = (0, 0)
        self.live: Live
        self.cursor: Cursor = (0, 0)

    def wake(self) -> None:
        self._woken.set()

    def now(self) -> datetime:
        return self._clock()

    async def start(self) -> None:
        self.live, self.cursor = await self._load(day_start_of(self._clock(), PRAGUE))
        self.live.callbacks = self.callbacks.open
        await self.lines.start(self._clock())
        self._from = self.cursor
        self._recent.clear()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            try:
                await self.catch_up()
            except Exception:
                log.exception("feed_failed")
                await asyncio.sleep(POLL_S)

    async def catch_up(self) -> None:
        """Read the log to its end."""
        async with self._reading:
            await self._catch_up()

    async def _catch_up(self) -> None:
        day = day_start_of(self._clock(), PRAGUE)
        if day != self.live.day_start:
            self._tell(self.live.begin_day(day))
        self.live.day.forget_minutes(self._clock())
        if queues := await self.callbacks.catch_up(self._clock()):
            self.live.callbacks = self.callbacks.open
            self._tell(Changes(queues=queues))
        if self.live.settings.lines and (lines := await self.lines.catch_up(self._clock())):
            self._tell(Changes(lines=lines))
        while True:
            begun = self._clock()
            rows, cursor = await self._read(self.cursor)
            if cursor == self.cursor:  # no rows alone: all that was read may be of other streams
                self.read_at = begun
                return
            changes = Changes()
            for row in rows:
                self.live.apply(row, changes)
            self.cursor = cursor
            self._tell(changes)

    def _tell(self, changes: Changes) -> None:
        if not changes:
            return
        self._recent.append((self.cursor, changes))
        for watcher in self._watchers:
            watcher.notify(changes, self.cursor)

    async def reload(self) -> None:
        """Settings changed: take a new picture and tell everybody everything. Not while rows are read for the old one: they
        would be put into the new one, and the place in the log would go back."""
        lines = set(self.live.settings.lines)
        async with self._reading:
            await self.start()
        live = self.live
        lines |= set(live.settings.lines)
        everything = Changes(
            agents=set(live.agents),
            interactions=set(live.interactions),
            queues=set(live.settings.queues),
            alerts=set(live.alerts),
            lines=lines,
        )
        for watcher in self._watchers:
            watcher.notify(everything, self.cursor)

    def watch(self) -> Watcher:
        watcher = Watcher(self.cursor)
        self._watchers.add(watcher)
        return watcher

    def unwatch(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)

    def since(self, cursor: Cursor) -> Changes | None:
        """Everything that changed after ``cursor``; None when that is not remembered."""
        oldest = self._recent[0][0] if len(self._recent) == REMEMBERED else self._from
        if cursor < oldest or cursor > self.cursor:
            return None
        merged = Changes(lines=set(self.live.settings.lines))  # these change without the log, and are few
        for at, changes in self._recent:
            if at > cursor:
                merged.merge(changes)
        return merged
