"""Runs SIPp on loopback against a driver under test: free port, time limit, outcome and trace."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port

SCENARIOS = Path(__file__).parent.parent / "sip" / "scenarios"


@dataclass(frozen=True)
class Outcome:
    """`trace` holds the messages and errors SIPp wrote down."""

    code: int
    trace: str

    @property
    def succeeded(self) -> bool:
        return self.code == 0


def sipp_binary() -> str:
    found = shutil.which("sipp")
    assert found, "SIPp is missing: apt-get install sip-tester"
    return found


class Sipp:
    """One run of a scenario. `port` is SIPp's own."""

    def __init__(
        self,
        scenario: str,
        remote_port: int,
        *options: str,
        tcp: bool = False,
        calls: int = 1,
        limit: float = 20.0,
        sound: bytes = b"",
    ) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="sipp-")
        (Path(self._folder.name) / "sound.al").write_bytes(sound)
        self._limit = limit
        self._arguments = [
            sipp_binary(), f"127.0.0.1:{remote_port}", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-i", "127.0.0.1",
            "-p", str(self.port), "-m", str(calls), "-t", "t1" if tcp else "u1", "-s", "210000001", "-nostdin",
            "-trace_msg", "-trace_err", "-message_file", "messages.log", "-error_file", "errors.log",
            "-timeout", f"{limit:.0f}s", "-timeout_error", *options,
        ]  # fmt: skip

    def listen_at(self, port: int) -> None:
        """At this port, instead of a free one."""
        self._arguments[self._arguments.index("-p") + 1] = str(port)
        self.port = port

    async def start(self) -> None:
        """Returns when SIPp has its socket."""
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            cwd=self._folder.name,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        wanted = f":{self.port:04X} "
        for _ in range(200):
            tables = "".join(Path(f"/proc/net/{name}").read_text() for name in ("udp", "tcp"))
            if wanted in tables or self._process.returncode is not None:
                return
            await asyncio.sleep(0.02)

    async def finished(self) -> Outcome:
        """Waits for the end; a run past its limit is killed and has failed."""
        try:
            code = await asyncio.wait_for(self._process.wait(), self._limit + 5)
        except TimeoutError:
            self._process.kill()
            code = await self._process.wait() or 1
        parts = [path.read_text(errors="replace") for path in sorted(Path(self._folder.name).glob("*.log"))]
        self._folder.cleanup()
        return Outcome(code, "\n".join(parts))
