"""Settings of the exchange as administrators edit them: call control, the numbers we are called on, a calendar at a time."""

import re
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from backend.application.administration import Administration, Answer, EntryNumber, calendar_problems, changed, read
from backend.application.led_out import LedOut, cut_off
from backend.application.settings import CallSettings
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE, Calendar, is_public_holiday
from backend.domain.routing import validation as v
from backend.domain.routing.validation import Problem, ProblemKind

LONGEST_ANSWER_MS = 30_000


class CutsOff(msgspec.Struct, frozen=True):
    """Nothing was saved: from these places nobody would be called any more."""

    places: tuple[LedOut, ...]


class CalendarMoment(msgspec.Struct, frozen=True, kw_only=True):
    """``closes_at`` when open, ``opens_at`` when closed; None beyond a year. ``holiday``: of that day."""

    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    holiday: bool
    exception: bool


class Switchboard:
    def __init__(self, administration: Administration) -> None:
        self._administration = administration
        self._desk = administration.desk
        self._store = administration.store

    async def save_calls(
        self, given: Any, actor: UserId, base: Any = None, *, cutting_off: bool = False
    ) -> Answer | CutsOff:
        """``cutting_off``: whoever saves knows what rules of calls going out cut off by that."""
        calls = read(given, CallSettings)
        if isinstance(calls, list):
            return calls
        if changed(base, self._desk.settings.calls):
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "calls")
        problems = calls_problems(calls)
        if not problems and not cutting_off:
            now = self._desk.settings
            if places := cut_off(now, replace(now, calls=calls)):
                return CutsOff(tuple(places))
        return await self._administration.save(problems, lambda: self._store.save_calls(calls, actor))

    async def save_entry_number(self, given: Any, new: bool, actor: UserId) -> Answer:
        number = read(given, EntryNumber)
        if isinstance(number, list):
            return number
        settings = self._desk.settings
        if not new and number.number not in settings.entry_points:
            return Refusal(RefusalCode.NOT_FOUND, "number")
        problems = list(v.name_problems("name", number.name))
        if not v.is_number(number.number):
            problems.append(Problem("number", ProblemKind.MALFORMED))
        elif new and number.number in settings.entry_points:
            problems.append(Problem("number", ProblemKind.TAKEN))
        if number.flow not in settings.flows:
            problems.append(Problem("flow", ProblemKind.UNKNOWN))
        if not 0 <= number.answer_after_ms <= LONGEST_ANSWER_MS:
            problems.append(Problem("answer_after_ms", ProblemKind.OUT_OF_RANGE))
        return await self._administration.save(problems, lambda: self._store.save_entry_number(number, actor))

    def calendar_at(self, given: Any, at: datetime | None) -> CalendarMoment | list[Problem]:
        """What a calendar, saved or not, says at a time (None: now)."""
        calendar = read(given, Calendar)
        if isinstance(calendar, list):
            return calendar
        if problems := calendar_problems(calendar):
            return problems
        at = at or self._desk.clock()
        day = at.astimezone(PRAGUE).date()
        is_open = calendar.is_open(at)
        return CalendarMoment(
            open=is_open,
            opens_at=None if is_open else calendar.next_opening(at),
            closes_at=calendar.closes_at(at) if is_open else None,
            holiday=is_public_holiday(day),
            exception=any(x.day == day for x in calendar.exceptions),
        )


_PREFIX = re.compile(r"\+\d{0,15}")


def calls_problems(calls: CallSettings) -> list[Problem]:
    problems = [
        Problem(name, ProblemKind.OUT_OF_RANGE)
        for name, value, least, most in (
            ("park_limit_s", calls.park_limit_s, 1, 3600),
            ("ring_s", calls.ring_s, 1, 300),
            ("wrap_up_s", calls.wrap_up_s, 0, 3600),
        )
        if not least <= value <= most
    ]
    outside = calls.outside
    for name in ("allowed", "refused", "night_allowed"):
        problems += [
            Problem(f"outside.{name}.{n}", ProblemKind.MALFORMED)
            for n, prefix in enumerate(getattr(outside, name))
            if not _PREFIX.fullmatch(prefix)
        ]
    for name, most in (
        ("agent_at_once", 1000), ("all_at_once", 10_000), ("agent_a_day", 100_000), ("all_a_day", 1_000_000),
        ("day_begins_min", 1440), ("day_ends_min", 1440),
    ):  # fmt: skip
        if not 0 <= getattr(outside, name) <= most:
            problems.append(Problem(f"outside.{name}", ProblemKind.OUT_OF_RANGE))
    if len(calls.recording_notice) > v.LONGEST_TEXT:
        problems.append(Problem("recording_notice", ProblemKind.OUT_OF_RANGE))
    seen: set[str] = set()
    for n, each in enumerate(calls.not_recorded):
        if not v.is_number(each.prefix):
            problems.append(Problem(f"not_recorded.{n}.prefix", ProblemKind.MALFORMED))
        elif each.prefix in seen:
            problems.append(Problem(f"not_recorded.{n}.prefix", ProblemKind.TAKEN))
        seen.add(each.prefix)
        if len(each.note) > v.LONGEST_NAME:
            problems.append(Problem(f"not_recorded.{n}.note", ProblemKind.OUT_OF_RANGE))
    return problems
