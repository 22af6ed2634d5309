"""The control process's end: requests to a media worker, its events, and coming back after a break.

    client = MediaClient(path, on_event=handle)
    await client.connect()
    opened = await client.request(OpenRtpLeg(leg="a"))

A request that was not answered when the connection broke is sent again with the same id: the worker does it once.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from sip_bridge.media import protocol
from sip_bridge.media.protocol import Acknowledge, Command, Event, Hello, Occurrence, Response, Result, Superseded

FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # seconds between attempts to connect

OnEvent = Callable[[Event], Awaitable[None] | None]
OnHello = Callable[[Hello], Awaitable[None] | None]


class WorkerGone(Exception):
    """The client was closed, or the worker is another process now and knows nothing of the request. Never worth a retry as is."""


class MediaClient:
    """`on_event` is awaited for one event after the other, in order; each is acknowledged when it returns.

    `on_hello` is called at each connection; a changed `Hello.instance` means a new worker without legs.
    """

    def __init__(self, path: Path | str, on_event: OnEvent | None = None, on_hello: OnHello | None = None) -> None:
        self._path = str(path)
        self._on_event = on_event
        self._on_hello = on_hello
        self.hello: Hello | None = None
        self._waiting: dict[str, tuple[bytes, asyncio.Future[Result]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._connected = asyncio.Event()
        self._events: asyncio.Queue[tuple[str, Occurrence]] = asyncio.Queue()  # with the worker's instance
        self._tasks: list[asyncio.Task[None]] = []
        self._last_event = 0
        self.closed = False
        self.superseded = False  # a newer control has the worker: this client stays away

    async def connect(self, within: float = 10.0) -> Hello:
        """Start; returns the worker's greeting. Raises TimeoutError when there is no worker in time."""
        self._tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._deliver())]
        async with asyncio.timeout(within):
            await self._connected.wait()
        assert self.hello is not None
        return self.hello

    async def request(self, command: Command, id_: str | None = None, within: float | None = 10.0) -> Result:
        """Have a command done; waits through a break of the connection. Raises TimeoutError or WorkerGone."""
        id_ = id_ or uuid.uuid4().hex
        data = protocol.request(id_, command)
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = (data, future)
        if self._writer is not None and self._connected.is_set():
            self._writer.write(data)
        try:
            async with asyncio.timeout(within):
                return await future
        finally:
            self._waiting.pop(id_, None)

    async def close(self) -> None:
        """Leave the worker running."""
        self.closed = True
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._writer is not None:
            self._writer.close()
        self._fail_waiting("the client was closed")

    async def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self.superseded:
            try:
                reader, self._writer = await asyncio.open_unix_connection(self._path)
                pause = FIRST_PAUSE
                await self._read(reader)
            except (OSError, asyncio.IncompleteReadError, msgspec.DecodeError):
                pass
            self._connected.clear()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        while True:
            length = int.from_bytes(await reader.readexactly(4), "big")
            body = await reader.readexactly(length)
            frame = protocol.decode_from_worker(body)
            if isinstance(frame, Hello):
                await self._greeted(frame)
            elif isinstance(frame, Response):
                _, future = self._waiting.get(frame.id, (b"", None))
                if future is not None and not future.done():
                    future.set_result(frame.result)
            elif isinstance(frame, Superseded):
                self.superseded = True
                self._fail_waiting("a newer control took over")
                return
            elif frame.number > self._last_event:
                self._last_event = frame.number
                assert self.hello is not None
                self._events.put_nowait((self.hello.instance, frame))

    async def _greeted(self, hello: Hello) -> None:
        if self.hello is not None and self.hello.instance != hello.instance:
            self._last_event = 0
            self._fail_waiting("the worker was started anew")
        self.hello = hello
        self._connected.set()
        assert self._writer is not None
        for data, _ in self._waiting.values():
            self._writer.write(data)
        if self._on_hello is not None:
            result = self._on_hello(hello)
            if result is not None:
                await result

    async def _deliver(self) -> None:
        while True:
            instance, occurrence = await self._events.get()
            if self._on_event is not None:
                result = self._on_event(occurrence.event)
                if result is not None:
                    await result
            same = self.hello is not None and self.hello.instance == instance  # numbers begin anew with each worker
            if same and self._writer is not None and self._connected.is_set():
                self._writer.write(protocol.frame(Acknowledge(number=occurrence.number)))

    def _fail_waiting(self, why: str) -> None:
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(WorkerGone(why))
        self._waiting.clear()  # a new worker is not asked what the old one was
