"""Queues that agents are logged in to, by their own choice or a supervisor's."""

import strawberry

from backend.domain.access.policy import Action, Person
from backend.domain.kernel.refusal import Refusal
from backend.graphql import live_types as lt
from backend.graphql import types as t
from backend.graphql.permissions import Info, allowed, reach_of, require
from backend.graphql.work import WORK, agent_result

MANAGE = [allowed(Action.MANAGE_AGENTS)]


@strawberry.type(
    description="Queues assigned to an agent; which of them the agent is logged in to tells the live view."
)
class QueueChoice:
    user_id: int
    assigned: list[int]
    may_choose: bool


def _choice(info: Info, user: int) -> QueueChoice:
    known = info.context.services.desk.settings.agents.get(user)
    return QueueChoice(
        user_id=user,
        assigned=list(known.queues) if known else [],
        may_choose=known.chooses_queues if known else False,
    )


@strawberry.type
class StaffingQuery:
    @strawberry.field(permission_classes=WORK)
    async def my_queues(self, info: Info) -> QueueChoice:
        return _choice(info, info.context.user)

    @strawberry.field(permission_classes=MANAGE, description="Of everybody within reach who works with contacts.")
    async def queue_choices(self, info: Info) -> list[QueueChoice]:
        people = reach_of(info, Action.MANAGE_AGENTS)
        known = info.context.services.desk.settings.agents
        return [_choice(info, user) for user, x in known.items() if x.queues and people.person(user)]


@strawberry.type
class StaffingMutation:
    @strawberry.mutation(permission_classes=WORK, description="Log in to exactly these of the assigned queues.")
    async def set_my_queues(self, info: Info, queues: list[int]) -> lt.AgentResult:
        user = info.context.user
        return agent_result(info, await info.context.services.staffing.set_queues(user, queues, user))

    @strawberry.mutation(permission_classes=MANAGE)
    async def set_agent_queues(self, info: Info, agent: int, queues: list[int]) -> lt.AgentResult:
        require(info, Action.MANAGE_AGENTS, Person(agent))
        services, user = info.context.services, info.context.user
        answer = await services.staffing.set_queues(agent, queues, user)
        return agent_result(info, await services.supervision.noted("set_queues", agent, user, answer))

    @strawberry.mutation(permission_classes=MANAGE, description="`reason` is the id of a break.")
    async def send_on_break(self, info: Info, agent: int, reason: str) -> lt.AgentResult:
        require(info, Action.MANAGE_AGENTS, Person(agent))
        services, user = info.context.services, info.context.user
        breaks = [str(b.id) for b in (await services.labels.breaks()).breaks if not b.retired]
        answer = await services.staffing.send_on_break(agent, reason, breaks, user)
        return agent_result(info, await services.supervision.noted("send_on_break", agent, user, answer))

    @strawberry.mutation(
        permission_classes=MANAGE,
        description="End an agent's shift and sessions. Who talks or wraps up finishes first (`leaving`).",
    )
    async def sign_agent_out(self, info: Info, agent: int) -> lt.AgentResult:
        require(info, Action.MANAGE_AGENTS, Person(agent))
        supervision, user = info.context.services.supervision, info.context.user
        answer = await supervision.sign_out(agent, user)
        return agent_result(info, await supervision.noted("sign_out", agent, user, answer))

    @strawberry.mutation(
        permission_classes=MANAGE, description="Whether an agent may log in to and out of the assigned queues."
    )
    async def let_choose_queues(self, info: Info, agent: int, allowed: bool) -> t.DoneResult:
        require(info, Action.MANAGE_AGENTS, Person(agent))
        answer = await info.context.services.staffing.let_choose_queues(agent, allowed, info.context.user)
        return t.Refused.of(answer) if isinstance(answer, Refusal) else t.Done()
