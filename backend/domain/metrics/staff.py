"""How many agents are free, busy or away at this moment: each is counted in exactly one of them, or not signed in."""

from collections.abc import Iterable

import msgspec

from backend.domain.agent.model import Activity, Agent
from backend.domain.interaction.model import Channel

BUSY = frozenset({Activity.RINGING, Activity.IN_CALL, Activity.WRAP_UP})


class Staff(msgspec.Struct, frozen=True, kw_only=True):
    free: int = 0
    busy: int = 0
    on_break: int = 0
    not_ready: int = 0
    """Neither ready nor on a break, or ready without a telephone."""

    @property
    def signed_in(self) -> int:
        return self.free + self.busy + self.on_break + self.not_ready


def is_free(a: Agent) -> bool:
    """A call could be offered to this agent now."""
    return a.available_for(Channel.VOICE)


def is_busy(a: Agent) -> bool:
    """Rings, talks or wraps up."""
    return bool(a.contacts) and a.activity in BUSY


def staff_of(agents: Iterable[Agent]) -> Staff:
    free = busy = away = other = 0
    for a in agents:
        if a.activity is Activity.OFFLINE:
            continue
        if is_busy(a):
            busy += 1
        elif is_free(a):
            free += 1
        elif a.activity is Activity.BREAK:
            away += 1
        else:
            other += 1
    return Staff(free=free, busy=busy, on_break=away, not_ready=other)
