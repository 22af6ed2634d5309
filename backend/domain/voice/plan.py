"""What a call should sound like, as a function of the interaction's state.

Nobody sends "start the music" by hand: the plan before and the plan after a transition are compared
(``backend/application/voice.py``), and the difference is what the bridge is told. The same function re-establishes a
call after anything died.
"""

import msgspec

from backend.domain.interaction.model import Interaction, Phase
from backend.domain.kernel.ids import agent_leg
from backend.domain.voice.waiting_words import position_text


class Speech(msgspec.Struct, frozen=True):
    text: str


class Recorded(msgspec.Struct, frozen=True):
    """Audio that somebody recorded or uploaded, by its key."""

    key: str


class HoldMusic(msgspec.Struct, frozen=True):
    name: str | None = None
    """Music class; None is the default one."""


class PlayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` changes whenever something new is to be played; reports about the play come back with it."""

    id: str
    sources: tuple[Speech | Recorded | HoldMusic, ...]
    loop_last: bool = False
    stop_on_digit: bool = False


class RecordingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Customer left, agents right. Paused while the customer is on hold: what is said beside the call is nobody's."""

    id: str
    customer: str
    agents: tuple[str, ...]
    paused: bool


class VoicePlan(msgspec.Struct, frozen=True, kw_only=True):
    leg: str
    hears: tuple[tuple[str, str], ...] = ()
    """Pairs (listener, speaker)."""
    play: PlayPlan | None = None
    recording: RecordingPlan | None = None
    over: bool = False
    """The customer's leg is to be ended."""


def plan(s: Interaction) -> VoicePlan | None:
    """None for an interaction without a voice leg."""
    if s.voice is None:
        return None
    leg = s.voice.leg
    base = VoicePlan(leg=leg)
    match s.phase:
        case Phase.IN_IVR if s.announcement is not None:
            say = PlayPlan(id=f"{s.id}:say:{s.says}", sources=(Speech(s.announcement.text),))
            return msgspec.structs.replace(base, play=say)
        case Phase.IN_IVR if s.ivr is not None and (s.ivr.saying or s.ivr.prompt):
            say = PlayPlan(
                id=f"{s.id}:ivr:{s.ivr.step}",
                sources=(Recorded(s.ivr.prompt) if s.ivr.prompt else Speech(s.ivr.saying or ""),),
                stop_on_digit=s.ivr.awaiting_key,
            )
            return msgspec.structs.replace(base, play=say)
        case Phase.QUEUED | Phase.OFFERED:
            return msgspec.structs.replace(base, play=_waiting(s))
        case Phase.ACTIVE if s.agent is not None:
            return _conversation(s, base, agent_leg(s.agent))
        case Phase.WRAP_UP | Phase.CLOSED:
            return msgspec.structs.replace(base, over=True)
        case _:
            return base


def _waiting(s: Interaction) -> PlayPlan:
    """What is to be said once, then music. Nothing to say changes nothing but the name of the play."""
    words = s.saying if s.saying is not None else position_text(s.position or 1)
    said = tuple(Speech(line) for line in words.splitlines() if line.strip())
    return PlayPlan(
        id=f"{s.id}:queue:{len(s.visits)}:{s.announcements + s.comforts}",
        sources=(*said, HoldMusic(s.music)),
        loop_last=True,
    )


def _conversation(s: Interaction, base: VoicePlan, agent: str) -> VoicePlan:
    held = s.held_since is not None
    hears: tuple[tuple[str, str], ...] = ()
    music = None
    if held:
        music = PlayPlan(id=f"{s.id}:hold:{s.held_since:%H%M%S%f}", sources=(HoldMusic(),), loop_last=True)
    else:
        hears = ((agent, base.leg),) if s.muted else ((agent, base.leg), (base.leg, agent))
    recording = None
    if s.recording is not None:
        recording = RecordingPlan(id=s.recording, customer=base.leg, agents=(agent,), paused=held or s.recording_paused)
    return msgspec.structs.replace(base, hears=hears, play=music, recording=recording)
