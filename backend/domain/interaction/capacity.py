"""How many contacts an agent may have at once: one profile row per channel, no ``if channel ==`` elsewhere."""

from collections.abc import Iterable

import msgspec

from backend.domain.interaction.model import Channel


class ChannelProfile(msgspec.Struct, frozen=True, kw_only=True):
    """``together``: most contacts of this channel at once. ``beside``: channels whose contacts may be in progress
    when a new contact of this channel is offered. ``needs_phone``: only for an agent whose telephone is connected."""

    together: int
    beside: frozenset[Channel]
    needs_phone: bool


PROFILES: dict[Channel, ChannelProfile] = {
    Channel.VOICE: ChannelProfile(together=1, beside=frozenset(), needs_phone=True),
}


def has_room(channel: Channel, in_progress: Iterable[Channel]) -> bool:
    """Whether one more contact of ``channel`` may be offered beside those in progress (wrap-up counts)."""
    profile = PROFILES[channel]
    same = 0
    for other in in_progress:
        if other is channel:
            same += 1
        elif other not in profile.beside:
            return False
    return same < profile.together
