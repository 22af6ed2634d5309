"""Use cases of people and bridges: load, decide, append. One transaction per command."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from backend.application import members
from backend.application.ports import Bell, Store
from backend.application.settings import Settings
from backend.application.work import Refused, Work
from backend.domain.agent import machine as agents
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, LeaveCause, Phase
from backend.domain.ivr.interpreter import Facts, Input
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

PRAGUE = ZoneInfo("Europe/Prague")
T = TypeVar("T")


def utc_now() -> datetime:
    return datetime.now(UTC)


class Desk:
    """The commands of the contact centre. Each returns the state after it, or a Refusal that changed nothing."""

    def __init__(self, store: Store, settings: Callable[[], Settings], bell: Bell, clock=utc_now) -> None:
        self.store = store
        self._settings = settings
        self._bell = bell
        self.clock = clock

    @property
    def settings(self) -> Settings:
        return self._settings()

    async def run(
        self, do: Callable[[Work], Awaitable[T]], actor: UserId | None = None, now: datetime | None = None
    ) -> T | Refusal:
        """Carry out ``do`` on one unit of work and commit it; a refusal inside rolls everything back."""
        try:
            async with self.store.begin() as tx:
                work = Work(tx, self.settings, now or self.clock(), actor)
                result = await do(work)
                changed = await work.finish()
        except Refused as refused:
            return refused.refusal
        if changed:
            self._bell.ring()
        return result

    async def command(
        self, id: InteractionId, command: c.InteractionCommand, actor: UserId | None = None, now: datetime | None = None
    ) -> Interaction | Refusal:
        return await self.run(lambda work: work.command(id, command), actor, now)

    async def command_agent(
        self, user: UserId, command: agents.AgentCommand, actor: UserId | None = None
    ) -> Agent | Refusal:
        return await self.run(lambda work: work.command_agent(user, command), actor)

    # ---- an agent's day

    async def sign_in_agent(self, user: UserId) -> Agent | Refusal:
        known = self.settings.agents.get(user)
        queues = known.queues if known else ()
        return await self.command_agent(user, agents.SignIn(queues=queues), user)

    async def sign_out_agent(self, user: UserId) -> Agent | Refusal:
        """Gives back an offer that rings; refused while the agent talks or wraps up."""

        async def do(work: Work) -> Agent:
            await members.give_back_offers(work, user)
            await self._return_offers(work, user, c.ReturnReason.SIGNED_OUT)
            return await work.command_agent(user, agents.SignOut())

        return await self.run(do, user)

    async def set_presence(self, user: UserId, presence: Presence, reason: str | None) -> Agent | Refusal:
        return await self.command_agent(user, agents.SetPresence(presence=presence, reason=reason), user)

    async def accept(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        """Refused when the offer is gone or the agent's telephone is: answering into silence helps nobody."""

        async def do(work: Work) -> Interaction:
            s = await work.interaction(id)
            if s is not None and (mine := s.member_of(user)) is not None:
                return await members.answer(work, s, mine)
            if s is not None and s.offer is not None and not (await work.agent(user)).phone_connected:
                raise Refused(Refusal(RefusalCode.PHONE_NOT_CONNECTED))
            queue = self.settings.queues.get(s.queue) if s and s.queue is not None else None
            recording = str(uuid.uuid4()) if queue is None or queue.recorded else None
            return await work.command(id, c.AcceptOffer(agent=user, recording=recording))

        return await self.run(do, user)

    async def decline(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        """A colleague's call that is declined goes on without this agent, who stays ready."""

        async def do(work: Work) -> Interaction:
            s = await work.interaction(id)
            if s is not None and (mine := s.member_of(user)) is not None and not mine.up:
                return await members.gone(work, id, mine.n, LeaveCause.DECLINED, user) or s
            return await work.command(id, c.ReturnOffer(agent=user, reason=c.ReturnReason.DECLINED))

        return await self.run(do, user)

    async def hang_up(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            s = await work.interaction(id)
            if s is not None and (mine := s.member_of(user)) is not None:
                return await members.gone(work, id, mine.n, LeaveCause.HUNG_UP, user) or s
            wrap_up = self.wrap_up(s)
            return await work.command(id, c.HangUpAsAgent(agent=user, wrap_up=wrap_up))

        return await self.run(do, user)

    async def give_up_phone(self, work: Work, user: UserId) -> None:
        """The telephone stayed away: a ringing offer goes to somebody who can hear it."""
        await members.give_back_offers(work, user, also_calls=True)
        await self._return_offers(work, user, c.ReturnReason.PHONE_LOST)
        await work.command_agent(user, agents.GiveUpPhone())

    # ---- what the customer does

    async def leave(self, id: InteractionId, now: datetime | None = None, *, failed: bool = False):
        return await self.run(lambda work: self.leave_in(work, id, failed=failed), None, now)

    async def leave_in(self, work: Work, id: InteractionId, *, failed: bool = False) -> Interaction:
        wrap_up = self.wrap_up(await work.interaction(id))
        kind = c.Fail if failed else c.LeaveAsCustomer
        return await work.command(id, kind(wrap_up=wrap_up))

    async def advance_ivr(self, id: InteractionId, given: Input, now: datetime | None = None):
        return await self.run(lambda work: self.advance_ivr_in(work, id, given), None, now)

    async def advance_ivr_in(self, work: Work, id: InteractionId, given: Input) -> Interaction:
        s = await work.interaction(id)
        if s is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        if s.ivr is None:
            entry = self.settings.entry_points.get(s.dialled)
            flow = self.settings.flows.get(entry.flow) if entry else None
            if flow is None:
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "flow"))
        else:
            flow = await work.flow(s.ivr.flow, s.ivr.version)
        number = s.customer.address
        facts = Facts(
            local=work.now.astimezone(PRAGUE),
            caller=number or "",
            client_status=await work.tx.client_status(number) if number else "",
        )
        after = await work.command(id, c.AdvanceIvr(flow=flow, input=given, facts=facts))
        if after.phase is Phase.QUEUED and after.queue is not None and after.queued_at is not None:
            ahead = await work.tx.waiting_ahead(after.queue, after.priority, after.queued_at)
            if ahead:
                return await work.command(id, c.AnnouncePosition(position=ahead + 1))
        return after

    async def announce_in(self, work: Work, id: InteractionId) -> None:
        s = await work.interaction(id)
        if s is None or not s.waiting or s.queue is None or s.queued_at is None:
            return
        ahead = await work.tx.waiting_ahead(s.queue, s.priority, s.queued_at)
        await work.command(id, c.AnnouncePosition(position=ahead + 1))

    def wrap_up(self, s: Interaction | None) -> timedelta:
        """The limit of after-call work: the queue's, or that of calls which belong to none."""
        if s is None or s.queue is None:
            return timedelta(seconds=self.settings.calls.wrap_up_s if s is not None and s.agent is not None else 0)
        queue = self.settings.queues.get(s.queue)
        return queue.wrap_up if queue else timedelta()

    async def _return_offers(self, work: Work, user: UserId, reason: c.ReturnReason) -> None:
        seen = await work.tx.peek_agent(user)
        for contact in sorted(seen.contacts if seen else (), key=lambda x: x.interaction):
            s = await work.interaction(contact.interaction)
            if s is not None and s.offer is not None and s.offer.agent == user:
                await work.command(s.id, c.ReturnOffer(agent=user, reason=reason))
