"""Working time: intervals, exceptions, Czech holidays, and the two nights on which the clock is changed."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.kernel.working_time import (
    PRAGUE,
    Calendar,
    DayException,
    Interval,
    is_public_holiday,
    problems,
)

OFFICE = (Interval.of("8:00-12:00"), Interval.of("13:00-18:00"))
WEEK = Calendar(name="Po–Pá", week=(OFFICE,) * 5 + ((), ()))


def prague(*parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=PRAGUE, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ((2026, 11, 23, 7, 59, 59), False),
        ((2026, 11, 23, 8, 0), True),
        ((2026, 11, 23, 12, 0), False),
        ((2026, 11, 23, 13, 0), True),
        ((2026, 11, 23, 17, 59, 59), True),
        ((2026, 11, 23, 18, 0), False),
        ((2026, 11, 22, 10, 0), False),
        ((2026, 11, 17, 10, 0), False),  # Den boje za svobodu a demokracii, a Tuesday
        ((2026, 4, 6, 10, 0), False),  # Easter Monday
    ],
)
def test_is_open(at, open_):
    assert WEEK.is_open(prague(*at)) is open_


def test_next_opening_skips_lunch_weekend_and_holidays():
    assert WEEK.next_opening(prague(2026, 11, 23, 12, 30)) == prague(2026, 11, 23, 13, 0)
    assert WEEK.next_opening(prague(2026, 11, 20, 18, 0)) == prague(2026, 11, 23, 8, 0)
    assert WEEK.next_opening(prague(2026, 12, 23, 19, 0)) == prague(2026, 12, 28, 8, 0)
    now = prague(2026, 11, 23, 9, 0)
    assert WEEK.next_opening(now) == now
    assert Calendar(name="nikdy").next_opening(now) is None


def test_closes_at_is_the_end_of_the_interval_and_runs_over_midnight():
    assert WEEK.closes_at(prague(2026, 11, 23, 9, 0)) == prague(2026, 11, 23, 12, 0)
    assert WEEK.closes_at(prague(2026, 11, 23, 12, 0)) is None
    night = Calendar(name="noc", week=((Interval.of("22:00-24:00"), Interval.of("0:00-6:00")),) * 7)
    assert night.closes_at(prague(2026, 11, 23, 23, 0)) == prague(2026, 11, 24, 6, 0)
    nonstop = Calendar(name="nonstop", week=((Interval.of("0-24"),),) * 7, holidays_closed=False)
    assert nonstop.is_open(prague(2026, 12, 24, 3, 0)) and nonstop.closes_at(prague(2026, 11, 23, 9, 0)) is None


def test_exception_goes_before_holiday_and_week():
    calendar = Calendar(
        name="x",
        week=WEEK.week,
        exceptions=(
            DayException(day=date(2026, 11, 17), intervals=(Interval.of("9:00-11:00"),)),
            DayException(day=date(2026, 11, 23)),
        ),
    )
    assert calendar.is_open(prague(2026, 11, 17, 10, 0))
    assert not calendar.is_open(prague(2026, 11, 23, 10, 0))


def test_night_on_which_the_clock_goes_forward():
    calendar = Calendar(name="x", week=((Interval.of("2:30-4:00"),),) * 7)
    change = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 2:00 becomes 3:00
    assert not calendar.is_open(change - timedelta(seconds=1))
    assert calendar.is_open(change)
    assert calendar.next_opening(change - timedelta(hours=1)) == change
    assert calendar.closes_at(change) == prague(2026, 3, 29, 4, 0)


def test_night_on_which_the_clock_goes_back():
    calendar = Calendar(name="x", week=((Interval.of("1:00-2:30"),),) * 7)
    assert calendar.is_open(prague(2026, 10, 25, 2, 15, fold=0))
    assert calendar.is_open(prague(2026, 10, 25, 2, 15, fold=1))
    assert calendar.closes_at(prague(2026, 10, 25, 1, 30)) == prague(2026, 10, 25, 2, 30, fold=1)


def test_czech_public_holidays():
    fixed = [(1, 1), (5, 1), (5, 8), (7, 5), (7, 6), (9, 28), (10, 28), (11, 17), (12, 24), (12, 25), (12, 26)]
    moving = [(4, 3), (4, 6)]  # Good Friday and Easter Monday of 2026
    start = date(2026, 1, 1)
    found = [d for n in range(365) if is_public_holiday(d := start + timedelta(days=n))]
    assert [(d.month, d.day) for d in found] == sorted(fixed + moving)


def test_problems_name_the_field():
    broken = Calendar(name=" ", week=((Interval(600, 600),), *WEEK.week[1:]))
    assert problems(broken) == ["name", "week.0"]
    overlapping = Calendar(name="x", week=((Interval(0, 600), Interval(500, 700)), *WEEK.week[1:]))
    assert problems(overlapping) == ["week.0"]
    assert problems(WEEK) == []


intervals = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(
    lambda cuts: tuple(Interval(a, b) for a, b in zip(sorted(cuts)[::2], sorted(cuts)[1::2], strict=False))
)
calendars = st.tuples(*[intervals] * 7).map(lambda week: Calendar(name="x", week=week))
instants = st.integers(0, 60 * 24 * 400).map(lambda m: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=m))


@given(calendars, instants)
@settings(max_examples=200, deadline=None)
def test_answers_never_contradict_each_other(calendar, at):
    assert problems(calendar) == []
    opening = calendar.next_opening(at)
    if calendar.is_open(at):
        assert opening == at
        closing = calendar.closes_at(at)
        if closing is not None:
            assert closing > at and not calendar.is_open(closing)
            assert calendar.is_open(closing - timedelta(seconds=1))
    else:
        assert calendar.closes_at(at) is None
        if opening is not None:
            assert opening > at and calendar.is_open(opening)
            assert not calendar.is_open(opening - timedelta(seconds=1))
