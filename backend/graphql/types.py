"""Screen words. Enums are the domain's, wrapped; times are UTC."""

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from backend.adapters.recordings.catalogue import Stored
from backend.application.settings import QueueSettings
from backend.domain.access import subjects
from backend.domain.access.policy import Action, Actor, Role, Scope, can
from backend.domain.agent.handset import EndpointKind, HandsetStage
from backend.domain.agent.model import Activity, Agent, Presence, Stage
from backend.domain.interaction.model import Channel, Direction, Interaction, Outcome, Party, Phase
from backend.domain.kernel.locale import Locale
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.labels.model import BreakKind
from backend.domain.metrics.measures import Measure, Picture, sla_infoline, value
from backend.domain.metrics.service_level import Formula
from backend.domain.recording.retention import expires_at
from backend.domain.recording.search import CallType, SortBy
from backend.graphql import call_types as calls
from backend.projections.live import Live
from backend.projections.live import QueueNow as QueueState

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


@strawberry.type
class AgentContact:
    contact_id: strawberry.ID
    stage: Stage
    since: datetime


@strawberry.type(
    description="Where an agent works. `stage` of the own telephone's leg is null while there is none; of the browser always."
)
class Endpoint:
    kind: EndpointKind
    number: str | None
    stage: HandsetStage | None
    stays_up: bool

    @classmethod
    def of(cls, a: Agent) -> "Endpoint":
        h = a.handset
        if h is None or not a.own_telephone:
            return cls(kind=EndpointKind.BROWSER, number=None, stage=None, stays_up=False)
        return cls(kind=h.kind, number=h.number, stage=h.stage, stays_up=h.stays_up)


@strawberry.type(
    description="An agent at this moment. `activity` is what to show; `presence` is what the agent declared."
)
class AgentNow:
    user_id: int
    name: str
    activity: Activity
    activity_since: datetime
    presence: Presence
    reason: str | None
    presence_since: datetime
    queues: list[int]
    phone_connected: bool
    rung_by_push: bool = strawberry.field(description="Offered calls also while no telephone is connected.")
    phone_owner: str | None
    endpoint: "Endpoint"
    contacts: list[AgentContact]
    number: str = strawberry.field(description="The extension, if the agent has one, otherwise the log-in.")
    location_id: int | None
    group_ids: list[int]
    handled_today: int = strawberry.field(description="Conversations that began today.")
    leaving: bool = strawberry.field(description="Signed out by a supervisor as soon as the contacts at hand are over.")
    missed_today: int = strawberry.field(description="Offers of today not taken, or whose caller gave up meanwhile.")

    @classmethod
    def of(cls, a: Agent, live: Live) -> "AgentNow":
        known, work = live.settings.agents.get(a.user), live.work(a.user)
        return cls(
            user_id=a.user,
            name=known.name if known else "",
            number=known.number if known else "",
            location_id=known.location if known else None,
            group_ids=sorted(known.groups) if known else [],
            handled_today=work.handled,
            missed_today=work.missed,
            leaving=a.leaving,
            activity=a.activity,
            activity_since=a.activity_since,
            presence=a.presence,
            reason=a.reason,
            presence_since=a.since,
            queues=list(a.queues),
            phone_connected=a.phone_connected if a.handset is None else a.phone_reachable,
            rung_by_push=a.rung_by_push,
            phone_owner=a.phone.owner if a.phone else None,
            endpoint=Endpoint.of(a),
            contacts=[
                AgentContact(contact_id=strawberry.ID(x.interaction), stage=x.stage, since=x.since) for x in a.contacts
            ],
        )


@strawberry.type(
    description="A queue at this moment and today so far. `serviceLevel` is null when there is nothing to judge."
)
class QueueNow:
    id: int
    name: str
    waiting: int
    longest_since: datetime | None
    ready: int
    busy: int
    signed_in: int
    offered: int
    answered: int
    abandoned: int
    missed: int = strawberry.field(description="Offers of today that agents did not take.")
    callbacks: int = strawberry.field(description="Open wishes to be called back, messages included.")
    sla_infoline: float | None = strawberry.field(
        description="Lost to handled (abandoned : answered); null when nothing was handled."
    )
    service_level: float | None
    target_seconds: int
    formula: Formula
    expected_wait_seconds: float | None = strawberry.field(
        description="Of a caller who would come now; null when nobody serves the queue."
    )

    priority: int

    @classmethod
    def of(cls, now: QueueState, settings: QueueSettings) -> "QueueNow":
        return cls(
            id=now.queue,
            name=settings.name,
            priority=settings.priority,
            missed=now.missed,
            callbacks=now.callbacks,
            sla_infoline=sla_infoline(now.today.abandoned, now.today.answered),
            waiting=now.waiting,
            longest_since=now.longest_since,
            ready=now.ready,
            busy=now.busy,
            signed_in=now.signed_in,
            offered=now.today.offered,
            answered=now.today.answered,
            abandoned=now.today.abandoned,
            service_level=now.service_level,
            target_seconds=int(settings.definition.target.total_seconds()),
            formula=settings.definition.formula,
            expected_wait_seconds=now.expected_wait.total_seconds() if now.expected_wait is not None else None,
        )


