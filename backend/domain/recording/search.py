"""How recordings and calls are searched and sorted: the fields of REC-07 … REC-18 under one name each."""

from datetime import datetime
from enum import StrEnum

import msgspec


class CallType(StrEnum):
    """REC-11. Every call is of exactly one type."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    LOST = "lost"
    """Inbound, and nobody talked with the caller."""
    NOT_REACHED = "not_reached"
    """Outbound, and nobody talked with the called."""


class SortBy(StrEnum):
    STARTED = "started"
    """Date, then time."""
    TIME_OF_DAY = "time_of_day"
    AGENT = "agent"
    NUMBER = "number"
    LENGTH = "length"
    WAIT = "wait"
    CATEGORY = "category"
    QUEUE = "queue"
    NOTE = "note"


class Criteria(msgspec.Struct, frozen=True, kw_only=True):
    """What is None does not narrow. Times are instants, lengths seconds; ``number`` and ``words`` match in part."""

    since: datetime | None = None
    until: datetime | None = None
    agents: tuple[int, ...] = ()
    queues: tuple[int, ...] = ()
    categories: tuple[int, ...] = ()
    types: tuple[CallType, ...] = ()
    number: str | None = None
    client: int | None = None
    words: str | None = None
    """All of them in one version of the note, in any form (číslo, čísla), without regard to case and diacritics."""
    length_from: float | None = None
    length_to: float | None = None
    wait_from: float | None = None
    wait_to: float | None = None
    recorded: bool | None = None
    held: bool | None = None
