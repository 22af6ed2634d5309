"""Is a whole configuration good? The rules are those of the screens, asked about everything at once."""

from collections.abc import Iterator

from backend.application.administration import calendar_problems, draft_of, queue_problems, world_of
from backend.application.alerts import alert_problems
from backend.application.callbacks import Callbacks
from backend.application.destinations import Destinations, QueuePicture
from backend.application.settings import Settings
from backend.application.switchboard import LONGEST_ANSWER_MS, calls_problems
from backend.application.voicemail import VoicemailBox
from backend.domain.ivr import validation as flows
from backend.domain.kernel.numbers import normalise
from backend.domain.routing import validation as v
from backend.domain.routing.validation import Problem, ProblemKind
from backend.domain.trunks.rules import trunk_problems
from backend.domain.voice.toll import may_be_called
from backend.domain.wallboard import layout

Judgement = tuple[str, str, str, str, ProblemKind | flows.ProblemKind]
"""Kind of object, its number, the path of the field in its document, what is wrong, and the rule that says so."""


def _destinations() -> Destinations:
    """With all that can be carried out, as a desk has them."""
    made = Destinations(lambda _queue, _at: QueuePicture())
    VoicemailBox(made, Callbacks(made))
    return made


def judge(settings: Settings, hosts: frozenset[str] = frozenset()) -> Iterator[Judgement]:
    world = world_of(settings, _destinations().can_carry)

    def said(
        kind: str, id: object, problems: Iterator[Problem] | list[Problem], prefix: str = ""
    ) -> Iterator[Judgement]:
        for problem in problems:
            yield kind, str(id), f"{prefix}{problem.field}", problem.kind.value, problem.kind

    for id, calendar in settings.calendars.items():
        yield from said("calendars", id, calendar_problems(calendar), "body.")
    for id in settings.queues:
        yield from said("queues", id, queue_problems(id, draft_of(settings, id), world))
    for id, group in settings.groups.items():
        yield from said("groups", id, v.name_problems("name", group.name))
        if group.caller_number is not None and not v.is_number(group.caller_number):
            yield "groups", str(id), "caller_number", ProblemKind.MALFORMED.value, ProblemKind.MALFORMED
    for id, board in settings.wallboards.items():
        yield from said("wallboards", id, layout.problems(board, world), "body.")
    whole = flows.World(
        routing=world,
        prompts=settings.prompts,
        notices=frozenset(settings.notices),
        calls={id: flows.called(flow) for id, flow in settings.flows.items()},
        hosts=hosts,
    )
    for id, flow in settings.flows.items():
        for problem in flows.validate(flow, whole):
            where = f"nodes.{problem.node}" if problem.node in flow.nodes else "start"
            yield "flows", str(id), where, f"{problem.kind.value} {problem.detail}".strip(), problem.kind
    for number, point in settings.entry_points.items():
        if point.rules is not None:
            yield from said("numbers", number, v.entry_rules(point.rules, world), "rules.")
        if point.flow not in settings.flows:
            yield "numbers", number, "flow", ProblemKind.UNKNOWN.value, ProblemKind.UNKNOWN
        if not v.is_number(number):
            yield "numbers", number, "number", ProblemKind.MALFORMED.value, ProblemKind.MALFORMED
        if not 0 <= point.answer_after.total_seconds() * 1000 <= LONGEST_ANSWER_MS:
            yield "numbers", number, "answer_after_ms", ProblemKind.OUT_OF_RANGE.value, ProblemKind.OUT_OF_RANGE
    for id, line in settings.lines.items():
        yield from said("lines", id, v.name_problems("name", line.name))
        if not v.is_number(line.number):
            yield "lines", str(id), "number", ProblemKind.MALFORMED.value, ProblemKind.MALFORMED
        elif not may_be_called(settings.calls.outside, normalise(line.number).text):
            yield "lines", str(id), "number", ProblemKind.NOT_LET_OUT.value, ProblemKind.NOT_LET_OUT
    for id, trunk in settings.trunks.items():
        others = [other for n, other in settings.trunks.items() if n != id]
        yield from said("trunks", id, trunk_problems(trunk, others), "body.")
    yield from said("settings", "calls", calls_problems(settings.calls), "value.")
    yield from said("settings", "alerts", alert_problems(settings.alerts, settings), "value.")
