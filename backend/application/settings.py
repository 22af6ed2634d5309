"""The settings that rule the work, as one frozen picture; read together, replaced together."""

from datetime import timedelta

import msgspec

from backend.domain.interaction.model import MemberRole
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


class CallSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Of call control. ``own_prefixes``: numbers within the insurer, E.164 or extensions; a call routed there is not
    recorded. ``shown_supervision``: modes in which the supervised agent sees the supervisor."""

    trunk: str = "pbx"
    park_limit_s: int = 120
    ring_s: int = 30
    wrap_up_s: int = 60
    """After a call that belongs to no queue."""
    own_prefixes: tuple[str, ...] = ()
    shown_supervision: tuple[MemberRole, ...] = (MemberRole.WHISPERING, MemberRole.BARGING)

    def is_own(self, number: str) -> bool:
        return any(number.startswith(prefix) for prefix in self.own_prefixes)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    queues: dict[QueueId, QueueSettings]
    entry_points: dict[str, EntryPoint]
    agents: dict[UserId, AgentSettings]
    flows: dict[FlowId, Flow]
    """The published version of each flow."""
    calls: CallSettings = CallSettings()
    callers: dict[UserId, str] = {}
    """The number that the customers of an agent's group see."""

    def needs(self, queue: QueueId, own: Requirement) -> Requirement:
        """Skills a contact in ``queue`` needs: the queue's and its own, the higher level of each."""
        levels = dict(self.queues[queue].needs)
        for skill, level in own:
            levels[skill] = max(level, levels.get(skill, 0))
        return tuple(sorted(levels.items()))
