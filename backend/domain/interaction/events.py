"""What happened to an interaction: past tense, frozen, typed, and enough to rebuild its state (``machine.evolve``)."""

from datetime import datetime

import msgspec

from backend.domain.interaction.model import Channel, Customer, Direction, Outcome, Party, ReturnReason
from backend.domain.ivr.flow import FlowRun
from backend.domain.kernel.ids import CategoryId, ClientId, FlowId, QueueId, SkillId, UserId


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: datetime


class Arrived(_Event, frozen=True, kw_only=True, tag=True):
    channel: Channel
    direction: Direction
    customer: Customer
    dialled: str
    bridge: str | None = None
    leg: str | None = None


class IvrEntered(_Event, frozen=True, kw_only=True, tag=True):
    flow: FlowId
    flow_version: int


class IvrMoved(_Event, frozen=True, kw_only=True, tag=True):
    """The caller's path: ``path`` are the nodes visited by this step, ``input`` the key pressed, if any."""

    run: FlowRun
    path: tuple[str, ...]
    input: str | None = None


class LegCameUp(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Queued(_Event, frozen=True, kw_only=True, tag=True):
    queue: QueueId
    priority: int
    skills: tuple[tuple[SkillId, int], ...]
    position: int


class PositionAnnounced(_Event, frozen=True, kw_only=True, tag=True):
    position: int


class Offered(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    expires_at: datetime


class OfferReturned(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    reason: ReturnReason


class OfferAccepted(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    recording: str | None


class ConversationStarted(_Event, frozen=True, kw_only=True, tag=True):
    """Both hear each other."""


class Held(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Resumed(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Muted(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Unmuted(_Event, frozen=True, kw_only=True, tag=True):
    pass


class RecordingPaused(_Event, frozen=True, kw_only=True, tag=True):
    """By the agent's decision; what is said from now on is on no disk."""


class RecordingResumed(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Ended(_Event, frozen=True, kw_only=True, tag=True):
    """The contact is over for the customer. With ``wrap_up_until`` the agent still works on it."""

    outcome: Outcome
    by: Party
    wrap_up_until: datetime | None = None


class WrapUpFinished(_Event, frozen=True, kw_only=True, tag=True):
    by: Party


class ClientPicked(_Event, frozen=True, kw_only=True, tag=True):
    client: ClientId | None


class Categorised(_Event, frozen=True, kw_only=True, tag=True):
    category: CategoryId | None


class NoteWritten(_Event, frozen=True, kw_only=True, tag=True):
    """The text stands in its own table, versioned; the log carries only that it was written."""

    note_version: int


class RecordingSaved(_Event, frozen=True, kw_only=True, tag=True):
    recording: str
    duration_ms: int


InteractionEvent = (
    Arrived
    | IvrEntered
    | IvrMoved
    | LegCameUp
    | Queued
    | PositionAnnounced
    | Offered
    | OfferReturned
    | OfferAccepted
    | ConversationStarted
    | Held
    | Resumed
    | Muted
    | Unmuted
    | RecordingPaused
    | RecordingResumed
    | Ended
    | WrapUpFinished
    | ClientPicked
    | Categorised
    | NoteWritten
    | RecordingSaved
)
