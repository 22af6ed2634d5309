"""The live picture: agents, open contacts and queues, as a pure fold over the log.

``Live.apply`` is the only thing that changes it, and it skips what it has seen already (by each stream's version), so a
picture loaded from the tables may be brought up to date by a log that overlaps with it. A version that comes before its
predecessor waits for it. Tests check for every command
that old picture + emitted events = freshly loaded picture.
"""

from bisect import insort
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from backend.application.settings import Settings
from backend.domain.agent import machine as agent_machine
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Activity, Agent, Presence
from backend.domain.alerts import alert as alerts
from backend.domain.interaction import events as e
from backend.domain.interaction import machine
from backend.domain.interaction.model import Interaction, Phase, QueueVisit, Segment
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.lines.model import LineId
from backend.domain.metrics.measures import Picture
from backend.domain.metrics.offers import Offering, WorkDone, offers_changed
from backend.domain.metrics.service_level import Counters, service_level
from backend.domain.metrics.staff import is_busy, is_free, staff_of
from backend.domain.metrics.windows import Window
from backend.domain.routing.matching import Waiting, aged
from backend.domain.routing.waiting_time import (
    USUAL_HANDLING,
    WINDOW,
    Load,
    expected_wait,
    mean_handling,
    positions,
    serving,
)
from backend.projections.day import Day, SegmentKey, VisitKey


class Stream(StrEnum):
    """Of the log: what its subject is."""

    INTERACTION = "interaction"
    AGENT = "agent"
    ALERT = "alert"


State = Interaction | Agent | alerts.Alert


class LogRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the log: exactly one of the events is set, or ``unknown`` for one of a kind that only a newer version knows."""

    subject: str
    version: int
    interaction: e.InteractionEvent | None = None
    agent: agents.AgentEvent | None = None
    alert: alerts.AlertEvent | None = None
    unknown: Stream | None = None
    state: State | None = None
    """Beside an unknown event: what its subject is by now; None where that cannot be read either."""


class Changes(msgspec.Struct):
    """Names of what changed. Merging two is a union: the picture itself holds the newest state."""

    agents: set[UserId] = msgspec.field(default_factory=set)
    interactions: set[InteractionId] = msgspec.field(default_factory=set)
    queues: set[QueueId] = msgspec.field(default_factory=set)
    alerts: set[str] = msgspec.field(default_factory=set)
    lines: set[LineId] = msgspec.field(default_factory=set)
    """Of the PBX; what they do stands in ``backend.projections.lines``."""

    def __bool__(self) -> bool:
        return bool(self.agents or self.interactions or self.queues or self.alerts or self.lines)

    def merge(self, other: "Changes") -> None:
        self.agents |= other.agents
        self.interactions |= other.interactions
        self.queues |= other.queues
        self.alerts |= other.alerts
        self.lines |= other.lines


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue at this moment and today so far. ``longest_since``: arrival of who waits longest, None if nobody does."""

    queue: QueueId
    waiting: int
    longest_since: datetime | None
    ready: int
    busy: int
    signed_in: int
    today: Counters
    service_level: float | None
    missed: int = 0
    """Offers of today that agents did not take."""
    callbacks: int = 0
    """Open wishes to be called back."""
    working: int = 0
    """Ready, or with a contact."""
    load: Load = Load(ready=0, serving=0.0, handling=USUAL_HANDLING)
    expected_wait: timedelta | None = None
    """Of a caller who would come now; None when nobody knows."""


