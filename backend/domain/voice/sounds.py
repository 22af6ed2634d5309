"""What is played to whom beside speech: music to who waits, ringback to who rings somebody."""

import msgspec

from backend.domain.interaction.model import Interaction, MemberRole, Phase
from backend.domain.kernel.ids import agent_leg


class Speech(msgspec.Struct, frozen=True):
    text: str


class Recorded(msgspec.Struct, frozen=True):
    """Audio that somebody recorded or uploaded, by its key."""

    key: str


class HoldMusic(msgspec.Struct, frozen=True):
    name: str | None = None
    """Key of a recording; None is the system's own music."""


class Ringback(msgspec.Struct, frozen=True):
    """The tone of a telephone that rings at the other end; endless."""


class Beep(msgspec.Struct, frozen=True):
    """The tone after which one speaks."""


Sound = Speech | Recorded | HoldMusic | Ringback | Beep


class PlayPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` changes whenever something new is to be played; reports about the play come back with it."""

    id: str
    sources: tuple[Sound, ...]
    loop_last: bool = False
    stop_on_digit: bool = False


class RecordingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Customer left, agents right. Paused while the customer is on hold: what is said beside the call is nobody's."""

    id: str
    customer: str
    agents: tuple[str, ...]
    paused: bool
    quiet_s: float | None = None
    """Of a message: only the customer is on it, whom nobody hears, and so much silence ends it."""


def _music(id: str, s: Interaction) -> PlayPlan:
    """The music of the queue through which the call came."""
    return PlayPlan(id=id, sources=(HoldMusic(s.music),), loop_last=True)


def _ringback(id: str) -> PlayPlan:
    return PlayPlan(id=id, sources=(Ringback(),), loop_last=True)


def sounds(s: Interaction, leg: str) -> tuple[tuple[str, PlayPlan], ...]:
    """Of a call outside menu and queue."""
    match s.phase:
        case Phase.DIALLING if s.agent is not None and s.voice is not None and s.voice.ringing:
            return () if s.voice.early_media else ((agent_leg(s.agent), _ringback(f"{s.id}:dial")),)
        case Phase.TRANSFERRING:
            rung = s.in_role(MemberRole.TRANSFER)
            if rung and rung[0].early_media:
                return ()
            return ((leg, _ringback(f"{s.id}:ring:{s.invited}")),)
        case Phase.PARKED if s.parking is not None:
            return ((leg, _music(f"{s.id}:park:{s.parking.since:%H%M%S%f}", s)),)
        case Phase.ACTIVE if s.agent is not None:
            return _conversation(s, leg, agent_leg(s.agent))
    return ()


def _conversation(s: Interaction, leg: str, agent: str) -> tuple[tuple[str, PlayPlan], ...]:
    asked = s.in_role(MemberRole.CONSULTED)
    if s.left_alone and s.away_since is not None:
        return ((leg, _music(f"{s.id}:away:{s.away_since:%H%M%S%f}", s)),)
    if s.held_since is None:
        return tuple((m.leg, _music(f"{s.id}:aside:{m.n}", s)) for m in asked if m.up)
    found = [(leg, _music(f"{s.id}:hold:{s.held_since:%H%M%S%f}", s))]
    if any(not m.up and not m.early_media for m in asked):
        found.append((agent, _ringback(f"{s.id}:consult:{asked[0].n}")))
    return tuple(found)
