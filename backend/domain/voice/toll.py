"""Which calls may go out of the house: against toll fraud, and against a slip of the finger that costs.

Only numbers in international form are looked at: extensions, and short numbers with the emergency services among them, are never refused.
The longest prefix that fits a number decides; where both lists have it, the refusal.
"""

from datetime import time
from enum import StrEnum

import msgspec

PREMIUM = ("+420900", "+420906", "+420908", "+420909", "+420976")
"""Lines at a higher rate in the Czech numbering plan (decree 117/2007 Coll.)."""


class Toll(StrEnum):
    """Why a call may not go out."""

    PREFIX = "prefix"
    HOUR = "hour"
    AGENT_AT_ONCE = "agent_at_once"
    ALL_AT_ONCE = "all_at_once"
    AGENT_A_DAY = "agent_a_day"
    ALL_A_DAY = "all_a_day"


class OutsideRules(msgspec.Struct, frozen=True, kw_only=True):
    """``allowed``: beginnings of numbers that may be called, everything when there is none. Limits of 0 are none. From
    ``day_ends_min`` to ``day_begins_min`` (minutes after midnight in Prague; the same: never) only ``night_allowed``."""

    allowed: tuple[str, ...] = ()
    refused: tuple[str, ...] = PREMIUM
    agent_at_once: int = 0
    all_at_once: int = 0
    agent_a_day: int = 0
    all_a_day: int = 0
    day_begins_min: int = 0
    day_ends_min: int = 0
    night_allowed: tuple[str, ...] = ()

    def is_night(self, at: time) -> bool:
        if self.day_begins_min == self.day_ends_min:
            return False
        now = at.hour * 60 + at.minute
        if self.day_begins_min < self.day_ends_min:
            return not self.day_begins_min <= now < self.day_ends_min
        return self.day_ends_min <= now < self.day_begins_min

    @property
    def counts(self) -> bool:
        return any((self.agent_at_once, self.all_at_once, self.agent_a_day, self.all_a_day))


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Calls that agents have placed to the outside: now, and since midnight."""

    agent_now: int = 0
    all_now: int = 0
    agent_today: int = 0
    all_today: int = 0


def is_outside(number: str) -> bool:
    return number.startswith("+")


def refused(rules: OutsideRules, number: str, used: Used, at: time) -> Toll | None:
    """Why one more call may not go to ``number`` at this time of the day in Prague; None: it may."""
    if not is_outside(number):
        return None
    against, for_it = _longest(rules.refused, number), _longest(rules.allowed, number)
    if against > for_it or against == for_it >= 0 or (rules.allowed and for_it < 0):
        return Toll.PREFIX
    if rules.is_night(at) and _longest(rules.night_allowed, number) < 0:
        return Toll.HOUR
    for limit, taken, why in (
        (rules.agent_at_once, used.agent_now, Toll.AGENT_AT_ONCE),
        (rules.all_at_once, used.all_now, Toll.ALL_AT_ONCE),
        (rules.agent_a_day, used.agent_today, Toll.AGENT_A_DAY),
        (rules.all_a_day, used.all_today, Toll.ALL_A_DAY),
    ):
        if limit and taken >= limit:
            return why
    return None


def _longest(prefixes: tuple[str, ...], number: str) -> int:
    return max((len(p) for p in prefixes if number.startswith(p)), default=-1)
