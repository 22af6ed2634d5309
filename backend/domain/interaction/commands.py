"""What can be asked of an interaction. Values that live elsewhere (settings of the queue, a flow) come with the command."""

from datetime import timedelta

import msgspec

from backend.domain.interaction.model import Channel, Customer, Direction, ReturnReason
from backend.domain.ivr.flow import Flow
from backend.domain.ivr.interpreter import Facts, Input
from backend.domain.kernel.ids import CategoryId, ClientId, QueueId, SkillId, UserId


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
    position: int = 1
    """The place the caller would get if the flow now leads to a queue."""


class Enqueue(_Command, frozen=True, kw_only=True, tag=True):
    queue: QueueId
    position: int
    priority: int = 0
    skills: tuple[tuple[SkillId, int], ...] = ()


class AnnouncePosition(_Command, frozen=True, kw_only=True, tag=True):
    position: int


class MakeOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    ring_timeout: timedelta


class ReturnOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    reason: ReturnReason


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
