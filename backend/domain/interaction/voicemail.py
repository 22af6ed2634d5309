"""A caller leaves a message: greeting, beep, recording; and the agent who hears it before calling back.

The end of the recording, by whatever it came (key, length, silence, hang-up, death of a process), is one report of the
bridge, and only that says whether there is a message: nothing is promised before, and nothing that was said is lost.
"""

from datetime import datetime

from msgspec.structs import replace

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.arriving import with_us
from backend.domain.interaction.folding import elsewhere
from backend.domain.interaction.model import Interaction, Message, MessageStage, Outcome, Party, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.interaction.waiting import dialled
from backend.domain.kernel.refusal import Refusal, RefusalCode

OVER = frozenset({MessageStage.LEFT, MessageStage.NOTHING})


def _ask(s: Interaction, command: c.AskForMessage, now: datetime) -> Events | Refusal:
    if not with_us(s):
        return Refusal(RefusalCode.WRONG_PHASE)
    return [
        e.MessageAsked(
            at=now,
            queue=command.queue,
            notice=command.notice,
            recording=command.recording,
            greeting=command.greeting,
            prompt=command.prompt,
            limit_s=command.limit.total_seconds(),
            quiet_s=command.quiet.total_seconds(),
        )
    ]


def _current(s: Interaction, recording: str, stage: MessageStage) -> bool:
    m = s.message
    return s.phase is Phase.MESSAGE and m is not None and m.recording == recording and m.stage is stage


def _greeted(s: Interaction, command: c.FinishGreeting, now: datetime) -> Events | Refusal:
    return [e.MessageBegan(at=now)] if _current(s, command.recording, MessageStage.GREETING) else []


def _stop(s: Interaction, command: c.StopMessage, now: datetime) -> Events | Refusal:
    return [e.MessageStopped(at=now)] if _current(s, command.recording, MessageStage.RECORDING) else []


def _close(s: Interaction, command: c.CloseMessage, now: datetime) -> Events | Refusal:
    if s.message is None or s.message.recording != command.recording:
        return Refusal(RefusalCode.NOT_FOUND)
    if s.message.stage in OVER:
        return []
    said = command.duration_ms if command.heard_ms is None else command.heard_ms
    if command.failed or said < command.least_ms:
        return [e.MessageMissed(at=now, recording=command.recording, failed=command.failed)]
    return [e.MessageLeft(at=now, recording=command.recording, duration_ms=command.duration_ms)]


def _dial_back(s: Interaction, command: c.DialBack, now: datetime) -> Events | Refusal:
    if s.phase is Phase.DIALLING and s.agent == command.agent:
        return []
    if s.phase is not Phase.PREVIEW:
        return Refusal(RefusalCode.WRONG_PHASE)
    if s.agent != command.agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return dialled(command.whom, now)


def _end_preview(s: Interaction, _: c.EndPreview, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.PREVIEW:
        return []
    return [e.Ended(at=now, outcome=Outcome.CANCELLED, by=Party.SYSTEM)]


def fold(s: Interaction, event: e.InteractionEvent) -> Interaction:
    match event:
        case e.MessageAsked():
            asked = Message(
                queue=event.queue,
                notice=event.notice,
                recording=event.recording,
                greeting=event.greeting,
                prompt=event.prompt,
                limit_s=event.limit_s,
                quiet_s=event.quiet_s,
            )
            s = elsewhere(s, event.at)
            return replace(s, message=asked, queue=s.queue if s.queue is not None else event.queue)
        case e.MessageBegan() if s.message is not None:
            s = _at(s, MessageStage.RECORDING)
            assert s.message is not None
            recording = s.recording or s.message.recording
            return replace(s, message=replace(s.message, began_at=event.at), recording=recording)
        case e.MessageStopped():
            return _at(s, MessageStage.ENDING)
        case e.MessageLeft():
            if s.message is not None and s.message.notice is not None:
                return _at(s, MessageStage.LEFT)
            s = replace(_at(s, MessageStage.LEFT), messages=(*s.messages, event.recording))
            return replace(s, outcome=Outcome.MESSAGE_LEFT) if s.outcome is Outcome.ABANDONED_IN_VOICEMAIL else s
        case e.MessageMissed():
            return _at(s, MessageStage.NOTHING)
        case e.PreviewBegan():
            return replace(s, preview_until=event.until)
    return s


def _at(s: Interaction, stage: MessageStage) -> Interaction:
    return replace(s, message=replace(s.message, stage=stage)) if s.message is not None else s


RULES: dict[type, Rule] = {
    c.AskForMessage: _ask,
    c.FinishGreeting: _greeted,
    c.StopMessage: _stop,
    c.CloseMessage: _close,
    c.DialBack: _dial_back,
    c.EndPreview: _end_preview,
}
