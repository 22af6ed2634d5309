"""The supervisor's floor: the contacts behind a number, and what may be done about those who wait."""

from datetime import datetime

import strawberry

from backend.domain.access.policy import Action
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed, reach_of
from backend.graphql.work import contact_result
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
        floor = reach_of(info, Action.SEE_FLOOR)
        units = [x for x in behind(services.feed.live, number, queue, agent) if floor.contact(x.subject)]
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


WAITING = [allowed(Action.MANAGE_WAITING)]


@strawberry.type
class FloorMutation:
    @strawberry.mutation(
        permission_classes=WAITING, description="Of a contact that waits; 0 is usual, higher goes first."
    )
    async def prioritise_contact(self, info: Info, contact: strawberry.ID, priority: int) -> t.ContactResult:
        supervision, actor, id = info.context.services.supervision, info.context.asking, contact_id(contact)
        answer = await supervision.prioritise(id, priority, actor)
        return contact_result(await supervision.noted("prioritise", id, actor.user, answer))

    @strawberry.mutation(permission_classes=WAITING, description="0 is usual; contacts of a higher queue go first.")
    async def prioritise_queue(self, info: Info, queue: int, priority: int) -> t.DoneResult:
        supervision, actor = info.context.services.supervision, info.context.asking
        answer = await supervision.prioritise_queue(queue, priority, actor)
        answer = await supervision.noted("prioritise_queue", queue, actor.user, answer)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()

    @strawberry.mutation(
        permission_classes=WAITING,
        description="Give a contact that waits to another queue, or to a ready agent, one of the two. Its place by arrival"
        " and its priority are kept; an agent who does not answer gives it back.",
    )
    async def hand_waiting(
        self, info: Info, contact: strawberry.ID, queue: int | None = None, agent: int | None = None
    ) -> t.ContactResult:
        supervision, actor, id = info.context.services.supervision, info.context.asking, contact_id(contact)
        if queue is not None and agent is None:
            answer = await supervision.to_queue(id, queue, actor)
        elif agent is not None and queue is None:
            answer = await supervision.to_agent(id, agent, actor)
        else:
            answer = Refusal(RefusalCode.BAD_INPUT, "target")
        return contact_result(await supervision.noted("hand_waiting", id, actor.user, answer))
