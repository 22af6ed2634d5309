"""What screens ask for once."""

from collections.abc import Mapping
from datetime import datetime

import strawberry

from backend.adapters.postgres.readers import NewerEvent
from backend.domain.access import subjects
from backend.domain.access.policy import Action, can
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction
from backend.domain.ivr.flow import Flow
from backend.domain.labels.model import Category
from backend.domain.routing.destination import Destination
from backend.graphql import recording_types as rt
from backend.graphql import types as t
from backend.graphql.account import user_of
from backend.graphql.client_types import Client
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed, reach_of

MOST_PER_PAGE = 100


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[allowed(Action.SIGN_IN)], description="Who is signed in; null for nobody.")
    async def me(self, info: Info) -> t.User | None:
        actor = info.context.actor
        return await user_of(info, actor.user) if actor else None

    @strawberry.field(permission_classes=[allowed(Action.SEE_SETTINGS)])
    async def settings(self, info: Info) -> t.Settings:
        readers, labels = info.context.services.readers, info.context.services.labels
        settings = info.context.services.desk.settings
        people, board = reach_of(info, Action.SEE_COLLEAGUES), reach_of(info, Action.SEE_BOARD)
        served = settings.agents[info.context.user].queues if info.context.user in settings.agents else ()
        queues = [q for q in settings.queues.values() if board.queue(q.id) or q.id in served]
        return t.Settings(
            locations=[t.Named(id=id, name=name) for id, name in settings.locations.items()],
            groups=[
                t.Named(id=g.id, name=g.name)
                for g in sorted(settings.groups.values(), key=lambda g: g.name)
                if people.everything or any(map(people.person, g.members))
            ],
            queues=[t.Named(id=q.id, name=q.name) for q in sorted(queues, key=lambda q: q.name)],
            categories=[category_view(c) for c in await labels.categories()],
            breaks=[
                t.BreakType(id=b.id, name=b.name, kind=b.kind, limit_seconds=b.limit_s, retired=b.retired)
                for b in (await labels.breaks()).breaks
                if b.id is not None
            ],
            staff=[t.Named(id=n.id, name=n.name) for n in await readers.staff() if people.person(n.id)],
        )

    @strawberry.field(permission_classes=[allowed(Action.SEE_HISTORY)])
    async def contact(self, info: Info, id: strawberry.ID) -> t.ContactDetail | None:
        readers = info.context.services.readers
        s = await readers.contact(contact_id(id))
        if s is None or not _may_see(info, s):
            return None
        services = info.context.services
        client = await services.client_readers.client(s.client) if s.client is not None else None
        flows = info.context.services.desk.settings.flows
        recording = await info.context.services.catalogue.stored(s.recording) if s.recording else None
        erased = client is not None and client.erased_at is not None
        return t.ContactDetail(
            contact=t.Contact.of(s),
            client=Client.of(client, services.clients, info.context.actor) if client else None,
            notes=[
                t.Note(version=n.version, text=n.text, author_id=n.author, at=n.at) for n in await readers.notes(s.id)
            ],
            steps=[
                step_view(event, who, flows, erased)
                for event, who in await readers.steps(s.id)
                if _shown_step(info, s, event)
            ],
            recording=rt.Recording.of(recording, info.context.actor) if recording else None,
            quality=[quality_view(leg, q) for leg, q in await readers.qualities(s.id)],
        )

    @strawberry.field(
        permission_classes=[allowed(Action.SEE_HISTORY)],
        description="Contacts, newest first: those within one's reach, of a client or number all that its timeline shows.",
    )
    async def history(
        self,
        info: Info,
        client: int | None = None,
        number: str | None = None,
        before: datetime | None = None,
        first: int = 30,
    ) -> t.HistoryPage:
        of_somebody = client is not None or number is not None
        within = reach_of(info, Action.SEE_TIMELINE if of_somebody else Action.SEE_HISTORY)
        limit = max(1, min(first, MOST_PER_PAGE))
        found = await info.context.services.readers.history(
            within=within, client=client, number=number, before=before, limit=limit + 1
        )
        shown = found[:limit]
        notes = await info.context.services.readers.latest_notes([s.id for s in shown])
        return t.HistoryPage(
            contacts=[t.Contact.of(s) for s in shown],
            notes=[
                t.LatestNote(contact=strawberry.ID(id), text=n.text, author_id=n.author, at=n.at)
                for id, n in notes.items()
            ],
            more=len(found) > limit,
        )


def _may_see(info: Info, s: Interaction) -> bool:
    return can(info.context.actor, Action.SEE_HISTORY, subjects.contact(s))


SECRET = (e.SupervisionStarted, e.SupervisionSwitched, e.SupervisionEnded)
"""Steps that only supervisors see, afterwards."""


def _shown_step(info: Info, s: Interaction, event: e.InteractionEvent | NewerEvent) -> bool:
    """What this version does not know may be as secret as anything."""
    return not isinstance(event, (*SECRET, NewerEvent)) or can(
        info.context.actor, Action.SUPERVISE, subjects.contact(s)
    )


def step_view(
    event: e.InteractionEvent | NewerEvent, actor: int | None, flows: Mapping[int, Flow], erased: bool = False
) -> t.Step:
    """``erased``: of a person who asked to be forgotten; only what happened is told."""
    detail: str | None = None
    match event:
        case e.IvrMoved():
            named = flows.get(event.run.flow)
            path = [named.title(n) if named else n for n in event.path]
            detail = " → ".join(path) + (f" [{event.input}]" if event.input else "")
        case e.Queued(queue=queue):
            detail = str(queue)
        case e.PositionAnnounced(position=position):
            detail = str(position)
        case e.Routed(to=to, reason=why, rule=rule):
            detail = ":".join((why.value, destination_tag(to), rule or ""))
        case e.AnnouncementStarted(text=words) | e.ComfortPlayed(text=words):
            detail = words
        case e.OfferReturned(reason=reason):
            detail = reason.value
        case e.Ended(outcome=outcome, by=by):
            detail = f"{outcome.value} ({by.value})"
        case e.Dialled(number=number):
            detail = number
        case e.MemberInvited(role=role, number=number):
            detail = role.value + (f" {number}" if number else "")
        case e.MemberLeft(cause=cause) | e.TransferFailed(cause=cause):
            detail = cause.value
        case e.SupervisionStarted(mode=mode) | e.SupervisionSwitched(mode=mode):
            detail = mode.value
        case e.RecordingSaved(duration_ms=duration):
            detail = f"{duration / 1000:.1f} s"
    return t.Step(
        at=event.at,
        kind=event.type if isinstance(event, NewerEvent) else type(event).__name__,
        agent_id=getattr(event, "agent", None),
        actor_id=actor,
        detail=None if erased else detail,
    )


def destination_tag(to: Destination) -> str:
    """``queue``, ``flow`` …: the kind of a destination as settings name it."""
    return str(type(to).__struct_config__.tag)


def quality_view(leg: str, q: dict) -> rt.LegQuality:
    return rt.LegQuality(
        leg="agent" if leg.startswith("agent-") else "member" if "." in leg else "customer",
        received=q["received"],
        lost=q["lost"],
        jitter_ms=q["jitter_ms"],
        round_trip_ms=q.get("round_trip_ms"),
        mos=q.get("mos"),
    )


def category_view(c: Category) -> t.Category:
    return t.Category(id=c.id, name=c.name, queue_id=c.queue, parent_id=c.parent, path=list(c.path), retired=c.retired)
