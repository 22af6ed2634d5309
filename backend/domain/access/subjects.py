"""Things of the contact centre as the policy sees them."""

from backend.domain.access.policy import Contact
from backend.domain.alerts.alert import Alert
from backend.domain.callback.model import Callback
from backend.domain.interaction.model import Interaction


def contact(s: Interaction) -> Contact:
    """Of everybody who has or had it, or takes part now."""
    return Contact(s.handlers | s.people, queues=_queues(s), at=s.arrived_at)


def paperwork(s: Interaction) -> Contact:
    """Notes and categories are for those who had the contact in charge."""
    return Contact(s.handlers, queues=_queues(s), at=s.arrived_at)


def alert(a: Alert) -> Contact:
    """Of the queue and the agent that it is about."""
    about = a.about
    agents = frozenset({about.agent} if about.agent is not None else ())
    return Contact(agents, queues=frozenset({about.queue} if about.queue is not None else ()), at=a.raised_at)


def callback(c: Callback) -> Contact:
    """Of the person whose own job it is, and of its queue."""
    agents = frozenset({c.assigned_to}) if c.assigned_to is not None else frozenset()
    return Contact(agents, queues=frozenset({c.queue}), at=c.requested_at)


def _queues(s: Interaction) -> frozenset[int]:
    return frozenset({visit.queue for visit in s.visits} | ({s.queue} if s.queue is not None else set()))
