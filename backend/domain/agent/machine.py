"""The rules of an agent: what follows from a command, and what an event does to the state."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from backend.domain.agent import handset as hs
from backend.domain.agent.handset import EndpointKind, Handset, HandsetStage
from backend.domain.agent.messages import (
    AcceptOnHandset,
    AgentCommand,
    AgentEvent,
    AnswerHandset,
    Approach,
    BeginWrapUp,
    CallWished,
    CallWishOver,
    ChooseEndpoint,
    ClosePhone,
    CodeKeyed,
    ConnectPhone,
    ContactInWrapUp,
    ContactReleased,
    ContactReserved,
    ContactTaken,
    EndCallWish,
    EndHandset,
    EndpointChosen,
    GiveUpPhone,
    HandsetAccepted,
    HandsetAnswered,
    HandsetOver,
    Join,
    LosePhone,
    OpenPhone,
    PhoneClosed,
    PhoneConnected,
    PhoneLost,
    PhoneOpened,
    PresenceChanged,
    PressKey,
    PushRingChanged,
    QueuesChanged,
    Release,
    Reserve,
    RingByPush,
    SetPresence,
    SetQueues,
    SignedIn,
    SignedOut,
    SignIn,
    SignOut,
    SignOutAsked,
    Take,
    WishCall,
)
from backend.domain.agent.model import Agent, Contact, NotReadyReason, Phone, Presence, Stage
from backend.domain.interaction.model import Channel
from backend.domain.kernel.ids import InteractionId
from backend.domain.kernel.refusal import Refusal, RefusalCode

AWAY_AFTER = timedelta(seconds=3)
"""A telephone that is gone for longer in a conversation leaves its customer alone: they get music."""
PHONE_GRACE = timedelta(seconds=15)
"""A telephone may be gone this long (reload, change of network) before its agent is set not ready."""


Events = list[AgentEvent]


def evolve(a: Agent, event: AgentEvent) -> Agent:
    a = _evolve(replace(a, version=a.version + 1), event)
    if a.handset is None:
        return a
    return replace(a, handset=hs.settled(a.handset, a.handset_wanted, event.at))


def _evolve(a: Agent, event: AgentEvent) -> Agent:
    match event:
        case SignedIn():
            return replace(
                a,
                presence=Presence.NOT_READY,
                reason=NotReadyReason.SIGNED_IN.value,
                since=event.at,
                idle_since=event.at,
                queues=event.queues,
                leaving=False,
            )
        case SignOutAsked():
            return replace(a, leaving=True)
        case SignedOut():
            gone = replace(a, presence=Presence.OFFLINE, reason=None, since=event.at, queues=(), phone=None)
            return replace(gone, leaving=False, rung_by_push=False)
        case PresenceChanged():
            idle = event.at if event.presence is Presence.READY and not a.contacts else a.idle_since
            a = replace(a, presence=event.presence, reason=event.reason, since=event.at, idle_since=idle)
            return replace(a, missed=0)
        case QueuesChanged():
            return replace(a, queues=event.queues)
        case ContactReserved():
            contact = Contact(event.interaction, event.channel, Stage.OFFERED, event.at)
            return replace(a, contacts=(*a.contacts, contact))
        case ContactTaken():
            return _restage(replace(a, missed=0), event.interaction, Stage.ACTIVE, event.at)
        case ContactInWrapUp():
            return _restage(a, event.interaction, Stage.WRAP_UP, event.at)
        case ContactReleased():
            rest = tuple(x for x in a.contacts if x.interaction != event.interaction)
            missed = a.missed + 1 if event.missed else a.missed
            return replace(a, contacts=rest, missed=missed, idle_since=event.at if event.worked else a.idle_since)
        case PhoneOpened():
            return replace(a, phone=Phone(bridge=event.bridge, owner=event.owner, lost_at=event.at))
        case PhoneConnected():
            return replace(a, phone=replace(a.phone, connected=True, lost_at=None)) if a.phone else a
        case PhoneLost():
            return replace(a, phone=replace(a.phone, connected=False, lost_at=event.at)) if a.phone else a
        case PhoneClosed():
            return replace(a, phone=None)
        case PushRingChanged():
            return replace(a, rung_by_push=event.on)
        case EndpointChosen():
            return _choose(a, event)
        case _ if a.handset is not None:
            return replace(a, handset=_handset(a.handset, event))
    return a


def _choose(a: Agent, event: EndpointChosen) -> Agent:
    """The browser's leg has the handset's name: it must be gone before that is rung."""
    h = a.handset
    closing = HandsetStage.ENDING if a.phone is not None or (h is not None and not h.idle) else None
    if event.number is None or event.bridge is None:
        over = replace(h, kind=EndpointKind.BROWSER, stage=closing, since=event.at, stays_up=False) if h else None
        return replace(a, handset=over if closing is not None else None)
    chosen = Handset(
        kind=event.kind,
        number=event.number,
        bridge=event.bridge,
        stage=closing,
        since=event.at,
        dials=h.dials if h is not None else 0,
        stays_up=event.stays_up,
    )
    return replace(a, phone=None, handset=chosen)


def _handset(h: Handset, event: AgentEvent) -> Handset | None:
    match event:
        case HandsetAnswered():
            return hs.answered(h, event.says, event.at)
        case HandsetAccepted():
            return hs.answered(h, None, event.at)
        case HandsetOver() if h.kind is EndpointKind.BROWSER:
            return None
        case HandsetOver():
            return replace(h, stage=None, since=event.at, says=None, keys="")
        case CallWished():
            return replace(h, calling=event.number)
        case CallWishOver():
            return replace(h, calling=None)
        case CodeKeyed():
            return replace(h, keys=event.keys, keys_at=event.at)
    return h


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
            if a.contacts and command.forced:
                return [] if a.leaving else [SignOutAsked(at=now)]
            if a.contacts:
                return Refusal(RefusalCode.AGENT_BUSY)
            return [] if a.presence is Presence.OFFLINE else [SignedOut(at=now, forced=command.forced)]
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
            if a.handset is not None:
                return Refusal(RefusalCode.TELEPHONE_CHOSEN)
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
            kept = a.handset is not None and a.handset.stays_up
            if a.handset is None and a.rung_by_push:
                return []
            if a.presence is not Presence.READY or (not kept and (a.phone_connected or a.handset is not None)):
                return []
            return [PresenceChanged(at=now, presence=Presence.NOT_READY, reason=NotReadyReason.PHONE_LOST.value)]
        case ChooseEndpoint():
            return _choose_endpoint(a, command, now)
        case RingByPush():
            return _ring_by_push(a, command, now)
        case WishCall():
            return _wish_call(a, command, now)
        case _:
            return _at_handset(a, command, now)


def _choose_endpoint(a: Agent, command: ChooseEndpoint, now: datetime) -> Events | Refusal:
    h = a.handset
    known = (h.kind, h.number, h.stays_up) if h is not None else (EndpointKind.BROWSER, None, False)
    if known == (command.kind, command.number, command.stays_up):
        return []
    if any(x.stage is Stage.OFFERED for x in a.contacts) or (h is not None and h.calling is not None):
        return Refusal(RefusalCode.AGENT_BUSY)
    if (command.kind is EndpointKind.BROWSER) != (command.number is None):
        return Refusal(RefusalCode.BAD_INPUT)
    chosen = EndpointChosen(
        at=now, kind=command.kind, number=command.number, bridge=command.bridge, stays_up=command.stays_up
    )
    if command.kind is not EndpointKind.BROWSER or a.presence is not Presence.READY:
        return [chosen]
    return [
        chosen,
        PresenceChanged(at=now, presence=Presence.NOT_READY, reason=NotReadyReason.PHONE_LOST.value),
    ]


def _ring_by_push(a: Agent, command: RingByPush, now: datetime) -> Events:
    if a.rung_by_push == command.on:
        return []
    changed: Events = [PushRingChanged(at=now, on=command.on)]
    if not command.on and a.presence is Presence.READY and not (a.phone_connected or a.own_telephone):
        lost = NotReadyReason.PHONE_LOST.value
        changed.append(PresenceChanged(at=now, presence=Presence.NOT_READY, reason=lost))
    return changed


def _wish_call(a: Agent, command: WishCall, now: datetime) -> Events | Refusal:
    if a.handset is None or not a.handset.idle:
        return Refusal(RefusalCode.PHONE_NOT_CONNECTED)
    if not a.reachable_for(Channel.VOICE):
        return Refusal(RefusalCode.AGENT_BUSY)
    return [CallWished(at=now, number=command.number)]


def _at_handset(a: Agent, command: AgentCommand, now: datetime) -> Events:
    """What comes too late for the handset's stage changes nothing."""
    h = a.handset
    if h is None:
        return []
    match command:
        case AnswerHandset() if h.stage is HandsetStage.RINGING:
            return [HandsetAnswered(at=now, says=command.says)]
        case AcceptOnHandset() if h.stage is HandsetStage.ASKING:
            return [HandsetAccepted(at=now)]
        case EndHandset() if not h.idle:
            return [HandsetOver(at=now)]
        case EndCallWish() if h.calling is not None:
            return [CallWishOver(at=now)]
        case PressKey() if h.up:
            keys = hs.keyed(h, command.digit, now).keys
            return [CodeKeyed(at=now, keys=keys)] if keys or h.keys else []
    return []


