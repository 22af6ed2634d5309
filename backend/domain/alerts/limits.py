"""What lasts at this moment, and from when on it lasts too long; calls out that were refused, and trunks that are down. One
definition for screens and for push."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.domain.agent.model import Activity, Agent, BreakKind
from backend.domain.interaction.model import Interaction, Phase
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.trunks.outage import STEADY, Outage
from backend.domain.voice.toll import OF_AN_AGENT, OutsideRules, Tripped


class AlertKind(StrEnum):
    WAITING = "waiting"
    """In a queue, since the caller's place in it counts."""
    RINGING = "ringing"
    CALL = "call"
    """Since the agent took it."""
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    BREAK_PRIVATE = "break_private"
    BREAK_WORK = "break_work"
    NOT_READY = "not_ready"
    OUTSIDE_CALLS = "outside_calls"
    """No time: calls were not let out any more, by the rules against toll fraud."""
    TRUNK_DOWN = "trunk_down"
    """For longer than ``STEADY``, which is nobody's setting."""


TIMED = frozenset(AlertKind) - {AlertKind.OUTSIDE_CALLS, AlertKind.TRUNK_DOWN}
"""Those of something that lasts longer than it was set."""

OF_QUEUES = frozenset(
    {AlertKind.WAITING, AlertKind.RINGING, AlertKind.CALL, AlertKind.HOLD, AlertKind.WRAP_UP},
)
"""Those for which a queue may have its own limit."""


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """``after_s`` None: no alert. A limit with a queue goes before the one without."""

    kind: AlertKind
    after_s: int | None
    queue: QueueId | None = None


USUAL = (
    Limit(kind=AlertKind.WAITING, after_s=120),
    Limit(kind=AlertKind.RINGING, after_s=60),
    Limit(kind=AlertKind.CALL, after_s=1200),
    Limit(kind=AlertKind.HOLD, after_s=180),
    Limit(kind=AlertKind.WRAP_UP, after_s=300),
    Limit(kind=AlertKind.BREAK_PRIVATE, after_s=2100),
    Limit(kind=AlertKind.BREAK_WORK, after_s=5400),
    Limit(kind=AlertKind.NOT_READY, after_s=600),
)


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A kind that is not named has no alert."""

    limits: tuple[Limit, ...] = USUAL

    @property
    def meaning(self) -> frozenset[Limit]:
        """The same of settings that alert of the same, however they say it."""
        return frozenset(x for x in self.limits if x.after_s is not None or x.queue is not None)

    def limit(self, kind: AlertKind, queue: QueueId | None) -> timedelta | None:
        """The queue's own limit, if it has one; otherwise the general one."""
        if kind is AlertKind.TRUNK_DOWN:
            return STEADY
        own = next((x for x in self.limits if x.kind is kind and queue is not None and x.queue == queue), None)
        found = own or next((x for x in self.limits if x.kind is kind and x.queue is None), None)
        return timedelta(seconds=found.after_s) if found is not None and found.after_s is not None else None


class Lasting(msgspec.Struct, frozen=True, kw_only=True):
    """Something that goes on since ``since``; of an agent, of a contact, of both, or of a trunk."""

    kind: AlertKind
    since: datetime
    queue: QueueId | None = None
    agent: UserId | None = None
    interaction: InteractionId | None = None
    outside: Tripped | None = None
    """Of calls that were not let out; ``since`` is then the beginning of the period."""
    trunk: Outage | None = None

    @property
    def key(self) -> str:
        """The same as long as it is the same event: it is alerted of once, whoever looks and however often."""
        if self.outside is not None:
            whose = [str(self.agent)] if self.outside.limit in OF_AN_AGENT else []
            limit = (
                self.outside.limit.value,
                str(self.outside.most),
            )  # one that was raised and is passed again is another
            return ":".join((self.kind.value, *limit, *whose, f"{self.since.timestamp():.0f}"))
        trunk = (self.trunk.bridge, self.trunk.trunk) if self.trunk is not None else ()
        subject = [str(x) for x in (self.interaction, self.agent, *trunk) if x is not None]
        return ":".join((self.kind.value, *subject, f"{self.since.timestamp():.6f}"))


def lasting_of_contact(s: Interaction) -> Iterator[Lasting]:
    queue, id = s.queue, s.id
    if s.waiting and s.queued_at is not None:
        yield Lasting(kind=AlertKind.WAITING, since=s.queued_at, queue=queue, interaction=id)
    for offer in s.all_offers:
        yield Lasting(
            kind=AlertKind.RINGING, since=offer.offered_at, queue=queue, interaction=id, agent=offer.agent
        )  # fmt: skip
    talking = s.segment if s.phase is Phase.ACTIVE else None
    if talking is not None:
        yield Lasting(
            kind=AlertKind.CALL, since=talking.accepted_at, queue=queue, interaction=id, agent=talking.agent
        )  # fmt: skip
        if s.held_since is not None:
            yield Lasting(kind=AlertKind.HOLD, since=s.held_since, queue=queue, interaction=id, agent=talking.agent)
    for x in s.segments:
        if x.in_wrap_up and x.ended_at is not None:
            yield Lasting(kind=AlertKind.WRAP_UP, since=x.ended_at, queue=queue, interaction=id, agent=x.agent)


def lasting_of_agent(a: Agent, breaks: Mapping[str, BreakKind]) -> Iterator[Lasting]:
    """``breaks``: the kind of each, by the reason that an agent has."""
    if a.activity is Activity.NOT_READY:
        yield Lasting(kind=AlertKind.NOT_READY, since=a.activity_since, agent=a.user)
    if a.activity is Activity.BREAK:
        work = breaks.get(a.reason or "") is BreakKind.WORK
        kind = AlertKind.BREAK_WORK if work else AlertKind.BREAK_PRIVATE
        yield Lasting(kind=kind, since=a.activity_since, agent=a.user)


def not_let_out(x: Tripped) -> Lasting:
    return Lasting(kind=AlertKind.OUTSIDE_CALLS, since=x.since, agent=x.agent, outside=x)


def trunk_down(x: Outage) -> Lasting:
    return Lasting(kind=AlertKind.TRUNK_DOWN, since=x.since, trunk=x)


def lets_out_again(x: Tripped, rules: OutsideRules, now: datetime) -> bool:
    """The period is over, or the limit has been raised or taken away."""
    return now >= x.until or not 0 < rules.of(x.limit) <= x.most


def too_long(x: Lasting, settings: AlertSettings, now: datetime) -> timedelta | None:
    """The limit that it has passed, or None. Exactly as long as the limit is not yet too long; a trunk that is just coming back
    is not alerted of any more."""
    if x.trunk is not None and x.trunk.back_at is not None:
        return None
    limit = settings.limit(x.kind, x.queue)
    return limit if limit is not None and now - x.since > limit else None
