"""What the events of call control do to the state; the phase and the version are the machine's."""

from datetime import datetime

from msgspec.structs import replace

from backend.domain.interaction import events as e
from backend.domain.interaction.model import (
    Interaction,
    Member,
    MemberRole,
    MemberState,
    Outgoing,
    Parking,
    Segment,
    TransferFailure,
    VisitResult,
)
from backend.domain.kernel.ids import UserId, agent_leg


def off_hold(s: Interaction, at: datetime) -> Interaction:
    if s.held_since is None:
        return s
    return replace(s, held_since=None, held_total=s.held_total + (at - s.held_since))


def leave_queue(s: Interaction, at: datetime, result: VisitResult, agent: UserId | None) -> Interaction:
    if not s.visits or s.visits[-1].left_at is not None:
        return s
    last = replace(s.visits[-1], left_at=at, result=result, agent=agent)
    return replace(s, visits=(*s.visits[:-1], last))


def elsewhere(s: Interaction, at: datetime) -> Interaction:
    """The contact leaves the queue, the announcement or the parking in which it was, for another place of ours."""
    s = leave_queue(s, at, VisitResult.FLOWED_OUT, None)
    return replace(s, announcement=None, sought=None, sought_otherwise=None, parking=None)


def begin_segment(s: Interaction, agent: UserId, at: datetime) -> Interaction:
    """Of a customer who has talked already, the new agent is heard at once: both legs are up."""
    done = tuple(replace(x, wrapped_up_at=at) if x.in_wrap_up and x.agent == agent else x for x in s.segments)
    if s.talked_until is not None:  # from the flow after a call to an agent again: that recording is closed
        s = replace(s, talked_until=None, recording=None)
    connected = at if s.connected_at is not None else None
    new = Segment(agent=agent, accepted_at=at, connected_at=connected)
    return replace(s, agent=agent, accepted_at=at, away_since=None, segments=(*done, new))


def end_segment(s: Interaction, at: datetime, wrap_up_until: datetime | None) -> Interaction:
    s = replace(off_hold(s, at), muted=False, away_since=None)
    if s.segment is None:
        return s
    before = sum((x.held_total for x in s.segments[:-1]), start=type(s.held_total)())
    last = replace(
        s.segment,
        ended_at=at,
        held_total=s.held_total - before,
        wrap_up_until=wrap_up_until,
        wrapped_up_at=None if wrap_up_until else at,
    )
    return replace(s, segments=(*s.segments[:-1], last))


def finish_wrap_up(s: Interaction, agent: UserId | None, at: datetime) -> Interaction:
    who = agent if agent is not None else s.agent
    return replace(
        s, segments=tuple(replace(x, wrapped_up_at=at) if x.in_wrap_up and x.agent == who else x for x in s.segments)
    )


def fold(s: Interaction, event: e.InteractionEvent) -> Interaction:
    match event:
        case e.Dialled():
            s = begin_segment(s, event.agent, event.at)
            outgoing = Outgoing(
                number=event.number, shown=event.shown, ring_until=event.ring_until, ring_s=event.ring_s
            )
            return replace(s, outgoing=outgoing, recording=event.recording, recorded=event.recording is not None)
        case e.CallbackDialled():
            outgoing = Outgoing(
                number=event.number, shown=event.shown, ring_until=event.ring_until, ring_s=event.ring_s
            )
            return replace(s, outgoing=outgoing)
        case e.LegRang() if s.voice is not None:
            return replace(s, voice=replace(s.voice, ringing=True, early_media=event.early_media))
        case e.SegmentBegan():
            rest = tuple(m for m in s.members if m.agent != event.agent)
            s = replace(s, members=rest, parking=None)
            if s.recording is None and event.recording is not None:
                s = replace(s, recording=event.recording, recorded=True)
            return begin_segment(off_hold(s, event.at), event.agent, event.at)
        case e.SegmentEnded():
            s = end_segment(s, event.at, event.wrap_up_until)
            return replace(s, queued_at=None) if event.anew else s
        case e.MemberInvited():
            return _invite(s, event)
        case e.MemberEarlyMedia():
            return _change(s, event.n, early_media=True)
        case e.MemberAnswered():
            return _change(s, event.n, state=MemberState.UP, since=event.at, ring_until=None)
        case e.MemberChanged():
            return _change(s, event.n, role=event.role)
        case e.MemberLeft() | e.SupervisionEnded():
            return replace(s, members=tuple(m for m in s.members if m.n != event.n))
        case e.TransferFailed():
            failure = TransferFailure(at=event.at, cause=event.cause, agent=event.agent, number=event.number)
            return replace(s, transfer_failure=failure)
        case e.WentOutside():
            talking = tuple(replace(m, role=MemberRole.CONFERENCE) for m in s.members if m.up)
            recording = s.recording or event.recording
            return replace(s, members=talking, recorded=event.recorded, recording=recording)
        case e.Parked():
            return replace(s, parking=Parking(event.agent, event.at, event.until))
        case e.SupervisionStarted():
            new = Member(
                n=event.n,
                role=event.mode,
                leg=agent_leg(event.supervisor),
                state=MemberState.UP,
                since=event.at,
                agent=event.supervisor,
            )
            return replace(s, members=(*s.members, new), invited=event.n)
        case e.SupervisionSwitched():
            return _change(s, event.n, role=event.mode)
    return s


def _invite(s: Interaction, event: e.MemberInvited) -> Interaction:
    new = Member(
        n=event.n,
        role=event.role,
        leg=s.leg_for(event.n, event.agent),
        state=MemberState.RINGING,
        since=event.at,
        agent=event.agent,
        number=event.number,
        shown=event.shown,
        ring_until=event.ring_until,
        ring_s=event.ring_s,
        recorded=event.recorded,
        otherwise=event.otherwise,
    )
    s = replace(s, members=(*s.members, new), invited=event.n)
    if event.role is MemberRole.TRANSFER:
        s = elsewhere(s, event.at)
    return s


def _change(s: Interaction, n: int, **changes: object) -> Interaction:
    return replace(s, members=tuple(replace(m, **changes) if m.n == n else m for m in s.members))
