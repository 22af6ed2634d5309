"""Where a message came from or goes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sip_bridge.contract.trunks import Transport as Transport


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
