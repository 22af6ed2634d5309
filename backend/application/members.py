"""People of a call beside the customer and the agent in charge, as they answer, decline, leave or cannot be reached.

Here a failed transfer finds its way back: to the agent who gave the customer away, or to a queue at the old place.
"""

import uuid
from datetime import timedelta

from backend.application.destinations import Destinations
from backend.application.work import Refused, Work
from backend.domain.agent.model import Agent
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, LeaveCause, Member, MemberRole, Outcome
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import RoutingReason, ToQueue

OUTCOMES = {
    LeaveCause.BUSY: Outcome.BUSY,
    LeaveCause.NO_ANSWER: Outcome.NO_ANSWER,
    LeaveCause.DECLINED: Outcome.REJECTED,
    LeaveCause.HUNG_UP: Outcome.REJECTED,
}
"""Of a call that could not reach a number; every other cause is a failure."""


def first_recording(s: Interaction) -> str | None:
    """A recording to make if this is the customer's first conversation; one that there is goes on."""
    return None if s.segments or s.recording else str(uuid.uuid4())


def no_telephone(a: Agent) -> Refusal:
    """Why an agent cannot take a call now: the browser's telephone is away, or the call rings at another one."""
    return Refusal(RefusalCode.PHONE_RINGS if a.handset is not None else RefusalCode.PHONE_NOT_CONNECTED)


class Members:
    def __init__(self, destinations: Destinations) -> None:
        self.destinations = destinations

    async def answer(self, work: Work, s: Interaction, m: Member) -> Interaction:
        """Refused when it is an agent whose telephone is away: answering into silence helps nobody."""
        if m.agent is not None and not (a := await work.agent(m.agent)).phone_connected:
            raise Refused(no_telephone(a))
        return await work.command(s.id, c.AnswerAsMember(n=m.n, recording=first_recording(s)))

    async def gone(
        self, work: Work, id: InteractionId, n: int, cause: LeaveCause, by: UserId | None = None
    ) -> Interaction | None:
        """A member left or cannot be reached; nothing when that is known. A customer who waited for them moves on."""
        s = await work.interaction(id)
        m = s.member(n) if s is not None else None
        if s is None or m is None:
            return s
        after = await work.command(id, c.DropMember(n=n, cause=cause, agent=by))
        if m.role is MemberRole.TRANSFER and after.ended_at is None:
            return await self.move_on(work, after, m)
        return after

    async def move_on(self, work: Work, s: Interaction, m: Member) -> Interaction:
        """The customer waited for somebody who does not come."""
        if m.otherwise is not None:
            return await self.destinations.send(work, s.id, m.otherwise, RoutingReason.OTHERWISE)
        if s.agent is None:
            if s.queue is not None:
                return await self.to_queue(work, s)
            return await self.destinations.apologise(work, s.id)
        if m.agent == s.agent:
            return await self.to_queue(work, s)
        return await self.back_to(work, s, s.agent)

    async def back_to(self, work: Work, s: Interaction, agent: UserId) -> Interaction:
        """To the agent who had the customer: at once while still at wrap-up, otherwise as an offer, otherwise to a queue."""
        a = await work.agent(agent)
        if agent in s.wrapping_up and a.phone_connected:
            return await work.command(s.id, c.GiveBack(agent=agent))
        if a.reachable_for(s.channel):
            ring = timedelta(seconds=work.settings.calls.ring_s)
            return await work.command(s.id, c.CallOut(whom=c.Whom(agent=agent, ring=ring), recorded=s.recorded))
        return await self.to_queue(work, s)

    async def to_queue(self, work: Work, s: Interaction) -> Interaction:
        """The customer's queue at the customer's old place; without one, a queue of the agent's. Neither is closed or
        full for who was taken already."""
        if s.queue is not None and s.queue in work.settings.queues:
            back = ToQueue(queue=s.queue, priority=s.priority, skills=s.skills, steps=s.steps)
            tried = s.overflows if s.segments else s.overflows + 1
            return await self.destinations.enqueue(work, s.id, back, since=s.queued_at, overflows=tried)
        known = work.settings.agents.get(s.agent) if s.agent is not None else None
        queue = next(iter((*(known.queues if known else ()), *sorted(work.settings.queues))), None)
        if queue is None:
            return await self.destinations.apologise(work, s.id)
        return await self.destinations.enqueue(work, s.id, ToQueue(queue=queue), since=s.arrived_at)

    async def give_back_offers(self, work: Work, user: UserId, *, also_calls: bool = False) -> None:
        """Calls that ring at this user ring no longer; with ``also_calls`` (the telephone is gone for good) the user is out of
        conversations, too, of which somebody else is in charge."""
        seen = await work.tx.peek_agent(user)
        for contact in sorted(seen.contacts if seen else (), key=lambda x: x.interaction):
            s = await work.interaction(contact.interaction)
            m = s.member_of(user) if s is not None else None
            if s is not None and m is not None and (also_calls or not m.up):
                await self.gone(work, s.id, m.n, LeaveCause.AGENT_GONE)
