"""What happens before a contact waits: the leg comes up, the flow is walked, a queue is entered."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, MemberRole, Outcome, Party, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.ivr.interpreter import KeyPressed, Started, step
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.destination import HangUp, ToQueue

ENTERING = (Phase.ARRIVED, Phase.IN_IVR, Phase.TRANSFERRING, Phase.PARKED)
"""From where a customer with whom nobody is may be sent to a queue."""


def _bring_up(s: Interaction, _: c.BringUpLeg, now: datetime) -> Events | Refusal:
    if s.voice is None or s.voice.up or s.phase not in (Phase.ARRIVED, Phase.DIALLING):
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
    if s.phase not in ENTERING or s.in_role(MemberRole.TRANSFER):
        return Refusal(RefusalCode.WRONG_PHASE)
    return [
        e.Queued(
            at=now,
            queue=command.queue,
            priority=command.priority,
            skills=command.skills,
            position=command.position,
            since=command.since,
        )
    ]


RULES: dict[type, Rule] = {
    c.BringUpLeg: _bring_up,
    c.AdvanceIvr: _advance_ivr,
    c.Enqueue: _enqueue,
}
