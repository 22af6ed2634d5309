"""Notes, categories, clients."""

import strawberry

from backend.application.paperwork import NewClient
from backend.domain.access.policy import Action
from backend.domain.kernel.refusal import Refusal
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed
from backend.graphql.work import contact_result


@strawberry.type
class PaperworkMutation:
    @strawberry.mutation(
        permission_classes=[allowed(Action.ANNOTATE)],
        description="A new version of the contact's note. `key`: sent twice, written once. `base`: the version that is"
        " rewritten; refused with CHANGED_MEANWHILE when somebody else has written a newer one.",
    )
    async def write_note(
        self, info: Info, contact: strawberry.ID, text: str, key: strawberry.ID, base: int | None = None
    ) -> t.ContactResult:
        actor = info.context.actor
        assert actor is not None
        return contact_result(
            await info.context.services.paperwork.write_note(contact_id(contact), text, actor, key[:64], base)
        )

    @strawberry.mutation(permission_classes=[allowed(Action.ANNOTATE)], description="Without a category none.")
    async def categorise(self, info: Info, contact: strawberry.ID, category: int | None = None) -> t.ContactResult:
        actor = info.context.actor
        assert actor is not None
        return contact_result(await info.context.services.paperwork.categorise(contact_id(contact), category, actor))

    @strawberry.mutation(permission_classes=[allowed(Action.WORK)], description="Null takes the pick back.")
    async def pick_client(self, info: Info, contact: strawberry.ID, client: int | None = None) -> t.ContactResult:
        actor = info.context.actor
        assert actor is not None
        return contact_result(await info.context.services.paperwork.pick_client(contact_id(contact), client, actor))

    @strawberry.mutation(permission_classes=[allowed(Action.EDIT_CLIENTS)])
    async def create_client(
        self,
        info: Info,
        name: str,
        key: strawberry.ID,
        number: str | None = None,
        insured_number: str | None = None,
        email: str | None = None,
    ) -> t.ClientResult:
        actor = info.context.actor
        assert actor is not None
        new = NewClient(name=name, number=number, insured_number=insured_number, email=email)
        answer = await info.context.services.paperwork.create_client(new, actor, key[:64])
        if isinstance(answer, Refusal):
            return t.Refused.of(answer)
        made = await info.context.services.readers.client(answer)
        assert made is not None
        return t.ClientCreated(client=client_view(made))


def client_view(c) -> t.Client:
    return t.Client(
        id=c.id,
        name=c.name,
        insured_number=c.insured_number,
        email=c.email,
        status=c.status,
        numbers=list(c.numbers),
    )
