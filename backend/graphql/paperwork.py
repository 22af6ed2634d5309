"""Note, category and client of a contact."""

import strawberry

from backend.domain.access.policy import Action
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
