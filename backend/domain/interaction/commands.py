"""What can be asked of an interaction. Values that live elsewhere (settings of the queue, a flow) come with the command."""

from datetime import datetime, timedelta

import msgspec

from backend.domain.interaction.model import Channel, Customer, Direction, LeaveCause, MemberRole, Outcome, ReturnReason
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
    callback: str | None = None
    place_since: datetime | None = None


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
    since: datetime | None = None
    """The arrival that counts; None for that of the queue before, if any, else now."""
    steps: tuple[SkillStep, ...] = ()
    prefers: UserId | None = None
    text: str | None = None
    """What the caller is told on entry; None for the bare position, empty for music only."""
    overflows: int = 0
    """Overflow steps of this queue that have been tried: of a caller who comes back to it."""
    expected_s: float | None = None
    music: str | None = None


class AnnouncePosition(_Command, frozen=True, kw_only=True, tag=True):
    position: int
    text: str | None = None
    expected_s: float | None = None


class PlayComfort(_Command, frozen=True, kw_only=True, tag=True):
    text: str


class Reprioritise(_Command, frozen=True, kw_only=True, tag=True):
    priority: int


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
    max_no_answer: int = 1


class AcceptOffer(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    recording: str | None
    """Id of the recording to make; None for a contact that is not recorded."""
    whom: "Whom | None" = None
    """The customer to be called, of a contact that waited without a telephone leg."""
    preview: timedelta | None = None
    """How long the agent may hear messages before calling; None for a contact without any."""


class StartConversation(_Command, frozen=True, kw_only=True, tag=True):
    pass


class Hold(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class Resume(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class GoAway(_Command, frozen=True, kw_only=True, tag=True):
    """The agent's telephone is gone, or is being changed for another."""

    agent: UserId


class ComeBack(_Command, frozen=True, kw_only=True, tag=True):
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
    of: UserId | None = None
    """Whose, when the limit ran out; None for the agent in charge."""


class PickClient(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    client: ClientId | None


class VerifyClient(_Command, frozen=True, kw_only=True, tag=True):
    """``items``: everything verified so far."""

    agent: UserId
    items: tuple[str, ...]


class Categorise(_Command, frozen=True, kw_only=True, tag=True):
    category: CategoryId | None


class WriteNote(_Command, frozen=True, kw_only=True, tag=True):
    pass


class SaveRecording(_Command, frozen=True, kw_only=True, tag=True):
    recording: str
    duration_ms: int


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be rung: a colleague or a number (E.164 or an extension), one of them."""

    agent: UserId | None = None
    number: str | None = None
    shown: str | None = None
    ring: timedelta = timedelta(seconds=30)


class RequestCallback(_Command, frozen=True, kw_only=True, tag=True):
    """The caller leaves a wish to be called back."""

    callback: str
    due_at: datetime | None


class AskForMessage(_Command, frozen=True, kw_only=True, tag=True):
    """Exactly one of ``queue``, whose people it is for, and ``notice``, the announcement that is spoken."""

    queue: QueueId | None = None
    notice: int | None = None
    recording: str
    greeting: str
    prompt: str | None = None
    limit: timedelta = timedelta(minutes=3)
    quiet: timedelta = timedelta(seconds=8)


class FinishGreeting(_Command, frozen=True, kw_only=True, tag=True):
    """Said to its end, or the caller did not want to hear more: from now on what the caller says is the message."""

    recording: str


class StopMessage(_Command, frozen=True, kw_only=True, tag=True):
    """By the key, or at the longest a message may be."""

    recording: str


class CloseMessage(_Command, frozen=True, kw_only=True, tag=True):
    """The bridge has closed the recording. ``heard_ms`` of speech, None when nobody knows: then it counts as a message."""

    recording: str
    duration_ms: int = 0
    heard_ms: int | None = None
    least_ms: int = 1000
    failed: bool = False


class DialBack(_Command, frozen=True, kw_only=True, tag=True):
    """The agent has heard the message and calls."""

    agent: UserId
    whom: Whom


class EndPreview(_Command, frozen=True, kw_only=True, tag=True):
    """The agent has done nothing for too long."""


class LeadAfterCall(_Command, frozen=True, kw_only=True, tag=True):
    """The agent hangs up, the customer goes on into the queue's flow after the call, in the same transaction."""

    agent: UserId
    wrap_up: timedelta = timedelta()


class Dial(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    whom: Whom
    recording: str | None


class NoteRinging(_Command, frozen=True, kw_only=True, tag=True):
    """The customer (None) or a member who is dialled rings."""

    n: int | None = None
    early_media: bool = False


class EndDial(_Command, frozen=True, kw_only=True, tag=True):
    """The customer we called was not reached."""

    outcome: Outcome


class TransferTo(_Command, frozen=True, kw_only=True, tag=True):
    """The agent gives the customer to somebody, without asking first."""

    agent: UserId
    whom: Whom
    wrap_up: timedelta = timedelta()


class LetGo(_Command, frozen=True, kw_only=True, tag=True):
    """The agent gives the customer to the routing, which sends them on in the same transaction."""

    agent: UserId
    wrap_up: timedelta = timedelta()


class CallOut(_Command, frozen=True, kw_only=True, tag=True):
    """Ring somebody for a customer with whom no agent is: a destination of the routing, or the way back to an agent."""

    whom: Whom
    recorded: bool = True
    otherwise: Destination | None = None


class GiveBack(_Command, frozen=True, kw_only=True, tag=True):
    """The transfer came to nothing: the agent, still at wrap-up, has the customer again."""

    agent: UserId


class Invite(_Command, frozen=True, kw_only=True, tag=True):
    """Into a consultation (the customer is held) or the conference."""

    agent: UserId
    role: MemberRole
    whom: Whom


class AnswerAsMember(_Command, frozen=True, kw_only=True, tag=True):
    """Somebody who was rung answered. ``recording`` is for a customer whose first conversation this is."""

    n: int
    recording: str | None = None


class DropMember(_Command, frozen=True, kw_only=True, tag=True):
    """A member is gone, for whatever cause; ``agent``: who sends them away, None when it happened."""

    n: int
    cause: LeaveCause
    agent: UserId | None = None


class EndConsultation(_Command, frozen=True, kw_only=True, tag=True):
    """Back to the customer."""

    agent: UserId


class CompleteTransfer(_Command, frozen=True, kw_only=True, tag=True):
    """The consulted one has the customer from now on."""

    agent: UserId
    wrap_up: timedelta = timedelta()


class MakeConference(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class LeaveConference(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    wrap_up: timedelta = timedelta()


class Park(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId
    limit: timedelta


class TakeParked(_Command, frozen=True, kw_only=True, tag=True):
    agent: UserId


class Supervise(_Command, frozen=True, kw_only=True, tag=True):
    """Start, or switch to another mode."""

    supervisor: UserId
    mode: MemberRole


class StopSupervising(_Command, frozen=True, kw_only=True, tag=True):
    supervisor: UserId


class TakeOver(_Command, frozen=True, kw_only=True, tag=True):
    supervisor: UserId
    wrap_up: timedelta = timedelta()


InteractionCommand = (
    Arrive
    | BringUpLeg
    | AdvanceIvr
    | Enqueue
    | AnnouncePosition
    | PlayComfort
    | Reprioritise
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
    | GoAway
    | ComeBack
    | Mute
    | Unmute
    | PauseRecording
    | ResumeRecording
    | LeaveAsCustomer
    | HangUpAsAgent
    | Fail
    | FinishWrapUp
    | PickClient
    | VerifyClient
    | Categorise
    | WriteNote
    | SaveRecording
    | Dial
    | RequestCallback
    | AskForMessage
    | FinishGreeting
    | StopMessage
    | CloseMessage
    | DialBack
    | EndPreview
    | LeadAfterCall
    | NoteRinging
    | EndDial
    | TransferTo
    | LetGo
    | CallOut
    | GiveBack
    | Invite
    | AnswerAsMember
    | DropMember
    | EndConsultation
    | CompleteTransfer
    | MakeConference
    | LeaveConference
    | Park
    | TakeParked
    | Supervise
    | StopSupervising
    | TakeOver
)
