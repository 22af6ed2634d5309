"""The place of a contact in its queue, and how long it will probably wait.

Estimate: ``max(0, position - ready) · handling / serving``. While all ``serving`` agents of a queue are busy, one of
them becomes free every ``handling / serving`` seconds on average (handling: talk, hold and wrap-up), and each time the
line moves by one. So the n-th waits n such steps, less those for whom somebody is free already. The rate argument is
that of the delay predictor for waiting customers in M/M/s (W. Whitt, Predicting Queueing Delays, Management Science
45/6, 1999): E[W | n ahead] = (n + 1) / (s · μ).

An agent logged in to several queues where somebody waits gives each of them an equal share.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

import msgspec

from backend.domain.kernel.ids import InteractionId, QueueId
from backend.domain.routing.matching import Waiting, turn

WINDOW = 50
"""The last contacts of a queue whose handling times are looked at."""
USUAL_HANDLING = timedelta(minutes=4)
USUAL_COUNTS = 5
"""A queue begins with so many contacts of the usual handling time: the first short call does not promise miracles."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """A queue as an estimate needs it. ``serving``: agents ready or at work, each by its share."""

    ready: int
    serving: float
    handling: timedelta


def mean_handling(last: Sequence[timedelta]) -> timedelta:
    """Mean of the last WINDOW handling times, smoothed by the usual one."""
    taken = last[-WINDOW:]
    return (sum(taken, timedelta()) + USUAL_COUNTS * USUAL_HANDLING) / (len(taken) + USUAL_COUNTS)


def serving(queue: QueueId, agents: Iterable[Collection[QueueId]], in_demand: frozenset[QueueId]) -> float:
    """``agents``: the queues (each once) of every agent who is ready or at work; ``in_demand``: queues in which somebody waits."""
    total = 0.0
    for theirs in agents:
        if queue in theirs:
            total += 1 / sum(other in in_demand or other == queue for other in theirs)
    return total


def expected_wait(position: int, load: Load) -> timedelta | None:
    """For the contact at ``position`` (1 = next). None when nobody serves the queue: then nobody knows."""
    if position <= load.ready:
        return timedelta()
    if load.serving <= 0:
        return None
    return (position - load.ready) * load.handling / load.serving


def positions(waiting: Iterable[Waiting]) -> dict[InteractionId, int]:
    """Each contact's place among those of its queue, in the order in which they would be served. 1 = next."""
    seen: dict[QueueId, int] = {}
    found: dict[InteractionId, int] = {}
    for contact in sorted(waiting, key=turn):
        seen[contact.queue] = found[contact.interaction] = seen.get(contact.queue, 0) + 1
    return found


def waits(waiting: Iterable[Waiting], loads: Mapping[QueueId, Load]) -> dict[InteractionId, timedelta | None]:
    contacts = list(waiting)
    place = positions(contacts)
    return {c.interaction: expected_wait(place[c.interaction], loads[c.queue]) for c in contacts}
