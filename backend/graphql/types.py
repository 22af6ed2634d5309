"""Screen words. Enums are the domain's, wrapped; times are UTC."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from backend.domain.access import subjects
from backend.domain.access.policy import Action, Role, Scope, can
from backend.domain.agent.handset import EndpointKind, HandsetStage
from backend.domain.agent.model import Activity, Presence, Stage
from backend.domain.interaction.model import Channel, Direction, Interaction, Outcome, Party, Phase
from backend.domain.kernel.locale import Locale
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.labels.model import BreakKind
from backend.domain.metrics.service_level import Formula
from backend.domain.recording.search import CallType, SortBy
from backend.graphql import call_types as calls
from backend.graphql import recording_types as rt

if TYPE_CHECKING:
    from backend.graphql.client_types import Client

for _enum in (
    Channel,
    Direction,
    Outcome,
    Party,
    Phase,
    Activity,
    Presence,
    Stage,
    Action,
    Role,
    Scope,
    Formula,
    RefusalCode,
    EndpointKind,
    HandsetStage,
    CallType,
    SortBy,
    Locale,
):
    strawberry.enum(_enum)


@strawberry.type(description="The command was understood and refused; nothing has changed.")
class Refused:
    code: RefusalCode
    detail: str

    @classmethod
    def of(cls, refusal: Refusal) -> "Refused":
        return cls(code=refusal.code, detail=refusal.detail)


@strawberry.type(description="Something noted about a contact on its way through a voice menu.")
class Attribute:
    name: str
    value: str


@strawberry.type(description="A contact: one call, whatever became of it.")
class Contact:
    id: strawberry.ID
    channel: Channel
    direction: Direction
    phase: Phase
    outcome: Outcome | None
    customer_number: str | None
    customer_name: str | None
    dialled: str
    arrived_at: datetime
    queue_id: int | None
    queued_at: datetime | None
    offer_expires_at: datetime | None
    offered_to: int | None
    offered_to_all: list[int]
    position: int | None
    priority: int
    expected_wait_seconds: float | None
    offers: int
    agent_id: int | None
    accepted_at: datetime | None
    connected_at: datetime | None
    held_since: datetime | None
    held_seconds: float
    away_since: datetime | None = strawberry.field(
        description="Since when the telephone of the agent in charge has been gone; the customer hears music."
    )
    muted: bool
    recording_paused: bool
    ended_at: datetime | None
    ended_by: Party | None
    talk_seconds: float | None
    wait_seconds: float | None
    wrap_up_until: datetime | None
    preview_until: datetime | None = strawberry.field(
        description="Until then the agent may hear messages before calling."
    )
    talked_until: datetime | None = strawberry.field(
        description="When the agent hung up and the customer went on into the flow after the call."
    )
    client_id: int | None
    verified: list[str] = strawberry.field(description="Fields of the client's card that the agent has verified.")
    category_id: int | None
    recording_id: strawberry.ID | None
    attributes: list[Attribute]
    callback_id: strawberry.ID | None
    note_version: int
    version: int
    parked_by: int | None
    parked_until: datetime | None
    consultation: calls.Consultation | None
    segments: list[calls.CallSegment]
    failed_transfer: calls.FailedTransfer | None
    state: strawberry.Private[Interaction]

    @strawberry.field(description="An agent sees a supervisor only in the modes that the settings show.")
    def members(self, info: strawberry.Info) -> list[calls.CallMember]:
        context = info.context
        supervises = can(context.actor, Action.SUPERVISE, subjects.contact(self.state))
        shown = calls.shown_members(self.state, supervises, context.services.desk.settings.calls)
        return [calls.CallMember.of(m) for m in shown]

    @classmethod
    def of(cls, s: Interaction, viewer: int | None = None) -> "Contact":
        offer = (s.offer_to(viewer) if viewer is not None else None) or s.offer
        talk = s.talk_time
        wait = s.visits[-1].wait if s.visits else None
        return cls(
            id=strawberry.ID(s.id),
            channel=s.channel,
            direction=s.direction,
            phase=s.phase,
            outcome=s.outcome,
            customer_number=s.customer.address,
            customer_name=s.customer.name,
            dialled=s.dialled,
            arrived_at=s.arrived_at,
            queue_id=s.queue,
            queued_at=s.queued_at,
            offer_expires_at=offer.expires_at if offer else None,
            offered_to=offer.agent if offer else None,
            offered_to_all=[offer.agent for offer in s.all_offers],
            position=s.position if s.waiting else None,
            priority=s.priority,
            expected_wait_seconds=s.expected_s if s.waiting else None,
            offers=s.offers,
            agent_id=s.agent,
            accepted_at=s.accepted_at,
            connected_at=s.connected_at,
            held_since=s.held_since,
            held_seconds=s.held_total.total_seconds(),
            away_since=s.away_since,
            muted=s.muted,
            recording_paused=s.recording_paused,
            ended_at=s.ended_at,
            ended_by=s.ended_by,
            talk_seconds=talk.total_seconds() if talk is not None else None,
            wait_seconds=wait.total_seconds() if wait is not None else None,
            wrap_up_until=s.wrap_up_until,
            preview_until=s.preview_until if s.phase is Phase.PREVIEW else None,
            talked_until=s.talked_until,
            client_id=s.client,
            verified=list(s.verified),
            category_id=s.category,
            recording_id=strawberry.ID(s.recording) if s.recording else None,
            callback_id=strawberry.ID(s.callback) if s.callback else None,
            attributes=[Attribute(name=k, value=v) for k, v in s.attributes.items()],
            note_version=s.notes,
            version=s.version,
            parked_by=s.parking.by if s.parking else None,
            parked_until=s.parking.until if s.parking else None,
            consultation=calls.consultation_of(s),
            segments=[calls.CallSegment.of(x) for x in s.segments],
            failed_transfer=calls.FailedTransfer(
                at=failed.at, cause=failed.cause, agent_id=failed.agent, number=failed.number
            )
            if (failed := s.transfer_failure)
            else None,
            state=s,
        )


@strawberry.type(description="`scopes`: on whose things the action may be done.")
class Permission:
    action: Action
    scopes: list[Scope]


@strawberry.type(
    description="`role` is the built-in one that comes closest, for a name on the screen; what the user may do say `permissions`."
)
class User:
    id: int
    login: str
    name: str
    role: Role
    permissions: list[Permission]
    has_second_factor: bool
    locale: Locale | None


@strawberry.type
class SoftphoneOpened:
    answer_sdp: str


@strawberry.type
class Done:
    ok: bool = True


@strawberry.type
class Note:
    version: int
    text: str
    author_id: int
    at: datetime


@strawberry.type(description="One step of a contact's history.")
class Step:
    at: datetime
    kind: str
    agent_id: int | None
    actor_id: int | None
    detail: str | None


@strawberry.type
class Category:
    id: int
    name: str
    queue_id: int | None
    parent_id: int | None
    path: list[str] = strawberry.field(description="Names from the root of its tree down to it.")
    retired: bool = strawberry.field(description="Can no longer be chosen; goes on naming what was.")


@strawberry.type(description="`limitSeconds`: how long it may last.")
class BreakType:
    id: int
    name: str
    kind: BreakKind
    limit_seconds: int | None
    retired: bool


@strawberry.type
class Named:
    id: int
    name: str


@strawberry.type(description="Names that every desk shows.")
class Settings:
    locations: list[Named]
    groups: list[Named]
    queues: list[Named]
    categories: list[Category]
    breaks: list[BreakType]
    staff: list[Named]


@strawberry.type
class ContactDetail:
    contact: Contact
    client: Annotated["Client", strawberry.lazy("backend.graphql.client_types")] | None
    notes: list[Note]
    steps: list[Step]
    recording: rt.Recording | None
    quality: list[rt.LegQuality]


@strawberry.type
class LatestNote:
    contact: strawberry.ID
    text: str
    author_id: int
    at: datetime


@strawberry.type(
    description="A page of history, newest first. `before` of the next page is the last one's `arrivedAt`."
)
class HistoryPage:
    contacts: list[Contact]
    notes: list[LatestNote] = strawberry.field(description="The newest note of each of the contacts that has one.")
    more: bool


ContactResult = Annotated[Contact | Refused, strawberry.union("ContactResult")]
SoftphoneResult = Annotated[SoftphoneOpened | Refused, strawberry.union("SoftphoneResult")]
DialResult = Annotated[Contact | Done | Refused, strawberry.union("DialResult")]
DoneResult = Annotated[Done | Refused, strawberry.union("DoneResult")]
