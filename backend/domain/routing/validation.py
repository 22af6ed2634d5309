"""Before settings of the routing are saved: every problem, each naming its field by path (``overflow.0.to.queue``)."""

import re
from collections.abc import Callable, Iterator
from enum import StrEnum

import msgspec

from backend.domain.kernel.numbers import normalise
from backend.domain.routing import destination as to_
from backend.domain.routing.destination import Destination, SkillStep
from backend.domain.routing.entry import CallerIs, ClientStatusIs, EntryRules, InCalendar, InTime, QueueMeasures
from backend.domain.routing.queue_options import QueueOptions, SayPosition
from backend.domain.voice.toll import OutsideRules, may_be_called

_E164 = re.compile(r"^\+?[0-9]{2,15}$")
_DIGITS = re.compile(r"^\+?[0-9]{1,15}$")
_KEY = re.compile(r"^[0-9*#]$")
LONGEST_NAME = 100
LONGEST_TEXT = 2000
DEEPEST = 8
"""Destinations within destinations (``then``, ``otherwise``)."""


class ProblemKind(StrEnum):
    MISSING = "missing"
    """Must be given."""
    UNKNOWN = "unknown"
    """Names something that is not there."""
    OUT_OF_RANGE = "out_of_range"
    MALFORMED = "malformed"
    TAKEN = "taken"
    """Another one has this name."""
    NOT_BUILT = "not_built"
    """This kind of destination cannot be carried out yet."""
    CIRCLE = "circle"
    """Leads back to itself."""
    ORDER = "order"
    """Times must grow from step to step."""
    NOT_LET_OUT = "not_let_out"
    """The rules of calls going out refuse this number."""
    CONTRADICTS = "contradicts"
    """Does not go with something else that is set."""


