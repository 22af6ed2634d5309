"""Working time: calendars with several intervals a day, exceptions, Czech public holidays, right through DST.

An interval is wall-clock time in Europe/Prague and becomes a span of instants: where the clock is put back, it begins
with the first of the two equal times and ends with the second; where it is put forward, a time that does not exist is
the instant of the change. All questions are answered from the same spans, so they never contradict each other.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import msgspec

PRAGUE = ZoneInfo("Europe/Prague")
MIDNIGHT_END = 24 * 60
HORIZON_DAYS = 400
"""How far ahead an opening or closing is looked for."""

Span = tuple[datetime, datetime]


class Interval(msgspec.Struct, frozen=True, order=True):
    """``start`` included, ``end`` excluded; minutes after midnight, ``end`` up to 1440."""

    start: int
    end: int

    @classmethod
    def of(cls, text: str) -> "Interval":
        """From ``"8:00-16:30"``. Raises ValueError."""
        start, end = (_minute(part) for part in text.replace("–", "-").split("-"))
        return cls(start, end)


class DayException(msgspec.Struct, frozen=True, kw_only=True):
    """A date with its own hours; none for closed."""

    day: date
    intervals: tuple[Interval, ...] = ()


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """``week[0]`` is Monday. An exception goes before a holiday, a holiday before the week."""

    name: str
    week: tuple[tuple[Interval, ...], ...] = ((), (), (), (), (), (), ())
    holidays_closed: bool = True
    exceptions: tuple[DayException, ...] = ()

    def intervals_on(self, day: date) -> tuple[Interval, ...]:
        for exception in self.exceptions:
            if exception.day == day:
                return exception.intervals
        if self.holidays_closed and is_public_holiday(day):
            return ()
        return self.week[day.weekday()]

    def is_open(self, at: datetime) -> bool:
        day = at.astimezone(PRAGUE).date()
        return any(start <= at < end for start, end in self._spans_on(day))

    def next_opening(self, at: datetime) -> datetime | None:
        """``at`` itself when open; None when closed for HORIZON_DAYS."""
        for start, end in self._spans(at):
            if end > at:
                return max(start, at)
        return None

    def closes_at(self, at: datetime) -> datetime | None:
        """When the opening in force at ``at`` ends; None when closed, or open beyond HORIZON_DAYS."""
        until: datetime | None = None
        for start, end in self._spans(at):
            if until is None:
                if end <= at:
                    continue
                if start > at:
                    return None
                until = end
            elif start <= until:
                until = max(until, end)
            else:
                return until
        return None

    def _spans(self, at: datetime) -> Iterator[Span]:
        day = at.astimezone(PRAGUE).date()
        for n in range(HORIZON_DAYS):
            yield from self._spans_on(day + timedelta(days=n))

    def _spans_on(self, day: date) -> list[Span]:
        return [
            (_instant(day, i.start, last=False), _instant(day, i.end, last=True))
            for i in sorted(self.intervals_on(day))
        ]


def is_public_holiday(day: date) -> bool:
    """State holidays and days of rest of the Czech Republic (zákon č. 245/2000 Sb.)."""
    return day in _holidays(day.year)


@lru_cache(maxsize=64)
def _holidays(year: int) -> holidays.HolidayBase:
    return holidays.country_holidays("CZ", years=year)


def _instant(day: date, minute: int, *, last: bool) -> datetime:
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    first, second = (wall.replace(tzinfo=PRAGUE, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return second if last else first
    # The wall time does not exist: the change of the clock is the first instant that shows a later one.
    at = second
    while at.astimezone(PRAGUE).replace(tzinfo=None) < wall:
        at += timedelta(minutes=1)
    return at


def _minute(text: str) -> int:
    hours, _, minutes = text.strip().partition(":")
    return int(hours) * 60 + int(minutes or 0)


def problems(calendar: Calendar) -> list[str]:
    """Fields that cannot be, by name; empty when the calendar may be used."""
    found = [] if calendar.name.strip() else ["name"]
    if len(calendar.week) != 7:
        found.append("week")
    found += [f"week.{n}" for n, day in enumerate(calendar.week) if _broken(day)]
    found += [f"exceptions.{x.day.isoformat()}" for x in calendar.exceptions if _broken(x.intervals)]
    days = [x.day for x in calendar.exceptions]
    if len(set(days)) != len(days):
        found.append("exceptions")
    return found


def _broken(intervals: tuple[Interval, ...]) -> bool:
    ordered = sorted(intervals)
    return any(not 0 <= i.start < i.end <= MIDNIGHT_END for i in ordered) or any(
        after.start < before.end for before, after in pairwise(ordered)
    )
