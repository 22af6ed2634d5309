"""What is counted of a day: visits of queues, offers to agents, conversations. Each once, in its newest version.

Sums are kept as the units come, so that a figure costs the same at eight in the morning and at eight in the evening.
Units of the hour before the day are kept for windows that reach into it.
"""

from collections.abc import Iterator
from datetime import datetime

import msgspec

from backend.application.settings import Settings
from backend.domain.interaction.model import QueueVisit, Segment
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.metrics.offers import Offering, WorkDone, work_of_offer, work_of_segment
from backend.domain.metrics.service_level import Counters, Definition, count
from backend.domain.metrics.windows import LONGEST, Window, minute_of, since

VisitKey = tuple[InteractionId, int]
SegmentKey = tuple[InteractionId, int]
OfferKey = tuple[InteractionId, UserId, datetime]


class QueueDone(msgspec.Struct, frozen=True, kw_only=True):
    visits: Counters = Counters()
    missed: int = 0

    def __add__(self, other: "QueueDone") -> "QueueDone":
        return QueueDone(visits=self.visits + other.visits, missed=self.missed + other.missed)

    def __sub__(self, other: "QueueDone") -> "QueueDone":
        return QueueDone(visits=self.visits - other.visits, missed=self.missed - other.missed)


NOTHING = QueueDone()
NO_WORK = WorkDone()


class Day:
    def __init__(self, settings: Settings, start: datetime) -> None:
        self.settings = settings
        self.start = start
        self.visits: dict[VisitKey, QueueVisit] = {}
        self.offers: dict[OfferKey, Offering] = {}
        self.segments: dict[SegmentKey, Segment] = {}
        self._queues: dict[QueueId, QueueDone] = {}
        self._minutes: dict[datetime, dict[QueueId, QueueDone]] = {}
        self._agents: dict[UserId, WorkDone] = {}

    # ---- units

    def put_visit(self, key: VisitKey, visit: QueueVisit) -> None:
        if visit.entered_at < self.horizon:
            return
        definition = self.definition(visit.queue)
        old = self.visits.get(key)
        change = count(visit, definition) - (count(old, definition) if old is not None else Counters())
        self.visits[key] = visit
        self._add(visit.queue, visit.entered_at, QueueDone(visits=change))

    def put_offer(self, interaction: InteractionId, offering: Offering) -> None:
        if offering.offered_at < self.horizon:
            return
        key = (interaction, offering.agent, offering.offered_at)
        old = self.offers.get(key)
        change = work_of_offer(offering) - (work_of_offer(old) if old is not None else NO_WORK)
        self.offers[key] = offering
        self._add_work(offering.agent, offering.offered_at, change)
        if offering.queue is not None:
            self._add(offering.queue, offering.offered_at, QueueDone(missed=change.missed))

    def put_segment(self, key: SegmentKey, segment: Segment) -> None:
        if segment.accepted_at < self.horizon:
            return
        old = self.segments.get(key)
        change = work_of_segment(segment) - (work_of_segment(old) if old is not None else NO_WORK)
        self.segments[key] = segment
        self._add_work(segment.agent, segment.accepted_at, change)

    @property
    def horizon(self) -> datetime:
        """Nothing older is known."""
        return self.start - LONGEST

    def _add(self, queue: QueueId, at: datetime, change: QueueDone) -> None:
        if change == NOTHING:
            return
        if at >= self.start:
            self._queues[queue] = self._queues.get(queue, NOTHING) + change
        minute = self._minutes.setdefault(minute_of(at), {})
        minute[queue] = minute.get(queue, NOTHING) + change

    def _add_work(self, agent: UserId, at: datetime, change: WorkDone) -> None:
        if at >= self.start and change != NO_WORK:
            self._agents[agent] = self._agents.get(agent, NO_WORK) + change

    def definition(self, queue: QueueId) -> Definition:
        known = self.settings.queues.get(queue)
        return known.definition if known else Definition()

    # ---- sums

    def queue(self, queue: QueueId, window: Window, now: datetime) -> QueueDone:
        if window is Window.TODAY:
            return self._queues.get(queue, NOTHING)
        first, total = since(window, now, self.start), NOTHING
        for minute, done in self._minutes.items():
            if minute >= first and (found := done.get(queue)) is not None:
                total += found
        return total

    def work(self, agent: UserId) -> WorkDone:
        """Today."""
        return self._agents.get(agent, NO_WORK)

    def counted_visits(self) -> Iterator[tuple[VisitKey, QueueVisit]]:
        """Of today."""
        return ((key, x) for key, x in self.visits.items() if x.entered_at >= self.start)

    def counted_offers(self) -> Iterator[tuple[OfferKey, Offering]]:
        return ((key, x) for key, x in self.offers.items() if x.offered_at >= self.start)

    def counted_segments(self) -> Iterator[tuple[SegmentKey, Segment]]:
        return ((key, x) for key, x in self.segments.items() if x.accepted_at >= self.start)

    # ---- time

    def forget_minutes(self, now: datetime) -> None:
        """Those that no window reaches any more."""
        first = minute_of(now) - LONGEST
        for minute in [x for x in self._minutes if x < first]:
            del self._minutes[minute]

    def begin(self, start: datetime) -> "Day":
        """The day that begins then: what is older than its windows is forgotten."""
        new = Day(self.settings, start)
        for key, visit in self.visits.items():
            new.put_visit(key, visit)
        for (interaction, _, _), offering in self.offers.items():
            new.put_offer(interaction, offering)
        for key, segment in self.segments.items():
            new.put_segment(key, segment)
        return new

    def everything(self) -> dict:
        """As plain values, for comparison. Sums that came back to nothing are as good as none."""
        return {
            "queues": {q: x for q, x in self._queues.items() if x != NOTHING},
            "minutes": {
                m: kept
                for m, done in self._minutes.items()
                if (kept := {q: x for q, x in done.items() if x != NOTHING})
            },
            "agents": {a: x for a, x in self._agents.items() if x != NO_WORK},
        }
