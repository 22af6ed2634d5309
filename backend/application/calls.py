"""Call control and supervision: what an agent or a supervisor does with a call beyond answering and hanging up."""

import re
import uuid
from datetime import timedelta

import msgspec

from backend.application.access import within
from backend.application.desk import Desk
from backend.application.outside import let_out
from backend.application.router import candidate_of
from backend.application.work import Refused, Work
from backend.domain.access.policy import Action, Actor
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import (
    Channel,
    Customer,
    Direction,
    Interaction,
    LeaveCause,
    MemberRole,
    Phase,
)
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.lines.model import LineId
from backend.domain.routing.destination import RoutingReason, ToQueue
from backend.domain.routing.matching import Waiting, match
from sip_bridge.contract import SendDigits

_DIGITS = re.compile(r"[0-9*#A-D]{1,32}\Z")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly one of them."""

    agent: UserId | None = None
    queue: QueueId | None = None
    number: str | None = None
    line: LineId | None = None

    @property
    def clear(self) -> bool:
        return sum(x is not None for x in (self.agent, self.queue, self.number, self.line)) == 1


class Calls:
    def __init__(self, desk: Desk, bridge: str) -> None:
        self.desk = desk
        self.bridge = bridge

    async def dial(self, user: UserId, number: str) -> Interaction | Refusal | None:
        """Call a number as this agent. Refused without a connected telephone, and beside another contact.

        None: the agent's own handset is rung first, and the number when it is lifted.
        """

        async def do(work: Work) -> Interaction | None:
            a = await work.agent(user)
            if a.handset is None or a.handset.up:
                return await dial_in(work, user, number, self.bridge)
            wanted = (await let_out(work, user, number_of(work, user, number))).number
            await work.command_agent(user, agents.WishCall(number=wanted or ""))
            return None

        return await self.desk.run(do, user)

    async def transfer(self, id: InteractionId, user: UserId, to: Target) -> Interaction | Refusal:
        """Without asking first. A colleague must be ready; who cannot be reached sends the customer back.

        A queue that takes nobody now sends the customer where its settings say; refused where they do not.
        """

        async def do(work: Work) -> Interaction:
            wrap_up = self.desk.wrap_up(await self._contact(work, id))
            if to.queue is None or not to.clear:
                whom = await let_out(work, user, self._whom(work, user, to))
                return await work.command(id, c.TransferTo(agent=user, whom=whom, wrap_up=wrap_up))
            await work.command(id, c.LetGo(agent=user, wrap_up=wrap_up))
            there = ToQueue(queue=to.queue)
            return await self.desk.destinations.go(work, id, there, RoutingReason.TRANSFER, stays=True)

        return await self.desk.run(do, user)

    async def consult(
        self, id: InteractionId, user: UserId, to: Target, *, even_if_away: bool = False
    ) -> Interaction | Refusal:
        """Ask somebody while the customer hears music. A colleague on a break is rung only when asked for."""
        return await self._invite(id, user, to, MemberRole.CONSULTED, even_if_away)

    async def add(
        self, id: InteractionId, user: UserId, to: Target, *, even_if_away: bool = False
    ) -> Interaction | Refusal:
        """Ring somebody into the conference."""
        return await self._invite(id, user, to, MemberRole.CONFERENCE, even_if_away)

    async def _invite(
        self, id: InteractionId, user: UserId, to: Target, role: MemberRole, even_if_away: bool
    ) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            s = await self._contact(work, id)
            if to.queue is None or not to.clear:
                whom = await let_out(work, user, self._whom(work, user, to))
            else:
                whom = self._whom(work, user, Target(agent=await self._free_in(work, s, user, to.queue)))
            if whom.agent is not None and whom.agent not in s.people and not even_if_away:
                asked = await work.tx.peek_agent(whom.agent)
                if asked is not None and asked.presence in (Presence.BREAK, Presence.NOT_READY):
                    raise Refused(Refusal(RefusalCode.COLLEAGUE_AWAY, asked.presence.value))
            return await work.command(id, c.Invite(agent=user, role=role, whom=whom))

        return await self.desk.run(do, user)

    async def _free_in(self, work: Work, s: Interaction, user: UserId, queue: QueueId) -> UserId:
        """Of those who serve the queue, the ready one who has been idle longest. Raises Refused."""
        settings = work.settings
        if queue not in settings.queues:
            raise Refused(Refusal(RefusalCode.NOT_FOUND, "queue"))
        people = [
            candidate_of(a, settings.agents[a.user], {})
            for a in await self.desk.store.signed_in_agents()
            if a.available_for(s.channel) and a.user in settings.agents and a.user not in s.people | {user}
        ]
        asked = Waiting(s.id, queue, work.now, 0, settings.needs(queue, ()))
        found = match([asked], people)
        if not found:
            raise Refused(Refusal(RefusalCode.COLLEAGUE_BUSY, "queue"))
        return found[0].agent

    async def end_consultation(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        return await self.desk.command(id, c.EndConsultation(agent=user), user)

    async def complete(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            wrap_up = self.desk.wrap_up(await self._contact(work, id))
            return await work.command(id, c.CompleteTransfer(agent=user, wrap_up=wrap_up))

        return await self.desk.run(do, user)

    async def make_conference(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        return await self.desk.command(id, c.MakeConference(agent=user), user)

    async def leave_conference(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        """The others go on."""

        async def do(work: Work) -> Interaction:
            s = await self._contact(work, id)
            mine = s.member_of(user)
            if mine is not None:
                after = await self.desk.members.gone(work, id, mine.n, LeaveCause.HUNG_UP, user)
                return after or s
            return await work.command(id, c.LeaveConference(agent=user, wrap_up=self.desk.wrap_up(s)))

        return await self.desk.run(do, user)

    async def drop(self, id: InteractionId, user: UserId, n: int) -> Interaction | Refusal:
        """Send one member away."""

        async def do(work: Work) -> Interaction:
            s = await self._contact(work, id)
            m = s.member(n)
            if m is None or m.role not in (MemberRole.CONSULTED, MemberRole.CONFERENCE):
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "member"))
            return await work.command(id, c.DropMember(n=n, cause=LeaveCause.DROPPED, agent=user))

        return await self.desk.run(do, user)

    async def press(self, id: InteractionId, user: UserId, digits: str, n: int | None) -> Interaction | Refusal:
        """Keys for the customer's telephone, or for a dialled member's. They stand in no log, and in the command only until it is carried out."""

        async def do(work: Work) -> Interaction:
            s = await self._contact(work, id)
            if s.agent != user:
                raise Refused(Refusal(RefusalCode.NOT_YOURS))
            if s.phase is not Phase.ACTIVE or s.voice is None:
                raise Refused(Refusal(RefusalCode.WRONG_PHASE))
            if not _DIGITS.match(digits):
                raise Refused(Refusal(RefusalCode.BAD_INPUT))
            m = s.member(n) if n is not None else None
            if n is not None and (m is None or m.number is None or not m.up):
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "member"))
            leg = m.leg if m is not None else s.voice.leg
            work.tell_bridge(s.voice.bridge, SendDigits(leg=leg, digits=digits), work.now + timedelta(seconds=5))
            return s

        return await self.desk.run(do, user)

    async def park(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        limit = timedelta(seconds=self.desk.settings.calls.park_limit_s)
        return await self.desk.command(id, c.Park(agent=user, limit=limit), user)

    async def take_parked(self, id: InteractionId, actor: Actor) -> Interaction | Refusal:
        return await self._on(id, actor, Action.TAKE_PARKED, c.TakeParked(agent=actor.user))

    # ---- supervision

    async def supervise(self, id: InteractionId, actor: Actor, mode: MemberRole) -> Interaction | Refusal:
        return await self._on(id, actor, Action.SUPERVISE, c.Supervise(supervisor=actor.user, mode=mode))

    async def stop_supervising(self, id: InteractionId, user: UserId) -> Interaction | Refusal:
        return await self.desk.command(id, c.StopSupervising(supervisor=user), user)

    async def take_over(self, id: InteractionId, actor: Actor) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            s = await within(work, id, actor, Action.SUPERVISE)
            return await work.command(id, c.TakeOver(supervisor=actor.user, wrap_up=self.desk.wrap_up(s)))

        return await self.desk.run(do, actor.user)

    async def _on(
        self, id: InteractionId, actor: Actor, action: Action, command: c.InteractionCommand
    ) -> Interaction | Refusal:
        async def do(work: Work) -> Interaction:
            await within(work, id, actor, action)
            return await work.command(id, command)

        return await self.desk.run(do, actor.user)

    # ---- words

    @staticmethod
    async def _contact(work: Work, id: InteractionId) -> Interaction:
        s = await work.interaction(id)
        if s is None:
            raise Refused(Refusal(RefusalCode.NOT_FOUND))
        return s

    def _whom(self, work: Work, user: UserId, to: Target) -> c.Whom:
        if not to.clear or to.queue is not None or to.agent == user:
            raise Refused(Refusal(RefusalCode.BAD_INPUT, "target"))
        if to.agent is not None:
            if to.agent not in work.settings.agents:
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "agent"))
            return c.Whom(agent=to.agent, ring=timedelta(seconds=work.settings.calls.ring_s))
        if to.line is not None:
            if to.line not in work.settings.lines:
                raise Refused(Refusal(RefusalCode.NOT_FOUND, "line"))
            return number_of(work, user, work.settings.lines[to.line].number)
        return number_of(work, user, to.number or "")


async def dial_in(work: Work, user: UserId, number: str, bridge: str) -> Interaction:
    """Raises Refused."""
    id = str(uuid.uuid4())
    whom = await let_out(work, user, number_of(work, user, number))
    assert whom.number is not None
    await work.command(
        id,
        c.Arrive(
            channel=Channel.VOICE,
            direction=Direction.OUTBOUND,
            customer=Customer(whom.number),
            dialled=whom.number,
            bridge=bridge,
            leg=id,
        ),
    )
    recording = str(uuid.uuid4()) if work.settings.is_recorded_to(whom.number) else None
    return await work.command(id, c.Dial(agent=user, whom=whom, recording=recording))


def number_of(work: Work, user: UserId, text: str) -> c.Whom:
    """Raises Refused."""
    number = normalise(text[:64])
    if not number.valid:
        raise Refused(Refusal(RefusalCode.BAD_NUMBER))
    ring = timedelta(seconds=work.settings.calls.ring_s)
    return c.Whom(number=number.text, shown=work.settings.caller_of(user), ring=ring)
