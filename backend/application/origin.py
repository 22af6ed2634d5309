"""Who or what set off what is being done now: a person's request, a timer, a bridge, the program itself.

Set once where work comes in, and read where a row of the log is written: everything between stays free of it. A context
variable follows the work into the tasks that it starts.
"""

import asyncio
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

from backend.domain.audit.trail import Entry

USER = "user"
PROCESS = f"{socket.gethostname()}:{os.getpid()}"


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """``source``: ``user``, ``timer``, ``router``, ``bridge:<name>``, ``process``, ``command line``. ``request`` is what all rows of one request share;
    ``session`` names a session without opening it."""

    source: str
    process: str = PROCESS
    session: str | None = None
    address: str | None = None
    request: str | None = None
    action: str | None = None

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()


_PROCESS = Origin("process")
_current: ContextVar[Origin] = ContextVar("origin", default=_PROCESS)


def current() -> Origin:
    return _current.get()


def begin(origin: Origin) -> None:
    """From now on, in this task and those that it starts."""
    _current.set(origin)


@contextmanager
def originating(origin: Origin) -> Iterator[None]:
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def request_of(session: str | None, address: str | None, action: str | None = None) -> Origin:
    """Of a person's request, with a number of its own."""
    return Origin(USER, session=session, address=address, request=uuid.uuid4().hex[:16], action=action)


class Asked:
    """A command that somebody asked for. Its entry of the audit goes with the first transaction in which the command changes
    something, so that neither is there without the other; ``written`` says whether that has happened."""

    def __init__(self, entry: Callable[[], Entry]) -> None:
        self.entry = entry
        self.written = False
        self.apart = False
        """The database took the entry in no form: it is left to who writes entries by themselves."""
        self.task = asyncio.current_task()


_asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def asked() -> Asked | None:
    """What still has no entry, for the task that was asked: not for others that it started."""
    found = _asked.get()
    if found is None or found.written or found.apart or found.task is not asyncio.current_task():
        return None
    return found


@contextmanager
def asking(entry: Callable[[], Entry]) -> Iterator[Asked]:
    """``entry`` of a command that was done."""
    made = Asked(entry)
    token = _asked.set(made)
    try:
        yield made
    finally:
        _asked.reset(token)
        made.task = None
