"""Use cases of people and bridges: load, decide, append. One transaction per command."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import TypeVar

import structlog
from msgspec.structs import replace

from backend.application import origin
from backend.application.callbacks import Callbacks
from backend.application.destinations import Destinations, Figures, QueuePicture
from backend.application.dictation import Dictations
from backend.application.members import Members, no_telephone
from backend.application.ports import Bell, Contention, EntryUnwritable, Store
from backend.application.settings import Settings
from backend.application.voicemail import VoicemailBox
from backend.application.waiting import WaitingLine
from backend.application.work import Refused, Work
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.joining import HUMAN
from backend.domain.interaction.model import Interaction, LeaveCause, Phase
from backend.domain.ivr.interpreter import BrokenFlow, Input
from backend.domain.kernel.ids import InteractionId, UserId
from backend.domain.kernel.refusal import Refusal
from backend.domain.kernel.working_time import PRAGUE as PRAGUE
from backend.domain.routing.destination import RoutingReason, ToFlow
from backend.domain.routing.queue_options import QueueOptions
from backend.domain.voice.toll import Tripped

log = structlog.get_logger()
T = TypeVar("T")

MOST_TRIES = 5
"""Of one use case, when the database breaks a deadlock by refusing it."""


def utc_now() -> datetime:
    return datetime.now(UTC)


async def _unheard(_: Tripped) -> None:
    pass


class Desk:
    """The commands of the contact centre. Each returns the state after it, or a Refusal that changed nothing."""

    def __init__(
        self, store: Store, settings: Callable[[], Settings], bell: Bell, clock=utc_now, figures: Figures | None = None
    ) -> None:
        """``figures`` of a queue at this moment, for rules that ask about them."""
        self.store = store
        self._settings = settings
        self._bell = bell
        self.clock = clock
        self.destinations = Destinations(figures or (lambda _queue, _at: QueuePicture()))
        self.on_tripped: Callable[[Tripped], Awaitable[object]] = _unheard
        """Called with each limit of calls going out that has stopped one, after the transaction is over."""
        self.line = WaitingLine(self.destinations)
        self.members = Members(self.destinations)
        self.callbacks = Callbacks(self.destinations)
        self.voicemail = VoicemailBox(self.destinations, self.callbacks)
        self.dictations = Dictations(self.destinations)

    @property
    def settings(self) -> Settings:
        return self._settings()

    async def run(
        self, do: Callable[[Work], Awaitable[T]], actor: UserId | None = None, now: datetime | None = None
    ) -> T | Refusal:
        """Carry out ``do`` on one unit of work and commit it; a refusal inside rolls everything back.

        Contention does so, too, and ``do`` is carried out again: it keeps nothing outside its work. Raises Contention
        when that does not end.
        """
        for last in (*repeat(False, MOST_TRIES - 1), True):
            tripped: list[Tripped] = []
            try:
                async with self.store.begin() as tx:
                    work = Work(tx, self.settings, now or self.clock(), actor)
                    tripped = work.tripped
                    result = await do(work)
                    changed = await work.finish()
            except Refused as refused:
                await self._tell_of(tripped)
                return refused.refusal
            except EntryUnwritable:
                if (asked := origin.asked()) is None or last:
                    raise
                asked.apart = True
                continue
            except Contention:
                if last:
                    raise
                continue
            if work.asked is not None:
                work.asked.written = True
            if changed:
                self._bell.ring()
            await self._tell_of(tripped)
            return result
        raise AssertionError("unreachable")

    async def _tell_of(self, tripped: list[Tripped]) -> None:
        """What was done stands whether or not supervisors can be told."""
        for each in tripped:
            try:
                await self.on_tripped(each)
            except Exception:
                log.exception("tripped_limit_not_told", limit=each.limit.value)

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
            await self.give_back(work, user)
            return await work.command_agent(user, agents.SignOut())

        return await self.run(do, user)

    async def give_back(self, work: Work, user: UserId) -> None:
        """What rings at an agent who goes."""
        await self.members.give_back_offers(work, user)
        await self._return_offers(work, user, c.ReturnReason.SIGNED_OUT)

    async def set_presence(self, user: UserId, presence: Presence, reason: str | None) -> Agent | Refusal:
        return await self.command_agent(user, agents.SetPresence(presence=presence, reason=reason), user)

    async def accept(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        """Refused when the offer is gone or the agent's telephone is: answering into silence helps nobody."""

        return await self.run(lambda work: self.accept_in(work, id, user), user)

    async def accept_in(self, work: Work, id: InteractionId, user: UserId) -> Interaction:
        """Raises Refused."""
        s = await work.interaction(id)
        if s is not None and (mine := s.member_of(user)) is not None:
            return await self.members.answer(work, s, mine)
        if s is not None and s.offer is not None and not (a := await work.agent(user)).phone_connected:
            raise Refused(no_telephone(a))
        recorded = s is None or self.settings.is_recorded(s.queue, s.customer.address)
        recording = str(uuid.uuid4()) if recorded else None
        whom, preview = await self.callbacks.on_acceptance(work, s, user) if s is not None else (None, None)
        return await work.command(id, c.AcceptOffer(agent=user, recording=recording, whom=whom, preview=preview))

    async def decline(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        """A colleague's call that is declined goes on without this agent, who stays ready."""

        async def do(work: Work) -> Interaction:
            s = await work.interaction(id)
            if s is not None and (mine := s.member_of(user)) is not None and not mine.up:
                return await self.members.gone(work, id, mine.n, LeaveCause.DECLINED, user) or s
            return await self.return_offer_in(work, id, user, c.ReturnReason.DECLINED)

        return await self.run(do, user)

    async def return_offer_in(self, work: Work, id: InteractionId, user: UserId, reason: c.ReturnReason) -> Interaction:
        """The offer goes back; whether the agent is paused and when asked again is the queue's to say."""
        s = await work.interaction(id)
        queue = self.settings.queues.get(s.queue) if s and s.queue is not None else None
        options = queue.options if queue else QueueOptions()
        return await work.command(
            id,
            c.ReturnOffer(
                agent=user,
                reason=reason,
                again_after_s=options.delays.of(reason),
                autopause=options.autopause,
                max_no_answer=options.max_no_answer,
            ),
        )

    async def hang_up(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        return await self.run(lambda work: self.hang_up_in(work, id, user), user)

    async def hang_up_in(self, work: Work, id: InteractionId, user: UserId) -> Interaction:
        """Raises Refused."""
        s = await work.interaction(id)
        if s is not None and (mine := s.member_of(user)) is not None:
            return await self.members.gone(work, id, mine.n, LeaveCause.HUNG_UP, user) or s
        if s is not None and (led := await self._after_call(work, s, user)) is not None:
            return led
        return await work.command(id, c.HangUpAsAgent(agent=user, wrap_up=self.wrap_up(s)))

    async def _after_call(self, work: Work, s: Interaction, user: UserId) -> Interaction | None:
        """Lead the customer into the queue's flow after the call; None where there is none, or not only the two talk."""
        queue = self.settings.queues.get(s.queue) if s.queue is not None else None
        flow = queue.options.after_call if queue else None
        alone = s.phase is Phase.ACTIVE and s.agent == user and not s.in_role(*HUMAN)
        if flow is None or flow not in self.settings.flows or not alone or s.connected_at is None:
            return None
        await work.command(s.id, c.LeadAfterCall(agent=user, wrap_up=self.wrap_up(s)))
        try:
            return await self.destinations.go(work, s.id, ToFlow(flow=flow), RoutingReason.AFTER_CALL)
        except (Refused, BrokenFlow):
            log.exception("flow_after_call_broken", flow=flow)
            return await work.command(s.id, c.EndByRouting())

    # ---- an agent without a telephone in mid-conversation

    async def talks_of(self, work: Work, user: UserId) -> list[Interaction]:
        """The conversations that this user is in charge of, locked; call it before the agent is locked."""
        seen = await work.tx.peek_agent(user)
        contacts = sorted(x.interaction for x in (seen.contacts if seen else ()))
        found = [await work.interaction(contact) for contact in contacts]
        return [s for s in found if s is not None and s.phase is Phase.ACTIVE and s.agent == user]

    async def telephone_away(self, work: Work, user: UserId) -> None:
        """The customer hears music from now on, not silence."""
        for s in await self.talks_of(work, user):
            await work.command(s.id, c.GoAway(agent=user))

    async def telephone_back(self, work: Work, user: UserId, up: agents.AgentCommand) -> Agent:
        """After ``up``, by which the agent can talk and hear again."""
        talks = await self.talks_of(work, user)
        after = await work.command_agent(user, up)
        if after.phone_connected:
            for s in talks:
                await work.command(s.id, c.ComeBack(agent=user))
        return after

    async def back_to_queue(self, work: Work, s: Interaction, user: UserId) -> None:
        """The technology took the agent away for good: the customer waits on at the old place."""
        after = await work.command(s.id, c.LetGo(agent=user, wrap_up=timedelta()))
        # Not a transfer to a queue by will: the place is the old one.
        await self.members.to_queue(work, replace(after, queued_at=s.queued_at))

    async def give_up_phone(self, work: Work, user: UserId) -> None:
        """The telephone stayed away: a ringing offer goes to somebody who can hear it."""
        await self.members.give_back_offers(work, user, also_calls=True)
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
        return await self.destinations.advance_ivr(work, id, given)

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
            if s is not None and s.offer_to(user) is not None:
                await self.return_offer_in(work, s.id, user, reason)