def _set_presence(a: Agent, command: SetPresence, now: datetime) -> Events | Refusal:
    if a.presence is Presence.OFFLINE:
        return Refusal(RefusalCode.WRONG_PHASE, "signed_out")
    if command.presence not in (Presence.READY, Presence.BREAK):
        return Refusal(RefusalCode.BAD_INPUT)
    if command.presence is Presence.READY and not (a.phone_connected or a.own_telephone or a.rung_by_push):
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
        return Refusal(RefusalCode.TELEPHONE_CHOSEN if a.handset is not None else RefusalCode.PHONE_NOT_CONNECTED)
    if not a.reachable_for(command.channel):
        return Refusal(RefusalCode.AGENT_BUSY)
    return [ContactReserved(at=now, interaction=command.interaction, channel=command.channel), taken]


def _release(a: Agent, command: Release, now: datetime) -> Events | Refusal:
    contact = a.contact(command.interaction)
    if contact is None:
        return []
    worked = contact.stage is not Stage.OFFERED
    events: Events = [ContactReleased(at=now, interaction=command.interaction, worked=worked, missed=command.missed)]
    if a.leaving and len(a.contacts) == 1:
        return [*events, SignedOut(at=now, forced=True)]
    enough = not command.missed or a.missed + 1 >= command.most_missed
    if command.not_ready is not None and enough and a.presence is Presence.READY:
        events.append(PresenceChanged(at=now, presence=Presence.NOT_READY, reason=command.not_ready.value))
    return events