class Live:
    def __init__(self, settings: Settings, day_start: datetime) -> None:
        self.settings = settings
        self.day = Day(settings, day_start)
        self.callbacks: dict[QueueId, int] = {}
        """Open wishes to be called back: counted by the database (``backend.projections.callbacks``), not folded."""
        self.agents: dict[UserId, Agent] = {}
        self.interactions: dict[InteractionId, Interaction] = {}
        self.alerts: dict[str, alerts.Alert] = {}
        """Of what lasts too long now."""
        self._waiting: dict[QueueId, dict[InteractionId, datetime]] = {}
        """Who waits in each queue since when, for a board that must not look through everything."""
        self._staff: dict[QueueId, set[UserId]] = {}
        self._handled: dict[QueueId, list[tuple[datetime, InteractionId, timedelta]]] = {}
        """When the last contacts of each queue were closed, and how long an agent had them."""
        self._parked: dict[str, dict[int, LogRow]] = {}
        """Rows that came too early, by stream and version."""

    def load(
        self,
        agent_states: Iterable[Agent],
        open_interactions: Iterable[Interaction],
        visits: Iterable[tuple[VisitKey, QueueVisit]],
        handled: Iterable[Interaction] = (),
        offers: Iterable[tuple[InteractionId, Offering]] = (),
        segments: Iterable[tuple[SegmentKey, Segment]] = (),
        open_alerts: Iterable[alerts.Alert] = (),
    ) -> None:
        """``handled``: at least the last WINDOW contacts of each queue that were closed."""
        for contact in handled:
            self._put_handled(contact)
        for agent in agent_states:
            self._put_agent(None, agent)
        for contact in open_interactions:
            self._put_contact(None, contact)
        for key, visit in visits:
            self.day.put_visit(key, visit)
        for id, offering in offers:
            self.day.put_offer(id, offering)
        for key, segment in segments:
            self.day.put_segment(key, segment)
        for alert in open_alerts:
            self.alerts[alert.key] = alert

    def apply(self, row: LogRow, changes: Changes) -> None:
        """Fold one row in and note in ``changes`` what it touched."""
        stream = row.subject
        known = self._version(row)
        if row.unknown is None and known is not None and row.version > known + 1:
            self._parked.setdefault(stream, {})[row.version] = row
            return
        self._fold(row, changes)
        while (parked := self._parked.get(stream)) and (following := parked.pop(row.version + 1, None)):
            row = following
            self._fold(row, changes)
        if not parked:
            self._parked.pop(stream, None)

    def _version(self, row: LogRow) -> int | None:
        """How far this picture is with the row's subject; None when it does not know an interaction."""
        if row.agent is not None or row.unknown is Stream.AGENT:
            agent = self.agents.get(int(row.subject))
            return agent.version if agent else 0
        if row.alert is not None or row.unknown is Stream.ALERT:
            alert = self.alerts.get(row.subject)
            return alert.version if alert else None
        contact = self.interactions.get(row.subject)
        return contact.version if contact else None

    def _fold(self, row: LogRow, changes: Changes) -> None:
        if row.agent is not None:
            self._apply_agent(int(row.subject), row.version, row.agent, changes)
        elif row.interaction is not None:
            self._apply_interaction(row.subject, row.version, row.interaction, changes)
        elif row.alert is not None:
            self._apply_alert(row.subject, row.version, row.alert, changes)
        elif (known := self._version(row)) is None or known < row.version:
            self._take(row, changes)

    def _take(self, row: LogRow, changes: Changes) -> None:
        """What happened is not understood: the subject is shown as its table has it. Where that is not understood either, a
        contact or an alert is shown no more, and an agent as before."""
        state = row.state
        if row.unknown is Stream.AGENT:
            before = self.agents.get(int(row.subject))
            after = state if isinstance(state, Agent) else before and replace(before, version=row.version)
            if after is not None:
                self._put_agent(before, after)
                changes.agents.add(after.user)
                changes.queues |= {*after.queues, *(before.queues if before else ())}
        elif row.unknown is Stream.ALERT:
            self.alerts.pop(row.subject, None)
            if isinstance(state, alerts.Alert) and state.ended_at is None:
                self.alerts[row.subject] = state
            changes.alerts.add(row.subject)
        else:
            contact = self.interactions.get(row.subject)
            if isinstance(state, Interaction):
                self._put_contact(contact, state)
                self._count(contact, state, (), changes)
            elif contact is not None:
                self._drop_contact(contact)
            changes.interactions.add(row.subject)
            changes.queues |= {x.queue for x in (contact, state) if isinstance(x, Interaction) and x.queue is not None}

    def _apply_alert(self, key: str, version: int, event: alerts.AlertEvent, changes: Changes) -> None:
        known = self.alerts.get(key)
        if known is None and isinstance(event, alerts.Raised):
            self.alerts[key] = alerts.raised(event)
        elif known is not None and version > known.version:
            self.alerts[key] = alerts.evolve(known, event)
            if self.alerts[key].ended_at is not None:
                del self.alerts[key]
        else:
            return  # over before this picture was taken, or seen already
        changes.alerts.add(key)

    def _apply_agent(self, user: UserId, version: int, event: agents.AgentEvent, changes: Changes) -> None:
        before = self.agents.get(user) or Agent(user=user, since=event.at, idle_since=event.at)
        if version <= before.version:
            return
        after = agent_machine.evolve(before, event)
        self._put_agent(before, after)
        changes.agents.add(user)
        if (before.activity, before.queues, before.phone_reachable) != (
            after.activity,
            after.queues,
            after.phone_reachable,
        ):
            changes.queues |= {*before.queues, *after.queues}

    def _apply_interaction(self, id: InteractionId, version: int, event: e.InteractionEvent, changes: Changes) -> None:
        before = self.interactions.get(id)
        if before is None:
            if not isinstance(event, e.Arrived):
                return  # closed before this picture was taken
            after = machine.born(id, event)
        elif version <= before.version:
            return
        else:
            after = machine.evolve(before, event)
        self._put_contact(before, after)
        changes.interactions.add(id)
        self._count(before, after, (event,), changes)
        if before is not None and before.phase is not after.phase and after.queue is not None:
            changes.queues.add(after.queue)

    def _count(
        self, before: Interaction | None, after: Interaction, events: Sequence[e.InteractionEvent], changes: Changes
    ) -> None:
        for n, visit in enumerate(after.visits):
            if self.day.visits.get((after.id, n)) != visit:
                self.day.put_visit((after.id, n), visit)
                changes.queues.add(visit.queue)
        for n, segment in enumerate(after.segments):
            if self.day.segments.get((after.id, n)) != segment:
                self.day.put_segment((after.id, n), segment)
                changes.agents.add(segment.agent)
        for offering in offers_changed(before, after, events):
            self.day.put_offer(after.id, offering)
            changes.agents.add(offering.agent)
            if offering.missed and offering.queue is not None:
                changes.queues.add(offering.queue)

    def _put_agent(self, before: Agent | None, after: Agent) -> None:
        self.agents[after.user] = after
        for queue in set(before.queues if before else ()) - set(after.queues):
            self._staff[queue].discard(after.user)
        for queue in after.queues:
            self._staff.setdefault(queue, set()).add(after.user)

    def _put_contact(self, before: Interaction | None, after: Interaction) -> None:
        if after.phase is Phase.CLOSED:
            self.interactions.pop(after.id, None)
            self._put_handled(after)
        else:
            self.interactions[after.id] = after
        if before is not None and before.queue is not None:
            self._waiting.get(before.queue, {}).pop(after.id, None)
        if after.waiting and after.queue is not None and after.queued_at is not None:
            self._waiting.setdefault(after.queue, {})[after.id] = after.queued_at

    def _drop_contact(self, s: Interaction) -> None:
        del self.interactions[s.id]
        if s.queue is not None:
            self._waiting.get(s.queue, {}).pop(s.id, None)

    def _put_handled(self, s: Interaction) -> None:
        if s.queue is None or s.accepted_at is None or s.closed_at is None:
            return
        line = self._handled.setdefault(s.queue, [])
        if any(id == s.id for _, id, _ in line):
            return
        insort(line, (s.closed_at, s.id, s.closed_at - s.accepted_at))
        del line[:-WINDOW]

    @property
    def day_start(self) -> datetime:
        return self.day.start

    def begin_day(self, day_start: datetime) -> Changes:
        """Forget what was counted yesterday."""
        self.day = self.day.begin(day_start)
        return Changes(queues=set(self.settings.queues), agents=set(self.agents))

    def work(self, user: UserId) -> WorkDone:
        """Of an agent today."""
        return self.day.work(user)

    def picture(self, queues: Collection[QueueId] | None, window: Window, now: datetime) -> Picture:
        """Of these queues together; None is all, and then also of agents who serve none."""
        wanted = self.settings.queues.keys() if queues is None else [q for q in queues if q in self.settings.queues]
        if queues is None:
            users: Iterable[UserId] = self.agents
        else:
            users = {user for queue in wanted for user in self._staff.get(queue, ())}
        waits = [since for queue in wanted for since in self._waiting.get(queue, {}).values()]
        done = {queue: self.day.queue(queue, window, now) for queue in wanted}
        expected = [x for queue in wanted if (x := self.expected_wait(queue)) is not None]
        return Picture(
            waiting=len(waits),
            longest_since=min(waits, default=None),
            visits=tuple((x.visits, self.day.definition(queue).formula) for queue, x in done.items()),
            missed=sum(x.missed for x in done.values()),
            callbacks=sum(self.callbacks.get(queue, 0) for queue in wanted),
            staff=staff_of(self.agents[user] for user in users),
            expected_wait=max(expected, default=None),
        )

    def expected_wait(self, queue: QueueId) -> timedelta | None:
        """Of a caller who would come now."""
        load, _ = self._load(queue, [self.agents[user] for user in self._staff.get(queue, ())])
        return expected_wait(len(self._waiting.get(queue, {})) + 1, load)

    def waiting_in(self, queue: QueueId) -> dict[InteractionId, datetime]:
        return self._waiting.get(queue, {})

    def queue_now(self, queue: QueueId) -> QueueNow:
        waiting = self._waiting.get(queue, {})
        staff = [self.agents[user] for user in self._staff.get(queue, ())]
        done = self.day.queue(queue, Window.TODAY, self.day.start)
        load, at_work = self._load(queue, staff)
        return QueueNow(
            queue=queue,
            waiting=len(waiting),
            longest_since=min(waiting.values(), default=None),
            ready=load.ready,
            busy=at_work,
            signed_in=len(staff),
            today=done.visits,
            service_level=service_level(done.visits, self.day.definition(queue).formula),
            missed=done.missed,
            callbacks=self.callbacks.get(queue, 0),
            working=at_work + sum(a.presence is Presence.READY and not a.contacts for a in staff),
            load=load,
            expected_wait=expected_wait(len(waiting) + 1, load),
        )

    def _load(self, queue: QueueId, staff: list[Agent]) -> tuple[Load, int]:
        """And how many are at work with a contact."""
        in_demand = frozenset(q for q, contacts in self._waiting.items() if contacts)
        ready = [a for a in staff if is_free(a)]
        at_work = [a for a in staff if is_busy(a)]
        load = Load(
            ready=len(ready),
            serving=serving(queue, (a.queues for a in (*ready, *at_work)), in_demand),
            handling=mean_handling([took for _, _, took in self._handled.get(queue, ())]),
        )
        return load, len(at_work)

    def line(self, queue: QueueId) -> list[tuple[Interaction, int, timedelta | None]]:
        """Who waits in the queue, in order, with place and expected wait."""
        known = self.settings.queues.get(queue)
        ageing = known.options.ageing if known else 0.0
        contacts = [self.interactions[id] for id in self._waiting.get(queue, ())]
        latest = max((s.queued_at for s in contacts if s.queued_at), default=None)
        waiting = [
            Waiting(s.id, queue, s.queued_at, s.priority, (), aged(s.priority, ageing, latest - s.queued_at))
            for s in contacts
            if s.queued_at is not None and latest is not None
        ]
        place = positions(waiting)
        load, _ = self._load(queue, [self.agents[user] for user in self._staff.get(queue, ())])
        placed = sorted((s for s in contacts if s.id in place), key=lambda s: place[s.id])
        return [(s, place[s.id], expected_wait(place[s.id], load)) for s in placed]

    def everything(self) -> dict:
        """The whole picture as plain values, for comparison."""
        return {
            "agents": {u: a for u, a in self.agents.items() if a.activity is not Activity.OFFLINE or a.version},
            "interactions": dict(self.interactions),
            "queues": {q: self.queue_now(q) for q in self.settings.queues},
            "day": self.day.everything(),
            "alerts": dict(self.alerts),
        }


def day_start_of(now: datetime, zone) -> datetime:
    """Midnight of the local day that ``now`` falls in."""
    local = now.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