class Problem(msgspec.Struct, frozen=True):
    field: str
    kind: ProblemKind


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What exists, and which kinds of destination can be carried out."""

    queues: frozenset[int]
    agents: frozenset[int]
    skills: frozenset[int]
    groups: frozenset[int]
    flows: frozenset[int]
    calendars: frozenset[int]
    numbers: frozenset[str]
    prompts: frozenset[str] = frozenset()
    can_carry: Callable[[type], bool] = lambda _kind: True
    outside: OutsideRules = OutsideRules(refused=())


Found = Iterator[Problem]


def destination(to: Destination, field: str, world: World, depth: int = 0) -> Found:
    if depth >= DEEPEST:
        yield Problem(field, ProblemKind.OUT_OF_RANGE)
        return
    if not world.can_carry(type(to)):
        yield Problem(field, ProblemKind.NOT_BUILT)
    for name, known in (
        ("queue", world.queues),
        ("agent", world.agents),
        ("group", world.groups),
        ("flow", world.flows),
    ):
        value = getattr(to, name, None)
        if value is not None and value not in known:
            yield Problem(f"{field}.{name}", ProblemKind.UNKNOWN)
    match to:
        case to_.ToQueue():
            yield from _skills(to.skills, f"{field}.skills", world)
            yield from _steps(to.steps, f"{field}.steps", world)
        case to_.ToNumber():
            if not _E164.match(to.number):
                yield Problem(f"{field}.number", ProblemKind.MALFORMED)
            elif not may_be_called(world.outside, normalise(to.number).text):
                yield Problem(f"{field}.number", ProblemKind.NOT_LET_OUT)
            yield from _range(f"{field}.ring_timeout_s", to.ring_timeout_s, 5, 120)
        case to_.ToVoicemail(text=str(text)):
            yield from _text(f"{field}.text", text)
        case to_.ToAnnouncement(text=text):
            yield from _text(f"{field}.text", text)
    for name in ("otherwise", "then"):
        if (further := getattr(to, name, None)) is not None:
            yield from destination(further, f"{field}.{name}", world, depth + 1)


def queue_options(options: QueueOptions, queue: int | None, world: World, field: str = "options") -> Found:
    """``queue`` is the queue's own id: it must not overflow into itself."""
    for name, to in options.destinations():
        yield from destination(to, f"{field}.{name}", world)
        if isinstance(to, to_.ToQueue) and to.queue == queue:
            yield Problem(f"{field}.{name}.queue", ProblemKind.CIRCLE)
    if options.calendar is not None and options.calendar not in world.calendars:
        yield Problem(f"{field}.calendar", ProblemKind.UNKNOWN)
    if options.after_call is not None and options.after_call not in world.flows:
        yield Problem(f"{field}.after_call", ProblemKind.UNKNOWN)
    spoken, delays = options.announcements, options.delays
    for name, value, least, most in (
        ("weight", options.weight, 0, 1000),
        ("ageing", options.ageing, 0, 1000),
        ("sticky_days", options.sticky_days, 1, 730),
        ("penalty_step_s", options.penalty_step_s, 0, 3600),
        ("max_waiting", options.max_waiting, 0, 100_000),
        ("max_wait_s", options.max_wait_s, 0, 86_400),
        ("delays.no_answer_s", delays.no_answer_s, int(not options.autopause or options.max_no_answer > 1), 3600),
        ("delays.declined_s", delays.declined_s, 0 if options.autopause else 1, 3600),
        ("delays.phone_lost_s", delays.phone_lost_s, 0, 3600),
        ("delays.busy_s", delays.busy_s, 1, 3600),
        ("max_no_answer", options.max_no_answer, 1, 20),
        ("progressive_s", options.progressive_s, 1, 600),
        ("resume_abandoned_s", options.resume_abandoned_s, 0, 86_400),
        ("empty_grace_s", options.empty_grace_s, 0, 3600),
        ("announcements.comfort_start_s", spoken.comfort_start_s, 0, 3600),
        ("announcements.position_limit", spoken.position_limit, 1, 1000),
        ("announcements.min_every_s", spoken.min_every_s, 0, 3600),
        ("announcements.round_s", spoken.round_s, 0, 600),
        ("callback_attempts", options.callback_attempts, 1, 20),
        ("callback_retry_s", options.callback_retry_s, 10, 86_400),
        ("voicemail.least_s", options.voicemail.least_s, 0, 60),
        ("voicemail.limit_s", options.voicemail.limit_s, 10, 1800),
        ("voicemail.quiet_s", options.voicemail.quiet_s, 0, 60),
        ("announcements.comfort_every_s", spoken.comfort_every_s, 10 if spoken.comfort else 0, 3600),
    ):
        yield from _range(f"{field}.{name}", value, least, most)
    for name, key in (("announcements.music", spoken.music), ("voicemail.prompt", options.voicemail.prompt)):
        if key is not None and key not in world.prompts:
            yield Problem(f"{field}.{name}", ProblemKind.UNKNOWN)
    if spoken.position is SayPosition.MORE and spoken.position_limit < 1:
        yield Problem(f"{field}.announcements.position_limit", ProblemKind.OUT_OF_RANGE)
    for n, words in enumerate(spoken.comfort):
        yield from _text(f"{field}.announcements.comfort.{n}", words)
    for name, words in (
        ("announcements.first_message", spoken.first_message),
        ("voicemail.greeting", options.voicemail.greeting),
        ("agent_announcement", options.agent_announcement),
    ):
        if len(words) > LONGEST_TEXT:
            yield Problem(f"{field}.{name}", ProblemKind.OUT_OF_RANGE)
    yield from _steps(options.widen, f"{field}.widen", world)
    yield from _growing(f"{field}.overflow", [step.after_s for step in options.overflow])
    keys = [exit_.key for exit_ in options.exit_keys]
    for n, key in enumerate(keys):
        if not _KEY.match(key):
            yield Problem(f"{field}.exit_keys.{n}.key", ProblemKind.MALFORMED)
        elif key in keys[:n]:
            yield Problem(f"{field}.exit_keys.{n}.key", ProblemKind.TAKEN)


