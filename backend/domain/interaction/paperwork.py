"""What is written about a contact, and the work after it."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, Party, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _finish_wrap_up(s: Interaction, command: c.FinishWrapUp, now: datetime) -> Events | Refusal:
    if s.phase is Phase.CLOSED:
        return []
    who = command.agent if command.agent is not None else command.of if command.of is not None else s.agent
    by = Party.SYSTEM if command.agent is None else Party.AGENT
    old = s.phase is Phase.WRAP_UP and not s.segments and who == s.agent
    if old or who in s.wrapping_up:
        return [e.WrapUpFinished(at=now, by=by, agent=who)]
    if who not in s.handlers:
        return Refusal(RefusalCode.NOT_YOURS)
    return Refusal(RefusalCode.WRONG_PHASE) if s.segment is not None and s.agent == who else []


def _pick_client(s: Interaction, command: c.PickClient, now: datetime) -> Events | Refusal:
    if command.agent not in s.people and command.agent != s.agent:
        return Refusal(RefusalCode.NOT_YOURS)
    return [e.ClientPicked(at=now, client=command.client)] if s.client != command.client else []


def _verify_client(s: Interaction, command: c.VerifyClient, now: datetime) -> Events | Refusal:
    if command.agent not in s.people and command.agent != s.agent:
        return Refusal(RefusalCode.NOT_YOURS)
    if s.client is None:
        return Refusal(RefusalCode.WRONG_PHASE)
    items = tuple(dict.fromkeys(command.items))
    return [e.ClientVerified(at=now, items=items)] if items != s.verified else []


def _categorise(s: Interaction, command: c.Categorise, now: datetime) -> Events | Refusal:
    return [e.Categorised(at=now, category=command.category)] if s.category != command.category else []


def _write_note(s: Interaction, _: c.WriteNote, now: datetime) -> Events | Refusal:
    return [e.NoteWritten(at=now, note_version=s.notes + 1)]


def _save_recording(s: Interaction, command: c.SaveRecording, now: datetime) -> Events | Refusal:
    return [e.RecordingSaved(at=now, recording=command.recording, duration_ms=command.duration_ms)]


RULES: dict[type, Rule] = {
    c.FinishWrapUp: _finish_wrap_up,
    c.PickClient: _pick_client,
    c.VerifyClient: _verify_client,
    c.Categorise: _categorise,
    c.WriteNote: _write_note,
    c.SaveRecording: _save_recording,
}
