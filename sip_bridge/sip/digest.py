"""Digest authentication, both sides (RFC 7616, RFC 8760): MD5 and SHA-256, qop=auth.

The server keeps each nonce for a while, accepts every nonce count once, and answers an unknown user with the same work
and the same response as a wrong password.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from sip_bridge.sip.address import quote_string, split_outside_quotes, unquote_string
from sip_bridge.sip.entropy import Entropy

_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
}
_NC = re.compile(r"[0-9a-fA-F]{8}\Z")
_BARE = frozenset(("algorithm", "nc", "stale"))


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and password that we present."""

    user: str
    password: str = field(repr=False)


def parse_digest(value: str) -> dict[str, str] | None:
    """The parameters of a Digest challenge or credentials, None for another scheme or a malformed value."""
    scheme, _, rest = value.strip().partition(" ")
    if scheme.lower() != "digest":
        return None
    parameters: dict[str, str] = {}
    for piece in split_outside_quotes(rest, ","):
        name, equals, text = piece.partition("=")
        name = name.strip().lower()
        if not equals or not name or name in parameters:
            return None
        parameters[name] = unquote_string(text.strip())
    return parameters


def format_digest(parameters: dict[str, str], *, bare_qop: bool = False) -> str:
    """`Digest a="b", …`; `qop` is bare in credentials and quoted in a challenge."""
    parts = []
    for name, value in parameters.items():
        bare = name in _BARE or (bare_qop and name == "qop")
        parts.append(f"{name}={value}" if bare else f"{name}={quote_string(value)}")
    return "Digest " + ", ".join(parts)


def _response(algorithm: str, ha1: str, method: str, p: dict[str, str]) -> str:
    digest = _ALGORITHMS[algorithm]
    ha2 = digest(f"{method}:{p['uri']}".encode())
    if p.get("qop"):
        text = f"{ha1}:{p['nonce']}:{p['nc']}:{p['cnonce']}:{p['qop']}:{ha2}"
    else:
        text = f"{ha1}:{p['nonce']}:{ha2}"
    return digest(text.encode())


def hash_a1(algorithm: str, user: str, realm: str, password: str) -> str:
    """H(user:realm:password), which may be stored instead of the password."""
    return _ALGORITHMS[algorithm](f"{user}:{realm}:{password}".encode())


def choose_challenge(values: Iterable[str]) -> dict[str, str] | None:
    """The strongest challenge we can answer (RFC 8760 section 2.3: the first we support, SHA-256 before MD5)."""
    usable = []
    for value in values:
        parameters = parse_digest(value)
        if parameters is None or not {"realm", "nonce"} <= parameters.keys():
            continue
        algorithm = parameters.get("algorithm", "MD5").upper()
        qops = [qop.strip().lower() for qop in parameters.get("qop", "").split(",") if qop.strip()]
        if algorithm in _ALGORITHMS and (not qops or "auth" in qops):
            usable.append(parameters)
    usable.sort(key=lambda p: p.get("algorithm", "MD5").upper() != "SHA-256")
    return usable[0] if usable else None


def answer_challenge(challenge: dict[str, str], credentials: Credentials, method: str, uri: str, cnonce: str) -> str:
    """The Authorization or Proxy-Authorization value. Each nonce is used for one request, so `nc` is always 1."""
    algorithm = challenge.get("algorithm", "MD5").upper()
    ha1 = hash_a1(algorithm, credentials.user, challenge["realm"], credentials.password)
    p = {"username": credentials.user, "realm": challenge["realm"], "nonce": challenge["nonce"], "uri": uri}
    if challenge.get("qop"):
        p |= {"qop": "auth", "nc": "00000001", "cnonce": cnonce}
    p["response"] = _response(algorithm, ha1, method, p)
    for name in ("opaque", "algorithm"):
        if name in challenge:
            p[name] = challenge[name]
    return format_digest(p, bare_qop=True)


class Verdict(Enum):
    """What the server thinks of a request's credentials."""

    ACCEPTED = "accepted"
    ABSENT = "absent"
    WRONG = "wrong"
    STALE = "stale"
    REPLAYED = "replayed"


@dataclass(slots=True)
class _Nonce:
    issued_at: float
    counts: set[int] = field(default_factory=set)


class DigestServer:
    """Challenges and checks. `password_of` gives None for an unknown user."""

    LIFETIME = 60.0  # seconds a nonce is good for
    CAPACITY = 10_000  # nonces remembered, oldest forgotten first
    COUNTS = 1_024  # uses of one nonce

    def __init__(self, realm: str, password_of: Callable[[str], str | None], entropy: Entropy) -> None:
        self._realm = realm
        self._password_of = password_of
        self._entropy = entropy
        self._decoy = entropy.token()
        self._nonces: OrderedDict[str, _Nonce] = OrderedDict()

    def challenges(self, now: float, *, stale: bool = False) -> list[str]:
        """WWW-Authenticate values in order of preference."""
        nonce = self._entropy.token() + self._entropy.token()
        self._nonces[nonce] = _Nonce(now)
        while len(self._nonces) > self.CAPACITY:
            self._nonces.popitem(last=False)
        values = []
        for algorithm in _ALGORITHMS:
            p = {"realm": self._realm, "nonce": nonce, "algorithm": algorithm, "qop": "auth"}
            if stale:
                p["stale"] = "true"
            values.append(format_digest(p))
        return values

    def check(self, values: Iterable[str], method: str, uri: str, now: float) -> tuple[Verdict, str]:
        """The verdict and, when accepted, the user. Expired nonces are forgotten as a side effect."""
        self._forget_old(now)
        for value in values:
            p = parse_digest(value)
            if p is not None and p.get("realm") == self._realm:
                return self._check_one(p, method, uri, now)
        return Verdict.ABSENT, ""

    def _check_one(self, p: dict[str, str], method: str, uri: str, now: float) -> tuple[Verdict, str]:
        algorithm = p.get("algorithm", "MD5").upper()
        needed = {"username", "nonce", "uri", "response", "nc", "cnonce"}
        if algorithm not in _ALGORITHMS or not needed <= p.keys() or p.get("qop") != "auth" or not _NC.match(p["nc"]):
            return Verdict.WRONG, ""
        user = p["username"]
        password = self._password_of(user)
        known = password is not None
        # An unknown user costs the same hashing, against a secret nobody has.
        ha1 = hash_a1(algorithm, user, self._realm, password if password is not None else self._decoy)
        expected = _response(algorithm, ha1, method, p)
        right = hmac.compare_digest(expected.encode(), p["response"].lower().encode())
        if not (right and known) or p["uri"] != uri:
            return Verdict.WRONG, ""
        nonce = self._nonces.get(p["nonce"])
        if nonce is None:
            return Verdict.STALE, ""
        count = int(p["nc"], 16)
        if count in nonce.counts or count == 0:
            return Verdict.REPLAYED, ""
        if len(nonce.counts) >= self.COUNTS:
            return Verdict.STALE, ""
        nonce.counts.add(count)
        return Verdict.ACCEPTED, user

    def _forget_old(self, now: float) -> None:
        while self._nonces:
            nonce = next(iter(self._nonces.values()))
            if nonce.issued_at + self.LIFETIME > now:
                return
            self._nonces.popitem(last=False)
