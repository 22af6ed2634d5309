"""One Interaction for every channel. State is not outcome: Phase says where a contact is, Outcome how it ended."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.ivr.flow import FlowRun
from backend.domain.kernel.ids import (
    CategoryId,
    ClientId,
    InteractionId,
    QueueId,
    SkillId,
    UserId,
    agent_leg,
    member_leg,
)
from backend.domain.routing.destination import Destination, SkillStep


class Channel(StrEnum):
    VOICE = "voice"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Phase(StrEnum):
    ARRIVED = "arrived"
    DIALLING = "dialling"
    """An agent calls; the customer has not answered."""
    IN_IVR = "in_ivr"
    MESSAGE = "message"
    """The caller leaves a message."""
    QUEUED = "queued"
    OFFERED = "offered"
    PREVIEW = "preview"
    """The agent who took a message hears it; the customer has not been called yet."""
    ACTIVE = "active"
    TRANSFERRING = "transferring"
    """Somebody is rung for the customer, who is with nobody meanwhile."""
    PARKED = "parked"
    OUTSIDE = "outside"
    """The customer talks with a number outside; no agent is there."""
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a contact ended. The four abandoned stages are exclusive (N6 of the requirements)."""

    HANDLED = "handled"
    ABANDONED_BEFORE_IVR = "abandoned_before_ivr"
    ABANDONED_IN_IVR = "abandoned_in_ivr"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED_RINGING = "abandoned_ringing"
    ENDED_BY_IVR = "ended_by_ivr"
    FAILED = "failed"
    ROUTED_OUT = "routed_out"
    """Led to a number outside and answered there; no agent had it."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    """Who called gave up before the other side answered."""
    CALLBACK_REQUESTED = "callback_requested"
    """Asked to be called back instead of waiting; whether that succeeds is another contact's outcome."""
    MESSAGE_LEFT = "message_left"
    ABANDONED_IN_VOICEMAIL = "abandoned_in_voicemail"
    """Was asked for a message and left none."""


