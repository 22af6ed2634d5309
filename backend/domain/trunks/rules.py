"""Before a trunk is saved: every problem, each naming its field."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from phonenumbers import SUPPORTED_REGIONS

from backend.domain.routing.validation import Problem, ProblemKind, is_number, name_problems
from backend.domain.trunks.model import Passwords, Trunk

_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\Z")
_LOGIN = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/-]{1,64}\Z")
"""What a user part may hold unescaped (RFC 3261 section 25.1)."""
_BRIDGE = re.compile(r"[\w.-]{1,64}\Z")
_PREFIX = re.compile(r"\+?[0-9*#]{1,15}\Z")
LONGEST_PASSWORD = 128


def is_host(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return _HOST.match(text) is not None and not text.replace(".", "").isdigit()
    return True


def trunk_problems(trunk: Trunk, others: Iterable[Trunk], given: Passwords | None = None) -> Iterator[Problem]:
    """``others``: all trunks but this one. ``given``: new passwords."""
    given = given or Passwords()
    yield from name_problems("name", trunk.name)
    if not trunk.host:
        yield Problem("host", ProblemKind.MISSING)
    elif not is_host(trunk.host):
        yield Problem("host", ProblemKind.MALFORMED)
    if trunk.domain and not is_host(trunk.domain):
        yield Problem("domain", ProblemKind.MALFORMED)
    if trunk.region not in SUPPORTED_REGIONS:
        yield Problem("region", ProblemKind.UNKNOWN)
    for name, value, least, most in (
        ("port", trunk.port, 1, 65_535),
        ("register_expires_s", trunk.register_expires_s, 60, 86_400),
        ("priority", trunk.priority, 1, 100),
        ("calls", trunk.calls, 1, 10_000),
        ("rate", trunk.rate, 1, 1_000),
    ):
        if not least <= value <= most:
            yield Problem(name, ProblemKind.OUT_OF_RANGE)
    if trunk.ping_s != 0 and not 5 <= trunk.ping_s <= 3_600:
        yield Problem("ping_s", ProblemKind.OUT_OF_RANGE)
    for name, values, is_right in (
        ("allowed_prefixes", trunk.allowed_prefixes, _PREFIX.match),
        ("callers", trunk.callers, is_number),
        ("bridges", trunk.bridges, _BRIDGE.match),
    ):
        yield from (Problem(f"{name}.{n}", ProblemKind.MALFORMED) for n, x in enumerate(values) if not is_right(x))
    yield from _who_answers(trunk, tuple(others), given)
    yield from _networks(trunk)
    if trunk.exchange and any(other.exchange for other in others):
        yield Problem("exchange", ProblemKind.TAKEN)


def _who_answers(trunk: Trunk, others: tuple[Trunk, ...], given: Passwords) -> Iterator[Problem]:
    for login, password, known, new in (
        ("login", "password", trunk.password_set, given.password),
        ("inbound_login", "inbound_password", trunk.inbound_password_set, given.inbound_password),
    ):
        name = getattr(trunk, login)
        if name and not _LOGIN.match(name):
            yield Problem(login, ProblemKind.MALFORMED)
        if not name and new:
            yield Problem(login, ProblemKind.MISSING)
        elif name and not new and not known:
            yield Problem(password, ProblemKind.MISSING)
        if new and (len(new) > LONGEST_PASSWORD or not new.isprintable()):
            yield Problem(password, ProblemKind.MALFORMED)
    if trunk.inbound_login and any(other.inbound_login == trunk.inbound_login for other in others):
        yield Problem("inbound_login", ProblemKind.TAKEN)


def _networks(trunk: Trunk) -> Iterator[Problem]:
    """The whole internet is no network that is trusted."""
    for n, text in enumerate(trunk.networks):
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            yield Problem(f"networks.{n}", ProblemKind.MALFORMED)
            continue
        if network.prefixlen == 0 and not trunk.inbound_login:
            yield Problem(f"networks.{n}", ProblemKind.CONTRADICTS)
