"""What must happen to an agent by itself: a telephone that stays away makes its agent not ready, a handset does not ring
for ever, and a leg of which no end is told is over."""

from backend.domain.agent.handset import ENDING_LEASE, RING, HandsetStage
from backend.domain.agent.machine import AWAY_AFTER, PHONE_GRACE
from backend.domain.agent.model import Agent, Presence, Stage
from backend.domain.interaction.deadlines import BRIDGE_PATIENCE, Deadlines, HandsetOverdue, PhoneAway, PhoneGone


def deadlines(a: Agent | None) -> Deadlines:
    if a is None:
        return {}
    if a.handset is not None:
        return _handset(a)
    if a.phone is None or a.phone.lost_at is None:
        return {}
    found: Deadlines = {}
    lost = a.phone.lost_at
    if any(x.stage is Stage.ACTIVE for x in a.contacts):
        found[f"away:{a.user}:{lost.timestamp()}"] = (lost + AWAY_AFTER, PhoneAway(a.user))
    if a.presence is Presence.READY and not a.rung_by_push:
        found[f"phone:{a.user}:{lost.timestamp()}"] = (lost + PHONE_GRACE, PhoneGone(a.user))
    return found


def _handset(a: Agent) -> Deadlines:
    h = a.handset
    if h is None or h.stage is None or h.since is None or h.up:
        return {}
    lease = ENDING_LEASE if h.stage is HandsetStage.ENDING else RING + BRIDGE_PATIENCE
    key = f"handset:{a.user}:{h.dials}:{h.stage.value}:{h.since.timestamp()}"
    return {key: (h.since + lease, HandsetOverdue(a.user, h.dials, h.stage))}
