"""What is told to an agent's devices by push, whether or not the app runs there. Never a name or a number of a client."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.agent.messages import (
    AgentEvent,
    ContactReleased,
    ContactReserved,
    ContactTaken,
    PresenceChanged,
)
from backend.domain.agent.model import NotReadyReason
from backend.domain.alerts.limits import AlertKind
from backend.domain.kernel.ids import InteractionId

RINGS_FOR = timedelta(seconds=60)
"""Longer than anything rings: what is not delivered by then is of no use to anybody."""
MISSED_FOR = timedelta(hours=1)


class NoteKind(StrEnum):
    OFFER = "offer"
    CANCEL = "cancel"
    """What the tag named is over: a notification of it is taken away."""
    MISSED = "missed"
    ALERT = "alert"


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """``tag``: a later note with the same one replaces the earlier, on its way and on the screen."""

    kind: NoteKind
    tag: str
    until: datetime
    contact: InteractionId | None = None
    alert: AlertKind | None = None
    """What lasts too long."""
    title: str | None = None
    """Where the device has no words of its own, in its language, for the kind."""
    body: str | None = None
    path: str = "/"
    """What a tap opens."""


def note_of(event: AgentEvent) -> Note | None:
    """What an agent's event means for the devices; None for most."""
    until = event.at + RINGS_FOR
    match event:
        case ContactReserved(interaction=contact):
            return Note(kind=NoteKind.OFFER, tag=contact, until=until, contact=contact)
        case ContactTaken(interaction=contact) | ContactReleased(interaction=contact, worked=False):
            return Note(kind=NoteKind.CANCEL, tag=contact, until=until)
        case PresenceChanged(reason=NotReadyReason.MISSED_OFFER):
            return Note(kind=NoteKind.MISSED, tag="presence", until=event.at + MISSED_FOR)
        case PresenceChanged():
            return Note(kind=NoteKind.CANCEL, tag="presence", until=event.at + MISSED_FOR)
    return None
