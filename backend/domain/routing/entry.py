"""Entry rules: which destination a call to a number gets, and why. Pure, so that a draft can be tried on any call.

The rules of a number are looked at in order; the first whose conditions all hold gives the destination, the default
when none does. The explanation says what was looked at and what was found, as data.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import QueueId
from backend.domain.kernel.working_time import PRAGUE, Calendar, Interval, is_public_holiday
from backend.domain.routing.destination import Destination
from backend.domain.routing.queue_options import EmptyWhen


class InTime(msgspec.Struct, frozen=True, kw_only=True, tag="time"):
    """Local time. Empty fields ask nothing; ``weekdays`` 1 Monday … 7 Sunday; dates with both ends included."""

    weekdays: tuple[int, ...] = ()
    intervals: tuple[Interval, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    holiday: bool | None = None
    negated: bool = False


class InCalendar(msgspec.Struct, frozen=True, kw_only=True, tag="calendar"):
    """The calendar is open."""

    calendar: int
    negated: bool = False


class CallerIs(msgspec.Struct, frozen=True, kw_only=True, tag="caller"):
    """One of the numbers, or beginning with one of the prefixes (E.164), or withheld."""

    numbers: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    withheld: bool = False
    negated: bool = False


class ClientStatusIs(msgspec.Struct, frozen=True, kw_only=True, tag="client_status"):
    """Empty status: the number belongs to no client; ``ambiguous``: to several with different statuses."""

    statuses: tuple[str, ...]
    negated: bool = False


class Measure(StrEnum):
    SIGNED_IN = "signed_in"
    READY = "ready"
    WAITING = "waiting"
    LONGEST_WAIT_S = "longest_wait_s"
    EXPECTED_WAIT_S = "expected_wait_s"


class QueueMeasures(msgspec.Struct, frozen=True, kw_only=True, tag="queue_measures"):
    """A figure of a queue is above ``more_than`` and below ``less_than``, where given.

    Nobody signed in: ``SIGNED_IN`` ``less_than=1``. An expected wait that is not known is above everything.
    """

    queue: QueueId
    measure: Measure
    more_than: float | None = None
    less_than: float | None = None
    negated: bool = False


Condition = InTime | InCalendar | CallerIs | ClientStatusIs | QueueMeasures


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """All conditions must hold; a rule without any always does."""

    name: str
    conditions: tuple[Condition, ...] = ()
    to: Destination


class EntryRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of one number."""

    number: str
    rules: tuple[Rule, ...] = ()
    default: Destination


class QueueFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A queue at one moment. ``expected_wait_s`` is that of a caller who would come now; None when nobody knows."""

    signed_in: int = 0
    working: int = 0
    """Ready, or with a contact."""
    ready: int = 0
    waiting: int = 0
    longest_wait_s: float = 0.0
    expected_wait_s: float | None = None

    def of(self, measure: Measure) -> float:
        found = getattr(self, measure.value)
        return float("inf") if found is None else float(found)

    def empty(self, when: EmptyWhen) -> bool:
        match when:
            case EmptyWhen.NEVER:
                return False
            case EmptyWhen.NOBODY_SIGNED_IN:
                return self.signed_in == 0
            case EmptyWhen.NOBODY_WORKING:
                return self.working == 0
            case EmptyWhen.NOBODY_READY:
                return self.ready == 0


class EntryFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules may ask about. ``queues`` need hold only those of ``queues_asked``."""

    at: datetime
    caller: str = ""
    client_status: str = ""
    queues: Mapping[QueueId, QueueFigures] = {}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One condition: whether it held, and the value it was judged by."""

    condition: int
    held: bool
    found: str


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One rule: whether it applied; ``findings`` end with the first condition that failed."""

    rule: int
    name: str
    applied: bool
    findings: tuple[Finding, ...]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """``rule`` is None when the default was taken."""

    to: Destination
    rule: int | None
    looked: tuple[Looked, ...]

    @property
    def rule_name(self) -> str | None:
        return self.looked[-1].name if self.rule is not None else None


def decide(rules: EntryRules, facts: EntryFacts, calendars: Mapping[int, Calendar]) -> Decision:
    looked: list[Looked] = []
    for n, rule in enumerate(rules.rules):
        findings: list[Finding] = []
        for i, condition in enumerate(rule.conditions):
            held, found = holds(condition, facts, calendars)
            findings.append(Finding(condition=i, held=held, found=found))
            if not held:
                break
        applied = all(f.held for f in findings)
        looked.append(Looked(rule=n, name=rule.name, applied=applied, findings=tuple(findings)))
        if applied:
            return Decision(to=rule.to, rule=n, looked=tuple(looked))
    return Decision(to=rules.default, rule=None, looked=tuple(looked))


def holds(condition: Condition, facts: EntryFacts, calendars: Mapping[int, Calendar]) -> tuple[bool, str]:
    """Whether it holds, and what was found."""
    held, found = _holds(condition, facts, calendars)
    return held is not condition.negated, found


def _holds(condition: Condition, facts: EntryFacts, calendars: Mapping[int, Calendar]) -> tuple[bool, str]:
    local = facts.at.astimezone(PRAGUE)
    match condition:
        case InTime():
            return _in_time(condition, local), f"{local.isoweekday()} {local:%Y-%m-%d %H:%M}"
        case InCalendar(calendar=id):
            calendar = calendars.get(id)
            open_ = calendar is not None and calendar.is_open(facts.at)
            return open_, "missing" if calendar is None else "open" if open_ else "closed"
        case CallerIs():
            caller = facts.caller
            known = bool(caller) and (caller in condition.numbers or caller.startswith(condition.prefixes))
            return known or (condition.withheld and not caller), caller
        case ClientStatusIs(statuses=statuses):
            return facts.client_status in statuses, facts.client_status
        case QueueMeasures():
            value = facts.queues.get(condition.queue, QueueFigures()).of(condition.measure)
            above = condition.more_than is None or value > condition.more_than
            below = condition.less_than is None or value < condition.less_than
            return above and below, f"{value:g}"


def _in_time(asked: InTime, local: datetime) -> bool:
    day, minute = local.date(), local.hour * 60 + local.minute
    return (
        (not asked.weekdays or local.isoweekday() in asked.weekdays)
        and (not asked.intervals or any(i.start <= minute < i.end for i in asked.intervals))
        and (asked.first_day is None or day >= asked.first_day)
        and (asked.last_day is None or day <= asked.last_day)
        and (asked.holiday is None or is_public_holiday(day) is asked.holiday)
    )


def queues_asked(rules: EntryRules) -> frozenset[QueueId]:
    """Queues whose figures the rules need."""
    return frozenset(c.queue for rule in rules.rules for c in rule.conditions if isinstance(c, QueueMeasures))
