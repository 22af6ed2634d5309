"""An alert: raised once, taken note of by a supervisor or put off, over when what lasted is over."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from backend.domain.alerts.limits import Lasting
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

LONGEST_SNOOZE = timedelta(hours=2)


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """``limit``: the time that was passed, for it may be another by now; none where it is about no time."""

    about: Lasting
    limit: timedelta
    raised_at: datetime
    version: int = 1
    acknowledged_by: UserId | None = None
    acknowledged_at: datetime | None = None
    snoozed_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def key(self) -> str:
        return self.about.key

    def calls(self, now: datetime) -> bool:
        """Whether it still asks for somebody's attention."""
        if self.ended_at is not None or self.acknowledged_at is not None:
            return False
        return self.snoozed_until is None or now >= self.snoozed_until


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: datetime


class Raised(_Event, frozen=True, kw_only=True, tag=True):
    about: Lasting
    limit: timedelta


class Acknowledged(_Event, frozen=True, kw_only=True, tag=True):
    by: UserId


class Snoozed(_Event, frozen=True, kw_only=True, tag=True):
    by: UserId
    until: datetime


class Over(_Event, frozen=True, kw_only=True, tag=True):
    pass


AlertEvent = Raised | Acknowledged | Snoozed | Over


def raised(event: Raised) -> Alert:
    return Alert(about=event.about, limit=event.limit, raised_at=event.at)


def evolve(alert: Alert, event: AlertEvent) -> Alert:
    alert = replace(alert, version=alert.version + 1)
    match event:
        case Acknowledged():
            return replace(alert, acknowledged_by=event.by, acknowledged_at=event.at, snoozed_until=None)
        case Snoozed():
            return replace(alert, snoozed_until=event.until)
        case Over():
            return replace(alert, ended_at=event.at)
    return alert


def acknowledge(alert: Alert, by: UserId, now: datetime) -> list[AlertEvent] | Refusal:
    """The first one counts; again changes nothing."""
    if alert.ended_at is not None:
        return Refusal(RefusalCode.WRONG_PHASE, "over")
    return [] if alert.acknowledged_at is not None else [Acknowledged(at=now, by=by)]


def snooze(alert: Alert, by: UserId, length: timedelta, now: datetime) -> list[AlertEvent] | Refusal:
    if not timedelta() < length <= LONGEST_SNOOZE:
        return Refusal(RefusalCode.BAD_INPUT, "minutes")
    if alert.ended_at is not None:
        return Refusal(RefusalCode.WRONG_PHASE, "over")
    return [] if alert.acknowledged_at is not None else [Snoozed(at=now, by=by, until=now + length)]


def end(alert: Alert, now: datetime) -> list[AlertEvent]:
    return [] if alert.ended_at is not None else [Over(at=now)]
