"""More people in a call: consultation with the customer on hold, and conference.

A consultation is somebody in the role CONSULTED while the customer is held; to swap is to resume and to hold again.
"""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.conversation import by_its_agent
from backend.domain.interaction.model import (
    SUPERVISING,
    Interaction,
    LeaveCause,
    Member,
    MemberRole,
    Outcome,
    Party,
    Phase,
)
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode

MOST_PARTIES = 8
"""In one call, the customer and the agent included; supervisors do not count."""

HUMAN = (MemberRole.CONSULTED, MemberRole.CONFERENCE)


def invited(s: Interaction, now: datetime, role: MemberRole, whom: c.Whom, **more: object) -> e.MemberInvited:
    return e.MemberInvited(
        at=now,
        n=s.invited + 1,
        role=role,
        agent=whom.agent,
        number=whom.number,
        shown=whom.shown,
        ring_until=now + whom.ring,
        ring_s=whom.ring.total_seconds(),
        **more,  # type: ignore[arg-type]
    )


def supervision_over(s: Interaction, now: datetime) -> Events:
    """Supervision is of an agent's conversation: it ends where that agent's part does."""
    return [
        e.SupervisionEnded(at=now, n=m.n, supervisor=m.agent, cause=LeaveCause.MOVED)
        for m in s.members
        if m.role in SUPERVISING and m.agent is not None
    ]


def segment_over(s: Interaction, now: datetime, wrap_up_until: datetime | None, *, anew: bool = False) -> Events:
    """The agent in charge is out of the call, and those who supervised the agent with them."""
    assert s.agent is not None
    return [e.SegmentEnded(at=now, agent=s.agent, wrap_up_until=wrap_up_until, anew=anew), *supervision_over(s, now)]


def handed_to(m: Member, now: datetime, s: Interaction) -> Events:
    """A member who is in the call already has it from now on."""
    if m.agent is not None:
        return [e.SegmentBegan(at=now, agent=m.agent, recording=None)]
    rung: Events = [left(x, now, LeaveCause.MOVED) for x in s.in_role(*HUMAN) if not x.up and x.n != m.n]
    return [*rung, e.WentOutside(at=now, recorded=s.recorded, recording=None)]


def left(m: Member, now: datetime, cause: LeaveCause) -> e.InteractionEvent:
    if m.role in SUPERVISING and m.agent is not None:
        return e.SupervisionEnded(at=now, n=m.n, supervisor=m.agent, cause=cause)
    return e.MemberLeft(at=now, n=m.n, agent=m.agent, cause=cause)


def _invite(s: Interaction, command: c.Invite, now: datetime) -> Events | Refusal:
    if refusal := by_its_agent(s, command.agent):
        return refusal
    if command.role not in HUMAN or (command.role is MemberRole.CONSULTED and s.in_role(MemberRole.CONSULTED)):
        return Refusal(RefusalCode.WRONG_PHASE, "consulting")
    if 2 + len(s.in_role(*HUMAN)) >= MOST_PARTIES:
        return Refusal(RefusalCode.CONFERENCE_FULL)
    if command.whom.agent is not None and command.whom.agent in s.people:
        return Refusal(RefusalCode.COLLEAGUE_BUSY)
    events: Events = []
    if command.role is MemberRole.CONSULTED and s.held_since is None:
        events.append(e.Held(at=now))
    return [*events, invited(s, now, command.role, command.whom, by=command.agent)]


def _answer(s: Interaction, command: c.AnswerAsMember, now: datetime) -> Events | Refusal:
    m = s.member(command.n)
    if m is None:
        return Refusal(RefusalCode.OFFER_GONE)
    if m.up:
        return []
    if m.role is not MemberRole.TRANSFER:
        return [e.MemberAnswered(at=now, n=m.n)]
    if m.agent is not None:
        return [e.SegmentBegan(at=now, agent=m.agent, recording=command.recording)]
    recording = command.recording if m.recorded else None
    return [
        e.MemberAnswered(at=now, n=m.n),
        e.WentOutside(at=now, recorded=m.recorded, recording=recording),
    ]


def _drop(s: Interaction, command: c.DropMember, now: datetime) -> Events | Refusal:
    m = s.member(command.n)
    if m is None:
        return []
    if command.agent is not None and command.agent != m.agent and (refusal := by_its_agent(s, command.agent)):
        return refusal
    gone = left(m, now, command.cause)
    if m.role is MemberRole.TRANSFER:
        return [gone, e.TransferFailed(at=now, agent=m.agent, number=m.number, cause=command.cause)]
    others = [x for x in s.in_role(MemberRole.CONFERENCE) if x.up and x.n != m.n]
    if s.phase is Phase.OUTSIDE and not others:
        outcome = Outcome.HANDLED if s.segments else Outcome.ROUTED_OUT
        by = Party.OTHER if command.cause is LeaveCause.HUNG_UP else Party.SYSTEM
        return [gone, e.Ended(at=now, outcome=outcome, by=by)]
    return [gone]


def _end_consultation(s: Interaction, command: c.EndConsultation, now: datetime) -> Events | Refusal:
    if refusal := by_its_agent(s, command.agent):
        return refusal
    asked = s.in_role(MemberRole.CONSULTED)
    if not asked:
        return Refusal(RefusalCode.WRONG_PHASE)
    events: Events = [left(m, now, LeaveCause.DROPPED) for m in asked]
    return [*events, e.Resumed(at=now)] if s.held_since is not None else events


def _make_conference(s: Interaction, command: c.MakeConference, now: datetime) -> Events | Refusal:
    if refusal := by_its_agent(s, command.agent):
        return refusal
    asked = [m for m in s.in_role(MemberRole.CONSULTED) if m.up]
    if not asked:
        return Refusal(RefusalCode.WRONG_PHASE)
    events: Events = [e.MemberChanged(at=now, n=m.n, role=MemberRole.CONFERENCE) for m in asked]
    return [*events, e.Resumed(at=now)] if s.held_since is not None else events


def _leave_conference(s: Interaction, command: c.LeaveConference, now: datetime) -> Events | Refusal:
    if refusal := by_its_agent(s, command.agent):
        return refusal
    staying = [m for m in s.in_role(MemberRole.CONFERENCE) if m.up]
    if not staying:
        return Refusal(RefusalCode.WRONG_PHASE)
    heir = next((m for m in staying if m.agent is not None), staying[0])
    until = now + command.wrap_up if command.wrap_up else None
    asked: Events = [left(m, now, LeaveCause.MOVED) for m in s.in_role(MemberRole.CONSULTED)]
    return [*asked, *segment_over(s, now, until), *handed_to(heir, now, s)]


RULES: dict[type, Rule] = {
    c.Invite: _invite,
    c.AnswerAsMember: _answer,
    c.DropMember: _drop,
    c.EndConsultation: _end_consultation,
    c.MakeConference: _make_conference,
    c.LeaveConference: _leave_conference,
}
