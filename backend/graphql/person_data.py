"""Export and erasure of a person's data: for administrators, with a reason, written down."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry.scalars import JSON

from backend.application.person_data import Names
from backend.domain.access.policy import Action
from backend.domain.kernel.refusal import Refusal
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed


@strawberry.type(description="Everything that is known of a person: for programs, and as a page to read.")
class PersonExport:
    name: str
    json: JSON
    html: str


@strawberry.type(
    description="How far an erasure is. `contacts` are forgotten, `kept` are held by law; null `doneAt`: it goes on."
)
class Erasure:
    why: str
    by_id: int
    asked_at: datetime
    done_at: datetime | None
    contacts: int
    kept: int


ExportResult = Annotated[PersonExport | t.Refused, strawberry.union("ExportResult")]


@strawberry.type
class PersonQuery:
    @strawberry.field(permission_classes=[allowed(Action.ERASE_PERSON)])
    async def erasure(self, info: Info, client: int) -> Erasure | None:
        found = await info.context.services.persons.erasure(client)
        if found is None:
            return None
        return Erasure(
            why=found.why,
            by_id=found.by,
            asked_at=found.asked_at,
            done_at=found.done_at,
            contacts=found.contacts,
            kept=found.kept,
        )


@strawberry.type
class PersonMutation:
    @strawberry.mutation(permission_classes=[allowed(Action.EXPORT_PERSON)])
    async def export_person(self, info: Info, client: int, reason: str) -> ExportResult:
        services, actor = info.context.services, info.context.actor
        assert actor is not None
        settings = services.desk.settings
        names = Names(
            staff={x.id: x.name for x in await services.readers.staff()},
            queues={x.id: x.name for x in settings.queues.values()},
            categories={x.id: x.name for x in await services.labels.categories() if x.id is not None},
        )
        answer = await services.person_data.export(client, reason, actor, names)
        if isinstance(answer, Refusal):
            return t.Refused.of(answer)
        return PersonExport(name=answer.name, json=answer.json, html=answer.html)

    @strawberry.mutation(
        permission_classes=[allowed(Action.ERASE_PERSON)],
        description="The card is empty at once and cannot come back; contacts are forgotten soon after, those under a legal"
        " hold when it ends. `version` is of the card that was looked at.",
    )
    async def erase_person(self, info: Info, client: int, version: int, reason: str) -> t.DoneResult:
        services, actor = info.context.services, info.context.actor
        assert actor is not None
        answer = await services.person_data.erase(client, version, reason, actor)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()
