"""Where a message came from or goes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    @property
    def reliable(self) -> bool:
        return self is not Transport.UDP

    @property
    def default_port(self) -> int:
        return 5061 if self is Transport.TLS else 5060


class HostPort(NamedTuple):
    """An IP address (without brackets) or host name, and a port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Flow:
    """A 5-tuple. `local` is our listening address, also on a connection that we opened ourselves."""

    transport: Transport
    local: HostPort
    remote: HostPort
