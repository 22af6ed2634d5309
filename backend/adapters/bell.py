"""The bell: ``broadcaster`` over a PostgreSQL backend of our own.

It says "something new", never what. In the ringing process listeners wake at once; the others by NOTIFY, at most one
every few milliseconds, sent after the commit rather than inside it: a NOTIFY in a transaction makes all commits of the
database wait in one line (docs/decisions/0002). A bell that is lost costs the listeners' polling interval, never data.
"""

import asyncio
import contextlib
from collections.abc import Callable

import asyncpg
import structlog
from broadcaster import Broadcast, BroadcastBackend, Event

log = structlog.get_logger()

CHANNEL = "kc"
QUIET_S = 0.005
"""Rings within this time become one NOTIFY."""


class PostgresBellBackend(BroadcastBackend):
    """LISTEN/NOTIFY on a connection that comes back by itself. Payloads are not used."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._events: asyncio.Queue[Event] = asyncio.Queue(maxsize=1024)
        self._lost = asyncio.Event()
        self._connection: asyncpg.Connection | None = None
        self._keeper: asyncio.Task | None = None
        self._channels: set[str] = set()
        self._turn = asyncio.Lock()
        """The connection does one thing at a time."""

    async def connect(self) -> None:
        await self._open()
        self._keeper = asyncio.create_task(self._keep())

    async def disconnect(self) -> None:
        if self._keeper:
            self._keeper.cancel()
        if self._connection and not self._connection.is_closed():
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=1)

    async def subscribe(self, channel: str) -> None:
        self._channels.add(channel)
        if self._connection:
            async with self._turn:
                await self._connection.add_listener(channel, self._heard)

    async def unsubscribe(self, channel: str) -> None:
        self._channels.discard(channel)
        if self._connection and not self._connection.is_closed():
            await self._connection.remove_listener(channel, self._heard)

    async def publish(self, channel: str, message: str) -> None:
        if self._connection is None or self._connection.is_closed():
            return
        try:
            async with self._turn:
                await self._connection.execute("SELECT pg_notify($1, '')", channel)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            self._lost.set()

    async def next_published(self) -> Event:
        return await self._events.get()

    def _heard(self, _connection, _pid: int, channel: str, _payload: str) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._events.put_nowait(Event(channel, ""))

    async def _open(self) -> None:
        if self._connection and not self._connection.is_closed():
            self._connection.terminate()
        self._connection = await asyncpg.connect(self._dsn, timeout=5)
        self._connection.add_termination_listener(self._ended)
        for channel in self._channels:
            await self._connection.add_listener(channel, self._heard)

    def _ended(self, connection: asyncpg.Connection) -> None:
        """Only the connection in use matters: one that was replaced ends later, and must not end its successor."""
        if connection is self._connection:
            self._lost.set()

    async def _keep(self) -> None:
        delay = 0.05
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    await self._lost.wait()
            try:
                if self._lost.is_set() or self._connection is None:
                    self._lost.clear()
                    async with self._turn:
                        await self._open()
                    log.info("bell_reconnected")
                    for channel in self._channels:
                        self._heard(None, 0, channel, "")
                else:
                    async with self._turn:
                        await self._connection.execute("SELECT 1", timeout=5)
                delay = 0.05
            except Exception:
                self._lost.set()
                await asyncio.sleep(delay)
                delay = min(delay * 2, 2.0)


class Bell:
    """``ring`` wakes this process's listeners at once and the other processes soon."""

    def __init__(self, dsn: str) -> None:
        self._broadcast = Broadcast(backend=PostgresBellBackend(dsn))
        self._listeners: list[Callable[[], None]] = []
        self._rung = asyncio.Event()
        self._tasks: list[asyncio.Task] = []

    def listen(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)

    def ring(self) -> None:
        self._wake()
        self._rung.set()

    def _wake(self) -> None:
        for wake in self._listeners:
            wake()

    async def start(self) -> None:
        await self._broadcast.connect()
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._receive())]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(Exception):
            await self._broadcast.disconnect()

    async def _send(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            await self._broadcast.publish(CHANNEL, "")
            await asyncio.sleep(QUIET_S)

    async def _receive(self) -> None:
        async with self._broadcast.subscribe(channel=CHANNEL) as rings:
            async for _ in rings:
                self._wake()
