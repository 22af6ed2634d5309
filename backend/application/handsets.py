"""An agent's telephone outside the browser: chosen, rung for a call, answered, keyed on, hung up."""

from datetime import datetime

import structlog

from backend.application.calls import dial_in, number_of
from backend.application.desk import Desk
from backend.application.outside import let_out
from backend.application.work import Refused, Work
from backend.domain.agent import messages as agents
from backend.domain.agent.handset import ACCEPT, Code, EndpointKind, HandsetStage, read_code
from backend.domain.agent.model import Agent, Stage
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Interaction, LeaveCause, MemberRole, Phase, ReturnReason
from backend.domain.kernel.ids import InteractionId, UserId, agent_leg
from backend.domain.kernel.numbers import normalise
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.voice.handsets import CONTINUE, OWN_CALL, SHIFT, invitation
from sip_bridge import contract as k

log = structlog.get_logger()

TECHNICAL = {k.EndCause.ERROR, k.EndCause.WORKER_LOST, k.EndCause.MEDIA_LOST, k.EndCause.SESSION_EXPIRED}
"""The agent did not hang up: the customer goes back to the queue, and is not lost."""
REJECTED = {k.EndCause.REJECTED}


class Handsets:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    # ---- where the agent works

    async def choose(
        self, user: UserId, kind: EndpointKind, number: str | None, bridge: str, *, stays_up: bool = False
    ) -> Agent | Refusal:
        """A telephone that the administrator has put down for this user, or any where the settings let agents type one.

        In mid-conversation the customer hears music until the agent is at the other telephone.
        """

        async def do(work: Work) -> Agent:
            chosen = None if kind is EndpointKind.BROWSER else self._allowed(work, user, kind, number or "")
            talks = await self.desk.talks_of(work, user)
            before = await work.agent(user)
            open_browser, leg = before.phone, before.handset
            command = agents.ChooseEndpoint(
                kind=kind, number=chosen, bridge=bridge, stays_up=stays_up and chosen is not None
            )
            after = await work.command_agent(user, command)
            if (after.phone, after.handset) != (open_browser, leg):
                for s in talks:
                    await work.command(s.id, c.GoAway(agent=user))
            if open_browser is not None and after.phone is None:
                work.tell_bridge(open_browser.bridge, k.CloseBrowserLeg(leg=agent_leg(user)))
            return after

        return await self.desk.run(do, user)

    @staticmethod
    def _allowed(work: Work, user: UserId, kind: EndpointKind, text: str) -> str:
        number = normalise(text[:64])
        if not number.valid:
            raise Refused(Refusal(RefusalCode.BAD_NUMBER))
        known = work.settings.agents.get(user)
        listed = known is not None and any((t.kind, t.number) == (kind, number.text) for t in known.telephones)
        if not listed and not work.settings.calls.own_telephones:
            raise Refused(Refusal(RefusalCode.NOT_ALLOWED, "telephone"))
        return number.text

    # ---- what the bridge tells of its leg

    async def answered(self, work: Work, user: UserId) -> None:
        """On an extension that accepts; on a mobile it may be the voicemail, and a key must be pressed."""
        seen = await work.tx.peek_agent(user)
        if seen is None or seen.handset is None:
            return
        says = None
        if seen.handset.kind is EndpointKind.MOBILE:
            says = OWN_CALL if seen.handset.calling else SHIFT
            if _offered(seen) is not None:
                says = await self._invitation(work, seen)
            elif any(x.stage is Stage.ACTIVE for x in seen.contacts):
                says = CONTINUE
        elif (offered := _offered(seen)) is not None:
            await work.interaction(offered)  # locked before its agent, as everywhere
        after = await self.desk.telephone_back(work, user, agents.AnswerHandset(says=says))
        if after.phone_connected:
            await self._accept(work, user)

    async def pressed(self, work: Work, user: UserId, digit: str) -> None:
        seen = await work.tx.peek_agent(user)
        if seen is None or seen.handset is None:
            return
        for contact in sorted(x.interaction for x in seen.contacts):
            await work.interaction(contact)
        if seen.handset.stage is HandsetStage.ASKING:
            if digit == ACCEPT:
                await self.desk.telephone_back(work, user, agents.AcceptOnHandset())
                await self._accept(work, user)
            return
        if digit == ACCEPT and seen.handset.up and not seen.handset.keys and _rings_on_the_line(seen):
            await self._accept(work, user)
            return
        after = await work.command_agent(user, agents.PressKey(digit=digit))
        code = read_code(after.handset.keys) if after.handset is not None else None
        if code is not None:
            await work.command_agent(user, agents.PressKey(digit="#"))
            try:
                await self._carry_out(work, user, *code)
            except Refused as refused:
                log.info("code_refused", code=code[0].value, refusal=refused.refusal.code.value)
                work.tell_bridge(seen.handset.bridge, _beep(agent_leg(user), work.now))

    async def held(self, work: Work, user: UserId, held: bool) -> None:
        """By the telephone's own key: the customer hears our music, and nobody is kept in silence."""
        seen = await work.tx.peek_agent(user)
        if seen is None or seen.handset is None or not seen.handset.up:
            return
        for contact in sorted(x.interaction for x in seen.contacts):
            await work.interaction(contact)
        s = await self._in_charge(work, user)
        await work.command(s.id, c.Hold(agent=user) if held else c.Resume(agent=user))

    async def transfer(self, work: Work, user: UserId, to: str) -> bool:
        """By the telephone's own key; whether the customer is on the way."""
        seen = await work.tx.peek_agent(user)
        if seen is None or seen.handset is None:
            return False
        for contact in sorted(x.interaction for x in seen.contacts):
            await work.interaction(contact)
        try:
            await self._carry_out(work, user, Code.TRANSFER, to)
        except Refused as refused:
            log.info("transfer_declined", refusal=refused.refusal.code.value)
            return False
        return True

    async def ended(self, work: Work, user: UserId, cause: k.EndCause) -> None:
        """The leg is no more: what rang there was not answered, what ran there is hung up."""
        seen = await work.tx.peek_agent(user)
        if seen is None or seen.handset is None:
            return
        if seen.handset.stage is HandsetStage.ENDING:  # by us: the agent goes on at another telephone
            await work.command_agent(user, agents.EndHandset())
            return
        lifted = seen.handset.up
        for contact in sorted(seen.contacts, key=lambda x: x.interaction):
            if contact.stage is Stage.OFFERED:
                await self._not_answered(work, contact.interaction, user, cause)
            elif contact.stage is Stage.ACTIVE:
                await self._hung_up(work, contact.interaction, user, failed=cause in TECHNICAL or not lifted)
        await work.command_agent(user, agents.EndCallWish())
        if seen.handset.living:  # one that stays up is not rung again for who has hung it up
            await work.command_agent(user, agents.GiveUpPhone())
        await work.command_agent(user, agents.EndHandset())

    async def overdue(self, work: Work, user: UserId, dials: int, stage: HandsetStage) -> None:
        """Nothing was told of the leg for too long."""
        seen = await work.tx.peek_agent(user)
        h = seen.handset if seen is not None else None
        if h is not None and (h.dials, h.stage) == (dials, stage):
            await self.ended(work, user, k.EndCause.NO_ANSWER)

    # ---- what follows

    async def _accept(self, work: Work, user: UserId) -> None:
        """Of several contacts, which cannot be, the first; one that has just gone away is no mistake of the agent's."""
        a = await work.agent(user)
        if a.handset is not None and (number := a.handset.calling) is not None:
            try:
                await dial_in(work, user, number, a.handset.bridge)
            except Refused as refused:
                log.info("call_not_placed", refusal=refused.refusal.code.value)
            await work.command_agent(user, agents.EndCallWish())
        elif (offered := _offered(a)) is not None:
            await self.desk.accept_in(work, offered, user)

    async def _not_answered(self, work: Work, id: InteractionId, user: UserId, cause: k.EndCause) -> None:
        s = await work.interaction(id)
        if s is None:
            return
        declined = cause in REJECTED
        if (mine := s.member_of(user)) is not None:
            left = LeaveCause.DECLINED if declined else LeaveCause.NO_ANSWER
            await self.desk.members.gone(work, id, mine.n, left, user)
        elif s.offer_to(user) is not None:
            engaged = cause is k.EndCause.BUSY
            reason = ReturnReason.BUSY if engaged else ReturnReason.DECLINED if declined else ReturnReason.NO_ANSWER
            await self.desk.return_offer_in(work, id, user, reason)

    async def _hung_up(self, work: Work, id: InteractionId, user: UserId, *, failed: bool) -> None:
        s = await work.interaction(id)
        if s is None:
            return
        alone = (
            s.phase is Phase.ACTIVE and s.agent == user and not s.in_role(MemberRole.CONFERENCE, MemberRole.CONSULTED)
        )
        if failed and alone and s.voice is not None and s.voice.up:
            await self.desk.back_to_queue(work, s, user)
            return
        try:
            await self.desk.hang_up_in(work, id, user)
        except Refused as refused:
            log.info("handset_hung_up_without_effect", refusal=refused.refusal.code.value)

    async def _carry_out(self, work: Work, user: UserId, code: Code, number: str) -> None:
        """Raises Refused; then nothing has changed: each code is one command."""
        s = await self._in_charge(work, user)
        match code:
            case Code.HOLD:
                held = s.held_since is not None
                await work.command(s.id, c.Resume(agent=user) if held else c.Hold(agent=user))
            case Code.TRANSFER:
                whom = await let_out(work, user, number_of(work, user, number))
                await work.command(s.id, c.TransferTo(agent=user, whom=whom, wrap_up=self.desk.wrap_up(s)))
            case Code.CONSULT:
                whom = await let_out(work, user, number_of(work, user, number))
                await work.command(s.id, c.Invite(agent=user, role=MemberRole.CONSULTED, whom=whom))
            case Code.BACK:
                await work.command(s.id, c.EndConsultation(agent=user))
            case Code.COMPLETE:
                await work.command(s.id, c.CompleteTransfer(agent=user, wrap_up=self.desk.wrap_up(s)))
            case Code.CONFERENCE:
                await work.command(s.id, c.MakeConference(agent=user))

    @staticmethod
    async def _in_charge(work: Work, user: UserId) -> Interaction:
        for contact in (await work.agent(user)).contacts:
            s = await work.interaction(contact.interaction)
            if s is not None and s.agent == user and s.phase is Phase.ACTIVE:
                return s
        raise Refused(Refusal(RefusalCode.WRONG_PHASE))

    @staticmethod
    async def _invitation(work: Work, a: Agent) -> str:
        offered = _offered(a)
        s = await work.interaction(offered) if offered is not None else None
        queue = work.settings.queues.get(s.queue) if s is not None and s.queue is not None else None
        if s is None or queue is None or s.member_of(a.user) is not None:
            return invitation(None)
        waited = work.now - s.queued_at if queue.options.report_hold_time and s.queued_at is not None else None
        return invitation(queue.name, queue.options.agent_announcement.strip(), waited)


def _offered(a: Agent) -> InteractionId | None:
    return next((x.interaction for x in a.contacts if x.stage is Stage.OFFERED), None)


def _rings_on_the_line(a: Agent) -> bool:
    """A call is offered, and the agent talks to nobody."""
    return _offered(a) is not None and all(x.stage is not Stage.ACTIVE for x in a.contacts)


def _beep(leg: str, now: datetime) -> k.Play:
    """What was keyed in could not be done."""
    return k.Play(leg=leg, play=f"{leg}:no:{now:%H%M%S%f}", sources=(k.ToneSource(k.Tone.BEEP),))
