"""Writes entries of the audit, many in one transaction.

``note`` returns when its entry is committed: what shows personal data is answered only then. ``post`` returns at once: of a
command that was refused, or that changed something in a transaction which the entry could not join (``origin.Asked``).
Nothing is dropped: while the database is away entries wait here, and when too many do, whoever wants to write is told so
before anything is done.
"""

import asyncio
import contextlib
from datetime import UTC, datetime

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.audit.rows import ADD, of_the_data, row_of
from backend.application import origin
from backend.domain.audit.trail import Entry, Kind, Outcome

log = structlog.get_logger()
WRITTEN = Counter("kc_audit_entries_total", "Entries of the audit written")

MOST_AT_ONCE = 500
MOST_WAITING = 20_000
LONGEST_WAIT_S = 5.0
GATHER_S = 0.003
"""How long a first entry waits for others to go with it."""


def happened(action: str, outcome: Outcome = Outcome.DONE, **parameters: object) -> Entry:
    """What no person asked for: a process or a bridge that starts, stops, comes or goes."""
    by = origin.current()
    return Entry(
        kind=Kind.SYSTEM,
        action=action,
        at=datetime.now(UTC),
        source=by.source,
        address=by.address,
        parameters={"process": by.process, **parameters},
        outcome=outcome,
    )


class JournalFull(Exception):
    """What is to be done cannot be written down, so it is not done."""


class Journal:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: list[tuple[Entry, asyncio.Future[None] | None]] = []
        self._woken = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self._task: asyncio.Task | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Writes what waits, if the database lets it. What stands here then is lost with this process."""
        if self._task is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_WAIT_S):
                await self._empty.wait()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def check(self) -> None:
        """Raises JournalFull."""
        if len(self._waiting) >= MOST_WAITING:
            raise JournalFull

    def post(self, entry: Entry) -> None:
        self._add(entry, None)

    async def note(self, entry: Entry) -> None:
        """Raises JournalFull when it cannot be written in time."""
        self.check()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._add(entry, done)
        try:
            async with asyncio.timeout(LONGEST_WAIT_S):
                await asyncio.shield(done)
        except TimeoutError:
            raise JournalFull from None

    def _add(self, entry: Entry, done: asyncio.Future[None] | None) -> None:
        self._waiting.append((entry, done))
        self._empty.clear()
        self._woken.set()

    async def _write(self, entries: list[Entry]) -> None:
        """Raises what the database raises when it is away. What it takes in no form leaves a row that says so."""
        try:
            async with self._engine.begin() as connection:
                await connection.execute(ADD, [row_of(entry) for entry in entries])
        except Exception as error:
            if not of_the_data(error):
                raise
            if len(entries) > 1:
                for entry in entries:
                    await self._write([entry])
            elif "unwritable" in entries[0].parameters:
                raise
            else:
                log.error("audit_entry_reduced", action=entries[0].action, error=type(error).__name__)
                reduced = {"unwritable": type(error).__name__}
                await self._write([msgspec.structs.replace(entries[0], subject=None, parameters=reduced, found=None)])

    async def _run(self) -> None:
        origin.begin(origin.Origin("process"))
        delay = 0.1
        while True:
            await self._woken.wait()
            await asyncio.sleep(GATHER_S)
            batch = self._waiting[:MOST_AT_ONCE]
            try:
                await self._write([entry for entry, _ in batch])
            except Exception:
                log.exception("audit_not_written", waiting=len(self._waiting))
                await asyncio.sleep(delay)
                delay = min(2 * delay, 2.0)
                continue
            delay = 0.1
            WRITTEN.inc(len(batch))
            del self._waiting[: len(batch)]
            for _, done in batch:
                if done is not None and not done.done():
                    done.set_result(None)
            if not self._waiting:
                self._woken.clear()
                self._empty.set()
