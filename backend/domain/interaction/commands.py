"""What can be asked of an interaction. Values that live elsewhere (settings of the queue, a flow) come with the command."""

from datetime import timedelta

import msgspec

from backend.domain.interaction.model import Channel, Customer, Direction, ReturnReason
from backend.domain.ivr.flow import Flow
from backend.domain.ivr.interpreter import Facts, Input
from backend.domain.kernel.ids import CategoryId, ClientId, QueueId, SkillId, UserId
from backend.domain.routing.destination import Destination, RoutingReason, SkillStep


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class Arrive(_Command, frozen=True, kw_only=True, tag=True):
    channel: Channel
    direction: Direction
    customer: Customer
    dialled: str
    bridge: str | None = None
    leg: str | None = None


class BringUpLeg(_Command, frozen=True, kw_only=True, tag=True):
    """The customer's leg is answered and acknowledged."""


class AdvanceIvr(_Command, frozen=True, kw_only=True, tag=True):
    flow: Flow
    input: Input
    facts: Facts


class Enqueue(_Command, frozen=True, kw_only=True, tag=True):
    queue: QueueId
    position: int
    priority: int = 0
    skills: tuple[tuple[SkillId, int], ...] = ()
    steps: tuple[SkillStep, ...] = ()
    prefers: UserId | None = None
    text: str | None = None
    """What the caller is told on entry; None for the bare position, empty for music only."""
    expected_s: float | None = None
    music: str | None = None


class AnnouncePosition(_Command, frozen=True, kw_only=True, tag=True):
    position: int
    text: str | None = None
    expected_s: float | None = None


class PlayComfort(_Command, frozen=True, kw_only=True, tag=True):
    text: str


class NoteRouting(_Command, frozen=True, kw_only=True, tag=True):
    """Say in the contact's history where it was sent and why."""

    to: Destination
    reason: RoutingReason
    rule: str | None = None


class FailOverflow(_Command, frozen=True, kw_only=True, tag=True):
    pass


class StartAnnouncement(_Command, frozen=True, kw_only=True, tag=True):
    text: str
    then: Destination | None = None


class FinishAnnouncement(_Command, frozen=True, kw_only=True, tag=True):
    """``says``: which one ended."""

    says: int


class SeekAgent(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    ring_timeout: timedelta
    otherwise: Destination | None = None


class EndByRouting(_Command, frozen=True, kw_only=True, tag=True):
    """The routing has no more to do with the contact; ``failed`` when nothing that was set could be carried out."""

    failed: bool = False


class MakeOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    ring_timeout: timedelta
    beside: bool = False
    """Beside the agents who are being asked already (ring_all)."""


class ReturnOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    reason: ReturnReason
    again_after_s: int = 0
    autopause: bool = True


class AcceptOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    recording: str | None
    """Id of the recording to make; None for a contact that is not recorded."""


class StartConversation(_Command, frozen=True, kw_only=True, tag=True):
    pass


class Hold(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class Resume(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class Mute(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class Unmute(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class PauseRecording(_Command, frozen=True, kw_only=True, tag=True):
    """The agent's decision not to record (REC-05), for a while or for good; a card number, say."""

    agent: UserId


class ResumeRecording(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class LeaveAsCustomer(_Command, frozen=True, kw_only=True, tag=True):
    """The customer hung up. ``wrap_up`` is the queue's limit of after-call work; zero for none."""

    wrap_up: timedelta = timedelta()


class HangUpAsAgent(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    wrap_up: timedelta = timedelta()


class Fail(_Command, frozen=True, kw_only=True, tag=True):
    """The technology failed the customer; counted apart from those who left."""

    wrap_up: timedelta = timedelta()


class FinishWrapUp(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId | None
    """None when the limit ran out."""


class PickClient(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    client: ClientId | None


class Categorise(_Command, frozen=True, kw_only=True, tag=True):
    category: CategoryId | None


class WriteNote(_Command, frozen=True, kw_only=True, tag=True):
    pass


class SaveRecording(_Command, frozen=True, kw_only=True, tag=True):
    recording: str
    duration_ms: int


InteractionCommand = (
    Arrive
    | BringUpLeg
    | AdvanceIvr
    | Enqueue
    | AnnouncePosition
    | PlayComfort
    | NoteRouting
    | FailOverflow
    | StartAnnouncement
    | FinishAnnouncement
    | SeekAgent
    | EndByRouting
    | MakeOffer
    | ReturnOffer
    | AcceptOffer
    | StartConversation
    | Hold
    | Resume
    | Mute
    | Unmute
    | PauseRecording
    | ResumeRecording
    | LeaveAsCustomer
    | HangUpAsAgent
    | Fail
    | FinishWrapUp
    | PickClient
    | Categorise
    | WriteNote
    | SaveRecording
)
