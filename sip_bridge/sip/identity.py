"""Who calls: RFC 3325 (P-Asserted-Identity, trusted trunks only), else From; RFC 3323 Privacy; numbers to E.164."""

from __future__ import annotations

from dataclasses import dataclass

from sip_bridge.contract.numbers import MAX_TEXT as _MAX_TEXT
from sip_bridge.contract.numbers import SEPARATORS as _SEPARATORS
from sip_bridge.contract.numbers import Number, normalise
from sip_bridge.sip.address import NameAddr, Uri
from sip_bridge.sip.message import Request

_PRIVATE = frozenset(("id", "user", "header", "critical"))
ANONYMOUS_USERS = frozenset(("anonymous", "unavailable", "unknown", "restricted", ""))


@dataclass(frozen=True, slots=True)
class Caller:
    """The calling party as we may show it. `number` is empty and `anonymous` True when it is withheld."""

    number: str
    name: str
    anonymous: bool = False
    asserted: bool = False
    valid: bool = True


def number_of(uri: Uri, region: str = "CZ") -> Number:
    """The number in a tel or sip URI; parameters may stand in the user part (RFC 3261 section 19.1.6)."""
    user, _, tail = (uri.user or "").partition(";")
    context = uri.parameters.get("phone-context") or ""
    for piece in tail.split(";"):
        name, _, value = piece.partition("=")
        if name.lower() == "phone-context":
            context = value
    return normalise(user, region, _SEPARATORS.sub("", context))


def caller_of(request: Request, *, trusted: bool, region: str = "CZ") -> Caller:
    """The caller of an INVITE. Remote-Party-ID is a draft that never became an RFC and is not read."""
    privacy = {token.strip() for value in request.headers.tokens("privacy") for token in value.split(";")}
    asserted = _asserted(request) if trusted else None
    address = asserted or request.sender
    if privacy & _PRIVATE:
        return Caller("", "", anonymous=True, asserted=asserted is not None)
    user = (address.uri.user or "").lower()
    if user in ANONYMOUS_USERS or address.uri.host.lower() == "anonymous.invalid":
        return Caller("", "", anonymous=True, asserted=asserted is not None)
    number = number_of(address.uri, region)
    name = "".join(char for char in address.name if char.isprintable())[:_MAX_TEXT].strip()
    return Caller(number.text, name, asserted=asserted is not None, valid=number.valid)


def _asserted(request: Request) -> NameAddr | None:
    """The asserted identity; of a sip and a tel value the tel one, which is surely a number."""
    found: NameAddr | None = None
    for item in request.headers.items("p-asserted-identity"):
        try:
            address = NameAddr.parse(item)
        except ValueError:
            continue
        if address.uri.scheme == "tel":
            return NameAddr(address.uri, address.name or (found.name if found else ""))
        if found is None and address.uri.scheme in ("sip", "sips"):
            found = address
    return found
