"""Push to people's devices: what the log says of agents, and whatever else somebody should hear of (``to_user``).

The log is followed by a cursor that moves in the transaction which writes the notes down, and a note is taken from its
row only when the push service has it. A process that dies loses nothing; at worst the same note goes out twice, and the
device shows it once, for both have one tag. Any number of processes may do this: rows are claimed under lock.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import msgspec
import structlog

from backend.application.desk import Desk
from backend.domain.agent import messages as agents
from backend.domain.agent.notes import Note
from backend.domain.kernel.ids import UserId

log = structlog.get_logger()

POLL_S = 1.0
REST_S = 0.05
"""Between two looks, whatever rings meanwhile."""
AT_ONCE = 20


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that wants to be told. ``device``: what its tabs' names begin with (``Phone.owner``)."""

    endpoint: str
    p256dh: str
    auth: str
    device: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A note for one device, claimed for sending. ``revision`` tells it from a newer note with the same tag."""

    id: int
    revision: int
    attempts: int
    user: UserId
    subscription: Subscription
    note: Note
    queue: str | None = None
    """Name of the queue of the note's contact."""
    locale: str | None = None


class Delivery(StrEnum):
    DONE = "done"
    GONE = "gone"
    """The device has taken the subscription back."""
    LATER = "later"
    REFUSED = "refused"
    """The push service does not take it and never will."""


class NoteStore(Protocol):
    async def follow(self) -> bool: ...
    async def put(self, user: UserId, note: Note) -> None: ...
    async def claim(self, now: datetime, most: int) -> list[Parcel]: ...
    async def sent(self, parcel: Parcel, now: datetime) -> None: ...
    async def again(self, parcel: Parcel, at: datetime) -> None: ...
    async def forget(self, endpoint: str) -> bool: ...
    async def next_due(self) -> datetime | None: ...


class Notifier:
    def __init__(
        self, desk: Desk, store: NoteStore, deliver: Callable[[Parcel, datetime], Awaitable[tuple[Delivery, float]]]
    ) -> None:
        """``deliver`` answers also after how many seconds to try again."""
        self.desk = desk
        self.store = store
        self._deliver = deliver
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def to_user(self, user: UserId, note: Note) -> None:
        """Tell all devices of ``user``; nothing where there is none. A note with the tag of an earlier one replaces it."""
        await self.store.put(user, note)
        self.wake()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            try:
                while await self.store.follow():
                    pass
                await self.send_due()
                due = await self.store.next_due()
            except Exception:
                log.exception("notifier_failed")
                await asyncio.sleep(POLL_S)
                continue
            wait = POLL_S if due is None else min(POLL_S, max(0.0, (due - self.desk.clock()).total_seconds()))
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                pass
            await asyncio.sleep(REST_S)

    async def send_due(self) -> int:
        parcels = await self.store.claim(self.desk.clock(), AT_ONCE)
        await asyncio.gather(*(self._send(parcel) for parcel in parcels))
        return len(parcels)

    async def _send(self, parcel: Parcel) -> None:
        now = self.desk.clock()
        try:
            delivery, after_s = await self._deliver(parcel, now)
        except Exception:
            log.exception("push_not_sent")
            delivery, after_s = Delivery.LATER, 1.0
        match delivery:
            case Delivery.DONE | Delivery.REFUSED:
                await self.store.sent(parcel, self.desk.clock())
            case Delivery.GONE:
                if await self.store.forget(parcel.subscription.endpoint):
                    await self._rung_no_more(parcel.user)
            case Delivery.LATER:
                after = timedelta(seconds=max(after_s, min(2.0**parcel.attempts, 30.0)))
                await self.store.again(parcel, self.desk.clock() + after)

    async def _rung_no_more(self, user: UserId) -> None:
        """Nobody is waited for whom no push reaches."""
        await self.desk.command_agent(user, agents.RingByPush(on=False))
