"""What happened to an interaction: past tense, frozen, typed, and enough to rebuild its state (``machine.evolve``)."""

from datetime import datetime

import msgspec

from backend.domain.interaction.model import (
    Channel,
    Customer,
    Direction,
    LeaveCause,
    MemberRole,
    Outcome,
    Party,
    ReturnReason,
)
from backend.domain.ivr.flow import FlowRun
from backend.domain.kernel.ids import CategoryId, ClientId, FlowId, QueueId, SkillId, UserId
from backend.domain.routing.destination import Destination, RoutingReason, SkillStep


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: datetime


class Arrived(_Event, frozen=True, kw_only=True, tag=True):
    channel: Channel
    direction: Direction
    customer: Customer
    dialled: str
    bridge: str | None = None
    leg: str | None = None
    callback: str | None = None
    place_since: datetime | None = None


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
    since: datetime | None = None
    """The arrival time kept from the queue before."""
    steps: tuple[SkillStep, ...] = ()
    prefers: UserId | None = None
    text: str | None = None
    expected_s: float | None = None
    music: str | None = None
    overflows: int = 0


class PositionAnnounced(_Event, frozen=True, kw_only=True, tag=True):
    position: int
    text: str | None = None
    expected_s: float | None = None


class PriorityChanged(_Event, frozen=True, kw_only=True, tag=True):
    """By a supervisor, of a contact that waits."""

    priority: int


class ComfortPlayed(_Event, frozen=True, kw_only=True, tag=True):
    """A periodic message was said to the waiting caller."""

    text: str


class Routed(_Event, frozen=True, kw_only=True, tag=True):
    """Where the contact was sent, and why; ``rule`` is the entry rule's name, None for the default."""

    to: Destination
    reason: RoutingReason
    rule: str | None = None


class OverflowFailed(_Event, frozen=True, kw_only=True, tag=True):
    """An overflow step led nowhere: the contact waits on."""


class AnnouncementStarted(_Event, frozen=True, kw_only=True, tag=True):
    text: str
    then: Destination | None = None


class AnnouncementFinished(_Event, frozen=True, kw_only=True, tag=True):
    pass


class AgentSought(_Event, frozen=True, kw_only=True, tag=True):
    """The contact goes to this agent directly; ``otherwise`` when it comes back."""

    agent: UserId
    otherwise: Destination | None = None


