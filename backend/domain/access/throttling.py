"""How wrong attempts to sign in slow down further ones, without giving anybody the means to lock others out.

Failures are counted for three keys, never for a log-in alone: whoever fails at somebody's account from one place slows down
that place. A browser that has signed in as this account before is *known*: it has a counter of its own, and what strangers
do elsewhere does not touch it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec


class Limit(msgspec.Struct, frozen=True):
    """``free`` failures cost nothing; each one after them doubles the wait, from ``first`` to ``longest``. All are forgotten
    when nothing has failed for ``forgotten``."""

    free: int
    first: timedelta
    longest: timedelta
    forgotten: timedelta


class Counted(StrEnum):
    """What failures are counted for."""

    PAIR = "pair"
    """A log-in from an address."""
    ADDRESS = "address"
    """An address, whatever log-ins are tried from it."""
    INSIDE = "inside"
    """An address in a trusted network, where many people may share one."""
    KNOWN = "known"
    """A log-in in a browser that knows it."""
    CODE = "code"
    """Second factors of an account. Who tries them has proved the first one, so no stranger can lock anybody out by it."""


MINUTE = timedelta(minutes=1)
LIMITS = {
    Counted.PAIR: Limit(5, timedelta(seconds=2), 15 * MINUTE, 60 * MINUTE),
    Counted.ADDRESS: Limit(20, timedelta(seconds=2), 15 * MINUTE, 60 * MINUTE),
    Counted.INSIDE: Limit(200, timedelta(seconds=1), 5 * MINUTE, 15 * MINUTE),
    Counted.CODE: Limit(5, timedelta(seconds=5), 15 * MINUTE, 60 * MINUTE),
    Counted.KNOWN: Limit(8, timedelta(seconds=2), 5 * MINUTE, 60 * MINUTE),
}


OWN = frozenset({Counted.PAIR, Counted.KNOWN, Counted.CODE})
"""Begin anew with a success. Of an address only the one attempt is taken back: others may have failed there."""


class Key(msgspec.Struct, frozen=True):
    counted: Counted
    text: str


class Counter(msgspec.Struct, frozen=True):
    failures: int
    failed_at: datetime


def delay(limit: Limit, failures: int) -> timedelta:
    """How long after the last of so many failures the next attempt is looked at."""
    over = failures - limit.free
    if over < 0:
        return timedelta()
    return min(limit.longest, limit.first * 2 ** min(over, 20))


def wait(counted: Counted, counter: Counter | None, now: datetime) -> timedelta:
    """How long an attempt must still wait. Zero: it may be looked at."""
    if counter is None or now - counter.failed_at > LIMITS[counted].forgotten:
        return timedelta()
    pause = delay(LIMITS[counted], counter.failures)
    # Of two attempts at once the later one may be written first: without a pause there is nothing to wait for.
    return max(timedelta(), counter.failed_at + pause - now) if pause else pause


def failed(counted: Counted, counter: Counter | None, now: datetime) -> Counter:
    known = counter if counter is not None and now - counter.failed_at <= LIMITS[counted].forgotten else None
    return Counter((known.failures if known else 0) + 1, now)


def keys(login: str, address: str, *, inside: bool, device: str | None) -> list[Key]:
    """What an attempt counts for. ``device``: the browser, if it has signed in as this account before."""
    if device is not None:
        return [Key(Counted.KNOWN, f"{login} {device}")]
    whole = Key(Counted.INSIDE if inside else Counted.ADDRESS, address)
    return [Key(Counted.PAIR, f"{login} {address}"), whole]
