"""Events and commands of an agent, and the rules between them."""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from backend.domain.agent.model import Agent, Contact, NotReadyReason, Phone, Presence, Stage
from backend.domain.interaction.model import Channel
from backend.domain.kernel.ids import InteractionId, QueueId
from backend.domain.kernel.refusal import Refusal, RefusalCode

PHONE_GRACE = timedelta(seconds=15)
"""A telephone may be gone this long (reload, change of network) before its agent is set not ready."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    at: datetime


class SignedIn(_Event, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class SignedOut(_Event, frozen=True, kw_only=True, tag=True):
    pass


class PresenceChanged(_Event, frozen=True, kw_only=True, tag=True):
    presence: Presence
    reason: str | None


class QueuesChanged(_Event, frozen=True, kw_only=True, tag=True):
    """Logged in to these queues from now on. An offer that rings goes on ringing."""

    queues: tuple[QueueId, ...]


class ContactReserved(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId
    channel: Channel


class ContactTaken(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class ContactInWrapUp(_Event, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class ContactReleased(_Event, frozen=True, kw_only=True, tag=True):
    """``worked``: the agent had the contact, so idle time starts anew; an offer that went away does not touch it."""

    interaction: InteractionId
    worked: bool


class PhoneOpened(_Event, frozen=True, kw_only=True, tag=True):
    bridge: str
    owner: str


class PhoneConnected(_Event, frozen=True, kw_only=True, tag=True):
    pass


class PhoneLost(_Event, frozen=True, kw_only=True, tag=True):
    pass


class PhoneClosed(_Event, frozen=True, kw_only=True, tag=True):
    pass


AgentEvent = (
    SignedIn
    | SignedOut
    | PresenceChanged
    | QueuesChanged
    | ContactReserved
    | ContactTaken
    | ContactInWrapUp
    | ContactReleased
    | PhoneOpened
    | PhoneConnected
    | PhoneLost
    | PhoneClosed
)


class _Command(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    pass


class SignIn(_Command, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class SignOut(_Command, frozen=True, kw_only=True, tag=True):
    pass


class SetPresence(_Command, frozen=True, kw_only=True, tag=True):
    presence: Presence
    reason: str | None = None


class SetQueues(_Command, frozen=True, kw_only=True, tag=True):
    queues: tuple[QueueId, ...]


class Reserve(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId
    channel: Channel


class Approach(_Command, frozen=True, kw_only=True, tag=True):
    """Reserve for a colleague's call: a transfer, a consultation, a conference. ``even_if_away``: also on a break."""

    interaction: InteractionId
    channel: Channel
    even_if_away: bool = False


class Join(_Command, frozen=True, kw_only=True, tag=True):
    """Be in a contact at once, by one's own doing: dial, take from park, supervise, take over."""

    interaction: InteractionId
    channel: Channel


