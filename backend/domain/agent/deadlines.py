"""What must happen to an agent by itself: a telephone that stays away makes its agent not ready."""

from backend.domain.agent.machine import PHONE_GRACE
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction.deadlines import Deadlines, PhoneGone


def deadlines(a: Agent | None) -> Deadlines:
    if a is None or a.phone is None or a.phone.lost_at is None or a.presence is not Presence.READY:
        return {}
    return {f"phone:{a.user}:{a.phone.lost_at.timestamp()}": (a.phone.lost_at + PHONE_GRACE, PhoneGone(a.user))}
