"""The life of an interaction: a table of phases, ``evolve`` (events → state) and ``decide`` (command → events).

``decide(state, command, now)`` answers with the events that the command causes, an empty list when the command is a
repetition that changes nothing, or a Refusal. It is the only place that knows what may happen when; effects (telling the
bridge, waking the router, timers) follow elsewhere from the state before and after.
"""

from datetime import datetime

from msgspec.structs import replace

from backend.domain.interaction import arriving, conversation, paperwork, waiting
from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import (
    Interaction,
    Offer,
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
        e.Queued: Phase.QUEUED,
        e.Ended: Phase.CLOSED,
    },
    Phase.IN_IVR: {e.IvrMoved: Phase.IN_IVR, e.Queued: Phase.QUEUED, e.Ended: Phase.CLOSED},
    Phase.QUEUED: {
        e.PositionAnnounced: Phase.QUEUED,
        e.Offered: Phase.OFFERED,
        e.Ended: Phase.CLOSED,
    },
    Phase.OFFERED: {
        e.PositionAnnounced: Phase.OFFERED,
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

ANYWHERE = (e.ClientPicked, e.Categorised, e.NoteWritten, e.RecordingSaved)
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
        case e.Queued():
            visit = QueueVisit(queue=event.queue, entered_at=event.at)
            return replace(
                s,
                queue=event.queue,
                queued_at=event.at,
                priority=event.priority,
                skills=event.skills,
                position=event.position,
                visits=(*s.visits, visit),
            )
        case e.PositionAnnounced():
            return replace(s, position=event.position, announcements=s.announcements + 1)
        case e.Offered():
            return replace(s, offer=Offer(event.agent, event.at, event.expires_at), offers=s.offers + 1)
        case e.OfferReturned():
            return replace(s, offer=None)
        case e.OfferAccepted():
            s = replace(s, offer=None, agent=event.agent, accepted_at=event.at, recording=event.recording)
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
            s = _leave_queue(_off_hold(s, event.at), event.at, VisitResult.ABANDONED, None)
            return replace(
                s,
                outcome=event.outcome,
                ended_at=event.at,
                ended_by=event.by,
                offer=None,
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
