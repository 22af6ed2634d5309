"""The customer goes to somebody else: transfers, numbers outside, parking, and the way back when it came to nothing."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.arriving import WITH_US
from backend.domain.interaction.conversation import by_its_agent
from backend.domain.interaction.joining import HUMAN, handed_to, invited, segment_over
from backend.domain.interaction.model import Interaction, MemberRole, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _may_give_away(s: Interaction, command: c.TransferTo | c.LetGo | c.LeadAfterCall | c.Park) -> Refusal | None:
    if refusal := by_its_agent(s, command.agent):
        return refusal
    return Refusal(RefusalCode.WRONG_PHASE, "conference") if s.in_role(*HUMAN) else None


def _transfer(s: Interaction, command: c.TransferTo, now: datetime) -> Events | Refusal:
    if refusal := _may_give_away(s, command):
        return refusal
    if command.whom.agent is not None and command.whom.agent in s.people:
        return Refusal(RefusalCode.COLLEAGUE_BUSY)
    until = now + command.wrap_up if command.wrap_up else None
    whom = invited(s, now, MemberRole.TRANSFER, command.whom, recorded=s.recorded, by=command.agent)
    return [*segment_over(s, now, until), whom]


def _let_go(s: Interaction, command: c.LetGo, now: datetime) -> Events | Refusal:
    if refusal := _may_give_away(s, command):
        return refusal
    until = now + command.wrap_up if command.wrap_up else None
    return segment_over(s, now, until, anew=True)


def _lead_after_call(s: Interaction, command: c.LeadAfterCall, now: datetime) -> Events | Refusal:
    if refusal := _may_give_away(s, command):
        return refusal
    if s.connected_at is None:
        return Refusal(RefusalCode.WRONG_PHASE)
    until = now + command.wrap_up if command.wrap_up else None
    return [*segment_over(s, now, until, anew=True), e.LedAfterCall(at=now)]


def _call_out(s: Interaction, command: c.CallOut, now: datetime) -> Events | Refusal:
    if s.phase not in WITH_US or s.voice is None or not s.voice.up or s.in_role(MemberRole.TRANSFER):
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.whom.agent is not None and command.whom.agent in s.people:
        return Refusal(RefusalCode.COLLEAGUE_BUSY)
    more = {"recorded": command.recorded, "otherwise": command.otherwise}
    return [invited(s, now, MemberRole.TRANSFER, command.whom, **more)]


def _give_back(s: Interaction, command: c.GiveBack, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.TRANSFERRING or s.in_role(MemberRole.TRANSFER) or command.agent not in s.wrapping_up:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.SegmentBegan(at=now, agent=command.agent, recording=None)]


def _complete(s: Interaction, command: c.CompleteTransfer, now: datetime) -> Events | Refusal:
    """Also before the consulted one has answered: then the customer waits for it, and comes back if it fails."""
    if refusal := by_its_agent(s, command.agent):
        return refusal
    asked = s.in_role(MemberRole.CONSULTED)
    if not asked:
        return Refusal(RefusalCode.WRONG_PHASE)
    until = now + command.wrap_up if command.wrap_up else None
    over = segment_over(s, now, until)
    if asked[0].up:
        return [*over, *handed_to(asked[0], now, s)]
    if s.in_role(MemberRole.CONFERENCE):
        return Refusal(RefusalCode.WRONG_PHASE, "conference")
    return [*over, e.MemberChanged(at=now, n=asked[0].n, role=MemberRole.TRANSFER)]


def _park(s: Interaction, command: c.Park, now: datetime) -> Events | Refusal:
    if refusal := _may_give_away(s, command):
        return refusal
    return [*segment_over(s, now, None), e.Parked(at=now, agent=command.agent, until=now + command.limit)]


def _take_parked(s: Interaction, command: c.TakeParked, now: datetime) -> Events | Refusal:
    if s.phase is Phase.ACTIVE and s.agent == command.agent:
        return []
    if s.phase is not Phase.PARKED:
        return Refusal(RefusalCode.OFFER_GONE)
    return [e.SegmentBegan(at=now, agent=command.agent, recording=None)]


RULES: dict[type, Rule] = {
    c.TransferTo: _transfer,
    c.LetGo: _let_go,
    c.LeadAfterCall: _lead_after_call,
    c.CallOut: _call_out,
    c.GiveBack: _give_back,
    c.CompleteTransfer: _complete,
    c.Park: _park,
    c.TakeParked: _take_parked,
}
