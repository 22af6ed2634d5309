"""The two families of SIP trouble: we did wrong, and the peer did wrong.

`MisuseError` is a bug in the code that drives the core. `PeerError` is a message that cannot be accepted; it never leaves
`SipEndpoint.receive`: it is counted and, where RFC 3261 says so, answered.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sip_bridge.sip.message import Request


class SipError(Exception):
    """Root of both families."""


class MisuseError(SipError):
    """We did wrong: the caller of the core broke its contract."""


class PeerError(SipError):
    """The peer did wrong.

    `reason` is a constant for the counter, `status` what RFC 3261 wants answered (0: nothing), `request` as much of the
    request as could be read, so that the answer can be addressed.
    """

    def __init__(self, reason: str, status: int = 0, request: Request | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.request = request


class Because(Enum):
    """Why a command was refused. Expected at run time, hence a value and no exception."""

    NO_SUCH_CALL = "no_such_call"
    WRONG_PHASE = "wrong_phase"
    OFFER_PENDING = "offer_pending"
    NO_OFFER = "no_offer"
    NO_SUCH_TRUNK = "no_such_trunk"
    DRAINING = "draining"
    TRUNK_FULL = "trunk_full"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    NUMBER_NOT_ALLOWED = "number_not_allowed"
    CALLER_NOT_ALLOWED = "caller_not_allowed"
    NO_SUCH_TRANSFER = "no_such_transfer"
    BAD_SNAPSHOT = "bad_snapshot"
    ALREADY_KNOWN = "already_known"
    TOO_MANY_LINES = "too_many_lines"


@dataclass(frozen=True, slots=True)
class Refused:
    """A command that did nothing, and why."""

    because: Because
