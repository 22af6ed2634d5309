"""The settings that rule the work, as one frozen picture; read together, replaced together."""

from datetime import timedelta

import msgspec

from backend.domain.ivr.flow import Flow
from backend.domain.kernel.ids import FlowId, QueueId, SkillId, UserId
from backend.domain.metrics.service_level import Definition
from backend.domain.routing.matching import Requirement


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    id: QueueId
    name: str
    priority: int
    ring_timeout: timedelta
    wrap_up: timedelta
    announce_every: timedelta
    definition: Definition
    recorded: bool
    needs: Requirement


class EntryPoint(msgspec.Struct, frozen=True, kw_only=True):
    number: str
    flow: FlowId
    answer_after: timedelta


class AgentSettings(msgspec.Struct, frozen=True, kw_only=True):
    user: UserId
    name: str
    queues: tuple[QueueId, ...]
    skills: dict[SkillId, int]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    queues: dict[QueueId, QueueSettings]
    entry_points: dict[str, EntryPoint]
    agents: dict[UserId, AgentSettings]
    flows: dict[FlowId, Flow]
    """The published version of each flow."""
    unrecorded: tuple[str, ...] = ()
    """Prefixes of numbers (E.164) whose calls are not recorded."""

    def is_recorded(self, queue: QueueId | None, number: str | None) -> bool:
        """By the queue and by the number; the agent may still decide otherwise."""
        if queue is not None and queue in self.queues and not self.queues[queue].recorded:
            return False
        return not (number and number.startswith(self.unrecorded))

    def needs(self, queue: QueueId, own: Requirement) -> Requirement:
        """Skills a contact in ``queue`` needs: the queue's and its own, the higher level of each."""
        levels = dict(self.queues[queue].needs)
        for skill, level in own:
            levels[skill] = max(level, levels.get(skill, 0))
        return tuple(sorted(levels.items()))
