"""A wish to be called back: kept beside the contact that left it, and routed as a contact of its own when its time has come."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from backend.domain.interaction.model import Outcome
from backend.domain.kernel.ids import ClientId, InteractionId, QueueId, UserId


class CallbackKind(StrEnum):
    REQUEST = "request"
    """The caller asked to be called back."""
    VOICEMAIL = "voicemail"
    """The caller left a message."""


class CallbackState(StrEnum):
    SCHEDULED = "scheduled"
    """For a time to come: one that was chosen, or that of the next attempt."""
    WAITING = "waiting"
    """In its queue, or at an agent: ``interaction`` is the contact."""
    DONE = "done"
    FAILED = "failed"
    """Not reached as often as the rule allows."""


OPEN = frozenset({CallbackState.SCHEDULED, CallbackState.WAITING})


class RetryRule(msgspec.Struct, frozen=True, kw_only=True):
    attempts: int = 3
    every: timedelta = timedelta(minutes=30)


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: CallbackKind
    number: str
    queue: QueueId
    state: CallbackState
    origin: InteractionId | None
    """The contact in which it was asked for; None when an agent wrote it down."""
    requested_at: datetime
    place_since: datetime
    """Its place in the queue: since when the caller had waited."""
    due_at: datetime | None = None
    """Not before this; None: as soon as its turn comes."""
    attempts: int = 0
    last_outcome: Outcome | None = None
    last_at: datetime | None = None
    interaction: InteractionId | None = None
    recording: str | None = None
    """The message that was left."""
    assigned_to: UserId | None = None
    done_by: UserId | None = None
    done_at: datetime | None = None
    client: ClientId | None = None

    @property
    def open(self) -> bool:
        return self.state in OPEN


def asked_again(known: Callback, due_at: datetime | None, recording: str | None) -> Callback:
    """The same number asks once more while the first wish is open: one wish, at the better place, at the time said last."""
    return replace(
        known,
        due_at=due_at if known.state is CallbackState.SCHEDULED else known.due_at,
        recording=recording or known.recording,
        kind=CallbackKind.VOICEMAIL if recording else known.kind,
    )


def begun(known: Callback, interaction: InteractionId) -> Callback:
    return replace(known, state=CallbackState.WAITING, interaction=interaction, due_at=None)


def put_off(known: Callback, until: datetime) -> Callback:
    return replace(known, due_at=until)


def finished(known: Callback, user: UserId, now: datetime) -> Callback:
    return replace(known, state=CallbackState.DONE, done_by=user, done_at=now, due_at=None)


def ended(known: Callback, outcome: Outcome, agent: UserId | None, now: datetime, rule: RetryRule) -> Callback:
    """After the contact of an attempt has ended: done when somebody talked, otherwise again by the rule, or given up."""
    known = replace(known, attempts=known.attempts + 1, last_outcome=outcome, last_at=now, interaction=None)
    if outcome is Outcome.HANDLED:
        return replace(known, state=CallbackState.DONE, done_by=agent, done_at=now)
    if known.attempts >= rule.attempts:
        return replace(known, state=CallbackState.FAILED)
    return replace(known, state=CallbackState.SCHEDULED, due_at=now + rule.every)
