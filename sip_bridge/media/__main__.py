"""`python -m sip_bridge.media`: start a media worker."""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
from pathlib import Path

import structlog

PRIORITY = 5  # SCHED_FIFO: above ordinary processes, below the kernel's 95 % throttle

log = structlog.get_logger()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sip_bridge.media", description="A media worker of the SIP bridge")
    parser.add_argument("--control", type=Path, required=True, help="path of the Unix socket for the control process")
    parser.add_argument("--rtp-ports", default="20000-20999", help="UDP ports of SIP legs, FIRST-LAST")
    parser.add_argument("--webrtc-port", type=int, default=0, help="UDP port of all browsers; 0 takes any")
    parser.add_argument("--address", action="append", help="local IP address; repeat for IPv4 and IPv6")
    parser.add_argument("--recordings", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--no-realtime", action="store_true", help="do not ask for real-time priority")
    return parser.parse_args()


def main() -> int:
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"  # before numpy is loaded: more threads would only take the tick's core
    from sip_bridge.media.ports import PortRange
    from sip_bridge.media.worker import Worker

    # Standard output may be a closed pipe of a dead supervisor: logs go to standard error and never stop the audio.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    args = arguments()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # two sockets a leg with a port of its own
    first, _, last = args.rtp_ports.partition("-")
    worker = Worker(
        args.control, PortRange(int(first), int(last)), args.address or ["127.0.0.1"], args.webrtc_port, args.recordings
    )
    signal.signal(signal.SIGTERM, lambda *_: worker.stop())
    signal.signal(signal.SIGINT, lambda *_: worker.stop())
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if not args.no_realtime:
        try:  # only this thread: the others were started before
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        except (OSError, AttributeError):
            log.warning("no real-time priority")
    log.info("media worker ready", pid=os.getpid(), webrtc_port=worker.webrtc_port)
    worker.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
