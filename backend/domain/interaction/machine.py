"""The life of an interaction: a table of phases, ``evolve`` (events → state) and ``decide`` (command → events).

``decide(state, command, now)`` answers with the events that the command causes, an empty list when the command is a
repetition that changes nothing, or a Refusal. It is the only place that knows what may happen when; effects (telling the
bridge, waking the router, timers) follow elsewhere from the state before and after.
"""

from datetime import datetime

from msgspec.structs import replace

from backend.domain.interaction import (
    arriving,
    conversation,
    dialling,
    joining,
    moving,
    paperwork,
    supervising,
    voicemail,
    waiting,
)
from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction import folding as f
from backend.domain.interaction import queueing as w
from backend.domain.interaction.model import (
    Interaction,
    MemberRole,
    Outcome,
    Party,
    Phase,
    VisitResult,
    VoiceLeg,
)
from backend.domain.interaction.rule import Events
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import ToCallback

RULES = (
    arriving.RULES
    | waiting.RULES
    | conversation.RULES
    | paperwork.RULES
    | dialling.RULES
    | joining.RULES
    | moving.RULES
    | supervising.RULES
    | voicemail.RULES
)

JOINING: tuple[type, ...] = (
    e.MemberInvited,
    e.MemberEarlyMedia,
    e.MemberAnswered,
    e.MemberChanged,
    e.MemberLeft,
    e.SupervisionStarted,
    e.SupervisionSwitched,
    e.SupervisionEnded,
)

ROUTED: dict[type, Phase] = {
    e.IvrEntered: Phase.IN_IVR,
    e.AnnouncementStarted: Phase.IN_IVR,
    e.Queued: Phase.QUEUED,
    e.AgentSought: Phase.QUEUED,
    e.MessageAsked: Phase.MESSAGE,
    e.MemberInvited: Phase.TRANSFERRING,
}
"""Where the routing may send a customer with whom nobody is."""

TRANSITIONS: dict[Phase, dict[type, Phase]] = {
    Phase.ARRIVED: {
        **ROUTED,
        e.LegCameUp: Phase.ARRIVED,
        e.Dialled: Phase.DIALLING,
        e.Ended: Phase.CLOSED,
    },
    Phase.DIALLING: {e.LegRang: Phase.DIALLING, e.LegCameUp: Phase.ACTIVE, e.Ended: Phase.CLOSED},
    Phase.IN_IVR: {
        **ROUTED,
        e.IvrMoved: Phase.IN_IVR,
        e.AnnouncementFinished: Phase.IN_IVR,
        e.Ended: Phase.CLOSED,
    },
    Phase.MESSAGE: {
        **ROUTED,
        e.MessageBegan: Phase.MESSAGE,
        e.MessageStopped: Phase.MESSAGE,
        e.Ended: Phase.CLOSED,
    },
    Phase.QUEUED: {
        **ROUTED,
        e.PositionAnnounced: Phase.QUEUED,
        e.ComfortPlayed: Phase.QUEUED,
        e.PriorityChanged: Phase.QUEUED,
        e.OverflowFailed: Phase.QUEUED,
        e.Offered: Phase.OFFERED,
        e.Ended: Phase.CLOSED,
    },
    Phase.OFFERED: {
        e.PositionAnnounced: Phase.OFFERED,
        e.ComfortPlayed: Phase.OFFERED,
        e.PriorityChanged: Phase.OFFERED,
        e.Offered: Phase.OFFERED,
        e.OfferReturned: Phase.QUEUED,
        e.OfferAccepted: Phase.ACTIVE,
        e.Ended: Phase.CLOSED,
    },
    Phase.PREVIEW: {e.CallbackDialled: Phase.DIALLING, e.Ended: Phase.CLOSED},
    Phase.ACTIVE: {
        e.ConversationStarted: Phase.ACTIVE,
        e.Held: Phase.ACTIVE,
        e.Resumed: Phase.ACTIVE,
        e.AgentWentAway: Phase.ACTIVE,
        e.AgentCameBack: Phase.ACTIVE,
        e.CallbackDialled: Phase.DIALLING,
        e.PreviewBegan: Phase.PREVIEW,
        e.Muted: Phase.ACTIVE,
        e.Unmuted: Phase.ACTIVE,
        e.RecordingPaused: Phase.ACTIVE,
        e.RecordingResumed: Phase.ACTIVE,
        e.SegmentEnded: Phase.TRANSFERRING,
        **dict.fromkeys(JOINING, Phase.ACTIVE),
        e.Ended: Phase.WRAP_UP,
    },
    Phase.TRANSFERRING: {
        **ROUTED,
        **dict.fromkeys(JOINING, Phase.TRANSFERRING),
        e.ConversationStarted: Phase.TRANSFERRING,
        e.TransferFailed: Phase.TRANSFERRING,
        e.LedAfterCall: Phase.TRANSFERRING,
        e.SegmentBegan: Phase.ACTIVE,
        e.Parked: Phase.PARKED,
        e.WentOutside: Phase.OUTSIDE,
        e.Ended: Phase.CLOSED,
    },
    Phase.PARKED: {
        **ROUTED,
        e.ConversationStarted: Phase.PARKED,
        e.SegmentBegan: Phase.ACTIVE,
        e.Ended: Phase.CLOSED,
    },
    Phase.OUTSIDE: {
        **dict.fromkeys(JOINING, Phase.OUTSIDE),
        e.ConversationStarted: Phase.OUTSIDE,
        e.Ended: Phase.CLOSED,
    },
    Phase.WRAP_UP: {},
    Phase.CLOSED: {},
}
"""Where each event may happen and where it leads. A contact that ended is in WRAP_UP as long as any agent is at it."""

