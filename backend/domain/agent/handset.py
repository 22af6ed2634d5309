"""An agent's telephone outside the browser: an extension of the PBX, or an outside mobile.

Its leg exists while the agent has a call that rings or runs, or wants to call somebody, and is dialled anew for each; one
that stays up exists as long as its agent is ready, too. The stage follows from the agent's events (``settled``); which commands a bridge is told follows from the stage.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

RING = timedelta(seconds=60)
"""The longest that a handset is rung; an offer's own time is shorter."""
ENDING_LEASE = timedelta(seconds=30)
"""A leg of which no end is told is over after this."""
KEY_PAUSE = timedelta(seconds=10)
"""A code that was begun and not finished is forgotten."""
LONGEST_CODE = 24
ACCEPT = "1"


class EndpointKind(StrEnum):
    BROWSER = "browser"
    EXTENSION = "extension"
    """Of the PBX: lifting the handset accepts."""
    MOBILE = "mobile"
    """Outside: a key accepts, so that its voicemail never does."""


class HandsetStage(StrEnum):
    RINGING = "ringing"
    ASKING = "asking"
    """Answered, and told to press a key."""
    UP = "up"
    ENDING = "ending"
    """Hung up by us, and the bridge has not told the end yet: it cannot be rung before that."""


class Telephone(msgspec.Struct, frozen=True, order=True):
    """A telephone that an agent may work at."""

    number: str
    kind: EndpointKind


class Handset(msgspec.Struct, frozen=True, kw_only=True):
    """``dials`` counts its legs; ``calling`` is the number to be called for the agent when the handset is lifted."""

    kind: EndpointKind
    number: str
    bridge: str
    stage: HandsetStage | None = None
    since: datetime | None = None
    dials: int = 0
    says: str | None = None
    calling: str | None = None
    stays_up: bool = False
    """One leg for all calls, as long as the agent is ready."""
    keys: str = ""
    """A code that is being keyed in; nothing of other keys is kept."""
    keys_at: datetime | None = None

    @property
    def idle(self) -> bool:
        return self.stage is None

    @property
    def up(self) -> bool:
        return self.stage is HandsetStage.UP

    @property
    def living(self) -> bool:
        return self.stage in (HandsetStage.RINGING, HandsetStage.ASKING, HandsetStage.UP)


def settled(h: Handset, wanted: bool, at: datetime) -> Handset:
    """Rung when it is wanted and there is no leg, hung up when it is wanted no more."""
    if wanted and h.idle:
        return replace(h, stage=HandsetStage.RINGING, since=at, dials=h.dials + 1, says=None, keys="")
    if not wanted and h.living:
        return replace(h, stage=HandsetStage.ENDING, since=at, says=None, keys="")
    return h


def answered(h: Handset, says: str | None, at: datetime) -> Handset:
    """``says`` is what is said until the key is pressed; None when lifting is enough."""
    return replace(h, stage=HandsetStage.ASKING if says else HandsetStage.UP, since=at, says=says)


def keyed(h: Handset, digit: str, at: datetime) -> Handset:
    """The code with this key. A star begins a code; keys outside one are no code."""
    stale = h.keys_at is None or at - h.keys_at > KEY_PAUSE
    before = "" if stale else h.keys
    if digit == "*":
        keys = "*"
    elif not before or len(before) >= LONGEST_CODE:
        keys = ""
    else:
        keys = before + digit
    return replace(h, keys=keys, keys_at=at)


class Code(StrEnum):
    """What keys on the handset ask for during a call."""

    HOLD = "*1"
    """Hold, or back to the customer: with somebody being asked it swaps the two."""
    TRANSFER = "*2"
    """The number follows, then #."""
    CONSULT = "*3"
    """The number follows, then #."""
    BACK = "*4"
    """Back to the customer; who was asked is let go."""
    COMPLETE = "*5"
    CONFERENCE = "*6"


WITH_NUMBER = (Code.TRANSFER, Code.CONSULT)


def read_code(keys: str) -> tuple[Code, str] | None:
    """The code and its number when it is whole; None while it is not."""
    for code in Code:
        if code in WITH_NUMBER:
            if keys.startswith(code) and keys.endswith("#") and len(keys) > 3:
                return code, keys[2:-1]
        elif keys == code:
            return code, ""
    return None
