"""Numbers of the past, counted by the database."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.metrics.agent_figures import LOST, AgentFigures, Period, joint_service_level
from backend.domain.metrics.service_level import Counters, Definition

_PERIOD = (
    "CASE WHEN {at} > :day THEN 'day' WHEN {at} > :week THEN 'week'"
    " WHEN {at} > :fortnight THEN 'fortnight' ELSE 'month' END"
)
_HANDLED = text(
    f"SELECT {_PERIOD.format(at='accepted_at')}, count(*) FROM segment"  # noqa: S608
    " WHERE agent = :agent AND accepted_at > :month AND connected_at IS NOT NULL GROUP BY 1"
)
_LOST = text(
    f"SELECT {_PERIOD.format(at='offered_at')}, count(*) FROM offer"  # noqa: S608
    " WHERE agent = :agent AND offered_at > :month AND result = ANY(:lost) GROUP BY 1"
)
_QUEUES = text(
    f"SELECT {_PERIOD.format(at='v.entered_at')}, v.queue, count(*),"  # noqa: S608
    " count(*) FILTER (WHERE result = 'answered'),"
    " count(*) FILTER (WHERE result = 'answered' AND left_at - entered_at <= q.target_s * interval '1 second'),"
    " count(*) FILTER (WHERE result = 'abandoned'),"
    " count(*) FILTER (WHERE result = 'abandoned' AND left_at - entered_at <= q.target_s * interval '1 second'),"
    " count(*) FILTER (WHERE result = 'abandoned' AND left_at - entered_at <= q.short_abandon_s * interval '1 second'),"
    " count(*) FILTER (WHERE result = 'flowed_out')"
    " FROM queue_visit v JOIN queue q ON q.id = v.queue"
    " WHERE v.entered_at > :month AND v.queue = ANY(:queues) GROUP BY 1, 2"
)


class Figures:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def queues_of(self, agent: UserId) -> tuple[QueueId, ...]:
        """Those that the agent is logged in to now."""
        async with self.engine.connect() as connection:
            found = await connection.scalar(
                text("SELECT state->'queues' FROM agent WHERE \"user\" = :agent"), {"agent": agent}
            )
        return tuple(found or ())

    async def of_agent(self, agent: UserId, queues: Mapping[QueueId, Definition], now: datetime) -> list[AgentFigures]:
        """One a period, shortest first; a contact counts by the time it was offered."""
        since = {period.value: now - period.length for period in Period}
        async with self.engine.connect() as connection:
            handled = dict((await connection.execute(_HANDLED, {**since, "agent": agent})).all())
            lost = dict((await connection.execute(_LOST, {**since, "agent": agent, "lost": list(LOST)})).all())
            visits = (await connection.execute(_QUEUES, {**since, "queues": list(queues)})).all()
        found: list[AgentFigures] = []
        mine, missed, counters = 0, 0, dict.fromkeys(queues, Counters())
        for period in Period:  # each period holds the shorter ones
            mine += handled.get(period.value, 0)
            missed += lost.get(period.value, 0)
            for name, queue, *counts in visits:
                if name == period.value:
                    counters[queue] += Counters(**dict(zip(Counters.__struct_fields__, counts, strict=True)))
            found.append(
                AgentFigures(
                    period=period,
                    handled=mine,
                    lost=missed,
                    queues_handled=sum(c.answered for c in counters.values()),
                    queues_lost=sum(c.abandoned for c in counters.values()),
                    service_level=joint_service_level((c, queues[q].formula) for q, c in counters.items()),
                )
            )
        return found
