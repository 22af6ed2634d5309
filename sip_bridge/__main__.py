"""The bridge's supervisor: holds the SIP socket, starts the media worker and the control process, starts them again.

It does nothing else, so that it has no reason to die. The SIP socket is inherited by each control process: datagrams that
arrive while one is being replaced wait in the kernel. The worker depends neither on control nor on this process: should
this process be killed, the next one finds the worker at its socket and leaves it alone; control dies with its supervisor,
for two of them would fight over the calls.
"""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from sip_bridge.node.config import Config
from sip_bridge.node.names import SIP_SOCKET_ENV
from sip_bridge.sip.transport import udp_socket

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 3.0
LOOK_EVERY_S = 0.05
ADOPTED_LOOK_EVERY_S = 0.5
PR_SET_PDEATHSIG = 1


class AliveLock:
    """A file locked for as long as a child lives: it inherits the open file. Tells a later supervisor that it is there."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def held(self) -> bool:
        lock = self.take()
        if lock is None:
            return True
        os.close(lock)
        return False

    def take(self) -> int | None:
        """An open locked file, or None when somebody holds it."""
        opened = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(opened)
            return None
        return opened

    def holder(self) -> int | None:
        """The process that holds the lock, as its starter noted it; None when nobody does."""
        try:
            return int(self._path.read_text()) if self.held() else None
        except (FileNotFoundError, ValueError):
            return None


class Child:
    """A program that shall run. With ``lock`` it may outlive this process and is then not started a second time."""

    def __init__(
        self,
        name: str,
        command: list[str],
        environment: dict[str, str],
        *,
        keep: tuple[int, ...] = (),
        dies_with_us: bool = False,
        lock: AliveLock | None = None,
    ) -> None:
        self.name, self.command, self.environment, self.keep = name, command, environment, keep
        self.dies_with_us = dies_with_us
        self.lock = lock
        self.process: subprocess.Popen | None = None
        self._pause = FIRST_PAUSE_S
        self._started = 0.0
        self._not_before = 0.0

    def look_after(self, now: float) -> None:
        """Start it when it should run and does not."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self._pause = FIRST_PAUSE_S if now - self._started > 5 else min(self._pause * 2, LONGEST_PAUSE_S)
            print(f'{{"event": "child_ended", "child": "{self.name}", "code": {code}}}', flush=True)  # noqa: T201
            self.process = None
            self._not_before = now + self._pause
        if now < self._not_before:
            return
        held = self.lock.take() if self.lock else None
        if self.lock is not None and held is None:
            self._not_before = now + ADOPTED_LOOK_EVERY_S
            return
        self._started = now
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            pass_fds=self.keep if held is None else (*self.keep, held),
            start_new_session=not self.dies_with_us,
            preexec_fn=_die_with_parent if self.dies_with_us else None,
        )
        if held is not None:
            os.ftruncate(held, 0)
            os.pwrite(held, str(self.process.pid).encode(), 0)
            os.close(held)

    def stop(self) -> None:
        """End it in good order, also one that an earlier supervisor started."""
        if self.process is None and self.lock is not None and (pid := self.lock.holder()) is not None:
            os.kill(pid, signal.SIGTERM)
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _bound(config: Config) -> socket.socket:
    """The SIP socket, waiting a little for a control process of a killed supervisor to be gone."""
    until = time.monotonic() + 5
    while True:
        try:
            return udp_socket(config.address, config.sip_port)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def main() -> None:
    config = Config()
    config.folder.mkdir(parents=True, exist_ok=True)
    config.folder.chmod(0o700)
    config.recordings.mkdir(parents=True, exist_ok=True)
    sip = _bound(config)
    media_command = [sys.executable, "-m", "sip_bridge.media", "--control", str(config.media_socket)]
    media_command += ["--rtp-ports", config.rtp_ports, "--webrtc-port", str(config.webrtc_port)]
    media_command += ["--recordings", str(config.recordings)]
    for address in dict.fromkeys((config.address, *config.media_addresses)):
        media_command += ["--address", address]
    control_command = [sys.executable, "-m", "sip_bridge.node.control"]
    media = Child("media", media_command, dict(os.environ), lock=AliveLock(config.folder / "media.lock"))
    control = Child(
        "control",
        control_command,
        {**os.environ, SIP_SOCKET_ENV: str(sip.fileno())},
        keep=(sip.fileno(),),
        dies_with_us=True,
    )
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        now = time.monotonic()
        media.look_after(now)
        control.look_after(now)
        time.sleep(LOOK_EVERY_S)
    control.stop()
    media.stop()


if __name__ == "__main__":
    main()
