"""The IVR interpreter: ``step(flow, run, input, facts) -> Step``. Pure: what to say and await stands in the run.

The caller of ``step`` keeps the run, plays ``run.saying`` (or the audio ``run.prompt``) under the number ``run.step``, and
comes back with what happened: the prompt ended, a key, a silence after the prompt, the answer of a look-up.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from backend.domain.customer.numbers import is_company_number, is_insured_number
from backend.domain.ivr.flow import (
    OF_QUEUE,
    Check,
    Collect,
    Comparison,
    Condition,
    Flow,
    FlowRun,
    Frame,
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
from backend.domain.routing.destination import Destination, HangUp
from backend.domain.voice.czech import fill

LONGEST_SILENT_WALK = 50
"""Nodes passed without saying anything before the flow is declared broken (a published flow has no such cycle)."""
DEEPEST_CALL = 10
MOST_VALUES = 50
LONGEST_VALUE = 500


class BrokenFlow(Exception):
    """The flow names a node that is not there, or walks in a circle in silence. Validation would have told."""


class Started(msgspec.Struct, frozen=True, tag=True):
    """At the beginning of a flow; ``stack`` where to return to, when another flow called it."""

    stack: tuple[Frame, ...] = ()


class Returned(msgspec.Struct, frozen=True, tag=True):
    """A sub-flow is done: go on at ``node``."""

    node: str


class KeyPressed(msgspec.Struct, frozen=True, tag=True):
    key: str


class PromptFinished(msgspec.Struct, frozen=True, tag=True):
    step: int


class SilenceElapsed(msgspec.Struct, frozen=True, tag=True):
    """``digits``: how many keys of an entry had come when the time began to run."""

    step: int
    digits: int = 0


class LookUpAnswered(msgspec.Struct, frozen=True, tag=True):
    """None: no answer in time, or not one that could be understood."""

    step: int
    values: dict[str, str] | None


Input = Started | Returned | KeyPressed | PromptFinished | SilenceElapsed | LookUpAnswered


class QueueFacts(msgspec.Struct, frozen=True, kw_only=True):
    open: bool = True
    waiting: int = 0
    ready: int = 0
    signed_in: int = 0
    longest_s: float = 0.0
    expected_s: float | None = None


class NoticeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that is switched on now."""

    text: str = ""
    prompt: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions and texts may ask about. ``local`` is the time in the contact centre's zone."""

    local: datetime
    caller: str = ""
    client_status: str = ""
    variables: dict[str, str] = {}
    """Of the client's record; what the caller entered goes before."""
    queues: dict[int, QueueFacts] = {}
    notices: dict[int, NoticeFacts] = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``run`` after the input; ``path`` the nodes entered; ``exit`` set when this flow is done with the caller."""

    run: FlowRun
    path: tuple[str, ...] = ()
    exit: Destination | SubFlow | Return | None = None


def step(flow: Flow, run: FlowRun | None, given: Input, facts: Facts) -> Step | None:
    """None when the input has no meaning any more (a late report, a key where none is awaited).

    Raises BrokenFlow.
    """
    match given:
        case Started(stack):
            return None if run is not None and not run.finished else _start(flow, run, stack, facts)
        case Returned(name):
            if run is None or not run.finished:
                return None
            back = replace(run, flow=flow.id, version=flow.version, finished=False, stack=run.stack[:-1])
            return _enter(flow, back, name, facts, None)
    if run is None or run.finished:
        return None
    node = _node(flow, run.node)
    match given, node:
        case KeyPressed(key), Menu():
            return _choose(flow, run, node, key, facts)
        case KeyPressed(key), Survey():
            return _rate(flow, run, node, key, facts)
        case KeyPressed(key), Collect():
            return _collect(flow, run, node, key, facts)
        case KeyPressed(key), Speak(interruptible=True):
            return _enter(flow, run, node.next, facts, key)
        case PromptFinished(number), _ if number == run.step and _is_saying(run) and not run.listening:
            return _said(flow, run, node, facts)
        case SilenceElapsed(number, digits), _ if number == run.step and run.listening and digits == len(run.digits):
            match node:
                case Menu():
                    return _choose(flow, run, node, None, facts)
                case Survey():
                    return _rate(flow, run, node, None, facts)
                case Collect():
                    return _entered(flow, run, node, facts)
        case LookUpAnswered(number, values), LookUp() if number == run.step and run.looking_up:
            if values is None:
                return _enter(flow, run, node.failed, facts, None)
            taken = {k: values[k][:LONGEST_VALUE] for k in node.takes if k in values}
            run = replace(run, variables=dict(list({**run.variables, **taken}.items())[-MOST_VALUES:]))
            return _enter(flow, run, node.next, facts, None)
    return None


def _start(flow: Flow, before: FlowRun | None, stack: tuple[Frame, ...], facts: Facts) -> Step:
    """What the caller said in an earlier flow is known in this one, and the numbers of steps go on."""
    if len(stack) > DEEPEST_CALL:
        raise BrokenFlow(f"flow {flow.id} version {flow.version} is called too deep")
    first = FlowRun(flow=flow.id, version=flow.version, node=flow.start, stack=stack)
    if before is not None:
        first = replace(
            first,
            step=before.step,
            variables=before.variables,
            attributes=before.attributes,
            answers=before.answers,
        )
    return _enter(flow, first, flow.start, facts, None)


def _is_saying(run: FlowRun) -> bool:
    return run.saying is not None or run.prompt is not None


def _said(flow: Flow, run: FlowRun, node: Node, facts: Facts) -> Step | None:
    match node:
        case Speak() | Notice():
            return _enter(flow, run, node.next, facts, None)
        case Menu() | Survey() | Collect():
            return Step(run=replace(run, listening=True))
        case HangUp():
            return Step(run=_finished(run), exit=node)
    return None


def _finished(run: FlowRun) -> FlowRun:
    return replace(
        run, finished=True, saying=None, prompt=None, awaiting_key=False, listening=False, looking_up=False, digits=""
    )


def _again(run: FlowRun, text: str, prompt: str | None, facts: Facts) -> Step:
    return Step(
        run=replace(
            run,
            step=run.step + 1,
            attempt=run.attempt + 1,
            saying=fill(text, _values(run, facts)),
            prompt=prompt,
            awaiting_key=True,
            listening=False,
            digits="",
        )
    )


def _choose(flow: Flow, run: FlowRun, menu: Menu, key: str | None, facts: Facts) -> Step:
    target = menu.choices.get(key) if key is not None else None
    if target is not None:
        return _enter(flow, run, target, facts, None)
    if run.attempt >= menu.attempts:
        return _enter(flow, run, menu.otherwise, facts, None)
    if key is None or menu.invalid_text is None:
        return _again(run, menu.text, menu.prompt, facts)
    return _again(run, f"{menu.invalid_text} {menu.text}", None, facts)


def _rate(flow: Flow, run: FlowRun, survey: Survey, key: str | None, facts: Facts) -> Step:
    score = 10 if key == "*" else int(key) if key is not None and key.isdigit() else None
    if score is not None and survey.lowest <= score <= survey.highest:
        run = replace(run, answers={**run.answers, survey.question: score})
        return _enter(flow, run, survey.next, facts, None)
    if run.attempt >= survey.attempts:
        return _enter(flow, run, survey.otherwise, facts, None)
    return _again(run, survey.text, survey.prompt, facts)


def _collect(flow: Flow, run: FlowRun, node: Collect, key: str, facts: Facts) -> Step:
    if key == "#":
        return _entered(flow, run, node, facts)
    if key == "*":  # begin anew, as telephones do
        return Step(run=replace(run, digits="", listening=True, saying=None, prompt=None))
    run = replace(run, digits=run.digits + key, listening=True, saying=None, prompt=None)
    return _entered(flow, run, node, facts) if len(run.digits) >= node.most else Step(run=run)


def _entered(flow: Flow, run: FlowRun, node: Collect, facts: Facts) -> Step:
    if node.least <= len(run.digits) <= node.most and _CHECKS[node.check](run.digits):
        run = replace(run, variables={**run.variables, node.variable: run.digits})
        return _enter(flow, run, node.next, facts, None)
    if run.attempt >= node.attempts:
        return _enter(flow, run, node.otherwise, facts, None)
    wrong = bool(run.digits) and node.invalid_text is not None
    return _again(
        run, f"{node.invalid_text} {node.text}" if wrong else node.text, None if wrong else node.prompt, facts
    )


_CHECKS = {
    Check.NONE: lambda digits: True,
    Check.INSURED_NUMBER: is_insured_number,
    Check.COMPANY_NUMBER: is_company_number,
}


def _enter(flow: Flow, run: FlowRun, name: str, facts: Facts, key: str | None) -> Step:
    path: list[str] = []
    while True:
        path.append(name)
        if len(path) > LONGEST_SILENT_WALK:
            raise BrokenFlow(f"flow {flow.id} version {flow.version} walks in a circle at {name}")
        node = _node(flow, name)
        here = replace(
            run,
            node=name,
            step=run.step + 1,
            attempt=1,
            saying=None,
            prompt=None,
            awaiting_key=False,
            listening=False,
            looking_up=False,
            digits="",
        )
        values = _values(run, facts)
        match node:
            case Condition():
                name = node.then if holds(node, facts, run) else node.otherwise
            case SetAttribute():
                run = replace(run, attributes={**run.attributes, node.name: fill(node.value, values)})
                name = node.next
            case Notice():
                notice = facts.notices.get(node.notice)
                if notice is not None:
                    return Step(run=replace(here, saying=notice.text, prompt=notice.prompt), path=tuple(path))
                name = node.next
            case Menu() if key is not None and key in node.choices:
                name, key = node.choices[key], None
            case Speak():
                said = replace(
                    here, saying=fill(node.text, values), prompt=node.prompt, awaiting_key=node.interruptible
                )
                return Step(run=said, path=tuple(path))
            case Menu() | Survey() | Collect():
                asked = replace(here, saying=fill(node.text, values), prompt=node.prompt, awaiting_key=True)
                return Step(run=asked, path=tuple(path))
            case LookUp():
                asked = replace(here, saying=fill(node.text, values) or None, looking_up=True)
                return Step(run=asked, path=tuple(path))
            case HangUp() if node.text:
                return Step(run=replace(here, saying=fill(node.text, values)), path=tuple(path))
            case Return() if not run.stack:
                return Step(run=_finished(here), path=tuple(path), exit=HangUp())
            case _:
                return Step(run=_finished(here), path=tuple(path), exit=node)


def _values(run: FlowRun, facts: Facts) -> dict[str, str]:
    return {"caller": facts.caller, **facts.variables, **run.attributes, **run.variables}


def holds(condition: Condition, facts: Facts, run: FlowRun | None = None) -> bool:
    value = _subject(condition, facts, run)
    match condition.comparison:
        case Comparison.EQUALS:
            return value == condition.values[0]
        case Comparison.ONE_OF:
            return value in condition.values
        case Comparison.BETWEEN:
            return condition.values[0] <= value < condition.values[1]
        case Comparison.STARTS_WITH:
            return any(value.startswith(prefix) for prefix in condition.values)
        case Comparison.AT_LEAST:
            return as_number(value) >= as_number(condition.values[0])
        case Comparison.LESS_THAN:
            return as_number(value) < as_number(condition.values[0])


def as_number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("-inf")


def _subject(condition: Condition, facts: Facts, run: FlowRun | None) -> str:
    if condition.subject in OF_QUEUE:
        return _of_queue(condition, facts.queues.get(int(condition.of), QueueFacts()))
    match condition.subject:
        case Subject.HOUR:
            return facts.local.strftime("%H:%M")
        case Subject.WEEKDAY:
            return str(facts.local.isoweekday())
        case Subject.DATE:
            return facts.local.date().isoformat()
        case Subject.CALLER:
            return facts.caller
        case Subject.CLIENT_STATUS:
            return facts.client_status
        case Subject.ATTRIBUTE:
            return run.attributes.get(condition.of, "") if run else ""
        case _:
            own = run.variables if run else {}
            return own.get(condition.of, facts.variables.get(condition.of, ""))


def _of_queue(condition: Condition, queue: QueueFacts) -> str:
    match condition.subject:
        case Subject.QUEUE_OPEN:
            return "yes" if queue.open else "no"
        case Subject.QUEUE_WAITING:
            return str(queue.waiting)
        case Subject.QUEUE_READY:
            return str(queue.ready)
        case Subject.QUEUE_SIGNED_IN:
            return str(queue.signed_in)
        case Subject.QUEUE_LONGEST_WAIT:
            return str(queue.longest_s)
        case _:
            return "" if queue.expected_s is None else str(queue.expected_s)


def _node(flow: Flow, name: str) -> Node:
    try:
        return flow.nodes[name]
    except KeyError:
        raise BrokenFlow(f"flow {flow.id} version {flow.version} has no node {name}") from None
