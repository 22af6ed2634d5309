"""The life of an interaction: a table of phases, ``evolve`` (events → state) and ``decide`` (command → events).

``decide(state, command, now)`` answers with the events that the command causes, an empty list when the command is a
repetition that changes nothing, or a Refusal. It is the only place that knows what may happen when; effects (telling the
bridge, waking the router, timers) follow elsewhere from the state before and after.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import (
    Interaction,
    Offer,
    Outcome,
    Party,
    Phase,
    QueueVisit,
    VisitResult,
    VoiceLeg,
)
from backend.domain.ivr.flow import HangUp, ToQueue
from backend.domain.ivr.interpreter import KeyPressed, Started, step
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

Events = list[e.InteractionEvent]

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
        e.Ended: Phase.WRAP_UP,
    },
    Phase.WRAP_UP: {e.WrapUpFinished: Phase.CLOSED},
    Phase.CLOSED: {},
}
"""Where each event may happen and where it leads. ``Ended`` without wrap-up leads to CLOSED from anywhere."""

ANYWHERE = (e.ClientPicked, e.Categorised, e.NoteWritten, e.RecordingSaved)
"""Events that say something about a contact without moving it; also after it ended."""

ABANDONED = {
    Phase.ARRIVED: Outcome.ABANDONED_BEFORE_IVR,
    Phase.IN_IVR: Outcome.ABANDONED_IN_IVR,
    Phase.QUEUED: Outcome.ABANDONED_IN_QUEUE,
    Phase.OFFERED: Outcome.ABANDONED_RINGING,
}


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
    return _RULES[type(command)](s, command, now)


def _bring_up(s: Interaction, _: c.BringUpLeg, now: datetime) -> Events | Refusal:
    if s.voice is None or s.voice.up or s.phase is not Phase.ARRIVED:
        return []
    return [e.LegCameUp(at=now)]


def _advance_ivr(s: Interaction, command: c.AdvanceIvr, now: datetime) -> Events | Refusal:
    starting = isinstance(command.input, Started)
    if s.phase is not (Phase.ARRIVED if starting else Phase.IN_IVR):
        return Refusal(RefusalCode.WRONG_PHASE)
    moved = step(command.flow, s.ivr, command.input, command.facts)
    if moved is None:
        return []
    events: Events = []
    if starting:
        events.append(e.IvrEntered(at=now, flow=command.flow.id, flow_version=command.flow.version))
    key = command.input.key if isinstance(command.input, KeyPressed) else None
    events.append(e.IvrMoved(at=now, run=moved.run, path=moved.path, input=key))
    match moved.exit:
        case ToQueue(queue=queue, priority=priority, skills=skills):
            events.append(e.Queued(at=now, queue=queue, priority=priority, skills=skills, position=command.position))
        case HangUp():
            events.append(e.Ended(at=now, outcome=Outcome.ENDED_BY_IVR, by=Party.SYSTEM))
    return events


def _enqueue(s: Interaction, command: c.Enqueue, now: datetime) -> Events | Refusal:
    if s.phase not in (Phase.ARRIVED, Phase.IN_IVR):
        return Refusal(RefusalCode.WRONG_PHASE)
    return [
        e.Queued(
            at=now,
            queue=command.queue,
            priority=command.priority,
            skills=command.skills,
            position=command.position,
        )
    ]


def _announce(s: Interaction, command: c.AnnouncePosition, now: datetime) -> Events | Refusal:
    if not s.waiting:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.PositionAnnounced(at=now, position=command.position)]


def _make_offer(s: Interaction, command: c.MakeOffer, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.QUEUED:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.Offered(at=now, agent=command.agent, expires_at=now + command.ring_timeout)]


def _return_offer(s: Interaction, command: c.ReturnOffer, now: datetime) -> Events | Refusal:
    if s.offer is None or s.offer.agent != command.agent:
        return Refusal(RefusalCode.OFFER_GONE)
    return [e.OfferReturned(at=now, agent=command.agent, reason=command.reason)]


def _accept(s: Interaction, command: c.AcceptOffer, now: datetime) -> Events | Refusal:
    if s.phase is Phase.ACTIVE and s.agent == command.agent:
        return []
    if s.offer is None or s.offer.agent != command.agent:
        return Refusal(RefusalCode.OFFER_GONE)
    return [e.OfferAccepted(at=now, agent=command.agent, recording=command.recording)]


def _start_conversation(s: Interaction, _: c.StartConversation, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.ACTIVE or s.connected_at is not None:
        return []
    return [e.ConversationStarted(at=now)]


def _by_its_agent(s: Interaction, agent: UserId) -> Refusal | None:
    if s.phase is not Phase.ACTIVE:
        return Refusal(RefusalCode.WRONG_PHASE)
    if s.agent != agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return None


def _toggle(changed: Callable[[Interaction], bool], event: type) -> Callable[..., Events | Refusal]:
    def rule(s: Interaction, command: c.Hold | c.Resume | c.Mute | c.Unmute, now: datetime) -> Events | Refusal:
        if refusal := _by_its_agent(s, command.agent):
            return refusal
        return [event(at=now)] if changed(s) else []

    return rule


def _end(s: Interaction, now: datetime, outcome: Outcome, by: Party, wrap_up: timedelta) -> Events:
    until = now + wrap_up if s.phase is Phase.ACTIVE and wrap_up > timedelta() else None
    return [e.Ended(at=now, outcome=outcome, by=by, wrap_up_until=until)]


def _customer_leaves(s: Interaction, command: c.LeaveAsCustomer, now: datetime) -> Events | Refusal:
    if s.ended_at is not None:
        return []
    return _end(s, now, ABANDONED.get(s.phase, Outcome.HANDLED), Party.CUSTOMER, command.wrap_up)


def _agent_hangs_up(s: Interaction, command: c.HangUpAsAgent, now: datetime) -> Events | Refusal:
    if s.phase in (Phase.WRAP_UP, Phase.CLOSED) and s.agent == command.agent:
        return []
    if refusal := _by_its_agent(s, command.agent):
        return refusal
    return _end(s, now, Outcome.HANDLED, Party.AGENT, command.wrap_up)


def _fail(s: Interaction, command: c.Fail, now: datetime) -> Events | Refusal:
    if s.ended_at is not None:
        return []
    return _end(s, now, Outcome.FAILED, Party.SYSTEM, command.wrap_up)


def _finish_wrap_up(s: Interaction, command: c.FinishWrapUp, now: datetime) -> Events | Refusal:
    if s.phase is Phase.CLOSED:
        return []
    if s.phase is not Phase.WRAP_UP:
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.agent is not None and command.agent != s.agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return [e.WrapUpFinished(at=now, by=Party.SYSTEM if command.agent is None else Party.AGENT)]


def _pick_client(s: Interaction, command: c.PickClient, now: datetime) -> Events | Refusal:
    holder = s.agent if s.agent is not None else (s.offer.agent if s.offer else None)
    if holder != command.agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return [e.ClientPicked(at=now, client=command.client)] if s.client != command.client else []


def _categorise(s: Interaction, command: c.Categorise, now: datetime) -> Events | Refusal:
    return [e.Categorised(at=now, category=command.category)] if s.category != command.category else []


def _write_note(s: Interaction, _: c.WriteNote, now: datetime) -> Events | Refusal:
    return [e.NoteWritten(at=now, note_version=s.notes + 1)]


def _save_recording(s: Interaction, command: c.SaveRecording, now: datetime) -> Events | Refusal:
    if s.recording != command.recording:
        return Refusal(RefusalCode.NOT_FOUND)
    return [e.RecordingSaved(at=now, recording=command.recording, duration_ms=command.duration_ms)]


_RULES: dict[type, Callable[..., Events | Refusal]] = {
    c.BringUpLeg: _bring_up,
    c.AdvanceIvr: _advance_ivr,
    c.Enqueue: _enqueue,
    c.AnnouncePosition: _announce,
    c.MakeOffer: _make_offer,
    c.ReturnOffer: _return_offer,
    c.AcceptOffer: _accept,
    c.StartConversation: _start_conversation,
    c.Hold: _toggle(lambda s: s.held_since is None, e.Held),
    c.Resume: _toggle(lambda s: s.held_since is not None, e.Resumed),
    c.Mute: _toggle(lambda s: not s.muted, e.Muted),
    c.Unmute: _toggle(lambda s: s.muted, e.Unmuted),
    c.LeaveAsCustomer: _customer_leaves,
    c.HangUpAsAgent: _agent_hangs_up,
    c.Fail: _fail,
    c.FinishWrapUp: _finish_wrap_up,
    c.PickClient: _pick_client,
    c.Categorise: _categorise,
    c.WriteNote: _write_note,
    c.SaveRecording: _save_recording,
}
