"""Before a flow is published: every problem, each naming its node."""

import re
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from backend.domain.ivr.flow import (
    OF_QUEUE,
    Collect,
    Comparison,
    Condition,
    Flow,
    LookUp,
    Menu,
    Node,
    Notice,
    Return,
    SetAttribute,
    Speak,
    SubFlow,
    Subject,
    Survey,
)
from backend.domain.routing import validation as routing
from backend.domain.routing.destination import Destination, HangUp, ToFlow, ToVoicemail
from backend.domain.voice.czech import KINDS, places

_KEY = re.compile(r"^[0-9*#]$")
NAME = re.compile(r"^[^\W\d]\w{0,49}$")
MOST_NODES = 1000
LONGEST_TEXT = 2000


class ProblemKind(StrEnum):
    NO_START = "no_start"
    MISSING_NODE = "missing_node"
    UNREACHABLE = "unreachable"
    SILENT_CIRCLE = "silent_circle"
    EMPTY_TEXT = "empty_text"
    LONG_TEXT = "long_text"
    BAD_KEY = "bad_key"
    NO_CHOICES = "no_choices"
    BAD_TIMEOUT = "bad_timeout"
    BAD_VALUES = "bad_values"
    BAD_NAME = "bad_name"
    BAD_LENGTH = "bad_length"
    BAD_URL = "bad_url"
    UNKNOWN_KIND = "unknown_kind"
    """A value in a text is to be said in a way that nobody knows."""
    UNKNOWN_QUEUE = "unknown_queue"
    UNKNOWN_FLOW = "unknown_flow"
    UNKNOWN_PROMPT = "unknown_prompt"
    UNKNOWN_NOTICE = "unknown_notice"
    BAD_DESTINATION = "bad_destination"
    NOT_LET_OUT = "not_let_out"
    """The rules of calls going out refuse the number."""
    CALLS_ITSELF = "calls_itself"
    TOO_MANY = "too_many"


class Problem(msgspec.Struct, frozen=True):
    kind: ProblemKind
    node: str
    detail: str = ""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """What exists. ``routing`` knows queues, agents, groups and which destinations can be carried out; ``calls`` which
    flows each flow calls; ``hosts`` where look-ups may go."""

    routing: routing.World
    prompts: frozenset[str] = frozenset()
    notices: frozenset[int] = frozenset()
    calls: dict[int, frozenset[int]] = {}
    hosts: frozenset[str] = frozenset()


def successors(node: Node) -> tuple[str, ...]:
    match node:
        case Menu():
            return (*node.choices.values(), node.otherwise)
        case Collect() | Survey():
            return (node.next, node.otherwise)
        case Condition():
            return (node.then, node.otherwise)
        case LookUp():
            return (node.next, node.failed)
        case Speak() | SetAttribute() | Notice() | SubFlow():
            return (node.next,)
        case _:
            return ()


def called(flow: Flow) -> frozenset[int]:
    """Flows that this one calls or leads to."""
    return frozenset(n.flow for n in flow.nodes.values() if isinstance(n, SubFlow | ToFlow))


def validate(flow: Flow, world: World) -> list[Problem]:
    """Empty when the flow may be published."""
    if flow.start not in flow.nodes:
        return [Problem(ProblemKind.NO_START, flow.start)]
    if len(flow.nodes) > MOST_NODES:
        return [Problem(ProblemKind.TOO_MANY, flow.start, str(len(flow.nodes)))]
    problems: list[Problem] = []
    for name, node in flow.nodes.items():
        problems += (Problem(kind, name, detail) for kind, detail in _own(node, world))
        problems += (
            Problem(ProblemKind.MISSING_NODE, name, target) for target in successors(node) if target not in flow.nodes
        )
    reachable = _reachable(flow)
    problems += (Problem(ProblemKind.UNREACHABLE, name) for name in flow.nodes if name not in reachable)
    problems += (Problem(ProblemKind.SILENT_CIRCLE, name) for name in _silent_circles(flow))
    problems += _recursion(flow, world)
    return problems


Found = Iterator[tuple[ProblemKind, str]]


def _own(node: Node, world: World) -> Found:
    match node:
        case Speak() | Menu() | Collect() | Survey():
            yield from _said(node.text, node.prompt, world)
    match node:
        case Menu():
            if not node.choices:
                yield ProblemKind.NO_CHOICES, ""
            yield from ((ProblemKind.BAD_KEY, key) for key in node.choices if not _KEY.match(key))
            yield from _patience(node.timeout_s, node.attempts)
        case Collect():
            yield from _named(node.variable)
            if not 1 <= node.least <= node.most <= 40:
                yield ProblemKind.BAD_LENGTH, f"{node.least}-{node.most}"
            yield from _patience(node.timeout_s, node.attempts)
        case Survey():
            yield from _named(node.question)
            if not 0 <= node.lowest < node.highest <= 10:
                yield ProblemKind.BAD_VALUES, f"{node.lowest}-{node.highest}"
            yield from _patience(node.timeout_s, node.attempts)
        case Condition():
            yield from _condition(node, world)
        case SetAttribute():
            yield from _named(node.name)
            yield from _kinds(node.value)
        case Notice() if node.notice not in world.notices:
            yield ProblemKind.UNKNOWN_NOTICE, str(node.notice)
        case SubFlow() if node.flow not in world.routing.flows:
            yield ProblemKind.UNKNOWN_FLOW, str(node.flow)
        case LookUp():
            yield from _look_up(node, world)
        case Speak() | Notice() | SubFlow() | Return():
            return
        case HangUp():
            yield from _kinds(node.text or "")
        case ToVoicemail(prompt=str(prompt)) if prompt not in world.prompts:
            yield ProblemKind.UNKNOWN_PROMPT, prompt
        case _:
            yield from _destination(node, world)


