"""Which local UDP ports are free: even ports for RTP with the odd one above for RTCP (RFC 3550 §11).

A port given back goes to the end of the line, so late packets of a dead call meet no new one.
"""

from __future__ import annotations

import socket
from collections import deque
from dataclasses import dataclass

from sip_bridge.media.udp import BatchSocket, key_of, open_udp

ATTEMPTS = 20


class NoFreePort(Exception):
    """Every port of the range is in use."""


class PortRange:
    """Even ports `first` to `last`."""

    def __init__(self, first: int, last: int) -> None:
        self._free: deque[int] = deque(range(first + first % 2, last, 2))

    def _candidates(self, wanted: int | None) -> list[int]:
        """Taken out of the line: only the wanted one, or the next few."""
        if wanted is None:
            return [self._free.popleft() for _ in range(min(ATTEMPTS, len(self._free)))]
        try:
            self._free.remove(wanted)
        except ValueError:
            return []
        return [wanted]

    def open_pair(self, host: str, wanted: int | None = None) -> tuple[int, socket.socket, socket.socket]:
        """A port with its RTP and RTCP sockets; raises NoFreePort."""
        candidates = self._candidates(wanted)
        while candidates:
            port = candidates.pop(0)
            try:
                rtp = open_udp(host, port)
            except OSError:
                self._free.append(port)
                continue
            try:
                made = port, rtp, open_udp(host, port + 1)
            except OSError:
                rtp.close()
                self._free.append(port)
                continue
            self._free.extendleft(reversed(candidates))
            return made
        raise NoFreePort

    def open_shared(self, host: str, wanted: int | None = None) -> SharedPort:
        """A port for many legs; raises NoFreePort."""
        candidates = self._candidates(wanted)
        while candidates:
            port = candidates.pop(0)
            try:
                rtp = BatchSocket(host, port)
            except OSError:
                self._free.append(port)
                continue
            try:
                made = SharedPort(host, rtp, BatchSocket(host, port + 1))
            except OSError:
                rtp.close()
                self._free.append(port)
                continue
            self._free.extendleft(reversed(candidates))
            return made
        raise NoFreePort

    def give(self, port: int) -> None:
        self._free.append(port)


@dataclass(slots=True, eq=False)
class SharedPort:
    """A port pair of many legs. `rtp_routes` and `rtcp_routes` say by the peer's address whose packet it is."""

    host: str
    rtp: BatchSocket
    rtcp: BatchSocket
    rtp_routes: dict[bytes, int]
    rtcp_routes: dict[bytes, int]

    def __init__(self, host: str, rtp: BatchSocket, rtcp: BatchSocket) -> None:
        self.host, self.rtp, self.rtcp = host, rtp, rtcp
        self.rtp_routes, self.rtcp_routes = {}, {}

    def is_free(self, remote: tuple[str, int], slot: int) -> bool:
        """Can `slot` have the packets of this peer?"""
        return self.rtp_routes.get(key_of(remote), slot) == slot
