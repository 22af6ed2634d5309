"""Fires what must happen by itself. Any process may run this; each timer is taken in the transaction that acts on it."""

import asyncio
from datetime import datetime

import structlog

from backend.application.desk import Desk
from backend.application.handsets import Handsets
from backend.application.look_ups import LookUps
from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.interaction import deadlines as d
from backend.domain.interaction.model import LeaveCause, Outcome, Phase
from backend.domain.ivr.interpreter import LookUpAnswered, PromptFinished, SilenceElapsed
from backend.domain.kernel.refusal import Refusal, RefusalCode
from sip_bridge.contract import AnswerLeg

log = structlog.get_logger()

LONGEST_SLEEP_S = 1.0
BATCH = 50


class Timers:
    def __init__(self, desk: Desk, look_ups: LookUps) -> None:
        self.desk = desk
        self.look_ups = look_ups
        self.handsets = Handsets(desk)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A timer may have been set that is due earlier than the one slept on."""
        self._woken.set()

    async def run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.fire_due()
                next_due = await self.desk.store.next_timer()
            except Exception:
                log.exception("timers_failed")
                await asyncio.sleep(LONGEST_SLEEP_S)
                continue
            wait = LONGEST_SLEEP_S
            if next_due is not None:
                wait = min(wait, max(0.0, (next_due - self.desk.clock()).total_seconds()))
            try:
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def fire_due(self) -> int:
        """Fire everything due now; how many timers were looked at."""
        due = await self.desk.store.due_timers(self.desk.clock(), BATCH)
        for key, due_at, timer in due:
            try:
                await self._fire(key, due_at, timer)
            except Exception:
                log.exception("timer_failed", timer=type(timer).__name__)
        return len(due)

    async def _fire(self, key: str, due_at: datetime, timer: d.Timer) -> None:
        async def do(work: Work) -> None:
            # The contact is locked before its timer, as everywhere.
            if isinstance(timer, d.CallbackDue):
                await work.tx.callback(timer.callback)
            elif isinstance(timer, d.PhoneGone):
                await self.desk.give_up_phone(work, timer.user)
            elif isinstance(timer, d.PhoneAway):
                await self.desk.telephone_away(work, timer.user)
            elif isinstance(timer, d.HandsetOverdue):
                await self.handsets.overdue(work, timer.user, timer.dials, timer.stage)
            else:
                await work.interaction(timer.interaction)
            if not await work.tx.take_timer(key, due_at):
                raise Refused(Refusal(RefusalCode.WRONG_PHASE, "taken"))
            if not isinstance(timer, d.PhoneGone | d.PhoneAway | d.HandsetOverdue):
                await self._act(work, key, timer)

        answer = await self.desk.run(do)
        if isinstance(answer, Refusal) and answer.detail != "taken":
            # The contact has moved on: the timer means nothing any more.
            await self.desk.run(lambda work: _forget(work, key, due_at))

    async def _act(self, work: Work, key: str, timer: d.Timer) -> None:
        match timer:
            case d.OfferExpires(interaction, agent):
                await self.desk.return_offer_in(work, interaction, agent, c.ReturnReason.NO_ANSWER)
            case d.WrapUpEnds(interaction, agent):
                await work.command(interaction, c.FinishWrapUp(agent=None, of=agent))
            case d.MemberRingOver(interaction, n):
                s = await work.interaction(interaction)
                if s is not None and (m := s.member(n)) is not None and not m.up:
                    await self.desk.members.gone(work, interaction, n, LeaveCause.NO_ANSWER)
            case d.DialOver(interaction):
                await work.command(interaction, c.EndDial(outcome=Outcome.NO_ANSWER))
            case d.ParkingOver(interaction):
                s = await work.interaction(interaction)
                if s is not None and s.parking is not None:
                    await self.desk.members.back_to(work, s, s.parking.by)
            case d.SilenceEnds(interaction, step, digits):
                await self.desk.advance_ivr_in(work, interaction, SilenceElapsed(step, digits))
            case d.LookUpDue(interaction, step):
                await self.look_ups.begin(work, interaction, step)
            case d.LookUpOver(interaction, step):
                await self.desk.advance_ivr_in(work, interaction, LookUpAnswered(step, None))
            case d.PromptOverdue(interaction, step):
                await self.desk.advance_ivr_in(work, interaction, PromptFinished(step))
            case d.AnnouncementDue(interaction):
                await self.desk.line.announce(work, interaction, key)
            case d.ComfortDue(interaction):
                await self.desk.line.comfort(work, interaction, key)
            case d.AnnouncementOver(interaction, says):
                await self.desk.destinations.finish_announcement(work, interaction, says)
            case d.OverflowDue(interaction, visit, step):
                await self.desk.line.overflow(work, interaction, visit, step)
            case d.MaxWaitDue(interaction, visit):
                await self.desk.line.max_wait(work, interaction, visit)
            case d.SoughtBack(interaction):
                await self.desk.line.sought_back(work, interaction)
            case d.GreetingOver(interaction, recording):
                await work.command(interaction, c.FinishGreeting(recording=recording))
            case d.MessageOver(interaction, recording):
                await self.desk.voicemail.over(work, interaction, recording)
            case d.AgentStaysAway(interaction):
                s = await work.interaction(interaction)
                if s is not None and s.left_alone and s.agent is not None:
                    await self.desk.back_to_queue(work, s, s.agent)
            case d.PreviewOver(interaction):
                await work.command(interaction, c.EndPreview())
            case d.CallbackDue(callback):
                await self.desk.callbacks.due(work, callback)
            case d.AnswerDue(interaction):
                s = await work.interaction(interaction)
                if s is not None and s.voice is not None and s.phase is Phase.ARRIVED:
                    work.tell_bridge(s.voice.bridge, AnswerLeg(leg=s.voice.leg))


async def _forget(work: Work, key: str, due_at: datetime) -> None:
    await work.tx.take_timer(key, due_at)
