"""What a bridge reports, in leg words, becomes commands in contact-centre words. Each report is applied once."""

from datetime import datetime
from functools import partial

import structlog

from backend.application import legs as dialled
from backend.application import lines
from backend.application.desk import Desk
from backend.application.handsets import Handsets
from backend.application.work import Work
from backend.domain.agent import messages as agents
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, LeaveCause, Phase
from backend.domain.ivr.interpreter import KeyPressed, PromptFinished
from backend.domain.kernel.ids import UserId, user_of_agent_leg
from backend.domain.kernel.refusal import Refusal
from sip_bridge import contract as k

log = structlog.get_logger()

TECHNICAL = {k.EndCause.ERROR, k.EndCause.WORKER_LOST, k.EndCause.MEDIA_LOST, k.EndCause.SESSION_EXPIRED}
"""Causes for which nobody hung up: the technology failed the customer."""


class BridgeReports:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.handsets = Handsets(desk)

    async def apply(self, bridge: str, boot: str, report: k.Report) -> None:
        """Apply a report that may have been applied before; then nothing happens. Raises only when the database is away."""
        now = min(report.at, self.desk.clock())

        async def do(work: Work) -> None:
            if await work.tx.first_time(boot, report.seq):
                await self._apply(work, bridge, report.event)

        answer = await self.desk.run(do, now=now)
        if isinstance(answer, Refusal):
            log.info("report_without_effect", report=type(report.event).__name__, refusal=answer.code.value)
            await self.desk.run(lambda work: work.tx.first_time(boot, report.seq))

    async def _apply(self, work: Work, bridge: str, event: k.LegEvent) -> None:
        match event:
            case k.LegOffered():
                await self._offered(work, bridge, event)
            case k.LegRinging() | k.LegAnswered() | k.DigitPressed() | k.LegHeldByPeer() if (
                user := user_of_agent_leg(event.leg)
            ) is not None:
                await self._handset(work, user, event)
            case k.LegRinging(leg=leg, early_media=early):
                await dialled.ringing(work, leg, early)
            case k.LegAnswered(leg=leg):
                if await dialled.answered(work, leg, self.desk.members):
                    return
                s = await work.interaction(leg)
                if s is not None and s.phase is Phase.ARRIVED:
                    await work.command(leg, c.BringUpLeg())
                    await self.desk.destinations.enter(work, leg)
            case k.LegEnded():
                await self._ended(work, event)
            case k.DigitPressed(leg=leg, digit=digit):
                s = await work.interaction(leg) if dialled.is_customer(leg) else None
                if s is not None and s.phase is Phase.IN_IVR and s.announcement is None:
                    await self.desk.advance_ivr_in(work, leg, KeyPressed(digit))
                elif s is not None and s.phase is Phase.MESSAGE:
                    await self.desk.voicemail.key(work, s, digit)
                elif s is not None and s.phase is Phase.QUEUED:
                    await self.desk.line.exit_key(work, leg, digit)
            case k.PlayFinished(leg=leg, play=play, outcome=outcome):
                await self._played(work, leg, play, outcome)
            case k.Connected(group=group):
                await work.command(group, c.StartConversation())
            case k.RecordingStarted(recording=recording):
                await work.tx.recording_started(recording, work.now)
            case k.RecordingEnded():
                await self._recorded(work, event)
            case k.RecordingFailed(recording=recording, reason=reason):
                log.error("recording_failed", recording=recording, reason=reason)
                await work.tx.recording_failed(recording, reason)
                await self.desk.voicemail.failed(work, recording)
                await self.desk.dictations.failed(work, recording)
            case k.BrowserLegChanged(leg=leg, state=state):
                await self._phone(work, leg, state)
            case k.QualityMeasured(leg=leg, quality=quality, group=group):
                await work.tx.save_quality(leg, quality, work.now, group)
            case k.TransferAsked():
                await self._transfer_asked(work, bridge, event)
            case k.LineChanged():
                await lines.changed(work, event)
            case k.TrunksChanged():
                await work.tx.trunks_found(bridge, event, work.now)
            case _:
                pass

    async def _offered(self, work: Work, bridge: str, event: k.LegOffered) -> None:
        entry = self.desk.settings.entry_points.get(event.dialled)
        if entry is None:
            log.warning("call_to_unknown_number", trunk=event.trunk)
            work.tell_bridge(bridge, k.RejectLeg(leg=event.leg, sip_status=404))
            return
        await work.command(
            event.leg,
            c.Arrive(
                channel=Channel.VOICE,
                direction=Direction.INBOUND,
                customer=Customer(event.caller, event.caller_name),
                dialled=event.dialled,
                bridge=bridge,
                leg=event.leg,
            ),
        )
        answer: k.LegCommand = k.RingLeg(leg=event.leg) if entry.answer_after else k.AnswerLeg(leg=event.leg)
        work.tell_bridge(bridge, answer)

    async def _ended(self, work: Work, event: k.LegEnded) -> None:
        if (user := user_of_agent_leg(event.leg)) is not None:
            await self.handsets.ended(work, user, event.cause)
            await self._phone_closed(work, user)
            return
        if await dialled.ended(work, event, self.desk.members):
            return
        if event.quality is not None:
            await work.tx.save_quality(event.leg, event.quality, work.now)
        if await work.interaction(event.leg) is not None:
            await self.desk.leave_in(work, event.leg, failed=event.cause in TECHNICAL)

    async def _transfer_asked(self, work: Work, bridge: str, event: k.TransferAsked) -> None:
        """Only an agent may give a customer away; whoever else presses the key of a telephone is told no."""
        user = user_of_agent_leg(event.leg)
        done = user is not None and await self.handsets.transfer(work, user, event.to)
        work.tell_bridge(bridge, k.AnswerTransfer(leg=event.leg, transfer=event.transfer, accepted=done))

    async def _handset(self, work: Work, user: int, event: k.LegEvent) -> None:
        match event:
            case k.LegAnswered():
                await self.handsets.answered(work, user)
            case k.DigitPressed(digit=digit):
                await self.handsets.pressed(work, user, digit)
            case k.LegHeldByPeer(held=held):
                await self.handsets.held(work, user, held)

    async def _played(self, work: Work, leg: str, play: str, outcome: k.PlayOutcome) -> None:
        id, kind, *rest = play.split(":")
        if kind == "ivr" and id == leg and outcome is not k.PlayOutcome.STOPPED:
            await self.desk.advance_ivr_in(work, leg, PromptFinished(int(rest[0])))
        if kind == "say" and id == leg and outcome is not k.PlayOutcome.STOPPED:
            await self.desk.destinations.finish_announcement(work, leg, int(rest[0]))
        if kind == "greeting" and id == leg and outcome is not k.PlayOutcome.STOPPED:
            await work.command(leg, c.FinishGreeting(recording=rest[0]))

    async def _recorded(self, work: Work, event: k.RecordingEnded) -> None:
        id = await work.tx.interaction_of_recording(event.recording)
        if id is None:
            log.error("recording_of_no_interaction", recording=event.recording)
            return
        await work.command(id, c.SaveRecording(recording=event.recording, duration_ms=event.duration_ms))
        await work.tx.recording_ended(event)
        for kept in (self.desk.voicemail, self.desk.dictations):
            await kept.recorded(work, id, event.recording, event.duration_ms, event.heard_ms)

    async def _phone(self, work: Work, leg: str, state: k.LegState) -> None:
        user = user_of_agent_leg(leg)
        if user is None:
            return
        match state:
            case k.LegState.UP:
                await self.desk.telephone_back(work, user, agents.ConnectPhone())
            case k.LegState.DISCONNECTED:
                await work.command_agent(user, agents.LosePhone())
            case k.LegState.ENDED:
                await self._phone_closed(work, user)

    async def _phone_closed(self, work: Work, user: UserId) -> None:
        seen = await work.tx.peek_agent(user)
        if seen is not None and seen.phone is not None:
            await self.desk.telephone_away(work, user)
        await work.command_agent(user, agents.ClosePhone())

    async def watch_lines(self, bridge: str) -> None:
        """Tell a bridge anew which lines it is to watch."""
        if self.desk.settings.lines:
            await self.desk.run(partial(_watch_lines, bridge=bridge))

    async def reconcile(self, bridge: str, legs: frozenset[str], now: datetime) -> None:
        """Compare with the legs that a bridge holds, after all its reports: what is gone there is over here. It is told
        anew which lines to watch."""
        await self.watch_lines(bridge)
        for id, leg in await self.desk.store.open_legs(bridge):
            if leg not in legs:
                log.warning("leg_lost_by_bridge", bridge=bridge)
                await self.desk.leave(id, now, failed=True)
        for s in await self.desk.store.calls_on(bridge):
            for m in s.members:
                if m.number is not None and m.up and m.leg not in legs:
                    log.warning("member_lost_by_bridge", bridge=bridge)
                    await self.desk.run(
                        partial(self.desk.members.gone, id=s.id, n=m.n, cause=LeaveCause.FAILED), now=now
                    )
        for user in await self.desk.store.phones_on(bridge):
            if f"agent-{user}" not in legs:
                await self.desk.command_agent(user, agents.LosePhone())
        for user in await self.desk.store.handsets_on(bridge):
            if f"agent-{user}" not in legs:
                log.warning("handset_lost_by_bridge", bridge=bridge)
                await self.desk.run(partial(self.handsets.ended, user=user, cause=k.EndCause.ERROR), now=now)


async def _watch_lines(work: Work, bridge: str) -> None:
    lines.tell(work, bridge)
