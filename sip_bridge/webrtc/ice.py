"""ICE-lite for one browser leg (RFC 8445 §2.5), without I/O.

We are always the controlled side and never send checks. The browser's authenticated checks tell us where it is: the address of the newest
USE-CANDIDATE is where we send (roaming), and the checks that keep coming are its consent (RFC 7675).

| state        | authentic check           | silence                          |
|--------------|---------------------------|----------------------------------|
| NEW          | CHECKED; nominated: READY | –                                |
| CHECKED      | nominated: READY          | FAILED after FAILED_AFTER        |
| READY        | stays; may move           | SILENT after SILENT_AFTER        |
| SILENT       | READY                     | FAILED after FAILED_AFTER        |
| FAILED       | READY (browser came back) | –                                |
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from enum import StrEnum, auto

from sip_bridge.webrtc import stun

SILENT_AFTER = 7.0  # seconds; browsers check at least every 5 s (RFC 7675 §5.1), Chromium every 2.5 s
FAILED_AFTER = 30.0
MOST_ADDRESSES = 8  # authenticated addresses kept per leg
MOST_GENERATIONS = 2

_ALPHABET = string.ascii_letters + string.digits

SocketAddress = tuple[str, int]


class IceState(StrEnum):
    NEW = auto()
    CHECKED = auto()
    READY = auto()
    SILENT = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class Credentials:
    """One generation of an ICE session."""

    ufrag: str
    password: str
    remote_ufrag: str
    number: int


def random_text(length: int) -> str:
    """ICE characters; 24 carry 142 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@dataclass(slots=True)
class IceAgent:
    """`receive` takes an STUN request for this leg and returns the answer, or None when it was not authentic."""

    generations: list[Credentials] = field(default_factory=list)
    state: IceState = IceState.NEW
    selected: SocketAddress | None = None
    selected_generation: int = -1
    addresses: dict[SocketAddress, int] = field(default_factory=dict)  # authenticated, → generation; oldest first
    heard_at: float = 0.0

    def restart(self, remote_ufrag: str) -> Credentials:
        """Begin a generation; the one before stays good until the browser nominates in the new one."""
        number = self.generations[-1].number + 1 if self.generations else 0
        credentials = Credentials(random_text(8), random_text(24), remote_ufrag, number)
        self.generations = [*self.generations[-(MOST_GENERATIONS - 1) :], credentials]
        return credentials

    def receive(self, message: stun.Message, source: SocketAddress, now: float) -> bytes | None:
        username = message.attributes.get(stun.USERNAME, b"").decode("ascii", "replace")
        local, _, remote = username.partition(":")
        mine = next((each for each in self.generations if each.ufrag == local), None)
        if message.kind != stun.BINDING_REQUEST or mine is None or remote != mine.remote_ufrag:
            return None
        if not stun.is_authentic(message, mine.password):
            return None
        if stun.ICE_CONTROLLED in message.attributes:
            return stun.failure(message, 487, "Role Conflict", mine.password)
        self.heard_at = now
        self._remember(source, mine.number)
        self._follow(source, mine.number, stun.USE_CANDIDATE in message.attributes)
        return stun.success(message, source, mine.password)

    def heard(self, now: float) -> None:
        """Authenticated media arrived: also a sign of life."""
        self.heard_at = now

    def poll(self, now: float) -> None:
        """Let silence change the state."""
        silence = now - self.heard_at
        if self.state in (IceState.CHECKED, IceState.READY, IceState.SILENT) and silence > FAILED_AFTER:
            self.state = IceState.FAILED
        elif self.state is IceState.READY and silence > SILENT_AFTER:
            self.state = IceState.SILENT
        elif self.state is IceState.SILENT and silence <= SILENT_AFTER:
            self.state = IceState.READY

    def _remember(self, source: SocketAddress, generation: int) -> None:
        self.addresses.pop(source, None)
        self.addresses[source] = generation
        while len(self.addresses) > MOST_ADDRESSES:
            oldest = next(address for address in self.addresses if address != self.selected)
            del self.addresses[oldest]

    def _follow(self, source: SocketAddress, generation: int, nominated: bool) -> None:
        if nominated and generation >= self.selected_generation:
            self.selected, self.selected_generation = source, generation
            self.generations = [each for each in self.generations if each.number >= generation]
            self.state = IceState.READY
        elif self.state is IceState.NEW:
            self.state = IceState.CHECKED
        elif self.state in (IceState.SILENT, IceState.FAILED) and source == self.selected:
            self.state = IceState.READY
