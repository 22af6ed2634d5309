"""Calls and their recordings, found by their data; legal holds; who heard what."""

from datetime import datetime

import strawberry

from backend.adapters.recordings.catalogue import Access, Found
from backend.domain.access.policy import Action, can
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.recording.search import CallType, Criteria, SortBy
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed, reach_of

MOST_PER_PAGE = 200
LONGEST_TEXT = 200


@strawberry.input(description="What is left out does not narrow. Lengths and waits in seconds; texts match in part.")
class CallCriteria:
    since: datetime | None = None
    until: datetime | None = None
    agents: list[int] = strawberry.field(default_factory=list)
    queues: list[int] = strawberry.field(default_factory=list)
    categories: list[int] = strawberry.field(default_factory=list)
    types: list[CallType] = strawberry.field(default_factory=list)
    number: str | None = None
    client: int | None = None
    words: str | None = strawberry.field(
        default=None, description="In any version of the note; endings of words, case and diacritics ignored."
    )
    length_from: float | None = None
    length_to: float | None = None
    wait_from: float | None = None
    wait_to: float | None = None
    recorded: bool | None = None
    held: bool | None = None


@strawberry.type(description="A finished call with the data by which it is searched and sorted.")
class FoundCall:
    contact_id: strawberry.ID
    type: CallType
    started_at: datetime
    agent_id: int | None
    number: str | None
    queue_id: int | None
    category_id: int | None
    wait_seconds: float | None
    length_seconds: float | None
    note: str | None
    recording_id: strawberry.ID | None
    playable: bool
    held: bool

    @classmethod
    def of(cls, f: Found) -> "FoundCall":
        return cls(
            contact_id=strawberry.ID(f.interaction),
            type=f.type,
            started_at=f.started_at,
            agent_id=f.agent,
            number=f.number,
            queue_id=f.queue,
            category_id=f.category,
            wait_seconds=f.wait_s,
            length_seconds=f.length_s,
            note=f.note,
            recording_id=strawberry.ID(f.recording) if f.recording else None,
            playable=f.playable,
            held=f.held,
        )


@strawberry.type
class FoundCalls:
    calls: list[FoundCall]
    total: int


@strawberry.type(description="Somebody asked for a recording; `allowed` says whether it was given out.")
class RecordingAccess:
    user_id: int | None
    action: str
    allowed: bool
    address: str
    at: datetime

    @classmethod
    def of(cls, a: Access) -> "RecordingAccess":
        return cls(user_id=a.user, action=a.action, allowed=a.allowed, address=a.address, at=a.at)


async def _may_keep(info: Info, recording: str) -> bool:
    stored = await info.context.services.catalogue.stored(recording)
    return stored is not None and can(info.context.actor, Action.KEEP_RECORDINGS, stored.subject)


@strawberry.type
class RecordingQuery:
    @strawberry.field(
        permission_classes=[allowed(Action.LISTEN)],
        description="Finished calls within one's reach.",
    )
    async def search_calls(
        self,
        info: Info,
        criteria: CallCriteria,
        sort: SortBy = SortBy.STARTED,
        descending: bool = True,
        first: int = 50,
        offset: int = 0,
    ) -> FoundCalls:
        asked = Criteria(
            since=criteria.since,
            until=criteria.until,
            agents=tuple(criteria.agents),
            queues=tuple(criteria.queues),
            categories=tuple(criteria.categories),
            types=tuple(criteria.types),
            number=(criteria.number or "")[:LONGEST_TEXT] or None,
            client=criteria.client,
            words=(criteria.words or "").strip()[:LONGEST_TEXT] or None,
            length_from=criteria.length_from,
            length_to=criteria.length_to,
            wait_from=criteria.wait_from,
            wait_to=criteria.wait_to,
            recorded=criteria.recorded,
            held=criteria.held,
        )
        found, total = await info.context.services.catalogue.search(
            asked,
            sort,
            descending,
            max(1, min(first, MOST_PER_PAGE)),
            max(0, offset),
            reach_of(info, Action.LISTEN),
        )
        return FoundCalls(calls=[FoundCall.of(f) for f in found], total=total)

    @strawberry.field(
        permission_classes=[allowed(Action.KEEP_RECORDINGS)], description="Who asked for it, newest first."
    )
    async def recording_accesses(self, info: Info, recording: strawberry.ID) -> list[RecordingAccess]:
        id = contact_id(recording)
        if not await _may_keep(info, id):
            return []
        found = await info.context.services.catalogue.accesses(id)
        return [RecordingAccess.of(a) for a in found]


@strawberry.type
class RecordingMutation:
    @strawberry.mutation(
        permission_classes=[allowed(Action.KEEP_RECORDINGS)],
        description="A legal hold: the recording is not erased while it lasts. Without `why` the hold is released.",
    )
    async def hold_recording(self, info: Info, recording: strawberry.ID, why: str | None = None) -> t.DoneResult:
        reason = (why or "").strip()[:LONGEST_TEXT] or None
        if why is not None and reason is None:
            return t.Refused.of(Refusal(RefusalCode.BAD_INPUT, "why"))
        services, id = info.context.services, contact_id(recording)
        if not await _may_keep(info, id):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND))
        if not await services.catalogue.hold(id, info.context.user, reason, services.desk.clock()):
            return t.Refused.of(Refusal(RefusalCode.NOT_FOUND))
        await services.catalogue.note_access(
            id, info.context.user, "hold" if reason else "release", True, info.context.address
        )
        return t.Done()
