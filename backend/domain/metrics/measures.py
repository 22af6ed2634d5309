"""Every figure of boards and overviews under one name: one pure function from a picture to a number.

A picture is of one queue or of several together, at a moment and in a window. Nothing to judge is ``None``, never 0 or
100 %.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.metrics.agent_figures import joint_service_level
from backend.domain.metrics.service_level import Counters, Formula
from backend.domain.metrics.staff import Staff


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """``visits``: the counters of each queue with its formula. ``missed``: offers that agents did not take.
    ``expected_wait``: of who would come now; of several queues the longest."""

    waiting: int = 0
    longest_since: datetime | None = None
    visits: tuple[tuple[Counters, Formula], ...] = ()
    missed: int = 0
    callbacks: int = 0
    staff: Staff = Staff()
    expected_wait: timedelta | None = None

    @property
    def total(self) -> Counters:
        total = Counters()
        for counters, _ in self.visits:
            total += counters
        return total


class Measure(StrEnum):
    WAITING = "waiting"
    LONGEST_WAIT = "longest_wait"
    """Seconds, of those who wait now."""
    EXPECTED_WAIT = "expected_wait"
    """Seconds."""
    SERVICE_LEVEL = "service_level"
    """0 to 1, each queue by its own definition."""
    SLA_INFOLINE = "sla_infoline"
    """Lost to handled (N1 of the requirements); not a service level."""
    OFFERED = "offered"
    HANDLED = "handled"
    IN_TARGET = "in_target"
    """Handled within the target."""
    LOST = "lost"
    SHORT_LOST = "short_lost"
    """Of the lost those who gave up within the limit of short abandons."""
    FLOWED_OUT = "flowed_out"
    """Left the queue for elsewhere: an overflow, a callback, a message."""
    MISSED = "missed"
    CALLBACKS = "callbacks"
    """Open wishes to be called back, messages included."""
    FREE = "free"
    BUSY = "busy"
    ON_BREAK = "on_break"
    NOT_READY = "not_ready"
    SIGNED_IN = "signed_in"


def sla_infoline(lost: int, handled: int) -> float | None:
    """Lost : handled. 6 lost and 48 handled is 0.125; None when nothing was handled."""
    return lost / handled if handled else None


def longest_wait(longest_since: datetime | None, now: datetime) -> float:
    """Seconds; nobody waiting is 0."""
    return max(0.0, (now - longest_since).total_seconds()) if longest_since is not None else 0.0


def _seconds(length: timedelta | None) -> float | None:
    return length.total_seconds() if length is not None else None


_VALUES: dict[Measure, Callable[[Picture, datetime], float | None]] = {
    Measure.WAITING: lambda p, _: p.waiting,
    Measure.LONGEST_WAIT: lambda p, now: longest_wait(p.longest_since, now),
    Measure.EXPECTED_WAIT: lambda p, _: _seconds(p.expected_wait),
    Measure.SERVICE_LEVEL: lambda p, _: joint_service_level(p.visits),
    Measure.SLA_INFOLINE: lambda p, _: sla_infoline(p.total.abandoned, p.total.answered),
    Measure.OFFERED: lambda p, _: p.total.offered,
    Measure.HANDLED: lambda p, _: p.total.answered,
    Measure.IN_TARGET: lambda p, _: p.total.answered_in_target,
    Measure.LOST: lambda p, _: p.total.abandoned,
    Measure.SHORT_LOST: lambda p, _: p.total.abandoned_short,
    Measure.FLOWED_OUT: lambda p, _: p.total.flowed_out,
    Measure.MISSED: lambda p, _: p.missed,
    Measure.CALLBACKS: lambda p, _: p.callbacks,
    Measure.FREE: lambda p, _: p.staff.free,
    Measure.BUSY: lambda p, _: p.staff.busy,
    Measure.ON_BREAK: lambda p, _: p.staff.on_break,
    Measure.NOT_READY: lambda p, _: p.staff.not_ready,
    Measure.SIGNED_IN: lambda p, _: p.staff.signed_in,
}


def value(measure: Measure, picture: Picture, now: datetime) -> float | None:
    return _VALUES[measure](picture, now)
