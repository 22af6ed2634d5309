"""Screen words of what happens now: agents, queues, all together, and the frames in which they come."""

from datetime import datetime
from typing import Annotated

import strawberry

from backend.application.settings import QueueSettings
from backend.domain.agent.handset import EndpointKind, HandsetStage
from backend.domain.agent.model import Activity, Agent, Presence, Stage
from backend.domain.metrics.measures import Measure, Picture, sla_infoline, value
from backend.domain.metrics.service_level import Formula
from backend.graphql import types as t
from backend.projections.live import Live
from backend.projections.live import QueueNow as QueueState


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
    contacts: list[t.Contact]
    queues: list[QueueNow]
    gone: list[strawberry.ID]
    overall: Overall | None = strawberry.field(description="Of the floor.")


AgentResult = Annotated[AgentNow | t.Refused, strawberry.union("AgentResult")]
