"""Who serves which queues, and what a supervisor may do about it."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from backend.application.desk import Desk
from backend.application.settings import AgentSettings
from backend.domain.agent import machine as agents
from backend.domain.agent.model import Agent, Presence
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode


class StaffingStore(Protocol):
    async def let_choose_queues(self, user: UserId, allowed: bool, actor: UserId) -> None: ...


class Staffing:
    def __init__(self, desk: Desk, store: StaffingStore, reload) -> None:
        self.desk = desk
        self.store = store
        self._reload = reload

    def assigned(self, user: UserId) -> tuple[QueueId, ...]:
        known = self.desk.settings.agents.get(user)
        return known.queues if known else ()

    async def set_queues(self, user: UserId, queues: Sequence[QueueId], actor: UserId) -> Agent | Refusal:
        """Log ``user`` in to exactly these of the assigned queues. Refused where the agent may not choose and does."""
        known = self._known(user)
        if isinstance(known, Refusal):
            return known
        if actor == user and not known.chooses_queues:
            return Refusal(RefusalCode.QUEUES_ARE_SET)
        if not set(queues) <= set(known.queues):
            return Refusal(RefusalCode.NOT_FOUND, "queue")
        wanted = tuple(q for q in known.queues if q in set(queues))
        return await self.desk.command_agent(user, agents.SetQueues(queues=wanted), actor)

    async def send_on_break(self, user: UserId, reason: str, breaks: Iterable[str], actor: UserId) -> Agent | Refusal:
        """A contact at hand is finished first: the break begins after it, as when the agent asks."""
        known = self._known(user)
        if isinstance(known, Refusal):
            return known
        if reason not in set(breaks):
            return Refusal(RefusalCode.NOT_FOUND, "break")
        return await self.desk.command_agent(user, agents.SetPresence(presence=Presence.BREAK, reason=reason), actor)

    async def let_choose_queues(self, user: UserId, allowed: bool, actor: UserId) -> AgentSettings | Refusal:
        known = self._known(user)
        if isinstance(known, Refusal):
            return known
        await self.store.let_choose_queues(user, allowed, actor)
        await self._reload()
        return self.desk.settings.agents[user]

    def _known(self, user: UserId) -> AgentSettings | Refusal:
        return self.desk.settings.agents.get(user) or Refusal(RefusalCode.NOT_FOUND, "agent")
