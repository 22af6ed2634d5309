"""What an interaction's event means for its agents; carried out in the same transaction."""

from collections.abc import Iterator

from backend.domain.agent.messages import AgentCommand, Approach, BeginWrapUp, Join, Release, Reserve, Take
from backend.domain.agent.model import NotReadyReason
from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, MemberRole, ReturnReason
from backend.domain.kernel.ids import UserId

_NOT_READY = {
    ReturnReason.NO_ANSWER: NotReadyReason.MISSED_OFFER,
    ReturnReason.DECLINED: NotReadyReason.DECLINED_OFFER,
    ReturnReason.PHONE_LOST: NotReadyReason.PHONE_LOST,
    ReturnReason.BUSY: None,
    ReturnReason.SIGNED_OUT: None,
    ReturnReason.ANSWERED_ELSEWHERE: None,
    ReturnReason.WITHDRAWN: None,
}

Consequence = tuple[UserId, AgentCommand]


def consequences(before: Interaction, event: e.InteractionEvent) -> Iterator[Consequence]:
    """In the order in which they are to be carried out."""
    id, channel = before.id, before.channel
    match event:
        case e.Offered():
            yield event.agent, Reserve(interaction=id, channel=channel)
        case e.OfferAccepted():
            yield event.agent, Take(interaction=id)
        case e.OfferReturned():
            pause = _NOT_READY[event.reason] if event.autopause else None
            missed = event.reason is ReturnReason.NO_ANSWER
            most = event.max_no_answer if missed else 1
            yield event.agent, Release(interaction=id, not_ready=pause, missed=missed, most_missed=most)
        case e.Dialled() | e.SegmentBegan():
            yield event.agent, Join(interaction=id, channel=channel)
        case e.SupervisionStarted():
            yield event.supervisor, Join(interaction=id, channel=channel)
        case e.SegmentEnded():
            yield event.agent, _over(before, event.wrap_up_until is not None)
        case e.MemberInvited(agent=int(agent)):
            # A customer is not sent to somebody who is away, but one who gave the customer away gets them back.
            asked = event.role is not MemberRole.TRANSFER or agent in before.handlers
            yield agent, Approach(interaction=id, channel=channel, even_if_away=asked)
        case e.MemberAnswered() if (m := before.member(event.n)) is not None and m.agent is not None:
            yield m.agent, Take(interaction=id)
        case e.MemberLeft(agent=int(agent)):
            yield agent, Release(interaction=id)
        case e.SupervisionEnded():
            yield event.supervisor, Release(interaction=id)
        case e.Ended():
            yield from _all_over(before, event.wrap_up_until is not None)
        case e.WrapUpFinished() if (who := event.agent if event.agent is not None else before.agent) is not None:
            yield who, Release(interaction=id)


def _over(before: Interaction, wrap_up: bool) -> AgentCommand:
    return BeginWrapUp(interaction=before.id) if wrap_up else Release(interaction=before.id)


def _all_over(before: Interaction, wrap_up: bool) -> Iterator[Consequence]:
    for m in before.members:
        if m.agent is not None:
            yield m.agent, Release(interaction=before.id)
    for offer in before.all_offers:
        yield offer.agent, Release(interaction=before.id)
    in_charge = before.segment.agent if before.segment else None if before.segments else before.agent
    if in_charge is not None:
        yield in_charge, _over(before, wrap_up)
