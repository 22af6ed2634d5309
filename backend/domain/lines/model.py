"""Lines of the PBX: names that administrators gave them, and what each does now, by the exchange's word."""

from datetime import datetime
from enum import StrEnum

import msgspec

LineId = int
MOST_LINES = 500
"""What a bridge watches at most (``sip_bridge.contract.WatchLines``)."""


class LineState(StrEnum):
    FREE = "free"
    RINGING = "ringing"
    BUSY = "busy"
    UNKNOWN = "unknown"
    """Nobody has told, or what was told is older than its lease."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """``number`` as the exchange knows it, normalised; ``group`` is a heading, lines stand in it by ``position``."""

    id: LineId
    name: str
    number: str
    group: str = ""
    position: int = 0


class LineReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was last told of a line: since when it is so, and until when that may be believed."""

    state: LineState
    since: datetime
    expires_at: datetime

    def at(self, now: datetime) -> tuple[LineState, datetime]:
        """The state to be shown, and since when it is so."""
        if now >= self.expires_at:
            return LineState.UNKNOWN, self.expires_at
        return self.state, self.since
