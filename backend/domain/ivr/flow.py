"""A flow as data: versioned, published whole, never changed once a caller has walked through it.

Nodes that say something have a ``text`` and may have a ``prompt``, the key of recorded audio that is played in its place.
Texts may hold values of the caller: ``{name}``, or ``{name|kind}`` to be said as a Czech says it (``domain.voice.czech``).
Every destination of the routing is a node too: there the flow is done with the caller.
"""

from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import FlowId
from backend.domain.routing.destination import Destination


class Speak(msgspec.Struct, frozen=True, kw_only=True, tag="speak"):
    """Say a text, or play what was recorded. ``interruptible``: a key stops it and is kept for the menu that follows."""

    text: str
    next: str
    prompt: str | None = None
    interruptible: bool = True


class Menu(msgspec.Struct, frozen=True, kw_only=True, tag="menu"):
    """Say a text, wait for one key. After ``attempts`` wrong keys or silences go to ``otherwise``."""

    text: str
    choices: dict[str, str]
    otherwise: str
    prompt: str | None = None
    timeout_s: float = 5.0
    attempts: int = 3
    invalid_text: str | None = None


class Check(StrEnum):
    """What digits must be beside being as many as asked."""

    NONE = "none"
    INSURED_NUMBER = "insured_number"
    """Číslo pojištěnce: a birth number with its check digit, or nine digits of before 1954."""
    COMPANY_NUMBER = "company_number"
    """IČO: eight digits, the last one checks the others."""


class Collect(msgspec.Struct, frozen=True, kw_only=True, tag="collect"):
    """Ask for digits; ``#`` or ``most`` of them end the entry, and so does a silence after the first."""

    text: str
    variable: str
    next: str
    otherwise: str
    prompt: str | None = None
    least: int = 1
    most: int = 20
    check: Check = Check.NONE
    timeout_s: float = 5.0
    attempts: int = 3
    invalid_text: str | None = None


class Survey(msgspec.Struct, frozen=True, kw_only=True, tag="survey"):
    """One question answered by a key from ``lowest`` to ``highest``; 10 of a ten-point scale is ``*``. NPS: 0 to 10."""

    text: str
    question: str
    """The name under which answers are counted, the same for ever: ``nps``."""
    next: str
    otherwise: str
    prompt: str | None = None
    lowest: int = 0
    highest: int = 9
    timeout_s: float = 6.0
    attempts: int = 2


class Subject(StrEnum):
    """What a condition may ask about; ``of`` names the variable or the queue."""

    HOUR = "hour"
    """Local hour and minute, as ``HH:MM``."""
    WEEKDAY = "weekday"
    """``1`` Monday … ``7`` Sunday."""
    DATE = "date"
    CALLER = "caller"
    """E.164, empty when withheld."""
    CLIENT_STATUS = "client_status"
    """Empty when the number belongs to no client, ``ambiguous`` to several with different statuses."""
    VARIABLE = "variable"
    ATTRIBUTE = "attribute"
    QUEUE_OPEN = "queue_open"
    """``yes`` within the queue's working time, otherwise ``no``."""
    QUEUE_WAITING = "queue_waiting"
    QUEUE_READY = "queue_ready"
    QUEUE_SIGNED_IN = "queue_signed_in"
    QUEUE_LONGEST_WAIT = "queue_longest_wait"
    """Seconds."""
    QUEUE_EXPECTED_WAIT = "queue_expected_wait"
    """Seconds, for the next who comes; empty where it cannot be told."""


OF_QUEUE = frozenset(s for s in Subject if s.value.startswith("queue_"))


class Comparison(StrEnum):
    EQUALS = "equals"
    ONE_OF = "one_of"
    BETWEEN = "between"
    """From the first value (included) to the second (excluded)."""
    STARTS_WITH = "starts_with"
    AT_LEAST = "at_least"
    """As numbers; what is no number is less than any."""
    LESS_THAN = "less_than"


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag="condition"):
    subject: Subject
    comparison: Comparison
    values: tuple[str, ...]
    then: str
    otherwise: str
    of: str = ""


class SetAttribute(msgspec.Struct, frozen=True, kw_only=True, tag="set"):
    """Note something about the contact (campaign, problem): it reaches the agent's screen, routing and reports."""

    name: str
    value: str
    next: str


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag="notice"):
    """Say the announcement of a general problem while it is switched on; otherwise walk on in silence."""

    notice: int
    next: str


class SubFlow(msgspec.Struct, frozen=True, kw_only=True, tag="sub_flow"):
    """Walk another flow; where it returns, go on here. The version published when the caller comes is walked."""

    flow: FlowId
    next: str


class Return(msgspec.Struct, frozen=True, kw_only=True, tag="return"):
    """Back to the flow that called this one; at the end of a flow that nobody called the caller is let go."""


class LookUp(msgspec.Struct, frozen=True, kw_only=True, tag="look_up"):
    """Ask a service over HTTP (an address of the allowed ones): a JSON object in, the caller's variables and number; a
    JSON object out, whose ``takes`` become variables. ``text`` is said meanwhile."""

    url: str
    takes: tuple[str, ...]
    next: str
    failed: str
    text: str = ""
    timeout_s: float = 3.0


Node = Speak | Menu | Collect | Survey | Condition | SetAttribute | Notice | SubFlow | Return | LookUp | Destination


class Place(msgspec.Struct, frozen=True):
    """Where the editor draws a node, and what people call it."""

    x: float = 0.0
    y: float = 0.0
    title: str = ""


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    id: FlowId
    version: int
    name: str
    start: str
    nodes: dict[str, Node]
    places: dict[str, Place] = {}

    def title(self, node: str) -> str:
        place = self.places.get(node)
        return place.title if place and place.title else node


class Frame(msgspec.Struct, frozen=True):
    """Where to go on when a sub-flow returns."""

    flow: FlowId
    version: int
    next: str


class FlowRun(msgspec.Struct, frozen=True, kw_only=True):
    """Where a caller stands in a flow: what is being said (``step`` counts what was said, so that a late report about
    an earlier prompt is told apart) and what is awaited."""

    flow: FlowId
    version: int
    node: str
    step: int = 0
    attempt: int = 1
    saying: str | None = None
    prompt: str | None = None
    """Key of recorded audio played instead of ``saying``."""
    awaiting_key: bool = False
    listening: bool = False
    """The prompt has ended, or a first digit has come, and the time-out runs."""
    digits: str = ""
    looking_up: bool = False
    finished: bool = False
    variables: dict[str, str] = {}
    attributes: dict[str, str] = {}
    answers: dict[str, int] = {}
    """Of surveys, by question."""
    stack: tuple[Frame, ...] = ()


def usual_words(flow: Flow) -> list[str]:
    """Texts that every caller hears alike: those without values."""
    found: list[str] = []
    for node in flow.nodes.values():
        text, invalid = getattr(node, "text", None), getattr(node, "invalid_text", None)
        if text and getattr(node, "prompt", None) is None:
            found.append(text)
        if text and invalid:
            found.append(f"{invalid} {text}")
    return [text for text in found if "{" not in text]
