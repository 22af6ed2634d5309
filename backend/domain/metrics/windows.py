"""The stretch of time that a figure counts. What is counted belongs to it by when it began: a visit by its entry."""

from datetime import datetime, timedelta
from enum import StrEnum


class Window(StrEnum):
    TODAY = "today"
    """Since midnight in Prague."""
    HOUR = "hour"
    HALF_HOUR = "half_hour"
    QUARTER_HOUR = "quarter_hour"


LENGTH = {
    Window.HOUR: timedelta(hours=1),
    Window.HALF_HOUR: timedelta(minutes=30),
    Window.QUARTER_HOUR: timedelta(minutes=15),
}
LONGEST = max(LENGTH.values())


def minute_of(at: datetime) -> datetime:
    """The whole minute that it falls in."""
    return at.replace(second=0, microsecond=0)


def since(window: Window, now: datetime, day_start: datetime) -> datetime:
    """The first instant of the window. Rolling ones move by whole minutes: the hour is this minute and the 59 before it."""
    if window is Window.TODAY:
        return day_start
    return minute_of(now) - LENGTH[window] + timedelta(minutes=1)
