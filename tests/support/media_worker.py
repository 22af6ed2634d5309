"""A real media worker process for tests, and a control that waits for events instead of sleeping."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sip_bridge.media.client import MediaClient
from sip_bridge.media.protocol import Command, Event

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]


class WorkerProcess:
    """`control`: path of its socket; `recordings`: its folder."""

    def __init__(self, folder: Path, addresses: tuple[str, ...] = ("127.0.0.1",), ports: str = "30000-30399") -> None:
        self.control, self.recordings = folder / "c.sock", folder / "recordings"
        self.recordings.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "sip_bridge.media", "--control", str(self.control), "--rtp-ports", ports]
        command += ["--recordings", str(self.recordings)]
        for address in addresses:
            command += ["--address", address]
        self.errors = (folder / "worker.log").open("wb")
        self.process = subprocess.Popen(command, cwd=ROOT, env=dict(os.environ), stderr=self.errors)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        self.errors.close()


class Control:
    """A MediaClient that keeps its events and can wait for one."""

    def __init__(self, path: Path) -> None:
        self.events: list[Event] = []
        self._arrived = asyncio.Event()
        self.client = MediaClient(path, on_event=self._take)

    async def __aenter__(self) -> Control:
        await self.client.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close()

    def _take(self, event: Event) -> None:
        self.events.append(event)
        self._arrived.set()

    async def do(self, command: Command, kind: type[T]) -> T:
        """Have a command done; any other kind of result fails the test."""
        result = await self.client.request(command)
        assert isinstance(result, kind), result
        return result

    async def event(self, kind: type[T], where: Callable[[T], bool] = lambda _: True, within: float = 8.0) -> T:
        """The first event of a kind, past or to come."""
        async with asyncio.timeout(within):
            while True:
                for each in self.events:
                    if isinstance(each, kind) and where(each):
                        return each
                self._arrived.clear()
                await self._arrived.wait()
