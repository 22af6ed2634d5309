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


class VoiceMessage(msgspec.Struct, frozen=True, kw_only=True):
    """``interaction`` is the contact in which it was left."""

    recording: str
    interaction: InteractionId
    at: datetime
    duration_ms: int


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
    messages: tuple[VoiceMessage, ...] = ()
    """What the number has left, oldest first."""
    assigned_to: UserId | None = None
    """Whose own job it is: it waits for this person, not in the queue."""
    done_by: UserId | None = None
    done_at: datetime | None = None
    client: ClientId | None = None

    @property
    def open(self) -> bool:
        return self.state in OPEN


def asked_again(known: Callback, due_at: datetime | None) -> Callback:
    """The same number asks once more while the first wish is open: one wish, at the better place, at the time said last."""
    return replace(known, due_at=due_at if known.state is CallbackState.SCHEDULED else known.due_at)


def with_message(known: Callback, message: VoiceMessage) -> Callback:
    """The same number leaves (one more) message: one item, all messages."""
    if any(m.recording == message.recording for m in known.messages):
        return known
    return replace(known, kind=CallbackKind.VOICEMAIL, messages=(*known.messages, message))


def assigned(known: Callback, user: UserId | None) -> Callback:
    """To a person, or (None) to nobody. It leaves the queue for a person, and the caller's place is kept for it."""
    if user is None:
        return replace(known, assigned_to=None)
    return replace(known, assigned_to=user, state=CallbackState.SCHEDULED, interaction=None, due_at=None)


def reopened(known: Callback) -> Callback:
    """It was not done after all."""
    return replace(known, state=CallbackState.SCHEDULED, interaction=None, due_at=None, done_by=None, done_at=None)


def begun(known: Callback, interaction: InteractionId) -> Callback:
    return replace(known, state=CallbackState.WAITING, interaction=interaction, due_at=None)


def put_off(known: Callback, until: datetime | None) -> Callback:
    return replace(known, due_at=until)


def finished(known: Callback, user: UserId, now: datetime) -> Callback:
    return replace(known, state=CallbackState.DONE, done_by=user, done_at=now, due_at=None)


def not_called(known: Callback, now: datetime, rule: RetryRule) -> Callback:
    """An agent had it and did not call: no attempt, and its turn comes again."""
    return replace(known, state=CallbackState.SCHEDULED, interaction=None, due_at=_again(known, now, rule))


def _again(known: Callback, now: datetime, rule: RetryRule) -> datetime | None:
    """Of what is a person's own job: when that person likes."""
    return None if known.assigned_to is not None else now + rule.every


def ended(known: Callback, outcome: Outcome, agent: UserId | None, now: datetime, rule: RetryRule) -> Callback:
    """After the contact of an attempt has ended: done when somebody talked, otherwise again by the rule, or given up."""
    known = replace(known, attempts=known.attempts + 1, last_outcome=outcome, last_at=now, interaction=None)
    if outcome is Outcome.HANDLED:
        return replace(known, state=CallbackState.DONE, done_by=agent, done_at=now)
    if known.attempts >= rule.attempts:
        return replace(known, state=CallbackState.FAILED)
    return replace(known, state=CallbackState.SCHEDULED, due_at=_again(known, now, rule))
