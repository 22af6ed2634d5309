"""The life of an interaction: a table of phases, ``evolve`` (events → state) and ``decide`` (command → events).

``decide(state, command, now)`` answers with the events that the command causes, an empty list when the command is a
repetition that changes nothing, or a Refusal. It is the only place that knows what may happen when; effects (telling the
bridge, waking the router, timers) follow elsewhere from the state before and after.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from backend.domain.interaction import arriving, conversation, paperwork, waiting
from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import (
    Announcement,
    Interaction,
    Offer,
    Outcome,
    Phase,
    QueueVisit,
    VisitResult,
    VoiceLeg,
)
from backend.domain.interaction.rule import Events
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

RULES = arriving.RULES | waiting.RULES | conversation.RULES | paperwork.RULES

TRANSITIONS: dict[Phase, dict[type, Phase]] = {
    Phase.ARRIVED: {
        e.LegCameUp: Phase.ARRIVED,
        e.IvrEntered: Phase.IN_IVR,
        e.AnnouncementStarted: Phase.IN_IVR,
        e.Queued: Phase.QUEUED,
        e.AgentSought: Phase.QUEUED,
        e.Ended: Phase.CLOSED,
    },
    Phase.IN_IVR: {
        e.IvrEntered: Phase.IN_IVR,
        e.IvrMoved: Phase.IN_IVR,
        e.AnnouncementStarted: Phase.IN_IVR,
        e.AnnouncementFinished: Phase.IN_IVR,
        e.Queued: Phase.QUEUED,
        e.AgentSought: Phase.QUEUED,
        e.Ended: Phase.CLOSED,
    },
    Phase.QUEUED: {
        e.PositionAnnounced: Phase.QUEUED,
        e.ComfortPlayed: Phase.QUEUED,
        e.OverflowFailed: Phase.QUEUED,
        e.IvrEntered: Phase.IN_IVR,
        e.AnnouncementStarted: Phase.IN_IVR,
        e.Queued: Phase.QUEUED,
        e.AgentSought: Phase.QUEUED,
        e.Offered: Phase.OFFERED,
        e.Ended: Phase.CLOSED,
    },
    Phase.OFFERED: {
        e.PositionAnnounced: Phase.OFFERED,
        e.ComfortPlayed: Phase.OFFERED,
        e.Offered: Phase.OFFERED,
        e.OfferReturned: Phase.QUEUED,
        e.OfferAccepted: Phase.ACTIVE,
        e.Ended: Phase.CLOSED,
    },
    Phase.ACTIVE: {
        e.ConversationStarted: Phase.ACTIVE,
        e.Held: Phase.ACTIVE,
        e.Resumed: Phase.ACTIVE,
        e.Muted: Phase.ACTIVE,
        e.Unmuted: Phase.ACTIVE,
        e.RecordingPaused: Phase.ACTIVE,
        e.RecordingResumed: Phase.ACTIVE,
        e.Ended: Phase.WRAP_UP,
    },
    Phase.WRAP_UP: {e.WrapUpFinished: Phase.CLOSED},
    Phase.CLOSED: {},
}
"""Where each event may happen and where it leads. ``Ended`` without wrap-up leads to CLOSED from anywhere."""

ANYWHERE = (e.Routed, e.ClientPicked, e.Categorised, e.NoteWritten, e.RecordingSaved)
"""Events that say something about a contact without moving it; also after it ended."""


class ImpossibleEvent(Exception):
    """An event stands in the log where the table forbids it: a bug, never an expected refusal."""


def next_phase(phase: Phase, event: e.InteractionEvent) -> Phase:
    if isinstance(event, ANYWHERE):
        return phase
    try:
        target = TRANSITIONS[phase][type(event)]
    except KeyError:
        raise ImpossibleEvent(f"{type(event).__name__} in {phase}") from None
    if isinstance(event, e.Ended) and event.wrap_up_until is None:
        return Phase.CLOSED
    return target


def born(interaction_id: str, event: e.Arrived) -> Interaction:
    return Interaction(
        id=interaction_id,
        version=1,
        channel=event.channel,
        direction=event.direction,
        phase=Phase.ARRIVED,
        customer=event.customer,
        dialled=event.dialled,
        arrived_at=event.at,
        voice=VoiceLeg(bridge=event.bridge, leg=event.leg) if event.bridge and event.leg else None,
    )


def evolve(s: Interaction, event: e.InteractionEvent) -> Interaction:
    """The state after the event. Raises ImpossibleEvent."""
    s = replace(s, phase=next_phase(s.phase, event), version=s.version + 1)
    match event:
        case e.LegCameUp():
            return replace(s, voice=replace(s.voice, up=True)) if s.voice else s
        case e.IvrMoved():
            return replace(s, ivr=event.run)
        case e.IvrEntered():
            return _elsewhere(s, event.at)
        case e.AnnouncementStarted():
            said = Announcement(text=event.text, then=event.then)
            return replace(_elsewhere(s, event.at), announcement=said, says=s.says + 1)
        case e.AnnouncementFinished():
            return replace(s, announcement=None)
        case e.AgentSought():
            s = replace(_elsewhere(s, event.at), queue=None, queued_at=event.at, position=None, saying="")
            return replace(s, sought=event.agent, sought_otherwise=event.otherwise)
        case e.Queued():
            return _enter_queue(_elsewhere(s, event.at), event)
        case e.PositionAnnounced():
            return replace(
                s,
                position=event.position,
                announcements=s.announcements + 1,
                saying=event.text,
                said_at=event.at,
                announced_at=event.at,
                expected_s=event.expected_s,
            )
        case e.ComfortPlayed():
            return replace(s, comforts=s.comforts + 1, saying=event.text, said_at=event.at)
        case e.OverflowFailed():
            return replace(s, overflows=s.overflows + 1)
        case e.Offered():
            offer = Offer(event.agent, event.at, event.expires_at)
            if s.offer is not None:
                return replace(s, ring=(*s.ring, offer), offers=s.offers + 1)
            return replace(s, offer=offer, offers=s.offers + 1)
        case e.OfferReturned():
            return _offer_back(s, event)
        case e.OfferAccepted():
            s = replace(s, offer=None, ring=(), agent=event.agent, accepted_at=event.at, recording=event.recording)
            return _leave_queue(s, event.at, VisitResult.ANSWERED, event.agent)
        case e.ConversationStarted():
            return replace(s, connected_at=event.at)
        case e.Held():
            return replace(s, held_since=event.at)
        case e.Resumed():
            return _off_hold(s, event.at)
        case e.Muted():
            return replace(s, muted=True)
        case e.Unmuted():
            return replace(s, muted=False)
        case e.RecordingPaused() | e.RecordingResumed():
            return replace(s, recording_paused=isinstance(event, e.RecordingPaused))
        case e.Ended():
            by_us = event.outcome is Outcome.ENDED_BY_IVR
            result = VisitResult.FLOWED_OUT if by_us else VisitResult.ABANDONED
            s = _leave_queue(_off_hold(s, event.at), event.at, result, None)
            return replace(
                s,
                outcome=event.outcome,
                ended_at=event.at,
                ended_by=event.by,
                offer=None,
                ring=(),
                announcement=None,
                muted=False,
                wrap_up_until=event.wrap_up_until,
                voice=replace(s.voice, ended=True) if s.voice else None,
                closed_at=event.at if event.wrap_up_until is None else None,
            )
        case e.WrapUpFinished():
            return replace(s, closed_at=event.at)
        case e.ClientPicked():
            return replace(s, client=event.client)
        case e.Categorised():
            return replace(s, category=event.category)
        case e.NoteWritten():
            return replace(s, notes=event.note_version)
        case _:
            return s


def _off_hold(s: Interaction, at: datetime) -> Interaction:
    if s.held_since is None:
        return s
    return replace(s, held_since=None, held_total=s.held_total + (at - s.held_since))


def _elsewhere(s: Interaction, at: datetime) -> Interaction:
    """The contact leaves the queue or the announcement in which it was, for another place of ours."""
    return replace(
        _leave_queue(s, at, VisitResult.FLOWED_OUT, None), announcement=None, sought=None, sought_otherwise=None
    )


def _enter_queue(s: Interaction, event: e.Queued) -> Interaction:
    visit = QueueVisit(queue=event.queue, entered_at=event.at)
    return replace(
        s,
        queue=event.queue,
        queued_at=event.since or event.at,
        priority=event.priority,
        skills=event.skills,
        steps=event.steps,
        prefers=event.prefers,
        position=event.position,
        expected_s=event.expected_s,
        saying=event.text,
        said_at=event.at,
        announced_at=event.at,
        music=event.music,
        comforts=0,
        overflows=0,
        visits=(*s.visits, visit),
    )


def _offer_back(s: Interaction, event: e.OfferReturned) -> Interaction:
    left = tuple(offer for offer in s.all_offers if offer.agent != event.agent)
    not_to = tuple((agent, until) for agent, until in s.not_to if until > event.at and agent != event.agent)
    if event.again_after_s:
        not_to += ((event.agent, event.at + timedelta(seconds=event.again_after_s)),)
    return replace(
        s,
        phase=Phase.OFFERED if left else Phase.QUEUED,
        offer=left[0] if left else None,
        ring=left[1:],
        not_to=not_to,
    )


def _leave_queue(s: Interaction, at: datetime, result: VisitResult, agent: UserId | None) -> Interaction:
    if not s.visits or s.visits[-1].left_at is not None:
        return s
    last = replace(s.visits[-1], left_at=at, result=result, agent=agent)
    return replace(s, visits=(*s.visits[:-1], last))


def decide(s: Interaction | None, command: c.InteractionCommand, now: datetime) -> Events | Refusal:
    if isinstance(command, c.Arrive):
        if s is not None:
            return []
        return [
            e.Arrived(
                at=now,
                channel=command.channel,
                direction=command.direction,
                customer=command.customer,
                dialled=command.dialled,
                bridge=command.bridge,
                leg=command.leg,
            )
        ]
    if s is None:
        return Refusal(RefusalCode.NOT_FOUND)
    return RULES[type(command)](s, command, now)