ANYWHERE = (
    e.Routed,
    e.CallbackRequested,
    e.MessageLeft,
    e.MessageMissed,
    e.ClientPicked,
    e.ClientVerified,
    e.Categorised,
    e.NoteWritten,
    e.RecordingSaved,
    e.WrapUpFinished,
)
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
    handed = isinstance(event, e.MemberInvited | e.MemberChanged) and event.role is MemberRole.TRANSFER
    return Phase.TRANSFERRING if handed else target


def _settled(s: Interaction, at: datetime, *, wrapping: bool = False) -> Interaction:
    """Of a contact that is over for the customer: whether an agent is still at it."""
    if s.ended_at is None:
        return s
    if wrapping or s.wrapping_up:
        return replace(s, phase=Phase.WRAP_UP)
    return replace(s, phase=Phase.CLOSED, closed_at=at)


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
        callback=event.callback,
        queued_at=event.place_since,
    )


def evolve(s: Interaction, event: e.InteractionEvent) -> Interaction:
    """The state after the event. Raises ImpossibleEvent."""
    s = replace(s, phase=next_phase(s.phase, event), version=s.version + 1)
    match event:
        case e.Routed(to=ToCallback(queue=queue)):
            return replace(s, callback_queue=queue)
        case e.CallbackRequested():
            return replace(s, wish=event.callback)
        case e.LedAfterCall():
            return replace(s, talked_until=event.at)
        case e.LegCameUp():
            return replace(s, voice=replace(s.voice, up=True, ringing=False)) if s.voice else s
        case e.OfferAccepted():
            s = f.begin_segment(s, event.agent, event.at)
            recorded = event.recording is not None
            s = replace(s, offer=None, ring=(), recording=s.recording or event.recording, recorded=recorded)
            return f.leave_queue(s, event.at, VisitResult.ANSWERED, event.agent)
        case e.ConversationStarted():
            if s.segment is not None:
                s = replace(s, segments=(*s.segments[:-1], replace(s.segment, connected_at=event.at)))
            return replace(s, connected_at=event.at)
        case e.Held():
            return replace(s, held_since=event.at)
        case e.Resumed():
            return f.off_hold(s, event.at)
        case e.AgentWentAway() | e.AgentCameBack():
            return replace(s, away_since=event.at if isinstance(event, e.AgentWentAway) else None)
        case e.Muted():
            return replace(s, muted=True)
        case e.Unmuted():
            return replace(s, muted=False)
        case e.RecordingPaused() | e.RecordingResumed():
            return replace(s, recording_paused=isinstance(event, e.RecordingPaused))
        case e.Ended():
            led_out = event.by is Party.SYSTEM and event.outcome is not Outcome.FAILED
            s = f.end_segment(s, event.at, event.wrap_up_until)
            s = f.leave_queue(s, event.at, VisitResult.FLOWED_OUT if led_out else VisitResult.ABANDONED, None)
            s = replace(
                s,
                outcome=event.outcome,
                ended_at=event.at,
                ended_by=event.by,
                offer=None,
                ring=(),
                announcement=None,
                members=(),
                parking=None,
                muted=False,
                wrap_up_until=event.wrap_up_until,
                voice=replace(s.voice, ended=True) if s.voice else None,
            )
            return _settled(s, event.at, wrapping=event.wrap_up_until is not None)
        case e.WrapUpFinished():
            return _settled(f.finish_wrap_up(s, event.agent, event.at), event.at)
        case e.ClientPicked():
            return replace(s, client=event.client, verified=())
        case e.ClientVerified():
            return replace(s, verified=event.items)
        case e.Categorised():
            return replace(s, category=event.category)
        case e.NoteWritten():
            return replace(s, notes=event.note_version)
        case _:
            return voicemail.fold(f.fold(w.fold(s, event), event), event)


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
                callback=command.callback,
                place_since=command.place_since,
            )
        ]
    if s is None:
        return Refusal(RefusalCode.NOT_FOUND)
    return RULES[type(command)](s, command, now)
