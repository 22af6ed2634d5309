"""A call that an agent places: rung, heard before the answer, reached or not."""

from datetime import datetime

from backend.domain.interaction import commands as c
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Direction, Interaction, Outcome, Party, Phase
from backend.domain.interaction.rule import Events, Rule
from backend.domain.kernel.refusal import Refusal, RefusalCode


def _dial(s: Interaction, command: c.Dial, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.ARRIVED or s.direction is not Direction.OUTBOUND or command.whom.number is None:
        return Refusal(RefusalCode.WRONG_PHASE)
    return [
        e.Dialled(
            at=now,
            agent=command.agent,
            number=command.whom.number,
            shown=command.whom.shown,
            ring_until=now + command.whom.ring,
            ring_s=command.whom.ring.total_seconds(),
            recording=command.recording,
        )
    ]


def _ringing(s: Interaction, command: c.NoteRinging, now: datetime) -> Events | Refusal:
    if command.n is not None:
        m = s.member(command.n)
        heard = m is None or m.up or m.early_media or not command.early_media
        return [] if heard else [e.MemberEarlyMedia(at=now, n=command.n)]
    if s.phase is not Phase.DIALLING or s.voice is None:
        return []
    if s.voice.ringing and (s.voice.early_media or not command.early_media):
        return []
    return [e.LegRang(at=now, early_media=command.early_media)]


def _not_reached(s: Interaction, command: c.EndDial, now: datetime) -> Events | Refusal:
    if s.phase is not Phase.DIALLING:
        return [] if s.ended_at is not None else Refusal(RefusalCode.WRONG_PHASE)
    theirs = command.outcome in (Outcome.BUSY, Outcome.REJECTED)
    return [e.Ended(at=now, outcome=command.outcome, by=Party.CUSTOMER if theirs else Party.SYSTEM)]


RULES: dict[type, Rule] = {c.Dial: _dial, c.NoteRinging: _ringing, c.EndDial: _not_reached}
