"""The contacts behind a number of the floor: exactly those units that its counter counted, so that the list is as long
as the number is high. A contact that was counted twice (two visits of one queue, say) stands there twice."""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from backend.domain.access.policy import Contact
from backend.domain.interaction.model import QueueVisit
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.metrics.offers import work_of_offer, work_of_segment
from backend.domain.metrics.service_level import count
from backend.projections.live import Live


class Number(StrEnum):
    """Of today, but for those that wait now."""

    WAITING = "waiting"
    OFFERED = "offered"
    HANDLED = "handled"
    """Of queues: answered visits. Of an agent: conversations."""
    IN_TARGET = "in_target"
    LOST = "lost"
    SHORT_LOST = "short_lost"
    FLOWED_OUT = "flowed_out"
    MISSED = "missed"


_COUNTERS = {
    Number.OFFERED: "offered",
    Number.HANDLED: "answered",
    Number.IN_TARGET: "answered_in_target",
    Number.LOST: "abandoned",
    Number.SHORT_LOST: "abandoned_short",
    Number.FLOWED_OUT: "flowed_out",
}


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """``at``: by what it is counted: the entry into the queue, the offer, the acceptance."""

    interaction: InteractionId
    at: datetime
    queue: QueueId | None
    agent: UserId | None

    @property
    def subject(self) -> Contact:
        """As the policy sees it: of the queue and the agent that it is counted for."""
        agents = frozenset({self.agent} if self.agent is not None else ())
        return Contact(agents, queues=frozenset({self.queue} if self.queue is not None else ()), at=self.at)


def behind(live: Live, number: Number, queue: QueueId | None, agent: UserId | None) -> list[Unit]:
    """Of one queue or agent, or of everybody (None). Newest first; those who wait in the order of their arrival."""
    if number is Number.WAITING:
        found = [x for x in _waiting(live) if queue is None or x.queue == queue]
        return sorted(found, key=lambda x: (x.at, x.interaction))
    units: Iterator[Unit]
    if number is Number.MISSED:
        units = (x for x in _missed(live) if agent is not None or x.queue is not None)
    elif number is Number.HANDLED and agent is not None:
        units = _conversations(live)
    else:
        units = (_of_visit(id, v) for (id, _), v in live.day.counted_visits() if _counts(live, number, v))
    found = [x for x in units if (queue is None or x.queue == queue) and (agent is None or x.agent == agent)]
    return sorted(found, key=lambda x: (x.at, x.interaction), reverse=True)


def _counts(live: Live, number: Number, visit: QueueVisit) -> bool:
    return bool(getattr(count(visit, live.day.definition(visit.queue)), _COUNTERS[number]))


def _of_visit(id: InteractionId, visit: QueueVisit) -> Unit:
    return Unit(interaction=id, at=visit.entered_at, queue=visit.queue, agent=visit.agent)


def _waiting(live: Live) -> Iterator[Unit]:
    for queue in live.settings.queues:
        for id, since in live.waiting_in(queue).items():
            yield Unit(interaction=id, at=since, queue=queue, agent=None)


def _missed(live: Live) -> Iterator[Unit]:
    for (id, _, _), x in live.day.counted_offers():
        if work_of_offer(x).missed:
            yield Unit(interaction=id, at=x.offered_at, queue=x.queue, agent=x.agent)


def _conversations(live: Live) -> Iterator[Unit]:
    for (id, _), x in live.day.counted_segments():
        if work_of_segment(x).handled:
            yield Unit(interaction=id, at=x.accepted_at, queue=None, agent=x.agent)
