"""baresip as the caller: a telephone that is not ours. Plays a WAV as its microphone, records what it hears.

Driven through its ctrl_tcp module (netstrings of JSON). ``heard()`` is the decoded audio so far.
"""

import asyncio
import contextlib
import json
import random
import shutil
import tempfile
import wave
from pathlib import Path

import numpy as np

from tests.support.ports import free_port

CONFIG = """
poll_method epoll
call_local_timeout 120
call_max_calls 1
audio_player aufile,{folder}/played.wav
audio_source aufile,{source}
audio_alert aufile,{folder}/alert.wav
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
ausrc_format s16
auplay_format s16
auenc_format s16
audec_format s16
audio_buffer 20-160
rtp_tos 184
rtp_ports {rtp}-{rtp_end}
rtp_bandwidth 512-1024
rtcp_mux no
jitter_buffer_delay 1-5
sip_listen 127.0.0.1:{sip}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module srtp.so
module sndfile.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""


class Baresip:
    """``async with Baresip(source_wav) as phone``; then ``call``, ``press``, ``heard``, ``hang_up``."""

    def __init__(self, source: Path, caller: str = "777123456", *, srtp: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kc-baresip-"))
        self.caller = caller
        self.sip = free_port(together=2)  # it listens for TLS at the next one, asked or not
        self.control = free_port()
        rtp = random.randrange(18_000, 19_900, 2)
        (self.folder / "config").write_text(
            CONFIG.format(
                folder=self.folder, source=source, sip=self.sip, control=self.control, rtp=rtp, rtp_end=rtp + 20
            )
        )
        (self.folder / "accounts").write_text(
            f"<sip:{caller}@127.0.0.1>;regint=0;audio_codecs=PCMA,PCMU{';mediaenc=srtp-mand' if srtp else ''}\n"
        )
        (self.folder / "contacts").write_text("")
        self.events: list[dict] = []
        self._changed = asyncio.Event()
        self._buffer = b""

    async def __aenter__(self) -> "Baresip":
        found = shutil.which("baresip")
        assert found, "baresip is missing: apt-get install baresip"
        self.process = await asyncio.create_subprocess_exec(
            found, "-v", "-s", "-f", str(self.folder), stdin=asyncio.subprocess.DEVNULL,
            stdout=(self.folder / "log").open("w"), stderr=asyncio.subprocess.STDOUT, cwd=self.folder,
        )  # fmt: skip
        for _ in range(200):
            with contextlib.suppress(OSError):
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.control)
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError(f"baresip did not start: {(self.folder / 'log').read_text()[-2000:]}")
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(ProcessLookupError):
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 5)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _read(self) -> None:
        while True:
            length = await self._reader.readuntil(b":")
            body = await self._reader.readexactly(int(length[:-1]))
            await self._reader.readexactly(1)
            with contextlib.suppress(json.JSONDecodeError):
                self.events.append(json.loads(body))
                self._changed.set()

    async def command(self, command: str, params: str = "") -> None:
        body = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        await self._writer.drain()

    async def call(self, number: str, port: int, host: str = "127.0.0.1") -> None:
        await self.command("dial", f"sip:{number}@{host}:{port}")

    async def press(self, digit: str) -> None:
        """A key by RFC 4733, down and up."""
        await self.command("sndcode", digit)
        await asyncio.sleep(0.12)
        await self.command("sndcode", "\x04")

    async def hang_up(self) -> None:
        await self.command("hangup")

    async def until(self, kind: str, timeout: float = 15) -> dict:
        """The first event of this type, such as CALL_ESTABLISHED or CALL_CLOSED."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    for event in self.events:
                        if event.get("type") == kind:
                            return event
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            log = (self.folder / "log").read_text()[-1500:]
            raise AssertionError(f"no {kind}: {[e.get('type') for e in self.events]}\n{log}") from None

    def heard(self) -> np.ndarray:
        """Everything decoded so far, int16 at 8 kHz."""
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        if not files:
            return np.zeros(0, np.int16)
        raw = files[-1].read_bytes()
        return np.frombuffer(raw[44 : 44 + (len(raw) - 44) // 2 * 2], np.int16)


def write_wav(path: Path, samples: np.ndarray, rate: int = 8000) -> Path:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, 0, "NONE", ""))
        out.writeframes(samples.astype(np.int16).tobytes())
    return path