def entry_rules(rules: EntryRules, world: World) -> Found:
    if rules.number not in world.numbers:
        yield Problem("number", ProblemKind.UNKNOWN)
    yield from destination(rules.default, "default", world)
    for n, rule in enumerate(rules.rules):
        field = f"rules.{n}"
        yield from name_problems(f"{field}.name", rule.name)
        yield from destination(rule.to, f"{field}.to", world)
        for i, condition in enumerate(rule.conditions):
            yield from _condition(condition, f"{field}.conditions.{i}", world)


def _condition(condition: object, field: str, world: World) -> Found:
    match condition:
        case InTime():
            if any(not 1 <= day <= 7 for day in condition.weekdays):
                yield Problem(f"{field}.weekdays", ProblemKind.OUT_OF_RANGE)
            if any(not 0 <= i.start < i.end <= 1440 for i in condition.intervals):
                yield Problem(f"{field}.intervals", ProblemKind.OUT_OF_RANGE)
            if condition.first_day and condition.last_day and condition.first_day > condition.last_day:
                yield Problem(f"{field}.last_day", ProblemKind.ORDER)
        case InCalendar(calendar=calendar) if calendar not in world.calendars:
            yield Problem(f"{field}.calendar", ProblemKind.UNKNOWN)
        case CallerIs():
            if not (condition.numbers or condition.prefixes or condition.withheld):
                yield Problem(field, ProblemKind.MISSING)
            if any(not _DIGITS.match(number) for number in (*condition.numbers, *condition.prefixes)):
                yield Problem(f"{field}.numbers", ProblemKind.MALFORMED)
        case ClientStatusIs(statuses=()):
            yield Problem(f"{field}.statuses", ProblemKind.MISSING)
        case QueueMeasures():
            if condition.queue not in world.queues:
                yield Problem(f"{field}.queue", ProblemKind.UNKNOWN)
            if condition.more_than is None and condition.less_than is None:
                yield Problem(field, ProblemKind.MISSING)


def is_number(number: str) -> bool:
    """E.164, or a line of the PBX; also the beginning of one."""
    return _E164.match(number) is not None


def name_problems(field: str, name: str) -> Found:
    if not name.strip():
        yield Problem(field, ProblemKind.MISSING)
    elif len(name) > LONGEST_NAME:
        yield Problem(field, ProblemKind.OUT_OF_RANGE)


def _text(field: str, words: str) -> Found:
    if not words.strip():
        yield Problem(field, ProblemKind.MISSING)
    elif len(words) > LONGEST_TEXT:
        yield Problem(field, ProblemKind.OUT_OF_RANGE)


def _range(field: str, value: float, least: float, most: float) -> Found:
    if not least <= value <= most:
        yield Problem(field, ProblemKind.OUT_OF_RANGE)


def _skills(skills: tuple[tuple[int, int], ...], field: str, world: World) -> Found:
    for n, (skill, level) in enumerate(skills):
        if skill not in world.skills:
            yield Problem(f"{field}.{n}", ProblemKind.UNKNOWN)
        yield from _range(f"{field}.{n}", level, 1, 100)


def _steps(steps: tuple[SkillStep, ...], field: str, world: World) -> Found:
    for n, step in enumerate(steps):
        yield from _skills(step.skills, f"{field}.{n}.skills", world)
        if any(group not in world.groups for group in step.groups):
            yield Problem(f"{field}.{n}.groups", ProblemKind.UNKNOWN)
    yield from _growing(field, [step.after_s for step in steps], least=0)


def _growing(field: str, times: list[int], least: int = 1) -> Found:
    for n, after in enumerate(times):
        yield from _range(f"{field}.{n}.after_s", after, least, 86_400)
        if n and after <= times[n - 1]:
            yield Problem(f"{field}.{n}.after_s", ProblemKind.ORDER)