def _destination(node: Destination, world: World) -> Found:
    for problem in routing.destination(node, "to", world.routing):
        field = problem.field.removeprefix("to").lstrip(".")
        if field == "queue" and problem.kind is routing.ProblemKind.UNKNOWN:
            yield ProblemKind.UNKNOWN_QUEUE, str(getattr(node, "queue", ""))
        elif field == "flow" and problem.kind is routing.ProblemKind.UNKNOWN:
            yield ProblemKind.UNKNOWN_FLOW, str(getattr(node, "flow", ""))
        elif problem.kind is routing.ProblemKind.NOT_LET_OUT:
            yield ProblemKind.NOT_LET_OUT, _at(node, field)
        else:
            yield ProblemKind.BAD_DESTINATION, f"{field} {problem.kind.value}".strip()


def _at(node: Destination, field: str) -> str:
    """The number itself: a node may lead further when it does not answer."""
    value: object = node
    for name in field.split("."):
        value = getattr(value, name, "")
    return str(value)


def _said(text: str, prompt: str | None, world: World) -> Found:
    if prompt is None and not text.strip():
        yield ProblemKind.EMPTY_TEXT, ""
    if prompt is not None and prompt not in world.prompts:
        yield ProblemKind.UNKNOWN_PROMPT, prompt
    yield from _kinds(text)


def _kinds(text: str) -> Found:
    if len(text) > LONGEST_TEXT:
        yield ProblemKind.LONG_TEXT, str(len(text))
    yield from ((ProblemKind.UNKNOWN_KIND, kind) for _, kind in places(text) if kind and kind not in KINDS)


def _named(name: str) -> Found:
    if not NAME.match(name):
        yield ProblemKind.BAD_NAME, name


def _patience(timeout_s: float, attempts: int) -> Found:
    if not 0 < timeout_s <= 60 or not 1 <= attempts <= 10:
        yield ProblemKind.BAD_TIMEOUT, ""


def _condition(node: Condition, world: World) -> Found:
    if len(node.values) < (2 if node.comparison is Comparison.BETWEEN else 1):
        yield ProblemKind.BAD_VALUES, ""
    if node.subject in OF_QUEUE:
        if not node.of.isdigit() or int(node.of) not in world.routing.queues:
            yield ProblemKind.UNKNOWN_QUEUE, node.of
    elif node.subject in (Subject.VARIABLE, Subject.ATTRIBUTE):
        yield from _named(node.of)


def _look_up(node: LookUp, world: World) -> Found:
    try:
        parts = urlsplit(node.url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        parts, host = None, None
    if parts is None or parts.scheme not in ("http", "https") or host not in world.hosts:
        yield ProblemKind.BAD_URL, node.url
    if not 0 < node.timeout_s <= 10:
        yield ProblemKind.BAD_TIMEOUT, ""
    for name in node.takes:
        yield from _named(name)
    yield from _kinds(node.text)


def _reachable(flow: Flow) -> set[str]:
    seen: set[str] = set()
    todo = [flow.start]
    while todo:
        name = todo.pop()
        if name in seen or name not in flow.nodes:
            continue
        seen.add(name)
        todo += successors(flow.nodes[name])
    return seen


_SILENT = (Condition, SetAttribute, Notice)


def _silent_circles(flow: Flow) -> list[str]:
    """Nodes that say nothing and from which a chain of such nodes leads back to themselves."""
    found = []
    for name, node in flow.nodes.items():
        if not isinstance(node, _SILENT):
            continue
        seen: set[str] = set()
        todo = list(successors(node))
        while todo:
            at = todo.pop()
            if at == name:
                found.append(name)
                break
            if at in seen or not isinstance(flow.nodes.get(at), _SILENT):
                continue
            seen.add(at)
            todo += successors(flow.nodes[at])
    return found


def _recursion(flow: Flow, world: World) -> Iterator[Problem]:
    """Sub-flows through which this flow would call itself."""
    for name, node in flow.nodes.items():
        if not isinstance(node, SubFlow):
            continue
        seen: set[int] = set()
        todo = [node.flow]
        while todo:
            at = todo.pop()
            if at == flow.id:
                yield Problem(ProblemKind.CALLS_ITSELF, name, str(node.flow))
                break
            if at not in seen:
                seen.add(at)
                todo += world.calls.get(at, frozenset())
