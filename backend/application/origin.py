"""Who or what set off what is being done now: a person's request, a timer, a bridge, the program itself.

Set once where work comes in, and read where a row of the log is written: everything between stays free of it. A context
variable follows the work into the tasks that it starts.
"""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

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
    return Origin("user", session=session, address=address, request=uuid.uuid4().hex[:16], action=action)
