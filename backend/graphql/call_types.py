"""Screen words of a call with several people."""

from datetime import datetime
from enum import Enum

import strawberry

from backend.application.settings import CallSettings
from backend.domain.interaction.model import (
    SUPERVISING,
    Interaction,
    LeaveCause,
    Member,
    MemberRole,
    MemberState,
    Segment,
)

for _enum in (LeaveCause, MemberRole, MemberState):
    strawberry.enum(_enum)


@strawberry.type(description="Somebody beside the customer and the agent in charge: `agentId` or `number`.")
class CallMember:
    n: int
    role: MemberRole
    state: MemberState
    agent_id: int | None
    number: str | None
    since: datetime
    ring_until: datetime | None

    @classmethod
    def of(cls, m: Member) -> "CallMember":
        return cls(
            n=m.n,
            role=m.role,
            state=m.state,
            agent_id=m.agent,
            number=m.number,
            since=m.since,
            ring_until=m.ring_until,
        )


@strawberry.type(description="One agent's handling of the contact, from taking it to the end of that agent's wrap-up.")
class CallSegment:
    agent_id: int
    accepted_at: datetime
    connected_at: datetime | None
    ended_at: datetime | None
    held_seconds: float
    wrap_up_until: datetime | None
    wrapped_up_at: datetime | None

    @classmethod
    def of(cls, x: Segment) -> "CallSegment":
        return cls(
            agent_id=x.agent,
            accepted_at=x.accepted_at,
            connected_at=x.connected_at,
            ended_at=x.ended_at,
            held_seconds=x.held_total.total_seconds(),
            wrap_up_until=x.wrap_up_until,
            wrapped_up_at=x.wrapped_up_at,
        )


@strawberry.type(description="The customer came back: who could not be reached, and why.")
class FailedTransfer:
    at: datetime
    cause: LeaveCause
    agent_id: int | None
    number: str | None


@strawberry.enum(description="The two rooms of a consultation.")
class Consultation(Enum):
    RINGING = "ringing"
    WITH_COLLEAGUE = "with_colleague"
    WITH_CUSTOMER = "with_customer"


def consultation_of(s: Interaction) -> Consultation | None:
    asked = s.in_role(MemberRole.CONSULTED)
    if not asked:
        return None
    if not asked[0].up:
        return Consultation.RINGING
    return Consultation.WITH_COLLEAGUE if s.held_since is not None else Consultation.WITH_CUSTOMER


def shown_members(s: Interaction, supervises: bool, calls: CallSettings) -> list[Member]:
    """Whoever may not supervise the contact sees those who do only in the modes that the settings show."""
    if supervises:
        return list(s.members)
    return [m for m in s.members if m.role not in SUPERVISING or m.role in calls.shown_supervision]
