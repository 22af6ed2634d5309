"""Which calls may go out of the house: against toll fraud, and against a slip of the finger that costs.

Only numbers in international form are looked at: extensions, and short numbers with the emergency services among them, are never refused.
The longest prefix that fits a number decides; where both lists have it, the refusal.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import UserId
from backend.domain.kernel.working_time import PRAGUE

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


OF_A_DAY = frozenset({Toll.AGENT_A_DAY, Toll.ALL_A_DAY})
LIMITS = OF_A_DAY | {Toll.AGENT_AT_ONCE, Toll.ALL_AT_ONCE}
OF_AN_AGENT = frozenset({Toll.AGENT_AT_ONCE, Toll.AGENT_A_DAY})
SHOWN_OF_A_NUMBER = len("+420606")
"""What an alert tells of a number: the country and the network or the region, never who was to be called."""


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

    def of(self, limit: Toll) -> int:
        """How many calls a limit lets out; 0 as many as there are."""
        return getattr(self, limit.value) if limit in LIMITS else 0

    @property
    def counts(self) -> bool:
        return any((self.agent_at_once, self.all_at_once, self.agent_a_day, self.all_a_day))


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """Calls to the outside, now and since midnight: dialled, asked for a consultation or a conference, rung for a customer by
    a transfer or by the routing. Those of an agent are the ones that this agent placed."""

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
    if not may_be_called(rules, number):
        return Toll.PREFIX
    if rules.is_night(at) and _longest(rules.night_allowed, number) < 0:
        return Toll.HOUR
    for limit, taken in (
        (Toll.AGENT_AT_ONCE, used.agent_now),
        (Toll.ALL_AT_ONCE, used.all_now),
        (Toll.AGENT_A_DAY, used.agent_today),
        (Toll.ALL_A_DAY, used.all_today),
    ):
        if rules.of(limit) and taken >= rules.of(limit):
            return limit
    return None


def may_be_called(rules: OutsideRules, number: str) -> bool:
    """Whether the number is one that may be called at all, at some hour."""
    if not is_outside(number):
        return True
    against, for_it = _longest(rules.refused, number), _longest(rules.allowed, number)
    return for_it > against or (against < 0 and not rules.allowed)


class Tripped(msgspec.Struct, frozen=True, kw_only=True):
    """A call was not let out because of a limit. ``since`` and ``until`` bound the period in which this is told once: the day in
    Prague for a limit of a day, the hour for one of calls at once. ``agent`` wanted to call, None: the routing."""

    limit: Toll
    most: int
    prefix: str
    agent: UserId | None
    since: datetime
    until: datetime


def tripped(rules: OutsideRules, why: Toll, number: str, agent: UserId | None, now: datetime) -> Tripped | None:
    """What supervisors are told of; None where it was no limit."""
    if why not in LIMITS:
        return None
    local = now.astimezone(PRAGUE)
    since = local.replace(minute=0, second=0, microsecond=0)
    until = since + timedelta(hours=1)
    if why in OF_A_DAY:
        since = since.replace(hour=0, fold=0)
        until = since + timedelta(days=1)  # on the clock: a day of the change of time has 23 or 25 hours
    return Tripped(
        limit=why, most=rules.of(why), prefix=number[:SHOWN_OF_A_NUMBER], agent=agent, since=since, until=until
    )


def _longest(prefixes: tuple[str, ...], number: str) -> int:
    return max((len(p) for p in prefixes if number.startswith(p)), default=-1)
