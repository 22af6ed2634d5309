"""Who gets whom: contacts in order of priority and age, each to the agent longest idle who can take it."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from backend.domain.kernel.ids import InteractionId, QueueId, SkillId, UserId

Requirement = tuple[tuple[SkillId, int], ...]


class Waiting(msgspec.Struct, frozen=True):
    """A contact in a queue. ``needs``: skills with least levels, those of its queue and its own together."""

    interaction: InteractionId
    queue: QueueId
    queued_at: datetime
    priority: int
    needs: Requirement


class Candidate(msgspec.Struct, frozen=True):
    """An agent who is available now."""

    agent: UserId
    idle_since: datetime
    queues: frozenset[QueueId]
    skills: dict[SkillId, int]

    def can_take(self, queue: QueueId, needs: Requirement) -> bool:
        return queue in self.queues and all(self.skills.get(skill, 0) >= level for skill, level in needs)


class Pairing(msgspec.Struct, frozen=True):
    interaction: InteractionId
    agent: UserId


def turn(contact: Waiting) -> tuple[int, datetime, InteractionId]:
    """Sort key: higher priority first, then the older, then by id so that the order is total."""
    return -contact.priority, contact.queued_at, contact.interaction


def match(waiting: Iterable[Waiting], candidates: Sequence[Candidate]) -> list[Pairing]:
    """Pairs such that no contact waits while one behind it is offered to an agent who could take either.

    Each agent gets one contact. O(contacts + distinct requirements · agents).
    """
    free = sorted(candidates, key=lambda agent: (agent.idle_since, agent.agent))
    taken: set[UserId] = set()
    able: dict[tuple[QueueId, Requirement], list[UserId]] = {}
    """For each requirement met so far: the agents who meet it, the next one last."""
    pairs: list[Pairing] = []
    for contact in sorted(waiting, key=turn):
        if len(taken) == len(free):
            break
        key = (contact.queue, contact.needs)
        if (line := able.get(key)) is None:
            line = able[key] = [agent.agent for agent in reversed(free) if agent.can_take(*key)]
        while line and line[-1] in taken:
            line.pop()
        if line:
            agent = line.pop()
            taken.add(agent)
            pairs.append(Pairing(contact.interaction, agent))
    return pairs