class Take(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class BeginWrapUp(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId


class Release(_Command, frozen=True, kw_only=True, tag=True):
    interaction: InteractionId
    not_ready: NotReadyReason | None = None


class OpenPhone(_Command, frozen=True, kw_only=True, tag=True):
    bridge: str
    owner: str
    take_over: bool = False


class ConnectPhone(_Command, frozen=True, kw_only=True, tag=True):
    pass


class LosePhone(_Command, frozen=True, kw_only=True, tag=True):
    pass


class ClosePhone(_Command, frozen=True, kw_only=True, tag=True):
    owner: str | None = None
    """Only if this tab owns it; None for whoever does."""


class GiveUpPhone(_Command, frozen=True, kw_only=True, tag=True):
    """The telephone stayed away longer than PHONE_GRACE."""


AgentCommand = (
    SignIn
    | SignOut
    | SetPresence
    | SetQueues
    | Reserve
    | Approach
    | Join
    | Take
    | BeginWrapUp
    | Release
    | OpenPhone
    | ConnectPhone
    | LosePhone
    | ClosePhone
    | GiveUpPhone
)

Events = list[AgentEvent]


def evolve(a: Agent, event: AgentEvent) -> Agent:
    a = replace(a, version=a.version + 1)
    match event:
        case SignedIn():
            return replace(
                a,
                presence=Presence.NOT_READY,
                reason=NotReadyReason.SIGNED_IN.value,
                since=event.at,
                idle_since=event.at,
                queues=event.queues,
            )
        case SignedOut():
            return replace(a, presence=Presence.OFFLINE, reason=None, since=event.at, queues=(), phone=None)
        case PresenceChanged():
            idle = event.at if event.presence is Presence.READY and not a.contacts else a.idle_since
            return replace(a, presence=event.presence, reason=event.reason, since=event.at, idle_since=idle)
        case QueuesChanged():
            return replace(a, queues=event.queues)
        case ContactReserved():
            contact = Contact(event.interaction, event.channel, Stage.OFFERED, event.at)
            return replace(a, contacts=(*a.contacts, contact))
        case ContactTaken():
            return _restage(a, event.interaction, Stage.ACTIVE, event.at)
        case ContactInWrapUp():
            return _restage(a, event.interaction, Stage.WRAP_UP, event.at)
        case ContactReleased():
            rest = tuple(x for x in a.contacts if x.interaction != event.interaction)
            return replace(a, contacts=rest, idle_since=event.at if event.worked else a.idle_since)
        case PhoneOpened():
            return replace(a, phone=Phone(bridge=event.bridge, owner=event.owner, lost_at=event.at))
        case PhoneConnected():
            return replace(a, phone=replace(a.phone, connected=True, lost_at=None)) if a.phone else a
        case PhoneLost():
            return replace(a, phone=replace(a.phone, connected=False, lost_at=event.at)) if a.phone else a
        case PhoneClosed():
            return replace(a, phone=None)


def _restage(a: Agent, interaction: InteractionId, stage: Stage, at: datetime) -> Agent:
    return replace(
        a,
        contacts=tuple(replace(x, stage=stage, since=at) if x.interaction == interaction else x for x in a.contacts),
    )


def decide(a: Agent, command: AgentCommand, now: datetime) -> Events | Refusal:
    """Events the command causes, an empty list when it changes nothing, or a Refusal."""
    match command:
        case SignIn():
            return [] if a.presence is not Presence.OFFLINE else [SignedIn(at=now, queues=command.queues)]
        case SignOut():
            if a.contacts:
                return Refusal(RefusalCode.AGENT_BUSY)
            return [] if a.presence is Presence.OFFLINE else [SignedOut(at=now)]
        case SetPresence():
            return _set_presence(a, command, now)
        case SetQueues():
            if a.presence is Presence.OFFLINE:
                return Refusal(RefusalCode.WRONG_PHASE, "signed_out")
            return [] if a.queues == command.queues else [QueuesChanged(at=now, queues=command.queues)]
        case Reserve():
            if not a.available_for(command.channel):
                return Refusal(RefusalCode.AGENT_NOT_READY)
            return [ContactReserved(at=now, interaction=command.interaction, channel=command.channel)]
        case Approach():
            return _approach(a, command, now)
        case Join():
            return _join(a, command, now)
        case Take() | BeginWrapUp():
            if a.contact(command.interaction) is None:
                return Refusal(RefusalCode.NOT_FOUND)
            kind = ContactTaken if isinstance(command, Take) else ContactInWrapUp
            return [kind(at=now, interaction=command.interaction)]
        case Release():
            return _release(a, command, now)
        case OpenPhone():
            if a.phone and a.phone.owner != command.owner and a.phone.connected and not command.take_over:
                return Refusal(RefusalCode.PHONE_ELSEWHERE)
            return [PhoneOpened(at=now, bridge=command.bridge, owner=command.owner)]
        case ConnectPhone():
            return [PhoneConnected(at=now)] if a.phone and not a.phone.connected else []
        case LosePhone():
            return [PhoneLost(at=now)] if a.phone and a.phone.connected else []
        case ClosePhone():
            if a.phone is None or (command.owner is not None and command.owner != a.phone.owner):
                return []
            return [PhoneClosed(at=now)]
        case GiveUpPhone():
            if a.phone_connected or a.presence is not Presence.READY:
                return []
            return [PresenceChanged(at=now, presence=Presence.NOT_READY, reason=NotReadyReason.PHONE_LOST.value)]


def _set_presence(a: Agent, command: SetPresence, now: datetime) -> Events | Refusal:
    if a.presence is Presence.OFFLINE:
        return Refusal(RefusalCode.WRONG_PHASE, "signed_out")
    if command.presence not in (Presence.READY, Presence.BREAK):
        return Refusal(RefusalCode.BAD_INPUT)
    if command.presence is Presence.READY and not a.phone_connected:
        return Refusal(RefusalCode.PHONE_NOT_CONNECTED)
    if (a.presence, a.reason) == (command.presence, command.reason):
        return []
    return [PresenceChanged(at=now, presence=command.presence, reason=command.reason)]


def _approach(a: Agent, command: Approach, now: datetime) -> Events | Refusal:
    if not a.reachable_for(command.channel):
        return Refusal(RefusalCode.COLLEAGUE_BUSY)
    if a.presence is not Presence.READY and not command.even_if_away:
        return Refusal(RefusalCode.COLLEAGUE_AWAY)
    return [ContactReserved(at=now, interaction=command.interaction, channel=command.channel)]


def _join(a: Agent, command: Join, now: datetime) -> Events | Refusal:
    taken = ContactTaken(at=now, interaction=command.interaction)
    if a.contact(command.interaction) is not None:
        return [taken]
    if not a.phone_connected:
        return Refusal(RefusalCode.PHONE_NOT_CONNECTED)
    if not a.reachable_for(command.channel):
        return Refusal(RefusalCode.AGENT_BUSY)
    return [ContactReserved(at=now, interaction=command.interaction, channel=command.channel), taken]


def _release(a: Agent, command: Release, now: datetime) -> Events | Refusal:
    contact = a.contact(command.interaction)
    if contact is None:
        return []
    worked = contact.stage is not Stage.OFFERED
    events: Events = [ContactReleased(at=now, interaction=command.interaction, worked=worked)]
    if command.not_ready is not None and a.presence is Presence.READY:
        events.append(PresenceChanged(at=now, presence=Presence.NOT_READY, reason=command.not_ready.value))
    return events
