"""The supervisor's floor: the contacts behind a number."""

from datetime import datetime

import strawberry

from backend.domain.access.policy import Action
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed
from backend.projections.behind import Number, behind

strawberry.enum(Number, name="FloorNumber")
SEE = [allowed(Action.SEE_FLOOR)]
MOST_PER_PAGE = 200


@strawberry.type(
    description="One that was counted: `at` the entry into the queue, the offer, or the acceptance; whose miss or"
    " conversation it was; null where there is no such."
)
class CountedContact:
    contact: t.Contact
    at: datetime
    queue_id: int | None
    agent_id: int | None


@strawberry.type(description="`total` is the number that was asked about; a contact counted twice is there twice.")
class CountedContacts:
    total: int
    contacts: list[CountedContact]


@strawberry.type
class FloorQuery:
    @strawberry.field(
        permission_classes=SEE,
        description="The contacts behind a number of today, newest first; of a queue, of an agent, or of all.",
    )
    async def contacts_behind(
        self,
        info: Info,
        number: Number,
        queue: int | None = None,
        agent: int | None = None,
        first: int = 50,
        offset: int = 0,
    ) -> CountedContacts:
        services = info.context.services
        await services.feed.catch_up()
        units = behind(services.feed.live, number, queue, agent)
        shown = units[max(0, offset) :][: max(1, min(first, MOST_PER_PAGE))]
        known = await services.readers.contacts([x.interaction for x in shown])
        return CountedContacts(
            total=len(units),
            contacts=[
                CountedContact(contact=t.Contact.of(known[x.interaction]), at=x.at, queue_id=x.queue, agent_id=x.agent)
                for x in shown
                if x.interaction in known
            ],
        )
