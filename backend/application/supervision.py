"""What a supervisor may do about agents at work and contacts that wait. What is refused stands in the log as well."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from backend.application.access import within
from backend.application.desk import Desk
from backend.application.work import Refused, Work
from backend.domain.access.policy import Action, Actor, Queue, can
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Agent
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import RoutingReason, ToAgent, ToQueue

LEAST_PRIORITY, MOST_PRIORITY = -1000, 1000
T = TypeVar("T")


class RefusedAction(msgspec.Struct, frozen=True, kw_only=True):
    """As it stands in the log. ``on``: whom or what it was about."""

    action: str
    on: str
    code: str
    detail: str


class SupervisionStore(Protocol):
    async def set_queue_priority(self, queue: QueueId, priority: int, actor: UserId) -> None: ...
    async def note_refusal(self, refused: RefusedAction, at: datetime, actor: UserId) -> None: ...


class Supervision:
    def __init__(self, desk: Desk, store: SupervisionStore, reload: Callable[[], Awaitable[None]]) -> None:
        self.desk = desk
        self.store = store
        self._reload = reload

    async def noted(self, action: str, on: object, actor: UserId, answer: T | Refusal) -> T | Refusal:
        """The answer as it came; a refusal is put into the log on its way."""
        if isinstance(answer, Refusal):
            refused = RefusedAction(action=action, on=str(on), code=answer.code.value, detail=answer.detail)
            await self.store.note_refusal(refused, self.desk.clock(), actor)
        return answer

    async def sign_out(self, user: UserId, actor: UserId) -> Agent | Refusal:
        """Ends the agent's shift and sessions. A ringing offer goes to somebody else; who talks or wraps up finishes
        first, and is offered nothing more."""
        if user not in self.desk.settings.agents:
            return Refusal(RefusalCode.NOT_FOUND, "agent")
        return await self.end_shift(user, actor)

    async def end_shift(self, user: UserId, actor: UserId) -> Agent | Refusal:
        """Also of an account that has just been switched off."""

        async def do(work: Work) -> Agent:
            await self.desk.give_back(work, user)
            return await work.command_agent(user, agents.SignOut(forced=True))

        return await self.desk.run(do, actor)

    async def prioritise(self, id: InteractionId, priority: int, actor: Actor) -> Interaction | Refusal:
        if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
            return Refusal(RefusalCode.BAD_INPUT, "priority")

        async def do(work: Work) -> Interaction:
            await within(work, id, actor, Action.MANAGE_WAITING)
            return await work.command(id, c.Reprioritise(priority=priority))

        return await self.desk.run(do, actor.user)

    async def prioritise_queue(self, queue: QueueId, priority: int, actor: Actor) -> QueueId | Refusal:
        if not LEAST_PRIORITY <= priority <= MOST_PRIORITY:
            return Refusal(RefusalCode.BAD_INPUT, "priority")
        if queue not in self.desk.settings.queues or not can(actor, Action.MANAGE_WAITING, Queue(queue)):
            return Refusal(RefusalCode.NOT_FOUND, "queue")
        await self.store.set_queue_priority(queue, priority, actor.user)
        await self._reload()
        return queue

    async def to_queue(self, id: InteractionId, queue: QueueId, actor: Actor) -> Interaction | Refusal:
        """The place by arrival and the priority are kept. Refused where the queue takes nobody now."""

        async def do(work: Work) -> Interaction:
            s = await self._waiting(work, id, actor)
            there = ToQueue(queue=queue, priority=s.priority)
            return await self.desk.destinations.go(work, id, there, RoutingReason.SUPERVISOR, stays=True)

        return await self.desk.run(do, actor.user)

    async def to_agent(self, id: InteractionId, user: UserId, actor: Actor) -> Interaction | Refusal:
        """Refused unless the agent is ready; who does not answer gives the contact back to its queue."""

        async def do(work: Work) -> Interaction:
            s = await self._waiting(work, id, actor)
            if user not in work.settings.agents:
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "agent"))
            if not (await work.agent(user)).available_for(s.channel):
                raise Refused(Refusal(RefusalCode.AGENT_NOT_READY))
            back = ToQueue(queue=s.queue, priority=s.priority) if s.queue is not None else None
            there = ToAgent(agent=user, otherwise=back)
            return await self.desk.destinations.go(work, id, there, RoutingReason.SUPERVISOR, stays=True)

        return await self.desk.run(do, actor.user)

    async def _waiting(self, work: Work, id: InteractionId, actor: Actor) -> Interaction:
        """Taken from whom it rings at; nobody's miss. Raises Refused."""
        s = await within(work, id, actor, Action.MANAGE_WAITING)
        if s.phase not in (Phase.QUEUED, Phase.OFFERED):
            raise Refused(Refusal(RefusalCode.WRONG_PHASE))
        for offer in s.all_offers:
            await self.desk.return_offer_in(work, id, offer.agent, c.ReturnReason.WITHDRAWN)
        return await work.interaction(id) or s