class Party(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    OTHER = "other"
    """A number outside that the customer talked with."""


class ReturnReason(StrEnum):
    """Why an offer came back. Only NO_ANSWER and DECLINED are the agent's own doing."""

    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    PHONE_LOST = "phone_lost"
    BUSY = "busy"
    """The agent's own telephone was engaged."""
    SIGNED_OUT = "signed_out"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    """Another agent of those asked at once was faster; nobody's miss."""
    WITHDRAWN = "withdrawn"
    """The contact went away while it rang at several."""


class VisitResult(StrEnum):
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    FLOWED_OUT = "flowed_out"


class Customer(msgspec.Struct, frozen=True):
    """``address`` is E.164 for voice where the number could be normalised; None when withheld."""

    address: str | None
    name: str | None = None


class VoiceLeg(msgspec.Struct, frozen=True):
    """The customer's leg on a bridge. ``up`` when answered, ``ended`` when gone."""

    bridge: str
    leg: str
    up: bool = False
    ended: bool = False
    ringing: bool = False
    early_media: bool = False
    """The customer we call is heard before the answer: the exchange's own tones and announcements."""


class Offer(msgspec.Struct, frozen=True):
    agent: UserId
    offered_at: datetime
    expires_at: datetime


class QueueVisit(msgspec.Struct, frozen=True):
    """One stay in one queue: the unit that service level counts. ``ring_started_at`` is the last offer's."""

    queue: QueueId
    entered_at: datetime
    left_at: datetime | None = None
    result: VisitResult | None = None
    agent: UserId | None = None

    @property
    def wait(self) -> timedelta | None:
        return self.left_at - self.entered_at if self.left_at else None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One agent's handling of a contact: from taking it to the end of that agent's wrap-up."""

    agent: UserId
    accepted_at: datetime
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    held_total: timedelta = timedelta()
    wrap_up_until: datetime | None = None
    wrapped_up_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.ended_at is None

    @property
    def in_wrap_up(self) -> bool:
        return self.ended_at is not None and self.wrapped_up_at is None


class MemberRole(StrEnum):
    """What somebody beside the customer and the agent in charge does in a call."""

    CONSULTED = "consulted"
    CONFERENCE = "conference"
    TRANSFER = "transfer"
    """Is rung for the customer, and has the call with the answer."""
    LISTENING = "listening"
    WHISPERING = "whispering"
    BARGING = "barging"


SUPERVISING = frozenset({MemberRole.LISTENING, MemberRole.WHISPERING, MemberRole.BARGING})


class MemberState(StrEnum):
    RINGING = "ringing"
    UP = "up"


class LeaveCause(StrEnum):
    """Why somebody left a call, or never came."""

    HUNG_UP = "hung_up"
    DROPPED = "dropped"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    AGENT_GONE = "agent_gone"
    FAILED = "failed"
    MOVED = "moved"
    """The call went to somebody else."""


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of ``agent`` and ``number`` is set. ``shown`` is the number that a dialled one sees."""

    n: int
    role: MemberRole
    leg: str
    state: MemberState
    since: datetime
    agent: UserId | None = None
    number: str | None = None
    shown: str | None = None
    ring_until: datetime | None = None
    ring_s: float = 30.0
    early_media: bool = False
    recorded: bool = True
    otherwise: Destination | None = None
    """Where the customer goes when this member cannot be reached."""

    @property
    def up(self) -> bool:
        return self.state is MemberState.UP


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """The call that an agent placed: the customer's leg is ours to dial."""

    number: str
    shown: str | None
    ring_until: datetime
    ring_s: float


class Parking(msgspec.Struct, frozen=True):
    by: UserId
    since: datetime
    until: datetime


class TransferFailure(msgspec.Struct, frozen=True, kw_only=True):
    """The newest attempt to give the customer to somebody that came to nothing."""

    at: datetime
    cause: LeaveCause
    agent: UserId | None = None
    number: str | None = None


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A text said outside any flow, and where the caller goes after it; None hangs up."""

    text: str
    then: Destination | None = None


class MessageStage(StrEnum):
    GREETING = "greeting"
    RECORDING = "recording"
    ENDING = "ending"
    """The bridge closes the recording; its report says whether anything was said."""
    LEFT = "left"
    NOTHING = "nothing"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller is asked to leave. ``recording`` is its own, beside that of a conversation."""

    queue: QueueId | None
    notice: int | None = None
    """An announcement of a problem is spoken: it is for no queue."""
    recording: str
    greeting: str
    prompt: str | None
    """Key of recorded audio played instead of ``greeting``."""
    limit_s: float
    quiet_s: float
    """Silence that ends it."""
    stage: MessageStage = MessageStage.GREETING
    began_at: datetime | None = None


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    id: InteractionId
    version: int
    channel: Channel
    direction: Direction
    phase: Phase
    customer: Customer
    dialled: str
    arrived_at: datetime
    voice: VoiceLeg | None = None
    outcome: Outcome | None = None
    ivr: FlowRun | None = None
    queue: QueueId | None = None
    queued_at: datetime | None = None
    """When the contact entered its queue: its place. An offer that comes back does not change it."""
    priority: int = 0
    skills: tuple[tuple[SkillId, int], ...] = ()
    """Skills the contact needs, with the least level."""
    position: int | None = None
    """The place last announced to the customer, 1 = next."""
    announcements: int = 0
    comforts: int = 0
    """Periodic messages said in this queue."""
    expected_s: float | None = None
    """The expected wait in seconds, as last computed; None when nobody knows."""
    saying: str | None = None
    """What was last said to the waiting caller; None is the bare position, empty is music only."""
    said_at: datetime | None = None
    announced_at: datetime | None = None
    """When the place was last told."""
    music: str | None = None
    steps: tuple[SkillStep, ...] = ()
    """Who else will do, by time in the queue: of the destination, beside those of the queue."""
    prefers: UserId | None = None
    """The agent who is asked first, if ready."""
    not_to: tuple[tuple[UserId, datetime], ...] = ()
    """Agents not asked again until then."""
    overflows: int = 0
    """Overflow steps of this queue that led nowhere."""
    announcement: Announcement | None = None
    says: int = 0
    """Announcements started so far, so that a late report about an earlier one is told apart."""
    sought: UserId | None = None
    """The agent to whom the contact goes directly, without a queue."""
    sought_otherwise: Destination | None = None
    ring: tuple[Offer, ...] = ()
    """Further agents asked at the same time (ring_all)."""
    visits: tuple[QueueVisit, ...] = ()
    offer: Offer | None = None
    offers: int = 0
    agent: UserId | None = None
    accepted_at: datetime | None = None
    connected_at: datetime | None = None
    held_since: datetime | None = None
    held_total: timedelta = timedelta()
    away_since: datetime | None = None
    """Since when the agent in charge has had no telephone."""
    muted: bool = False
    recording_paused: bool = False
    ended_at: datetime | None = None
    ended_by: Party | None = None
    wrap_up_until: datetime | None = None
    closed_at: datetime | None = None
    recording: str | None = None
    client: ClientId | None = None
    verified: tuple[str, ...] = ()
    """Fields of the client's card by which the agent has made sure who it is."""
    category: CategoryId | None = None
    notes: int = 0
    """Number of note versions written so far."""
    segments: tuple[Segment, ...] = ()
    members: tuple[Member, ...] = ()
    invited: int = 0
    """Members so far; the newest one's ``n``."""
    outgoing: Outgoing | None = None
    recorded: bool = True
    """Whether what is said now belongs on the recording, if there is one."""
    parking: Parking | None = None
    transfer_failure: TransferFailure | None = None
    callback: str | None = None
    """The wish to be called back that this contact carries out: it waits without a telephone leg."""
    callback_queue: QueueId | None = None
    """For which queue the caller is being asked about a callback."""
    wish: str | None = None
    """The wish to be called back that the caller left."""
    message: Message | None = None
    """The newest message asked for; what became of it is its stage."""
    messages: tuple[str, ...] = ()
    """Recordings of the messages left."""
    preview_until: datetime | None = None
    talked_until: datetime | None = None
    """When the agent hung up and the customer went into the flow after the call."""

    @property
    def attributes(self) -> dict[str, str]:
        """What the voice menu has noted about the contact: campaign, problem."""
        return self.ivr.attributes if self.ivr is not None else {}

    @property
    def waiting(self) -> bool:
        return self.phase in (Phase.QUEUED, Phase.OFFERED)

    @property
    def all_offers(self) -> tuple[Offer, ...]:
        return (self.offer, *self.ring) if self.offer is not None else ()

    def offer_to(self, agent: UserId) -> Offer | None:
        return next((offer for offer in self.all_offers if offer.agent == agent), None)

    @property
    def talk_time(self) -> timedelta | None:
        """Conversation from connection to end, hold included; a survey after it is none."""
        over = self.talked_until or self.ended_at
        return over - self.connected_at if self.connected_at and over else None

    @property
    def left_alone(self) -> bool:
        """The agent's telephone is gone in mid-conversation, and nobody else talks with the customer."""
        away = self.phase is Phase.ACTIVE and self.away_since is not None and self.held_since is None
        return away and not any(m.up for m in self.in_role(MemberRole.CONFERENCE))

    @property
    def segment(self) -> Segment | None:
        """The one in which an agent has the contact now."""
        return self.segments[-1] if self.segments and self.segments[-1].open else None

    @property
    def wrapping_up(self) -> tuple[UserId, ...]:
        return tuple(x.agent for x in self.segments if x.in_wrap_up)

    @property
    def people(self) -> frozenset[UserId]:
        """Everybody whose desk shows the contact now."""
        found = {x.agent for x in self.segments if x.open or x.in_wrap_up}
        found |= {m.agent for m in self.members if m.agent is not None}
        found |= {offer.agent for offer in self.all_offers}
        if not self.segments and self.agent is not None:
            found.add(self.agent)
        return frozenset(found)

    @property
    def handlers(self) -> frozenset[UserId]:
        """Everybody who has, or had, the contact in charge."""
        return frozenset({x.agent for x in self.segments} | ({self.agent} if self.agent is not None else set()))

    def member(self, n: int) -> Member | None:
        return next((m for m in self.members if m.n == n), None)

    def member_of(self, user: UserId) -> Member | None:
        return next((m for m in self.members if m.agent == user), None)

    def in_role(self, *roles: MemberRole) -> tuple[Member, ...]:
        return tuple(m for m in self.members if m.role in roles)

    def leg_for(self, n: int, agent: UserId | None) -> str:
        """The leg of a new member: an agent's own, or one to be dialled."""
        return member_leg(self.id, n) if agent is None else agent_leg(agent)
