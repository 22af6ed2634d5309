"""The bridge's supervisor: holds the SIP socket, starts the media worker and the control process, starts them again.

It does nothing else, so that it has no reason to die. The SIP socket is inherited by each control process: datagrams that
arrive while one is being replaced wait in the kernel. The worker does not depend on control at all.
"""

import os
import signal
import subprocess
import sys
import time

from sip_bridge.node.config import Config
from sip_bridge.node.control import SIP_SOCKET_ENV
from sip_bridge.sip.transport import udp_socket

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 3.0


class Child:
    def __init__(self, name: str, command: list[str], environment: dict[str, str], keep: tuple[int, ...] = ()) -> None:
        self.name, self.command, self.environment, self.keep = name, command, environment, keep
        self.process: subprocess.Popen | None = None
        self.pause = FIRST_PAUSE_S
        self.started = 0.0
        self.not_before = 0.0

    def look_after(self, now: float) -> None:
        """Start it when it should run and does not."""
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            lived = now - self.started
            self.pause = FIRST_PAUSE_S if lived > 5 else min(self.pause * 2, LONGEST_PAUSE_S)
            sys.stdout.write(f'{{"event": "child_ended", "child": "{self.name}", "code": {code}}}\n')
            sys.stdout.flush()
            self.process = None
            self.not_before = now + self.pause
        if now >= self.not_before:
            self.started = now
            self.process = subprocess.Popen(self.command, env=self.environment, pass_fds=self.keep)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)


def main() -> None:
    config = Config()
    config.folder.mkdir(parents=True, exist_ok=True)
    config.folder.chmod(0o700)
    config.recordings.mkdir(parents=True, exist_ok=True)
    sip = udp_socket(config.address, config.sip_port)
    os.set_inheritable(sip.fileno(), True)
    config.media_socket.unlink(missing_ok=True)
    environment = {**os.environ, SIP_SOCKET_ENV: str(sip.fileno())}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    media = Child(
        "media",
        [
            *(sys.executable, "-m", "sip_bridge.media", "--control", str(config.media_socket)),
            *("--rtp-ports", config.rtp_ports, "--webrtc-port", str(config.webrtc_port)),
            *("--address", config.address, "--recordings", str(config.recordings)),
        ],
        {**os.environ, **threads},
    )
    control = Child("control", [sys.executable, "-m", "sip_bridge.node.control"], environment, (sip.fileno(),))
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = (media, control)
    while not stopping:
        now = time.monotonic()
        for child in children:
            child.look_after(now)
        time.sleep(0.05)
    control.stop()
    if control.process is not None:
        try:
            control.process.wait(5)
        except subprocess.TimeoutExpired:
            control.stop(signal.SIGKILL)
    media.stop()
    if media.process is not None:
        try:
            media.process.wait(5)
        except subprocess.TimeoutExpired:
            media.stop(signal.SIGKILL)


if __name__ == "__main__":
    main()
