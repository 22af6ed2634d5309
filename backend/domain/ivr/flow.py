"""A flow as data: versioned, published whole, never changed once a caller has walked through it."""

from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import FlowId
from backend.domain.routing.destination import Destination


class Speak(msgspec.Struct, frozen=True, kw_only=True, tag="speak"):
    """Say a text. ``{name}`` is filled in from the caller's variables. ``interruptible``: a key stops it and is kept."""

    text: str
    next: str
    interruptible: bool = True


class Menu(msgspec.Struct, frozen=True, kw_only=True, tag="menu"):
    """Say a text, wait for one key. After ``attempts`` wrong keys or silences go to ``otherwise``."""

    text: str
    choices: dict[str, str]
    otherwise: str
    timeout_s: float = 5.0
    attempts: int = 3
    invalid_text: str | None = None


class Subject(StrEnum):
    """What a condition may ask about."""

    HOUR = "hour"
    """Local hour and minute, as ``HH:MM``."""
    WEEKDAY = "weekday"
    """``1`` Monday … ``7`` Sunday."""
    DATE = "date"
    CALLER = "caller"
    """E.164, empty when withheld."""
    CLIENT_STATUS = "client_status"
    """Empty when the number belongs to no client, ``ambiguous`` to several with different statuses."""


class Comparison(StrEnum):
    EQUALS = "equals"
    ONE_OF = "one_of"
    BETWEEN = "between"
    """From the first value (included) to the second (excluded)."""
    STARTS_WITH = "starts_with"


class Condition(msgspec.Struct, frozen=True, kw_only=True, tag="condition"):
    subject: Subject
    comparison: Comparison
    values: tuple[str, ...]
    then: str
    otherwise: str


Node = Speak | Menu | Condition | Destination


class Flow(msgspec.Struct, frozen=True, kw_only=True):
    id: FlowId
    version: int
    name: str
    start: str
    nodes: dict[str, Node]


class FlowRun(msgspec.Struct, frozen=True, kw_only=True):
    """Where a caller stands in a flow: what is being said (``step`` counts what was said, so that a late report about
    an earlier prompt is told apart) and what is awaited."""

    flow: FlowId
    version: int
    node: str
    step: int = 0
    attempt: int = 1
    saying: str | None = None
    awaiting_key: bool = False
    listening: bool = False
    """The prompt has ended and the time-out runs."""
    finished: bool = False
