"""The state of a line out of dialog-info documents (RFC 4235): full and partial, in order of their versions.

The document comes from outside: no DTD, no entities, nothing external, bounded in size and in dialogs. A document that
cannot be read leaves the line unknown until a full state has come.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

import defusedxml.ElementTree as ElementTree
from defusedxml.common import DefusedXmlException

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CONTENT_TYPE = "application/dialog-info+xml"
LARGEST_DOCUMENT = 32_768  # bytes
MOST_DIALOGS = 64
_NAMESPACE = "{urn:ietf:params:xml:ns:dialog-info}"
_STATES = frozenset(("trying", "proceeding", "early", "confirmed", "terminated"))


class LineState(StrEnum):
    """What a person wants to know of a line before calling it."""

    UNKNOWN = "unknown"  # no subscription, or nothing readable came of it
    FREE = "free"
    RINGING = "ringing"  # somebody calls it
    CALLING = "calling"  # it calls somebody who has not answered
    BUSY = "busy"
    HELD = "held"  # every call it has is on hold


class Verdict(StrEnum):
    """What became of a document."""

    APPLIED = "applied"
    STALE = "stale"  # older than what is known: ignored
    GAP = "gap"  # applied, but one before it is missing: ask for a full state
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"


@dataclass(frozen=True, slots=True)
class DialogNow:
    """One call of the line. `recipient` None: the document does not say who called."""

    state: str
    recipient: bool | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    version: int
    full: bool
    dialogs: tuple[tuple[str, DialogNow], ...]


class BadDocument(Exception):
    """The body is no dialog-info document, or one that may not be read."""


def parse(body: bytes) -> Document:
    """Raises BadDocument."""
    if len(body) > LARGEST_DOCUMENT:
        raise BadDocument(Verdict.TOO_LARGE)
    try:
        root = ElementTree.fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise BadDocument(Verdict.UNREADABLE) from error
    version = root.get("version", "").strip()
    state = root.get("state", "").strip()
    if root.tag != f"{_NAMESPACE}dialog-info" or not _is_number(version) or state not in ("full", "partial"):
        raise BadDocument(Verdict.UNREADABLE)
    found = root.findall(f"{_NAMESPACE}dialog")
    if len(found) > MOST_DIALOGS:
        raise BadDocument(Verdict.TOO_LARGE)
    return Document(int(version), state == "full", tuple(_dialog(element) for element in found))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


def _dialog(element: Element) -> tuple[str, DialogNow]:
    name = element.get("id", "")
    state = (element.findtext(f"{_NAMESPACE}state") or "").strip().lower()
    if not name or state not in _STATES:
        raise BadDocument(Verdict.UNREADABLE)
    direction = element.get("direction", "").strip().lower()
    recipient = {"recipient": True, "initiator": False}.get(direction)
    return name[:256], DialogNow(state, recipient, _held(element))


def _held(element: Element) -> bool:
    """RFC 4235 section 4.1.6.2: the line's own side does not render media."""
    for parameter in element.iterfind(f"{_NAMESPACE}local/{_NAMESPACE}target/{_NAMESPACE}param"):
        if parameter.get("pname", "").lower() in ("+sip.rendering", "sip.rendering"):
            return parameter.get("pval", "").strip().lower() == "no"
    return False


@dataclass(slots=True)
class Line:
    """The calls of one line as told by one subscription. A new subscription begins with a new `Line`."""

    version: int | None = None
    known: bool = False
    dialogs: dict[str, DialogNow] = field(default_factory=dict)

    def apply(self, body: bytes) -> Verdict:
        """Take a document in. Never raises on what the peer wrote.

        A full state is taken whatever its version: the order of NOTIFYs is kept by CSeq, and exchanges that count anew
        after a refresh exist.
        """
        try:
            document = parse(body)
        except BadDocument as bad:
            self.known = False
            return bad.args[0]
        if document.full:
            self.dialogs = {name: dialog for name, dialog in document.dialogs if dialog.state != "terminated"}
            self.version, self.known = document.version, True
            return Verdict.APPLIED
        if self.version is not None and document.version <= self.version:
            return Verdict.STALE
        gap = self.version is None or document.version > self.version + 1
        self.version = document.version
        for name, dialog in document.dialogs:
            if dialog.state == "terminated":
                self.dialogs.pop(name, None)
            else:
                self.dialogs[name] = dialog
        if len(self.dialogs) > MOST_DIALOGS:
            self.dialogs.clear()
            self.known = False
            return Verdict.TOO_LARGE
        return Verdict.APPLIED if self.known and not gap else Verdict.GAP

    @property
    def state(self) -> LineState:
        return state_of(self.dialogs.values()) if self.known else LineState.UNKNOWN


def state_of(dialogs: Iterable[DialogNow]) -> LineState:
    """One word for all calls of a line: what is answered weighs more than what rings, that more than what is dialled."""
    calls = [dialog for dialog in dialogs if dialog.state != "terminated"]
    confirmed = [dialog for dialog in calls if dialog.state == "confirmed"]
    if confirmed:
        return LineState.HELD if all(dialog.held for dialog in confirmed) else LineState.BUSY
    if any(dialog.recipient or (dialog.recipient is None and dialog.state == "early") for dialog in calls):
        return LineState.RINGING
    return LineState.CALLING if calls else LineState.FREE
