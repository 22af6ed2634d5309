"""The IVR interpreter: ``step(flow, run, input, facts) -> Step``. Pure: what to say and await stands in the run.

The caller of ``step`` keeps the run, plays ``run.saying`` under the number ``run.step``, and comes back with what
happened: the prompt ended, a key, a silence of ``timeout`` seconds after the prompt.
"""

from datetime import datetime

import msgspec

from backend.domain.ivr.flow import Comparison, Condition, Flow, FlowRun, Menu, Speak, Subject
from backend.domain.routing.destination import Destination, HangUp

LONGEST_SILENT_WALK = 50
"""Nodes passed without saying anything before the flow is declared broken (a published flow has no such cycle)."""


class BrokenFlow(Exception):
    """The flow names a node that is not there, or walks in a circle in silence. Validation would have told."""


class Started(msgspec.Struct, frozen=True, tag=True):
    pass


class KeyPressed(msgspec.Struct, frozen=True, tag=True):
    key: str


class PromptFinished(msgspec.Struct, frozen=True, tag=True):
    step: int


class SilenceElapsed(msgspec.Struct, frozen=True, tag=True):
    step: int


Input = Started | KeyPressed | PromptFinished | SilenceElapsed


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What conditions and texts may ask about. ``local`` is the time in the contact centre's zone."""

    local: datetime
    caller: str = ""
    client_status: str = ""
    variables: dict[str, str] = msgspec.field(default_factory=dict)

    def value(self, subject: Subject) -> str:
        match subject:
            case Subject.HOUR:
                return self.local.strftime("%H:%M")
            case Subject.WEEKDAY:
                return str(self.local.isoweekday())
            case Subject.DATE:
                return self.local.date().isoformat()
            case Subject.CALLER:
                return self.caller
            case Subject.CLIENT_STATUS:
                return self.client_status


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """``run`` after the input; ``path`` the nodes entered; ``exit`` set when the flow is done with the caller."""

    run: FlowRun
    path: tuple[str, ...] = ()
    exit: Destination | None = None


def step(flow: Flow, run: FlowRun | None, given: Input, facts: Facts) -> Step | None:
    """None when the input has no meaning any more (a late report, a key where none is awaited)."""
    if isinstance(given, Started):
        if run is not None:
            return None
        first = FlowRun(flow=flow.id, version=flow.version, node=flow.start)
        return _enter(flow, first, flow.start, facts, None)
    if run is None or run.finished:
        return None
    node = _node(flow, run.node)
    match given, node:
        case KeyPressed(key), Menu():
            return _answer(flow, run, node, key, facts)
        case KeyPressed(key), Speak(interruptible=True):
            return _enter(flow, run, node.next, facts, key)
        case PromptFinished(number), _ if number == run.step and run.saying is not None and not run.listening:
            match node:
                case Speak():
                    return _enter(flow, run, node.next, facts, None)
                case Menu():
                    return Step(run=msgspec.structs.replace(run, listening=True))
                case HangUp():
                    return Step(run=msgspec.structs.replace(run, finished=True, saying=None), exit=node)
        case SilenceElapsed(number), Menu() if number == run.step and run.listening:
            return _answer(flow, run, node, None, facts)
    return None


def _answer(flow: Flow, run: FlowRun, menu: Menu, key: str | None, facts: Facts) -> Step:
    target = menu.choices.get(key) if key is not None else None
    if target is not None:
        return _enter(flow, run, target, facts, None)
    if run.attempt >= menu.attempts:
        return _enter(flow, run, menu.otherwise, facts, None)
    text = menu.text if key is None or menu.invalid_text is None else f"{menu.invalid_text} {menu.text}"
    again = msgspec.structs.replace(
        run, step=run.step + 1, attempt=run.attempt + 1, saying=fill(text, facts), awaiting_key=True, listening=False
    )
    return Step(run=again)


def _enter(flow: Flow, run: FlowRun, name: str, facts: Facts, key: str | None) -> Step:
    path: list[str] = []
    while True:
        path.append(name)
        if len(path) > LONGEST_SILENT_WALK:
            raise BrokenFlow(f"flow {flow.id} version {flow.version} walks in a circle at {name}")
        node = _node(flow, name)
        here = msgspec.structs.replace(
            run, node=name, step=run.step + 1, attempt=1, saying=None, awaiting_key=False, listening=False
        )
        match node:
            case Condition():
                name = node.then if holds(node, facts) else node.otherwise
                continue
            case Speak():
                here = msgspec.structs.replace(here, saying=fill(node.text, facts), awaiting_key=node.interruptible)
                return Step(run=here, path=tuple(path))
            case Menu():
                if key is not None and key in node.choices:
                    name, key = node.choices[key], None
                    continue
                here = msgspec.structs.replace(here, saying=fill(node.text, facts), awaiting_key=True)
                return Step(run=here, path=tuple(path))
            case HangUp() if node.text:
                here = msgspec.structs.replace(here, saying=fill(node.text, facts))
                return Step(run=here, path=tuple(path))
            case _:
                return Step(run=msgspec.structs.replace(here, finished=True), path=tuple(path), exit=node)


def holds(condition: Condition, facts: Facts) -> bool:
    value = facts.value(condition.subject)
    match condition.comparison:
        case Comparison.EQUALS:
            return value == condition.values[0]
        case Comparison.ONE_OF:
            return value in condition.values
        case Comparison.BETWEEN:
            return condition.values[0] <= value < condition.values[1]
        case Comparison.STARTS_WITH:
            return any(value.startswith(prefix) for prefix in condition.values)


def fill(text: str, facts: Facts) -> str:
    """Replace ``{name}`` by the caller's variable; an unknown name is left out rather than read aloud."""
    for name, value in facts.variables.items():
        text = text.replace("{" + name + "}", value)
    while (start := text.find("{")) >= 0 and (end := text.find("}", start)) >= 0:
        text = text[:start] + text[end + 1 :]
    return " ".join(text.split())


def _node(flow: Flow, name: str):
    try:
        return flow.nodes[name]
    except KeyError:
        raise BrokenFlow(f"flow {flow.id} version {flow.version} has no node {name}") from None
