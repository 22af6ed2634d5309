"""What becomes of offers to agents, and an agent's work counted: conversations had and offers missed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from backend.domain.interaction import events as e
from backend.domain.interaction.model import Interaction, Outcome, Segment
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.metrics.agent_figures import LOST, OfferResult


class Offering(msgspec.Struct, frozen=True, kw_only=True):
    """One offer to one agent. ``queue`` is None of a contact that sought this agent; ``result`` None while it rings."""

    agent: UserId
    queue: QueueId | None
    offered_at: datetime
    result: OfferResult | None = None

    @property
    def missed(self) -> bool:
        """The agent did not take it, or the caller gave up while it rang there: the agent's and the queue's miss."""
        return self.result in LOST


class WorkDone(msgspec.Struct, frozen=True, kw_only=True):
    """Of an agent in a period. A conversation counts by when it was accepted, an offer by when it was made."""

    handled: int = 0
    missed: int = 0

    def __add__(self, other: "WorkDone") -> "WorkDone":
        return WorkDone(handled=self.handled + other.handled, missed=self.missed + other.missed)

    def __sub__(self, other: "WorkDone") -> "WorkDone":
        return WorkDone(handled=self.handled - other.handled, missed=self.missed - other.missed)


def work_of_segment(segment: Segment) -> WorkDone:
    """A conversation that began: who was accepted and never heard counts as nothing."""
    return WorkDone(handled=int(segment.connected_at is not None))


def work_of_offer(offering: Offering) -> WorkDone:
    return WorkDone(missed=int(offering.missed))


def offers_changed(
    before: Interaction | None, after: Interaction, events: Sequence[e.InteractionEvent]
) -> Iterator[Offering]:
    """Offers that began (without a result) or ended (with one) by these events."""
    old = {(x.agent, x.offered_at) for x in before.all_offers} if before else set()
    new = {(x.agent, x.offered_at) for x in after.all_offers}
    returned = {x.agent: OfferResult(x.reason.value) for x in events if isinstance(x, e.OfferReturned)}
    accepted = {x.agent for x in events if isinstance(x, e.OfferAccepted)}

    def result(agent: UserId) -> OfferResult:
        if agent in accepted:
            return OfferResult.ACCEPTED
        if after.outcome is Outcome.ABANDONED_RINGING:
            return OfferResult.ABANDONED
        return returned.get(agent, OfferResult.WITHDRAWN)

    for agent, at in new - old:
        yield Offering(agent=agent, queue=after.queue, offered_at=at)
    for agent, at in old - new:
        queue = before.queue if before else None
        yield Offering(agent=agent, queue=queue, offered_at=at, result=result(agent))
