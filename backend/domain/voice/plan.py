"""What a call should sound like, as a function of the interaction's state.

Nobody sends "start the music" by hand: the plan before and the plan after a transition are compared
(``backend/application/voice.py``), and the difference is what the bridge is told. The same function re-establishes a
call after anything died.
"""

import msgspec

from backend.domain.interaction.model import Interaction, Message, MessageStage, Phase
from backend.domain.voice.rooms import Hears, hears, pairs, recorded
from backend.domain.voice.sounds import Beep, HoldMusic, PlayPlan, Recorded, RecordingPlan, Speech, sounds
from backend.domain.voice.waiting_words import position_text


class DialPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A leg of ours to be rung; ``shown`` None: the number of the line."""

    leg: str
    number: str
    shown: str | None
    ring_s: float


class VoicePlan(msgspec.Struct, frozen=True, kw_only=True):
    leg: str
    hears: Hears = ()
    """Pairs (listener, speaker)."""
    plays: tuple[tuple[str, PlayPlan], ...] = ()
    """What is played to which leg."""
    dials: tuple[DialPlan, ...] = ()
    """Legs that exist because we rang them, and go when they are no longer here."""
    recording: RecordingPlan | None = None
    over: bool = False
    """The customer's leg is to be ended."""


def plan(s: Interaction) -> VoicePlan | None:
    """None for an interaction without a voice leg."""
    if s.voice is None:
        return None
    leg = s.voice.leg
    if s.phase in (Phase.WRAP_UP, Phase.CLOSED):
        return VoicePlan(leg=leg, over=True)
    heard = hears(s)
    return VoicePlan(
        leg=leg,
        hears=pairs(heard),
        plays=_plays(s, leg),
        dials=_dials(s, leg),
        recording=_recording(s, leg),
    )


def _plays(s: Interaction, leg: str) -> tuple[tuple[str, PlayPlan], ...]:
    match s.phase:
        case Phase.IN_IVR if s.announcement is not None:
            say = PlayPlan(id=f"{s.id}:say:{s.says}", sources=(Speech(s.announcement.text),))
            return ((leg, say),)
        case Phase.IN_IVR if s.ivr is not None and (s.ivr.saying or s.ivr.prompt):
            say = PlayPlan(
                id=f"{s.id}:ivr:{s.ivr.step}",
                sources=(Recorded(s.ivr.prompt) if s.ivr.prompt else Speech(s.ivr.saying or ""),),
                stop_on_digit=s.ivr.awaiting_key,
            )
            return ((leg, say),)
        case Phase.MESSAGE if s.message is not None:
            return _message(s.message, s.id, leg)
        case Phase.QUEUED | Phase.OFFERED if s.callback is not None and s.voice is not None and not s.voice.up:
            return ()
        case Phase.QUEUED | Phase.OFFERED:
            return ((leg, _waiting(s)),)
    return sounds(s, leg)


def _waiting(s: Interaction) -> PlayPlan:
    """What is to be said once, then music. Nothing to say changes nothing but the name of the play."""
    words = s.saying if s.saying is not None else position_text(s.position or 1)
    said = tuple(Speech(line) for line in words.splitlines() if line.strip())
    return PlayPlan(
        id=f"{s.id}:queue:{len(s.visits)}:{s.announcements + s.comforts}",
        sources=(*said, HoldMusic(s.music)),
        loop_last=True,
    )


def _message(m: Message, id: str, leg: str) -> tuple[tuple[str, PlayPlan], ...]:
    """The beep is on no recording: only the caller is."""
    if m.stage is MessageStage.GREETING:
        said = Recorded(m.prompt) if m.prompt else Speech(m.greeting)
        return ((leg, PlayPlan(id=f"{id}:greeting:{m.recording}", sources=(said,))),)
    if m.stage is MessageStage.RECORDING:
        return ((leg, PlayPlan(id=f"{id}:beep:{m.recording}", sources=(Beep(),))),)
    return ()


def _dials(s: Interaction, leg: str) -> tuple[DialPlan, ...]:
    found = []
    if (o := s.outgoing) is not None:
        found.append(DialPlan(leg=leg, number=o.number, shown=o.shown, ring_s=o.ring_s))
    found += [
        DialPlan(leg=m.leg, number=m.number, shown=m.shown, ring_s=m.ring_s) for m in s.members if m.number is not None
    ]
    return tuple(found)


def _recording(s: Interaction, leg: str) -> RecordingPlan | None:
    """One recording for the whole contact, and one of its own for a message. It pauses while the customer is with nobody, on hold, or where it is switched off."""
    m = s.message
    if m is not None and s.phase is Phase.MESSAGE and m.stage is MessageStage.RECORDING:
        return RecordingPlan(id=m.recording, customer=leg, agents=(), paused=False, quiet_s=m.quiet_s)
    if m is not None and m.stage is not MessageStage.GREETING and m.recording == s.recording:
        return None
    if s.recording is None or s.talked_until is not None or s.phase in (Phase.DIALLING, Phase.PREVIEW):
        return None
    talking = s.phase in (Phase.ACTIVE, Phase.OUTSIDE) and s.held_since is None and not s.left_alone
    paused = not (talking and s.recorded) or s.recording_paused
    return RecordingPlan(id=s.recording, customer=leg, agents=recorded(s), paused=paused)
