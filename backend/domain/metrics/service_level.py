"""Service level. Six formulae are in use in the field; a queue says which, and the number is shown with its definition.

One definition per number: the live view, the report and the export call ``service_level`` on the same ``Counters``.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

import msgspec

from backend.domain.interaction.model import QueueVisit, VisitResult


class Formula(StrEnum):
    """T = target, S = short-abandon limit; numbers as in the field's literature."""

    F1 = "f1"
    """(answered ≤ T + abandoned ≤ T) / (answered + abandoned)"""
    F2 = "f2"
    """answered ≤ T / answered"""
    F3 = "f3"
    """answered ≤ T / (answered + abandoned)"""
    F4 = "f4"
    """answered ≤ T / (answered + abandoned > T)"""
    F5 = "f5"
    """(answered ≤ T + abandoned ≤ S) / (answered + abandoned)"""
    F6 = "f6"
    """answered ≤ T / (answered + abandoned - abandoned ≤ S): ours by default"""


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    target: timedelta = timedelta(seconds=20)
    short_abandon: timedelta = timedelta(seconds=5)
    formula: Formula = Formula.F6


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of finished visits of a queue. ``offered`` counts all visits, also those still waiting."""

    offered: int = 0
    answered: int = 0
    answered_in_target: int = 0
    abandoned: int = 0
    abandoned_in_target: int = 0
    abandoned_short: int = 0
    flowed_out: int = 0

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(**{f: getattr(self, f) + getattr(other, f) for f in self.__struct_fields__})

    def __sub__(self, other: "Counters") -> "Counters":
        return Counters(**{f: getattr(self, f) - getattr(other, f) for f in self.__struct_fields__})

    @property
    def waiting(self) -> int:
        """offered = answered + abandoned + flowed out + still waiting, always."""
        return self.offered - self.answered - self.abandoned - self.flowed_out


def count(visit: QueueVisit, definition: Definition) -> Counters:
    """The counters of a single visit. A wait equal to the limit is within it."""
    wait = visit.wait
    if wait is None:
        return Counters(offered=1)
    match visit.result:
        case VisitResult.ANSWERED:
            return Counters(offered=1, answered=1, answered_in_target=int(wait <= definition.target))
        case VisitResult.ABANDONED:
            return Counters(
                offered=1,
                abandoned=1,
                abandoned_in_target=int(wait <= definition.target),
                abandoned_short=int(wait <= definition.short_abandon),
            )
        case _:
            return Counters(offered=1, flowed_out=1)


def count_all(visits: Iterable[QueueVisit], definition: Definition) -> Counters:
    total = Counters()
    for visit in visits:
        total += count(visit, definition)
    return total


def service_level(c: Counters, formula: Formula = Formula.F6) -> float | None:
    """A share from 0 to 1; None when there is nothing to judge (nothing offered is not 100 %).

    ICMI's example, answered 1000 of which 860 within T, abandoned 60 of which 20 within T and 10 within S:
    F1 0.8302, F2 0.8600, F3 0.8113, F4 0.8269, F5 0.8208, F6 0.8190.
    """
    good, all_ = judged(c, formula)
    return good / all_ if all_ else None


def judged(c: Counters, formula: Formula) -> tuple[int, int]:
    """Contacts that count as served in time, and contacts that are judged at all."""
    finished = c.answered + c.abandoned
    match formula:
        case Formula.F1:
            return c.answered_in_target + c.abandoned_in_target, finished
        case Formula.F2:
            return c.answered_in_target, c.answered
        case Formula.F3:
            return c.answered_in_target, finished
        case Formula.F4:
            return c.answered_in_target, finished - c.abandoned_in_target
        case Formula.F5:
            return c.answered_in_target + c.abandoned_short, finished
        case Formula.F6:
            return c.answered_in_target, finished - c.abandoned_short
