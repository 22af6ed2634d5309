"""What happens before a contact waits: the leg comes up, the flow is walked, a queue is entered."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, MemberRole, Outcome, Party, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.ivr.interpreter import KeyPressed, Started, step
from backend.domain.kernel.refusal import Refusal, RefusalCode

WITH_US = (Phase.ARRIVED, Phase.IN_IVR, Phase.MESSAGE, Phase.QUEUED, Phase.TRANSFERRING, Phase.PARKED)
"""Where nobody is with the customer, and nobody is asked to be."""


def _bring_up(s: Interaction, _: c.BringUpLeg, now: datetime) -> Events | Refusal:
    if s.voice is None or s.voice.up or s.phase not in (Phase.ARRIVED, Phase.DIALLING):
        return []
    return [e.LegCameUp(at=now)]


def _advance_ivr(s: Interaction, command: c.AdvanceIvr, now: datetime) -> Events | Refusal:
    starting = isinstance(command.input, Started)
    if starting:
        if not with_us(s) or (s.ivr is not None and not s.ivr.finished):
            return Refusal(RefusalCode.WRONG_PHASE)
    elif s.phase is not Phase.IN_IVR or s.announcement is not None:
        return Refusal(RefusalCode.WRONG_PHASE)
    moved = step(command.flow, s.ivr, command.input, command.facts)
    if moved is None:
        return []
    events: Events = []
    if starting:
        events.append(e.IvrEntered(at=now, flow=command.flow.id, flow_version=command.flow.version))
    key = command.input.key if isinstance(command.input, KeyPressed) else None
    events.append(e.IvrMoved(at=now, run=moved.run, path=moved.path, input=key))
    return events


def with_us(s: Interaction) -> bool:
    """Whether the routing may still send the contact anywhere."""
    return s.phase in WITH_US and not s.in_role(MemberRole.TRANSFER)


def _enqueue(s: Interaction, command: c.Enqueue, now: datetime) -> Events | Refusal:
    if not with_us(s):
        return Refusal(RefusalCode.WRONG_PHASE)
    return [
        e.Queued(
            at=now,
            queue=command.queue,
            priority=command.priority,
            skills=command.skills,
            position=command.position,
            since=command.since or s.queued_at,
            steps=command.steps,
            prefers=command.prefers,
            text=command.text,
            expected_s=command.expected_s,
            music=command.music,
            overflows=command.overflows,
        )
    ]


def _note_routing(s: Interaction, command: c.NoteRouting, now: datetime) -> Events | Refusal:
    return [e.Routed(at=now, to=command.to, reason=command.reason, rule=command.rule)]


def _start_announcement(s: Interaction, command: c.StartAnnouncement, now: datetime) -> Events | Refusal:
    if not with_us(s):
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.AnnouncementStarted(at=now, text=command.text, then=command.then)]


def _finish_announcement(s: Interaction, command: c.FinishAnnouncement, now: datetime) -> Events | Refusal:
    if s.announcement is None or s.says != command.says:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [e.AnnouncementFinished(at=now)]


def _seek_agent(s: Interaction, command: c.SeekAgent, now: datetime) -> Events | Refusal:
    if not with_us(s):
        return Refusal(RefusalCode.WRONG_PHASE)
    if command.agent in s.people:  # still in wrap-up of this very contact
        return Refusal(RefusalCode.AGENT_NOT_READY)
    return [
        e.AgentSought(at=now, agent=command.agent, otherwise=command.otherwise),
        e.Offered(at=now, agent=command.agent, expires_at=now + command.ring_timeout),
    ]


def _end_by_routing(s: Interaction, command: c.EndByRouting, now: datetime) -> Events | Refusal:
    if not with_us(s):
        return Refusal(RefusalCode.WRONG_PHASE)
    outcome = Outcome.FAILED if command.failed else _by_plan(s)
    return [e.Ended(at=now, outcome=outcome, by=Party.SYSTEM)]


def _by_plan(s: Interaction) -> Outcome:
    if s.segments:
        return Outcome.HANDLED
    if s.wish:
        return Outcome.CALLBACK_REQUESTED
    if s.messages:
        return Outcome.MESSAGE_LEFT
    asked = s.message is not None and s.message.notice is None
    return Outcome.ABANDONED_IN_VOICEMAIL if asked else Outcome.ENDED_BY_IVR


RULES: dict[type, Rule] = {
    c.BringUpLeg: _bring_up,
    c.AdvanceIvr: _advance_ivr,
    c.Enqueue: _enqueue,
    c.NoteRouting: _note_routing,
    c.StartAnnouncement: _start_announcement,
    c.FinishAnnouncement: _finish_announcement,
    c.SeekAgent: _seek_agent,
    c.EndByRouting: _end_by_routing,
}
