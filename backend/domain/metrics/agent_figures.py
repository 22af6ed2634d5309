"""An agent's own numbers over the last day, week, fortnight and month, beside those of the agent's queues.

Handled: conversations that began. Lost by the agent: offers that the agent let ring out or declined, and those whose
caller gave up while it rang at this agent. Handled and lost of queues, and their service level, are the counters of the
queues' visits, each judged by its queue's own definition.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

import msgspec

from backend.domain.metrics.service_level import Counters, Formula, judged


class Period(StrEnum):
    DAY = "day"
    """The last 24 hours."""
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    """The last 30 days."""

    @property
    def length(self) -> timedelta:
        return timedelta(days={Period.DAY: 1, Period.WEEK: 7, Period.FORTNIGHT: 14, Period.MONTH: 30}[self])


class OfferResult(StrEnum):
    """How an offer to an agent ended."""

    ACCEPTED = "accepted"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    ABANDONED = "abandoned"
    """The caller gave up while it rang."""
    PHONE_LOST = "phone_lost"
    BUSY = "busy"
    """The agent's own telephone was engaged."""
    SIGNED_OUT = "signed_out"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    WITHDRAWN = "withdrawn"


LOST = frozenset({OfferResult.NO_ANSWER, OfferResult.DECLINED, OfferResult.ABANDONED})


class AgentFigures(msgspec.Struct, frozen=True, kw_only=True):
    period: Period
    handled: int
    lost: int
    queues_handled: int
    queues_lost: int
    service_level: float | None
    """0 to 1; None when nothing was to be judged."""


def joint_service_level(parts: Iterable[tuple[Counters, Formula]]) -> float | None:
    """Of several queues together: contacts in time over contacts judged, each queue by its own formula."""
    good = all_ = 0
    for counters, formula in parts:
        mine, judged_ = judged(counters, formula)
        good, all_ = good + mine, all_ + judged_
    return good / all_ if all_ else None
