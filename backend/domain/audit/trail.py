"""One line of the audit, and what it may be asked for."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from backend.domain.kernel.ids import UserId


class Kind(StrEnum):
    EVENT = "event"
    """Something became so: a row of the log of contacts, agents and settings."""
    COMMAND = "command"
    """Somebody asked for something to be done."""
    VIEW = "view"
    """Personal data were shown, heard, taken away, or asked for."""
    SYSTEM = "system"
    """A process started or stopped, a bridge came or went."""


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    """An error of ours, or of something that we need."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is written. ``subject`` as ``recording:<id>``; ``found``: which records were shown, and how many."""

    kind: Kind
    action: str
    at: datetime
    source: str
    actor: UserId | None = None
    session: str | None = None
    address: str | None = None
    request: str | None = None
    subject: str | None = None
    parameters: dict[str, Any] = {}
    outcome: Outcome = Outcome.DONE
    reason: str | None = None
    found: dict[str, Any] | None = None


class Line(Entry, frozen=True, kw_only=True):
    """What is read: an entry, or an event in the same shape. ``id`` is negative for entries (``chain.RowId``)."""

    id: int
    sealed: bool = False


CLIENT_LISTS = ("searchClients", "clientsByNumber", "clientsByEmail")
"""Views whose ``found`` are numbers of clients."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A search. Empty fields ask nothing. Times: ``since`` included, ``until`` not.

    ``subject``: whole as ``client:5`` (then also lists in which that client was shown), or a part of one without a colon.
    ``actions``: any of these; ``action``: a part of its name.
    """

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[Kind, ...] = ()
    actor: UserId | None = None
    subject: str | None = None
    action: str | None = None
    actions: tuple[str, ...] = ()
    outcome: Outcome | None = None
    address: str | None = None
    request: str | None = None
    words: str | None = None
