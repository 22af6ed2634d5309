"""Ports for what tests start.

They lie below those that the system lends to whoever connects somewhere (from 32768 on Linux): otherwise a connection of
somebody else may be given a port between the asking for it and the listening there.
"""

import contextlib
import os
import random
import socket

FIRST, EACH = 20_000, 1_500
"""Tests that run side by side (``-n``) draw from ranges of their own."""
_given: set[int] = set()


def free_port(together: int = 1) -> int:
    """The first of ``together`` neighbouring ports that are free for UDP and for TCP; none is given twice."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 2
    first = FIRST + worker * EACH
    while True:
        port = random.randrange(first, first + EACH - together)
        wanted = range(port, port + together)
        if _given.isdisjoint(wanted) and all(map(_is_free, wanted)):
            _given.update(wanted)
            return port


def _is_free(port: int) -> bool:
    with contextlib.ExitStack() as probes:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            try:
                probes.enter_context(socket.socket(socket.AF_INET, kind)).bind(("0.0.0.0", port))
            except OSError:
                return False
    return True
