"""Agent and customer talk, until one of them, or the technology, ends it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, Outcome, Party, Phase, ReturnReason
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.ids import UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

ABANDONED = {
    Phase.ARRIVED: Outcome.ABANDONED_BEFORE_IVR,
    Phase.IN_IVR: Outcome.ABANDONED_IN_IVR,
    Phase.QUEUED: Outcome.ABANDONED_IN_QUEUE,
    Phase.OFFERED: Outcome.ABANDONED_RINGING,
}


CONNECTED = (Phase.ACTIVE, Phase.OUTSIDE, Phase.TRANSFERRING, Phase.PARKED)
"""Where the report that both heard each other may still come: the agent may have been quicker with the next step."""


def outcome_of_leaving(s: Interaction) -> Outcome:
    """What it is when the customer goes now."""
    if s.wish and not s.segments:
        return Outcome.CALLBACK_REQUESTED
    if s.message is not None and not s.segments and s.phase in (Phase.MESSAGE, Phase.IN_IVR):
        if s.message.notice is not None:
            return Outcome.ENDED_BY_IVR
        return Outcome.MESSAGE_LEFT if s.messages else Outcome.ABANDONED_IN_VOICEMAIL
    if s.phase in ABANDONED and not (s.phase is Phase.IN_IVR and s.segments):
        return ABANDONED[s.phase]
    if s.phase is Phase.OUTSIDE and not s.segments:
        return Outcome.ROUTED_OUT
    if s.phase is Phase.TRANSFERRING and not s.segments:
        return Outcome.ABANDONED_RINGING
    return Outcome.NO_ANSWER if s.phase is Phase.DIALLING else Outcome.HANDLED


def _start_conversation(s: Interaction, _: c.StartConversation, now: datetime) -> Events | Refusal:
    if s.phase not in CONNECTED or s.connected_at is not None:
        return []
    return [e.ConversationStarted(at=now)]


def by_its_agent(s: Interaction, agent: UserId) -> Refusal | None:
    if s.phase is not Phase.ACTIVE:
        return Refusal(RefusalCode.WRONG_PHASE)
    if s.agent != agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return None


def _toggle(changed: Callable[[Interaction], bool], event: type) -> Callable[..., Events | Refusal]:
    def rule(
        s: Interaction, command: c.Hold | c.Resume | c.GoAway | c.ComeBack | c.Mute | c.Unmute, now: datetime
    ) -> Events | Refusal:
        if refusal := by_its_agent(s, command.agent):
            return refusal
        return [event(at=now)] if changed(s) else []

    return rule


def _switch_recording(pause: bool) -> Callable[..., Events | Refusal]:
    def rule(s: Interaction, command: c.PauseRecording | c.ResumeRecording, now: datetime) -> Events | Refusal:
        if refusal := by_its_agent(s, command.agent):
            return refusal
        if s.recording is None or not s.recorded:
            return Refusal(RefusalCode.NOT_RECORDED)
        if s.recording_paused == pause:
            return []
        return [e.RecordingPaused(at=now) if pause else e.RecordingResumed(at=now)]

    return rule


def _end(s: Interaction, now: datetime, outcome: Outcome, by: Party, wrap_up: timedelta) -> Events:
    until = now + wrap_up if s.phase is Phase.ACTIVE and wrap_up > timedelta() else None
    withdrawn = [e.OfferReturned(at=now, agent=offer.agent, reason=ReturnReason.WITHDRAWN) for offer in s.ring]
    return [*withdrawn, e.Ended(at=now, outcome=outcome, by=by, wrap_up_until=until)]


def _customer_leaves(s: Interaction, command: c.LeaveAsCustomer, now: datetime) -> Events | Refusal:
    if s.ended_at is not None:
        return []
    return _end(s, now, outcome_of_leaving(s), Party.CUSTOMER, command.wrap_up)


def _agent_hangs_up(s: Interaction, command: c.HangUpAsAgent, now: datetime) -> Events | Refusal:
    if s.phase in (Phase.WRAP_UP, Phase.CLOSED) and s.agent == command.agent:
        return []
    if s.phase in (Phase.DIALLING, Phase.PREVIEW) and s.agent == command.agent:
        return _end(s, now, Outcome.CANCELLED, Party.AGENT, timedelta())
    if s.talked_until is not None and s.agent == command.agent and s.segment is None:
        return []
    if refusal := by_its_agent(s, command.agent):
        return refusal
    return _end(s, now, Outcome.HANDLED, Party.AGENT, command.wrap_up)


def _fail(s: Interaction, command: c.Fail, now: datetime) -> Events | Refusal:
    if s.ended_at is not None:
        return []
    return _end(s, now, Outcome.FAILED, Party.SYSTEM, command.wrap_up)


RULES: dict[type, Rule] = {
    c.StartConversation: _start_conversation,
    c.Hold: _toggle(lambda s: s.held_since is None, e.Held),
    c.Resume: _toggle(lambda s: s.held_since is not None, e.Resumed),
    c.GoAway: _toggle(lambda s: s.away_since is None, e.AgentWentAway),
    c.ComeBack: _toggle(lambda s: s.away_since is not None, e.AgentCameBack),
    c.Mute: _toggle(lambda s: not s.muted, e.Muted),
    c.Unmute: _toggle(lambda s: s.muted, e.Unmuted),
    c.PauseRecording: _switch_recording(True),
    c.ResumeRecording: _switch_recording(False),
    c.LeaveAsCustomer: _customer_leaves,
    c.HangUpAsAgent: _agent_hangs_up,
    c.Fail: _fail,
}
