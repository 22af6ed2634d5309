"""Who gets whom: contacts in order of weight, priority with ageing, and age; agents by penalty and the queue's strategy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from math import log

import msgspec

from backend.domain.kernel.ids import InteractionId, QueueId, SkillId, UserId
from backend.domain.routing.destination import SkillStep
from backend.domain.routing.queue_options import Strategy

Requirement = tuple[tuple[SkillId, int], ...]


class Wanted(msgspec.Struct, frozen=True):
    """Who may take a contact: agents of its queue who meet one of ``skills``, or anybody of one of ``groups``."""

    skills: tuple[Requirement, ...]
    groups: frozenset[int] = frozenset()

    def __hash__(self) -> int:
        return hash((self.skills, self.groups))


class Waiting(msgspec.Struct, frozen=True):
    """A contact in a queue. ``needs``: skills with least levels, those of its queue and its own together.

    ``points`` is the priority with what waiting has added to it. ``steps`` say who else will do, by time.
    """

    interaction: InteractionId
    queue: QueueId
    queued_at: datetime
    priority: int
    needs: Requirement
    points: float | None = None
    weight: int = 0
    waited: timedelta = timedelta()
    """In this queue."""
    steps: tuple[SkillStep, ...] = ()
    prefers: UserId | None = None
    """The agent who is asked first, if ready."""
    not_to: frozenset[UserId] = frozenset()
    """Agents who are not asked now: they have just let it ring."""
    ringing: frozenset[UserId] = frozenset()
    """At whom it rings already (ring_progressively)."""
    rung_for: timedelta = timedelta()

    def wanted(self) -> Wanted:
        """A step of second 0 stands in place of the needs; later ones add to them."""
        passed = [step for step in self.steps if step.after_s <= self.waited.total_seconds()]
        skills: list[Requirement] = [] if any(step.after_s == 0 for step in passed) else [self.needs]
        skills += [step.skills for step in passed if step.skills or not step.groups]
        return Wanted(tuple(dict.fromkeys(skills)), frozenset(g for step in passed for g in step.groups))


class Place(msgspec.Struct, frozen=True):
    """An agent's place in a queue: ``penalty`` 0 is asked first, ``order`` from the top, ``weight`` for chance."""

    penalty: int = 0
    order: int = 0
    weight: int = 1


class Record(msgspec.Struct, frozen=True):
    """What an agent has done in a queue today."""

    calls: int = 0
    talk: timedelta = timedelta()
    last_at: datetime | None = None


class Candidate(msgspec.Struct, frozen=True):
    """An agent who is available now."""

    agent: UserId
    idle_since: datetime
    queues: frozenset[QueueId]
    skills: dict[SkillId, int]
    groups: frozenset[int] = frozenset()
    places: Mapping[QueueId, Place] = {}
    records: Mapping[QueueId, Record] = {}

    def has(self, needs: Requirement) -> bool:
        return all(self.skills.get(skill, 0) >= level for skill, level in needs)

    def can_take(self, queue: QueueId, needs: Requirement) -> bool:
        return queue in self.queues and self.has(needs)

    def suits(self, queue: QueueId, wanted: Wanted) -> bool:
        if wanted.groups & self.groups:
            return True
        return queue in self.queues and any(self.has(needs) for needs in wanted.skills)


class Pairing(msgspec.Struct, frozen=True):
    interaction: InteractionId
    agent: UserId