class Offered(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    expires_at: datetime


class OfferReturned(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    reason: ReturnReason
    again_after_s: int = 0
    """The agent is not asked again before."""
    autopause: bool = True
    max_no_answer: int = 1


class OfferAccepted(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    recording: str | None


class ConversationStarted(_Event, frozen=True, kw_only=True, tag=True):
    """Both hear each other."""


class Held(_Event, frozen=True, kw_only=True, tag=True):
    pass


class Resumed(_Event, frozen=True, kw_only=True, tag=True):
    pass


class AgentWentAway(_Event, frozen=True, kw_only=True, tag=True):
    """The telephone of the agent in charge is gone; the conversation waits."""


class AgentCameBack(_Event, frozen=True, kw_only=True, tag=True):
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
    """``agent`` None: of the agent in charge (contacts from before there were segments)."""

    by: Party
    agent: UserId | None = None


class CallbackRequested(_Event, frozen=True, kw_only=True, tag=True):
    callback: str
    due_at: datetime | None = None


class MessageAsked(_Event, frozen=True, kw_only=True, tag=True):
    queue: QueueId | None
    notice: int | None = None
    recording: str
    greeting: str
    prompt: str | None
    limit_s: float
    quiet_s: float


class MessageBegan(_Event, frozen=True, kw_only=True, tag=True):
    """From the beep on what the caller says is the message."""


class MessageStopped(_Event, frozen=True, kw_only=True, tag=True):
    pass


class MessageLeft(_Event, frozen=True, kw_only=True, tag=True):
    """Also of a caller who hung up: the bridge reports the recording after the leg."""

    recording: str
    duration_ms: int


class MessageMissed(_Event, frozen=True, kw_only=True, tag=True):
    """Nothing was said, or (``failed``) what was said could not be recorded."""

    recording: str
    failed: bool = False


class PreviewBegan(_Event, frozen=True, kw_only=True, tag=True):
    until: datetime


class LedAfterCall(_Event, frozen=True, kw_only=True, tag=True):
    """The agent has hung up; the customer goes into the queue's flow after the call. The conversation ended here."""


class CallbackDialled(_Event, frozen=True, kw_only=True, tag=True):
    """The agent who took a callback calls the customer."""

    number: str
    shown: str | None
    ring_until: datetime
    ring_s: float


class Dialled(_Event, frozen=True, kw_only=True, tag=True):
    """An agent calls the customer."""

    agent: UserId
    number: str
    shown: str | None
    ring_until: datetime
    ring_s: float
    recording: str | None


class LegRang(_Event, frozen=True, kw_only=True, tag=True):
    early_media: bool


class SegmentBegan(_Event, frozen=True, kw_only=True, tag=True):
    """This agent has the call from now on. A recording that there is goes on; ``recording`` is for when there is none."""

    agent: UserId
    recording: str | None


class SegmentEnded(_Event, frozen=True, kw_only=True, tag=True):
    """The agent is out of the call, which goes on elsewhere. ``anew``: the customer's place in the next queue counts
    from then, for those who wait there came first."""

    agent: UserId
    wrap_up_until: datetime | None
    anew: bool = False


class MemberInvited(_Event, frozen=True, kw_only=True, tag=True):
    n: int
    role: MemberRole
    agent: UserId | None
    number: str | None
    shown: str | None
    ring_until: datetime
    ring_s: float
    recorded: bool = True
    otherwise: Destination | None = None
    by: UserId | None = None
    """Who had them rung; None: the routing."""


class MemberEarlyMedia(_Event, frozen=True, kw_only=True, tag=True):
    n: int


class MemberAnswered(_Event, frozen=True, kw_only=True, tag=True):
    n: int


class MemberChanged(_Event, frozen=True, kw_only=True, tag=True):
    """A consulted one joins the conference."""

    n: int
    role: MemberRole


class MemberLeft(_Event, frozen=True, kw_only=True, tag=True):
    n: int
    agent: UserId | None
    cause: LeaveCause


class TransferFailed(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId | None
    number: str | None
    cause: LeaveCause


class WentOutside(_Event, frozen=True, kw_only=True, tag=True):
    """The customer talks with numbers outside, and no agent is there any more."""

    recorded: bool
    recording: str | None


class Parked(_Event, frozen=True, kw_only=True, tag=True):
    agent: UserId
    until: datetime


class SupervisionStarted(_Event, frozen=True, kw_only=True, tag=True):
    n: int
    supervisor: UserId
    agent: UserId
    mode: MemberRole


class SupervisionSwitched(_Event, frozen=True, kw_only=True, tag=True):
    n: int
    supervisor: UserId
    mode: MemberRole


class SupervisionEnded(_Event, frozen=True, kw_only=True, tag=True):
    n: int
    supervisor: UserId
    cause: LeaveCause


class ClientPicked(_Event, frozen=True, kw_only=True, tag=True):
    client: ClientId | None


class ClientVerified(_Event, frozen=True, kw_only=True, tag=True):
    """``items``: all fields of the card that are verified now, by key."""

    items: tuple[str, ...]


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
    | ComfortPlayed
    | PriorityChanged
    | Routed
    | OverflowFailed
    | AnnouncementStarted
    | AnnouncementFinished
    | AgentSought
    | Offered
    | OfferReturned
    | OfferAccepted
    | ConversationStarted
    | Held
    | Resumed
    | AgentWentAway
    | AgentCameBack
    | Muted
    | Unmuted
    | RecordingPaused
    | RecordingResumed
    | Ended
    | WrapUpFinished
    | ClientPicked
    | ClientVerified
    | Categorised
    | NoteWritten
    | RecordingSaved
    | Dialled
    | CallbackRequested
    | MessageAsked
    | MessageBegan
    | MessageStopped
    | MessageLeft
    | MessageMissed
    | PreviewBegan
    | LedAfterCall
    | CallbackDialled
    | LegRang
    | SegmentBegan
    | SegmentEnded
    | MemberInvited
    | MemberEarlyMedia
    | MemberAnswered
    | MemberChanged
    | MemberLeft
    | TransferFailed
    | WentOutside
    | Parked
    | SupervisionStarted
    | SupervisionSwitched
    | SupervisionEnded
)
