"""Telephone numbers as E.164: the one normaliser of both sides of the contract."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

SEPARATORS = re.compile(r"[\s().\-/]")
_DIALABLE = re.compile(r"\+?[0-9]+\Z")
_EXTENSION = re.compile(r"[0-9*#]{1,6}\Z")
MAX_TEXT = 64


@dataclass(frozen=True, slots=True)
class Number:
    """A normalised number. `valid` is False when `text` is what the peer wrote, kept as it came."""

    text: str
    valid: bool
    extension: bool = False


@lru_cache(maxsize=4096)
def normalise(text: str, region: str = "CZ", context: str = "") -> Number:
    """A dialled or calling number as E.164.

    National numbers take `region`; `00` is the international prefix; one to six digits are an internal extension and stay;
    a `+` phone-context (RFC 3966 section 5.1.5) is put before a local number. What is no number stays as text, not valid.
    Idempotent: the result normalises to itself.
    """
    text = "".join(char for char in text if char.isprintable())
    compact = SEPARATORS.sub("", text.strip())
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
    return Number(text.strip()[:MAX_TEXT].strip(), False)
