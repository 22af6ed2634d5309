"""Lines of the exchange in the contract: which are watched, and what each does."""

from enum import StrEnum

import msgspec


class LineState(StrEnum):
    UNKNOWN = "unknown"
    """Not watched, or the exchange does not tell."""
    FREE = "free"
    RINGING = "ringing"
    CALLING = "calling"
    """It calls somebody who has not answered yet."""
    BUSY = "busy"
    HELD = "held"


class WatchLines(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Watch exactly these lines (numbers of the exchange) of the trunk; every state that is known is reported anew.

    Refused with ``too_many_lines`` (over 500), ``no_such_trunk`` or ``number_not_allowed``; then nothing changes.
    """

    trunk: str
    lines: tuple[str, ...]


class LineChanged(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What the line does now. Believed for ``expires_s`` seconds from the report's time; said again when renewed."""

    trunk: str
    line: str
    state: LineState
    expires_s: float
