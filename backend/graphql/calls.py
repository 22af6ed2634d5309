"""Call control and supervision: dial, transfer, consult, confer, park; listen, whisper, barge, take over."""

from enum import Enum

import strawberry

from backend.application.calls import Target
from backend.domain.access.policy import Action
from backend.domain.interaction.model import MemberRole
from backend.graphql import types as t
from backend.graphql.ids import contact_id
from backend.graphql.permissions import Info, allowed
from backend.graphql.work import contact_result

CONTROL = [allowed(Action.CONTROL_CALLS)]
SUPERVISE = [allowed(Action.SUPERVISE)]


@strawberry.input(
    description="Exactly one of them. `number`: any telephone number or extension, as a person writes it. `line`: of the PBX."
)
class CallTarget:
    agent: int | None = None
    queue: int | None = None
    number: str | None = None
    line: int | None = None

    def whom(self) -> Target:
        return Target(agent=self.agent, queue=self.queue, number=self.number, line=self.line)


@strawberry.enum
class SupervisionMode(Enum):
    LISTEN = MemberRole.LISTENING
    WHISPER = MemberRole.WHISPERING
    BARGE = MemberRole.BARGING


@strawberry.type
class CallMutation:
    @strawberry.mutation(
        permission_classes=[allowed(Action.DIAL)],
        description=(
            "Call a number. The customer sees the number of the agent's group. At an own telephone that rings first"
            " (Done), and the number when it is lifted."
        ),
    )
    async def dial(self, info: Info, number: str) -> t.DialResult:
        answer = await info.context.services.calls.dial(info.context.user, number)
        return t.Done() if answer is None else contact_result(answer)

    @strawberry.mutation(
        permission_classes=CONTROL,
        description="Without asking first. A colleague must be ready. Whoever cannot be reached sends the customer back.",
    )
    async def transfer(self, info: Info, contact: strawberry.ID, to: CallTarget) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.transfer(contact_id(contact), info.context.user, to.whom()))

    @strawberry.mutation(
        permission_classes=CONTROL,
        description=(
            "Ask a colleague, whoever of a queue is ready and idle longest, or a number while the customer hears music; `hold` and `resume` swap the two."
            " A colleague who is away is refused with COLLEAGUE_AWAY, and rung with `evenIfAway`."
        ),
    )
    async def consult(
        self, info: Info, contact: strawberry.ID, to: CallTarget, even_if_away: bool = False
    ) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(
            await calls.consult(contact_id(contact), info.context.user, to.whom(), even_if_away=even_if_away)
        )

    @strawberry.mutation(permission_classes=CONTROL, description="Back to the customer.")
    async def end_consultation(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.end_consultation(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=CONTROL, description="The consulted one has the customer from now on.")
    async def complete_transfer(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.complete(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=CONTROL, description="Customer, agent and the consulted one together.")
    async def make_conference(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.make_conference(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=CONTROL, description="Ring one more into the conference; eight at most.")
    async def add_to_conference(
        self, info: Info, contact: strawberry.ID, to: CallTarget, even_if_away: bool = False
    ) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(
            await calls.add(contact_id(contact), info.context.user, to.whom(), even_if_away=even_if_away)
        )

    @strawberry.mutation(permission_classes=CONTROL, description="Send one member away, or ring them no longer.")
    async def drop_member(self, info: Info, contact: strawberry.ID, n: int) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.drop(contact_id(contact), info.context.user, n))

    @strawberry.mutation(permission_classes=CONTROL, description="The others go on.")
    async def leave_conference(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.leave_conference(contact_id(contact), info.context.user))

    @strawberry.mutation(
        permission_classes=CONTROL, description="Keys 0–9 * # A–D for the customer, or for the member `n`."
    )
    async def send_digits(
        self, info: Info, contact: strawberry.ID, digits: str, n: int | None = None
    ) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.press(contact_id(contact), info.context.user, digits, n))

    @strawberry.mutation(permission_classes=CONTROL)
    async def park(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return contact_result(await info.context.services.calls.park(contact_id(contact), info.context.user))

    @strawberry.mutation(
        permission_classes=[allowed(Action.TAKE_PARKED)], description="A parked call, whoever parked it."
    )
    async def take_parked(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        return contact_result(await info.context.services.calls.take_parked(contact_id(contact), info.context.asking))

    @strawberry.mutation(
        permission_classes=SUPERVISE, description="Start, or switch to another mode. Needs an own connected telephone."
    )
    async def supervise(self, info: Info, contact: strawberry.ID, mode: SupervisionMode) -> t.ContactResult:
        services, actor, id = info.context.services, info.context.asking, contact_id(contact)
        answer = await services.calls.supervise(id, actor, mode.value)
        return contact_result(await services.supervision.noted(f"supervise:{mode.value.value}", id, actor.user, answer))

    @strawberry.mutation(permission_classes=SUPERVISE)
    async def stop_supervising(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        calls = info.context.services.calls
        return contact_result(await calls.stop_supervising(contact_id(contact), info.context.user))

    @strawberry.mutation(permission_classes=SUPERVISE, description="The supervisor has the call, the agent wraps up.")
    async def take_over_call(self, info: Info, contact: strawberry.ID) -> t.ContactResult:
        services, actor, id = info.context.services, info.context.asking, contact_id(contact)
        answer = await services.calls.take_over(id, actor)
        return contact_result(await services.supervision.noted("take_over", id, actor.user, answer))
