"""Where a contact can go: one type for menus, entry rules, closed or full queues, overflow and transfers.

A destination is data: it stands in flows, settings and events as it is. What it means is decided where the contact
arrives (``backend/application/destinations.py``).
"""

from enum import StrEnum

import msgspec

from backend.domain.kernel.ids import FlowId, QueueId, SkillId, UserId


class SkillStep(msgspec.Struct, frozen=True, kw_only=True):
    """From ``after_s`` seconds of waiting on, an agent with these skills (least levels), or of these groups, will do."""

    after_s: int = 0
    skills: tuple[tuple[SkillId, int], ...] = ()
    groups: tuple[int, ...] = ()


class ToQueue(msgspec.Struct, frozen=True, kw_only=True, tag="queue"):
    """``skills`` are needed beside those of the queue; ``steps`` say in which order groups and skills are asked."""

    queue: QueueId
    priority: int = 0
    skills: tuple[tuple[SkillId, int], ...] = ()
    steps: tuple[SkillStep, ...] = ()


class ToAgent(msgspec.Struct, frozen=True, kw_only=True, tag="agent"):
    """This agent, if ready; ``otherwise`` when not, or when the agent does not answer."""

    agent: UserId
    otherwise: "Destination | None" = None


class ToGroup(msgspec.Struct, frozen=True, kw_only=True, tag="group"):
    """Whoever of the group is ready, whatever queues they are logged in to; ``queue`` is what it counts under."""

    group: int
    queue: QueueId


class ToFlow(msgspec.Struct, frozen=True, kw_only=True, tag="flow"):
    flow: FlowId


class ToNumber(msgspec.Struct, frozen=True, kw_only=True, tag="number"):
    """A line of the PBX, an outside or a mobile number; ``otherwise`` when it is busy or does not answer."""

    number: str
    ring_timeout_s: int = 30
    recorded: bool = True
    otherwise: "Destination | None" = None


class ToVoicemail(msgspec.Struct, frozen=True, kw_only=True, tag="voicemail"):
    """A message for the people of a queue; ``text`` or ``prompt`` (recorded audio) instead of the queue's greeting."""

    queue: QueueId
    text: str | None = None
    prompt: str | None = None


class ToAnnouncement(msgspec.Struct, frozen=True, kw_only=True, tag="announcement"):
    text: str
    then: "Destination | None" = None
    """None hangs up."""


class ToCallback(msgspec.Struct, frozen=True, kw_only=True, tag="callback"):
    """Offer to be called back instead of waiting in the queue."""

    queue: QueueId


class ToDictation(msgspec.Struct, frozen=True, kw_only=True, tag="dictation"):
    """Whoever has the code that the screen of announcements shows speaks one here, by telephone."""


class HangUp(msgspec.Struct, frozen=True, kw_only=True, tag="hang_up"):
    text: str | None = None


Destination = (
    ToQueue | ToAgent | ToGroup | ToFlow | ToNumber | ToVoicemail | ToAnnouncement | ToCallback | ToDictation | HangUp
)


class RoutingReason(StrEnum):
    """Why a contact was sent somewhere."""

    EXIT_KEY = "exit_key"
    """The caller pressed a key while waiting."""
    AFTER_CALL = "after_call"
    """The agent has hung up; the queue has a flow for after the call."""
    ENTRY = "entry"
    FLOW = "flow"
    CLOSED = "closed"
    FULL = "full"
    UNSTAFFED = "unstaffed"
    OVERFLOW = "overflow"
    MAX_WAIT = "max_wait"
    OTHERWISE = "otherwise"
    """The destination before could not take it."""
    ANNOUNCED = "announced"
    """After an announcement."""
    TRANSFER = "transfer"
    """An agent sent it there."""
    SUPERVISOR = "supervisor"
    """A supervisor sent it there while it waited."""
    FALLBACK = "fallback"
    """Nothing that was set can be carried out."""
