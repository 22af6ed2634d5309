"""One Interaction for every channel. State is not outcome: Phase says where a contact is, Outcome how it ended."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.ivr.flow import FlowRun
from backend.domain.kernel.ids import CategoryId, ClientId, InteractionId, QueueId, SkillId, UserId
from backend.domain.routing.destination import Destination, SkillStep


class Channel(StrEnum):
    VOICE = "voice"


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Phase(StrEnum):
    ARRIVED = "arrived"
    IN_IVR = "in_ivr"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
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


class Party(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class ReturnReason(StrEnum):
    """Why an offer came back. Only NO_ANSWER and DECLINED are the agent's own doing."""

    NO_ANSWER = "no_answer"
    DECLINED = "declined"
    PHONE_LOST = "phone_lost"
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


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A text said outside any flow, and where the caller goes after it; None hangs up."""

    text: str
    then: Destination | None = None


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
    muted: bool = False
    recording_paused: bool = False
    ended_at: datetime | None = None
    ended_by: Party | None = None
    wrap_up_until: datetime | None = None
    closed_at: datetime | None = None
    recording: str | None = None
    client: ClientId | None = None
    category: CategoryId | None = None
    notes: int = 0
    """Number of note versions written so far."""

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
        """Conversation from connection to end, hold included."""
        return self.ended_at - self.connected_at if self.connected_at and self.ended_at else None
