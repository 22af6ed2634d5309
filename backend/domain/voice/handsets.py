"""The leg of an agent's handset: rung, spoken to and hung up as the agent's state says; see ``backend.domain.voice.plan``."""

from datetime import timedelta

import msgspec

from backend.domain.agent.handset import Handset, HandsetStage
from backend.domain.agent.model import Agent, Stage
from backend.domain.kernel.ids import agent_leg
from backend.domain.voice.czech import counted
from backend.domain.voice.sounds import PlayPlan, Ringback, Speech


class HandsetPlan(msgspec.Struct, frozen=True, kw_only=True):
    """``dial`` tells one leg of the handset from the next."""

    leg: str
    number: str
    dial: int
    play: PlayPlan | None = None


def handset_plan(a: Agent | None) -> HandsetPlan | None:
    """None when the handset has no leg, and for an agent who works in the browser."""
    h = a.handset if a is not None else None
    if a is None or h is None or not h.living:
        return None
    leg = agent_leg(a.user)
    return HandsetPlan(leg=leg, number=h.number, dial=h.dials, play=_asking(leg, h) or _ringing(leg, a))


def _ringing(leg: str, a: Agent) -> PlayPlan | None:
    """A call that is offered on a leg that stays up sounds like a telephone that rings."""
    stages = {x.stage for x in a.contacts}
    offered = next((x for x in a.contacts if x.stage is Stage.OFFERED), None)
    if a.handset is None or not a.handset.up or offered is None or Stage.ACTIVE in stages:
        return None
    return PlayPlan(id=f"{leg}:offer:{offered.since:%H%M%S%f}", sources=(Ringback(),), loop_last=True)


def _asking(leg: str, h: Handset) -> PlayPlan | None:
    if h.stage is not HandsetStage.ASKING or not h.says:
        return None
    return PlayPlan(id=f"{leg}:ask:{h.dials}", sources=(Speech(h.says),), loop_last=True)


def invitation(queue: str | None, announcement: str = "", waited: timedelta | None = None) -> str:
    """What is said on a mobile until its agent presses the accepting key: the queue, its words for the agent (announce),
    and how long the caller has waited (reportholdtime)."""
    whence = f" z fronty {queue}" if queue else ""
    if not announcement and waited is None:
        return f"Příchozí hovor{whence}, přijměte stisknutím jedničky."
    parts = [f"Příchozí hovor{whence}.", announcement, hold_time(waited) if waited is not None else ""]
    return " ".join([*filter(None, parts), "Přijměte stisknutím jedničky."])


def hold_time(waited: timedelta) -> str:
    """In whole minutes: a few texts, each of which is spoken once for all."""
    minutes = min(int(waited.total_seconds() // 60), 60)
    if minutes <= 1:
        return "Volající čeká jednu minutu." if minutes else "Volající čeká méně než minutu."
    return f"Volající čeká {counted(minutes, MINUTES)}."


MINUTES = ("minutu", "minuty", "minut")
SHIFT = "Připojujeme vás k hovorům. Potvrďte stisknutím jedničky."
CONTINUE = "Pokračujte v hovoru stisknutím jedničky."
OWN_CALL = "Vytočíme číslo, které jste zadali. Potvrďte stisknutím jedničky."
