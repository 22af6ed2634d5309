"""Keeps our accounts as the directory has them: wholly at set times and on demand, and within a minute for who must go.

One process at a time does it (a lease with a fencing token). What was wanted is a row, so it survives whoever began it; what it
changes is one transaction, so a process that dies in the middle has changed nothing. The first one is an administrator's to
begin, after a look at what it would do; from then on it comes by itself.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from backend.application.directory import Directory, DirectoryDown
from backend.domain.access.directory import (
    Change,
    ChangeKind,
    DirectorySettings,
    Inactive,
    KnownAccount,
    Source,
    SyncRun,
    SyncState,
    plan,
)
from backend.domain.kernel.ids import UserId

log = structlog.get_logger()

LEASE = "directory"
LEASE_LENGTH = timedelta(seconds=60)
WATCH_EVERY_S = 20.0
"""Disabled accounts are out after this and one look at the directory."""
IDLE_S = 2.0
PROGRESS_EVERY = 25


class SyncStore(Protocol):
    async def all(self) -> list[KnownAccount]: ...
    async def apply(
        self, changes: list[Change], actor: int | None, source: Source = ..., lease: tuple[str, int] | None = None
    ) -> None: ...
    async def want(self, dry: bool, forced: bool, actor: int | None, at: datetime) -> int: ...
    async def runs(self) -> list[SyncRun]: ...
    async def next_run(self) -> SyncRun | None: ...
    async def last_started(self) -> datetime | None: ...
    async def started(self, run: int, at: datetime) -> None: ...
    async def progress(self, run: int, read: int) -> None: ...
    async def ended(self, run: int, state: SyncState, changes: list[Change], failure: str, at: datetime) -> None: ...


class Leases(Protocol):
    async def acquire_lease(self, name: str, holder: str, length: timedelta) -> int | None: ...
    async def release_lease(self, name: str, holder: str) -> None: ...


class DirectorySync:
    def __init__(
        self,
        directory: Directory,
        store: SyncStore,
        leases: Leases,
        settings: Callable[[], DirectorySettings],
        changed: Callable[[], Awaitable[None]],
        left: Callable[[UserId], Awaitable[object]],
        clock: Callable[[], datetime],
    ) -> None:
        """``left`` is told who may not work any more."""
        self.directory = directory
        self.store = store
        self.leases = leases
        self._settings = settings
        self._changed = changed
        self._left = left
        self.clock = clock
        self.holder = str(uuid.uuid4())
        self._token: int | None = None
        self._woken = asyncio.Event()
        self._watched_at = 0.0

    def wake(self) -> None:
        self._woken.set()

    async def want(self, dry: bool, forced: bool, actor: int | None) -> int:
        """The id of a run that will begin within seconds, in whichever process has the lease."""
        id = await self.store.want(dry, forced, actor, self.clock())
        self.wake()
        return id

    async def run(self) -> None:
        try:
            while True:
                try:
                    async with asyncio.timeout(IDLE_S):
                        await self._woken.wait()
                except TimeoutError:
                    pass
                self._woken.clear()
                try:
                    await self.turn()
                except Exception:
                    log.exception("directory_sync_failed")
                    self._token = None
                    await asyncio.sleep(IDLE_S)
        finally:
            if self._token is not None:
                await self.leases.release_lease(LEASE, self.holder)

    async def turn(self) -> None:
        """What is due now."""
        s = self._settings()
        if not s.enabled:
            return
        self._token = await self.leases.acquire_lease(LEASE, self.holder, LEASE_LENGTH)
        if self._token is None:
            return
        now = asyncio.get_running_loop().time()
        if now - self._watched_at >= WATCH_EVERY_S:
            self._watched_at = now
            await self.watch()
        last = await self.store.last_started()
        if last is not None and self.clock() - last >= timedelta(minutes=s.sync_minutes):
            await self.store.want(False, False, None, self.clock())
        while (run := await self.store.next_run()) is not None:
            await self._carry_out(run)

    async def watch(self) -> list[Change]:
        """Whoever is disabled, expired or gone in the directory is out, with all sessions."""
        accounts = [
            a for a in await self.store.all() if a.source is Source.DIRECTORY and a.active and a.external is not None
        ]
        if not accounts:
            return []
        try:
            found = await self.directory.entries([a.external for a in accounts if a.external])
        except DirectoryDown as down:
            log.warning("directory_down", troubles=[t.kind.value for t in down.troubles])
            return []
        out = []
        for account in accounts:
            entry = found.get(account.external or "")
            why = Inactive.GONE if entry is None else entry.inactive
            if why is not None:
                out.append(
                    Change(
                        kind=ChangeKind.DISABLED,
                        login=account.login,
                        name=account.name,
                        user=account.user,
                        external=account.external or "",
                        email=account.email,
                        rights=account.rights,
                        inactive=why,
                    )
                )
        if _doubtful(out) > self._settings().most_disabled:
            log.warning("too_many_to_switch_off", count=_doubtful(out))
            out = [change for change in out if change.inactive is not Inactive.GONE]
        if out:
            await self._apply(out, None)
        return out

    async def _carry_out(self, run: SyncRun) -> None:
        await self.store.started(run.id, self.clock())
        beating = asyncio.create_task(self._beat())
        changes: list[Change] = []
        try:
            changes = await self._plan(run)
            if not run.dry and not run.forced and _doubtful(changes) > self._settings().most_disabled:
                await self.store.ended(run.id, SyncState.STOPPED, changes, "", self.clock())
                return
            if not run.dry and any(c.kind is not ChangeKind.CONFLICT for c in changes):
                await self._apply(changes, run.wanted_by)
        except DirectoryDown as down:
            await self.store.ended(run.id, SyncState.FAILED, changes, str(down), self.clock())
            return
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)
        await self.store.ended(run.id, SyncState.DONE, changes, "", self.clock())

    async def _plan(self, run: SyncRun) -> list[Change]:
        s, accounts = self._settings(), await self.store.all()
        loop, told = asyncio.get_running_loop(), [0]

        def read(count: int) -> None:
            """From a thread of the directory."""
            if count - told[0] >= PROGRESS_EVERY:
                told[0] = count
                asyncio.run_coroutine_threadsafe(self.store.progress(run.id, count), loop)

        ours = [a.external for a in accounts if a.source is Source.DIRECTORY and a.external]
        entries = await self.directory.members(s.rules, ours, read)
        await self.store.progress(run.id, len(entries))
        return plan(entries, accounts, s.rules)

    async def _apply(self, changes: list[Change], actor: int | None) -> None:
        assert self._token is not None
        await self.store.apply(changes, actor, lease=(LEASE, self._token))
        await self._changed()
        for change in changes:
            if change.kind is ChangeKind.DISABLED and change.user is not None:
                await self._left(change.user)

    async def _beat(self) -> None:
        """A long run keeps its lease; without it, what it would write is refused."""
        while True:
            await asyncio.sleep(LEASE_LENGTH.total_seconds() / 4)
            await self.leases.acquire_lease(LEASE, self.holder, LEASE_LENGTH)


def _doubtful(changes: list[Change]) -> int:
    """Accounts to be switched off although the directory does not say that they are: not found, or in no group. A wrong base
    or a mistake in the rules looks like this, too."""
    return sum(c.kind is ChangeKind.DISABLED and c.inactive in (Inactive.GONE, Inactive.NO_GROUP) for c in changes)
