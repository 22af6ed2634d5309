"""Before a flow is published: every problem, each naming its node."""

import re
from enum import StrEnum

import msgspec

from backend.domain.ivr.flow import Comparison, Condition, Flow, Menu, Node, Speak
from backend.domain.routing.destination import ToQueue

_KEY = re.compile(r"^[0-9*#]$")


class ProblemKind(StrEnum):
    NO_START = "no_start"
    MISSING_NODE = "missing_node"
    UNREACHABLE = "unreachable"
    SILENT_CIRCLE = "silent_circle"
    EMPTY_TEXT = "empty_text"
    BAD_KEY = "bad_key"
    NO_CHOICES = "no_choices"
    BAD_TIMEOUT = "bad_timeout"
    BAD_VALUES = "bad_values"
    UNKNOWN_QUEUE = "unknown_queue"


class Problem(msgspec.Struct, frozen=True):
    kind: ProblemKind
    node: str
    detail: str = ""


def successors(node: Node) -> tuple[str, ...]:
    match node:
        case Speak(next=name):
            return (name,)
        case Menu():
            return (*node.choices.values(), node.otherwise)
        case Condition():
            return (node.then, node.otherwise)
        case _:
            return ()


def validate(flow: Flow, queues: frozenset[int]) -> list[Problem]:
    """Empty when the flow may be published. ``queues`` are the queues that exist."""
    if flow.start not in flow.nodes:
        return [Problem(ProblemKind.NO_START, flow.start)]
    problems: list[Problem] = []
    for name, node in flow.nodes.items():
        problems += _own_problems(name, node, queues)
        problems += [
            Problem(ProblemKind.MISSING_NODE, name, target) for target in successors(node) if target not in flow.nodes
        ]
    reachable = _reachable(flow)
    problems += [Problem(ProblemKind.UNREACHABLE, name) for name in flow.nodes if name not in reachable]
    problems += [Problem(ProblemKind.SILENT_CIRCLE, name) for name in _silent_circles(flow)]
    return problems


def _own_problems(name: str, node: Node, queues: frozenset[int]) -> list[Problem]:
    found: list[Problem] = []
    match node:
        case Speak() if not node.text.strip():
            found.append(Problem(ProblemKind.EMPTY_TEXT, name))
        case Menu():
            if not node.text.strip():
                found.append(Problem(ProblemKind.EMPTY_TEXT, name))
            if not node.choices:
                found.append(Problem(ProblemKind.NO_CHOICES, name))
            found += [Problem(ProblemKind.BAD_KEY, name, key) for key in node.choices if not _KEY.match(key)]
            if not 0 < node.timeout_s <= 60 or not 1 <= node.attempts <= 10:
                found.append(Problem(ProblemKind.BAD_TIMEOUT, name))
        case Condition():
            wanted = 2 if node.comparison is Comparison.BETWEEN else 1
            if len(node.values) < wanted:
                found.append(Problem(ProblemKind.BAD_VALUES, name))
        case ToQueue() if node.queue not in queues:
            found.append(Problem(ProblemKind.UNKNOWN_QUEUE, name, str(node.queue)))
    return found


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


def _silent_circles(flow: Flow) -> list[str]:
    """Conditions from which a chain of conditions leads back to themselves."""
    found = []
    for name, node in flow.nodes.items():
        if not isinstance(node, Condition):
            continue
        seen: set[str] = set()
        todo = list(successors(node))
        while todo:
            at = todo.pop()
            if at == name:
                found.append(name)
                break
            if at in seen or not isinstance(flow.nodes.get(at), Condition):
                continue
            seen.add(at)
            todo += successors(flow.nodes[at])
    return found
