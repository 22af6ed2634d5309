"""An agent at work. Presence is what the agent declared; what the agent is doing follows from the contacts held."""

from datetime import datetime
from enum import StrEnum

import msgspec

from backend.domain.agent.handset import EndpointKind, Handset
from backend.domain.interaction.capacity import PROFILES, has_room
from backend.domain.interaction.model import Channel
from backend.domain.kernel.ids import InteractionId, QueueId, UserId


class Presence(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    BREAK = "break"
    NOT_READY = "not_ready"
    """Set by the system, with a reason; only the agent can leave it."""


class BreakKind(StrEnum):
    WORK = "work"
    PRIVATE = "private"


class NotReadyReason(StrEnum):
    SIGNED_IN = "signed_in"
    MISSED_OFFER = "missed_offer"
    DECLINED_OFFER = "declined_offer"
    PHONE_LOST = "phone_lost"


class Stage(StrEnum):
    OFFERED = "offered"
    ACTIVE = "active"
    WRAP_UP = "wrap_up"


class Activity(StrEnum):
    """What is shown of an agent: derived, never stored."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    IN_CALL = "in_call"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    NOT_READY = "not_ready"


class Contact(msgspec.Struct, frozen=True):
    interaction: InteractionId
    channel: Channel
    stage: Stage
    since: datetime


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """The agent's browser leg: one media owner (a tab) per user."""

    bridge: str
    owner: str
    connected: bool = False
    lost_at: datetime | None = None


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    user: UserId
    version: int = 0
    presence: Presence = Presence.OFFLINE
    reason: str | None = None
    """Id of the break for BREAK, a NotReadyReason for NOT_READY."""
    since: datetime
    idle_since: datetime
    """Since when the agent has had no contact: the longest idle is offered first."""
    queues: tuple[QueueId, ...] = ()
    """Queues the agent is logged in to."""
    missed: int = 0
    """Calls that rang in vain, one after another."""
    contacts: tuple[Contact, ...] = ()
    phone: Phone | None = None
    handset: Handset | None = None
    """The telephone outside the browser that the agent has chosen; None works in the browser."""
    leaving: bool = False
    """A supervisor has signed the agent out; it happens when the contacts at hand are over."""

    rung_by_push: bool = False
    """Offered calls also while the browser's telephone is away: a push rings, and a tap connects the telephone."""

    def contact(self, interaction: InteractionId) -> Contact | None:
        return next((x for x in self.contacts if x.interaction == interaction), None)

    @property
    def phone_connected(self) -> bool:
        """Whether the agent can talk and hear now."""
        if self.handset is not None:
            return self.handset.up
        return self.phone is not None and self.phone.connected

    @property
    def own_telephone(self) -> bool:
        """Whether calls ring at a handset; not while one that was given up is being hung up."""
        return self.handset is not None and self.handset.kind is not EndpointKind.BROWSER

    @property
    def phone_reachable(self) -> bool:
        """Whether a call could reach the agent: a handset is rung for it, or a push rings."""
        if self.handset is None:
            return self.phone_connected or self.rung_by_push
        return self.handset.up or self.handset.idle

    @property
    def handset_wanted(self) -> bool:
        if self.handset is None:
            return False
        kept = self.handset.stays_up and self.presence is Presence.READY
        return kept or self.handset.calling is not None or any(x.stage is not Stage.WRAP_UP for x in self.contacts)

    @property
    def activity(self) -> Activity:
        stages = {x.stage for x in self.contacts}
        for stage, activity in _ACTIVITY:
            if stage in stages:
                return activity
        return Activity(self.presence.value)

    @property
    def activity_since(self) -> datetime:
        """Since when the agent does what is shown."""
        shown = [x.since for x in self.contacts if _SHOWN[x.stage] is self.activity]
        return min(shown) if shown else max(self.since, self.idle_since)

    def reachable_for(self, channel: Channel) -> bool:
        """Whether a colleague may ring this agent, whatever the presence: signed in, free, with a telephone."""
        return (
            self.presence is not Presence.OFFLINE
            and not self.leaving
            and (self.phone_reachable or not PROFILES[channel].needs_phone)
            and has_room(channel, (x.channel for x in self.contacts))
        )

    def available_for(self, channel: Channel) -> bool:
        """Whether a contact of this channel may be offered now."""
        return self.presence is Presence.READY and self.reachable_for(channel)


_ACTIVITY = (
    (Stage.ACTIVE, Activity.IN_CALL),
    (Stage.OFFERED, Activity.RINGING),
    (Stage.WRAP_UP, Activity.WRAP_UP),
)
_SHOWN = dict(_ACTIVITY)