class Manner(msgspec.Struct, frozen=True, kw_only=True):
    """How a queue chooses among agents. ``asked_last`` is for round robin; ``penalty_step_s`` as in its options."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    asked_last: UserId | None = None
    penalty_step_s: int = 0
    lowest_penalty: int = 0
    """Of the agents who are there; nobody waits for those who are not."""
    progressive_s: int = 10


def turn(contact: Waiting) -> tuple[int, float, datetime, InteractionId]:
    """Sort key: weight, priority with ageing, then the older, then by id so that the order is total."""
    points = contact.points if contact.points is not None else float(contact.priority)
    return -contact.weight, -points, contact.queued_at, contact.interaction


def aged(priority: int, ageing: float, waited: timedelta) -> float:
    """Points after ``waited``: ``ageing`` points a minute."""
    return priority + ageing * waited.total_seconds() / 60


def match(
    waiting: Iterable[Waiting],
    candidates: Sequence[Candidate],
    manners: Mapping[QueueId, Manner] | None = None,
    chance: int = 0,
) -> list[Pairing]:
    """Pairs such that no contact waits while one behind it is offered to an agent who could take either.

    Each agent gets one contact; a contact gets one agent, or with ring_all every one that is free. ``chance`` seeds the
    strategies that draw lots. O(contacts + distinct requirements · agents · log agents).
    """
    manners = manners or {}
    plain = Manner()
    by_id = {agent.agent: agent for agent in candidates}
    taken: set[UserId] = set()
    lines: dict[tuple, list[UserId]] = {}
    """For each requirement met so far: the agents who meet it, the next one last."""
    pairs: list[Pairing] = []
    for contact in sorted(waiting, key=turn):
        if len(taken) == len(by_id):
            break
        manner = manners.get(contact.queue, plain)
        level = _open_penalty(contact, manner)
        wanted = contact.wanted()
        key = (contact.queue, wanted, level)
        if (line := lines.get(key)) is None:
            line = lines[key] = _line(contact.queue, wanted, level, candidates, manner, chance)
        while line and line[-1] in taken:
            line.pop()
        if manner.strategy in (Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY):
            not_to = contact.not_to | contact.ringing
            chosen = [a for a in reversed(line) if a not in taken and a not in not_to][: _at_once(contact, manner)]
        else:
            chosen = _one(contact, line, taken, by_id, wanted, level)
        taken.update(chosen)
        pairs += [Pairing(contact.interaction, agent) for agent in chosen]
    return pairs


def _one(
    contact: Waiting,
    line: list[UserId],
    taken: set[UserId],
    by_id: Mapping[UserId, Candidate],
    wanted: Wanted,
    level: int | None,
) -> list[UserId]:
    best = contact.prefers
    if best is not None and best not in taken and best not in contact.not_to:
        preferred = by_id.get(best)
        if preferred is not None and _may(preferred, contact.queue, wanted, level):
            return [best]
    for agent in reversed(line):
        if agent not in taken and agent not in contact.not_to:
            return [agent]
    return []


def _at_once(contact: Waiting, manner: Manner) -> int | None:
    """How many more are rung now; None for all."""
    if manner.strategy is Strategy.RING_ALL:
        return None
    allowed = 1 + int(contact.rung_for.total_seconds() // manner.progressive_s)
    return max(0, allowed - len(contact.ringing))


def _open_penalty(contact: Waiting, manner: Manner) -> int | None:
    """The highest penalty that may be asked by now; None for any."""
    if not manner.penalty_step_s:
        return None
    return max(manner.lowest_penalty, int(contact.waited.total_seconds() // manner.penalty_step_s))


def _may(agent: Candidate, queue: QueueId, wanted: Wanted, level: int | None) -> bool:
    if level is not None and agent.places.get(queue, _PLACE).penalty > level:
        return False
    return agent.suits(queue, wanted)


_PLACE = Place()
_RECORD = Record()


def _line(
    queue: QueueId, wanted: Wanted, level: int | None, candidates: Sequence[Candidate], manner: Manner, chance: int
) -> list[UserId]:
    able = [agent for agent in candidates if _may(agent, queue, wanted, level)]
    order = _order(queue, wanted, manner, chance)
    able.sort(key=lambda a: (a.places.get(queue, _PLACE).penalty, order(a), a.idle_since, a.agent), reverse=True)
    return [agent.agent for agent in able]


def _order(queue: QueueId, wanted: Wanted, manner: Manner, chance: int):
    """The strategy's sort key: the smallest is asked first."""
    last = manner.asked_last
    match manner.strategy:
        case Strategy.MOST_SKILLED:
            return lambda a: (
                -max(
                    (sum(a.skills.get(skill, 0) for skill, _ in needs) for needs in wanted.skills if a.has(needs)),
                    default=0,
                )
            )
        case Strategy.LEAST_RECENT:
            return lambda a: (at := a.records.get(queue, _RECORD).last_at) is not None and at.timestamp()
        case Strategy.FEWEST_CALLS:
            return lambda a: a.records.get(queue, _RECORD).calls
        case Strategy.LEAST_TALK_TIME:
            return lambda a: a.records.get(queue, _RECORD).talk
        case Strategy.ROUND_ROBIN:
            return lambda a: (last is not None and a.agent <= last, a.agent)
        case Strategy.RANDOM:
            return lambda a: _lot(chance, queue, a.agent)
        case Strategy.WEIGHTED:
            return lambda a: -log(_lot(chance, queue, a.agent)) / max(a.places.get(queue, _PLACE).weight, 1e-9)
        case Strategy.LINEAR:
            return lambda a: a.places.get(queue, _PLACE).order
        case _:
            return lambda a: 0


def _lot(chance: int, queue: QueueId, agent: UserId) -> float:
    """A number in (0, 1) that depends on nothing but these: chance comes in as an argument.

    Smallest of ``-ln(u)/weight`` first draws in proportion to the weights (Efraimidis and Spirakis, 2006).
    """
    drawn = blake2b(f"{chance}:{queue}:{agent}".encode(), digest_size=8).digest()
    return (int.from_bytes(drawn) + 1) / (2**64 + 1)
