"""Listening in, whispering, barging in, taking over. Who may is the policy's; what is heard is the plan's."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.joining import segment_over
from backend.domain.interaction.model import SUPERVISING, Interaction, LeaveCause, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _supervise(s: Interaction, command: c.Supervise, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.ACTIVE or s.agent is None:
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.mode not in SUPERVISING:
        return Refusal(RefusalCode.BAD_INPUT)
    mine = s.member_of(command.supervisor)
    if mine is not None and mine.role in SUPERVISING:
        if mine.role is command.mode:
            return []
        return [e.SupervisionSwitched(at=now, n=mine.n, supervisor=command.supervisor, mode=command.mode)]
    if command.supervisor in s.people:
        return Refusal(RefusalCode.WRONG_PHASE, "in the call")
    return [
        e.SupervisionStarted(at=now, n=s.invited + 1, supervisor=command.supervisor, agent=s.agent, mode=command.mode)
    ]


def _stop(s: Interaction, command: c.StopSupervising, now: datetime) -> Events | Refusal:
    mine = s.member_of(command.supervisor)
    if mine is None or mine.role not in SUPERVISING:
        return []
    return [e.SupervisionEnded(at=now, n=mine.n, supervisor=command.supervisor, cause=LeaveCause.HUNG_UP)]


def _take_over(s: Interaction, command: c.TakeOver, now: datetime) -> Events | Refusal:
    if s.phase is Phase.ACTIVE and s.agent == command.supervisor:
        return []
    mine = s.member_of(command.supervisor)
    if s.phase is not Phase.ACTIVE or mine is None or mine.role not in SUPERVISING:
        return Refusal(RefusalCode.WRONG_PHASE)
    until = now + command.wrap_up if command.wrap_up else None
    return [*segment_over(s, now, until), e.SegmentBegan(at=now, agent=command.supervisor, recording=None)]


RULES: dict[type, Rule] = {
    c.Supervise: _supervise,
    c.StopSupervising: _stop,
    c.TakeOver: _take_over,
}
