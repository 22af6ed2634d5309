"""Who calls: RFC 3325 (P-Asserted-Identity, trusted trunks only), else From; RFC 3323 Privacy; numbers to E.164."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from sip_bridge.sip.address import NameAddr, Uri
from sip_bridge.sip.message import Request

_SEPARATORS = re.compile(r"[\s().\-/]")
_DIALABLE = re.compile(r"\+?[0-9]+\Z")
_EXTENSION = re.compile(r"[0-9*#]{1,6}\Z")
_PRIVATE = frozenset(("id", "user", "header", "critical"))
ANONYMOUS_USERS = frozenset(("anonymous", "unavailable", "unknown", "restricted", ""))
_MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class Number:
    """A normalised number. `valid` is False when `text` is what the peer wrote, kept as it came."""

    text: str
    valid: bool
    extension: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """The calling party as we may show it. `number` is empty and `anonymous` True when it is withheld."""

    number: str
    name: str
    anonymous: bool = False
    asserted: bool = False
    valid: bool = True


@lru_cache(maxsize=4096)
def normalise(text: str, region: str = "CZ", context: str = "") -> Number:
    """A dialled or calling number as E.164.

    National numbers take `region`; `00` is the international prefix; one to six digits are an internal extension and stay;
    a `+` phone-context (RFC 3966 section 5.1.5) is put before a local number. What is no number stays as text, not valid.
    Idempotent: the result normalises to itself.
    """
    text = "".join(char for char in text if char.isprintable())
    compact = _SEPARATORS.sub("", text.strip())
    if context.startswith("+") and not compact.startswith("+") and _DIALABLE.match(compact):
        compact = context + compact
    if _EXTENSION.match(compact) and compact.isascii():
        return Number(compact, True, extension=True)
    if compact.isascii() and _DIALABLE.match(compact):
        if compact.startswith("00"):
            compact = "+" + compact[2:]
        try:
            parsed = phonenumbers.parse(compact, region)
        except phonenumbers.NumberParseException:
            parsed = None
        if parsed is not None and phonenumbers.is_possible_number(parsed):
            return Number(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), True)
    return Number(text.strip()[:_MAX_TEXT].strip(), False)


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