@strawberry.type(
    description="All queues together, at this moment and today so far; agents are counted once, whatever they serve."
)
class Overall:
    waiting: int
    longest_since: datetime | None
    offered: int
    answered: int
    abandoned: int
    missed: int
    callbacks: int
    service_level: float | None
    sla_infoline: float | None
    free: int
    busy: int
    on_break: int
    not_ready: int
    signed_in: int

    @classmethod
    def of(cls, picture: Picture, now: datetime) -> "Overall":
        def whole(measure: Measure) -> int:
            return int(value(measure, picture, now) or 0)

        return cls(
            waiting=whole(Measure.WAITING),
            longest_since=picture.longest_since,
            offered=whole(Measure.OFFERED),
            answered=whole(Measure.HANDLED),
            abandoned=whole(Measure.LOST),
            missed=whole(Measure.MISSED),
            callbacks=whole(Measure.CALLBACKS),
            service_level=value(Measure.SERVICE_LEVEL, picture, now),
            sla_infoline=value(Measure.SLA_INFOLINE, picture, now),
            free=whole(Measure.FREE),
            busy=whole(Measure.BUSY),
            on_break=whole(Measure.ON_BREAK),
            not_ready=whole(Measure.NOT_READY),
            signed_in=whole(Measure.SIGNED_IN),
        )


@strawberry.type(
    description=(
        "One message of a live subscription. With `snapshot` the lists are everything there is and replace what the"
        " client had; otherwise they are what changed, each item whole, and `gone` are contacts no longer in the list."
        " Give the last `cursor` as `after` when subscribing again: nothing is missed, nothing comes twice."
    )
)
class LiveFrame:
    snapshot: bool
    cursor: str
    now: datetime
    agents: list[AgentNow]
    contacts: list[Contact]
    queues: list[QueueNow]
    gone: list[strawberry.ID]
    overall: Overall | None = strawberry.field(description="Of the floor.")


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


@strawberry.type(description="A stretch of a recording of which nothing was written: hold, or the agent's decision.")
class Gap:
    start_ms: int
    end_ms: int


@strawberry.type(
    description=(
        "A recording, customer left, agents right. `url` plays it (null while there is nothing to play), `wavUrl` and"
        " `mp3Url` take it away, for those who may. `peaks`: loudness 0…255 of equal stretches, left then right, base64."
    )
)
class Recording:
    id: strawberry.ID
    started_at: datetime | None
    duration_ms: int | None
    url: str | None
    wav_url: str | None
    mp3_url: str | None
    gaps: list[Gap]
    peaks: str | None
    failure: str | None
    damaged: bool
    sha256: str | None
    held_why: str | None
    held_by_id: int | None
    keep_until: datetime | None
    erased_at: datetime | None

    @classmethod
    def of(cls, r: Stored, actor: Actor | None) -> "Recording":
        playable = r.playable and can(actor, Action.LISTEN, r.subject)
        takeable = r.playable and can(actor, Action.DOWNLOAD, r.subject)
        return cls(
            id=strawberry.ID(r.id),
            started_at=r.started_at,
            duration_ms=r.duration_ms,
            url=f"/recordings/{r.id}/audio" if playable else None,
            wav_url=f"/recordings/{r.id}.wav" if takeable else None,
            mp3_url=f"/recordings/{r.id}.mp3" if takeable else None,
            gaps=[Gap(start_ms=a, end_ms=b) for a, b in r.gaps_ms],
            peaks=base64.b64encode(r.peaks).decode() if r.peaks and playable else None,
            failure=r.failure,
            damaged=r.damaged_at is not None,
            sha256=r.sha256,
            held_why=r.held_why,
            held_by_id=r.held_by,
            keep_until=expires_at(r.started_at, r.retention_days, r.held_at is not None) if r.started_at else None,
            erased_at=r.erased_at,
        )


@strawberry.type(description="Reception of one leg: packets, loss, jitter and round trip.")
class LegQuality:
    leg: str
    received: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None
    mos: float | None


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
    recording: Recording | None
    quality: list[LegQuality]


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
AgentResult = Annotated[AgentNow | Refused, strawberry.union("AgentResult")]
SoftphoneResult = Annotated[SoftphoneOpened | Refused, strawberry.union("SoftphoneResult")]
DialResult = Annotated[Contact | Done | Refused, strawberry.union("DialResult")]
DoneResult = Annotated[Done | Refused, strawberry.union("DoneResult")]
