"""Calls that were: written as the store writes them, for tests of reading."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from backend.adapters.postgres.rows import INTERACTION_COLUMNS, interaction_row, segment_rows, visit_rows
from backend.application.desk import PRAGUE
from backend.domain.interaction.model import (
    Channel,
    Customer,
    Direction,
    Interaction,
    Outcome,
    Phase,
    QueueVisit,
    Segment,
    VisitResult,
)
from backend.projections.live import day_start_of
from tests.support.api import Api

HOUR = timedelta(hours=1)


def past_call(
    *,
    agents: tuple[int, ...] = (),
    queues: tuple[int, ...] = (),
    number: str = "+420601000000",
    days: int = 0,
    recording: str | None = None,
) -> Interaction:
    """Ended and closed, an hour ago but today: through these queues, had by these agents in turn; nobody's is one that was
    given up."""
    now = datetime.now(UTC)
    at = max(now - HOUR, day_start_of(now, PRAGUE)) - timedelta(days=days)
    answered = bool(agents)
    return Interaction(
        id=str(uuid.uuid4()),
        version=9,
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        phase=Phase.CLOSED,
        customer=Customer(number),
        dialled="+420800100200",
        arrived_at=at,
        outcome=Outcome.HANDLED if answered else Outcome.ABANDONED_IN_QUEUE,
        queue=queues[-1] if queues else None,
        queued_at=at if queues else None,
        visits=tuple(
            QueueVisit(q, at, at + timedelta(seconds=9), VisitResult.ANSWERED if answered else VisitResult.ABANDONED)
            for q in queues
        ),
        agent=agents[-1] if agents else None,
        connected_at=at + timedelta(seconds=9) if answered else None,
        ended_at=at + timedelta(minutes=2),
        closed_at=at + timedelta(minutes=3),
        segments=tuple(
            Segment(agent=agent, accepted_at=at, connected_at=at, ended_at=at + HOUR / 60, wrapped_up_at=at + HOUR / 30)
            for agent in agents
        ),
        recording=recording,
    )


async def keep(api: Api, *calls: Interaction) -> None:
    """Past the log, so that the live picture has to be taken anew."""
    columns = ["id", *(name.strip() for name in INTERACTION_COLUMNS.split(","))]
    placed = ", ".join("CAST(:state AS jsonb)" if c == "state" else f":{c}" for c in columns)
    async with api.kc.engine.begin() as connection:
        for s in calls:
            await connection.execute(
                text(f"INSERT INTO interaction ({', '.join(columns)}) VALUES ({placed})"),
                interaction_row(s),
            )
            for table, rows in (("queue_visit", visit_rows(None, s)), ("segment", segment_rows(None, s))):
                for row in rows:
                    names = ", ".join(row)
                    values = ", ".join(f":{name}" for name in row)
                    await connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
            if s.recording is not None:
                await connection.execute(
                    text("INSERT INTO recording (id, interaction, started_at) VALUES (:id, :interaction, :at)"),
                    {"id": s.recording, "interaction": s.id, "at": s.arrived_at},
                )
    await api.kc.feed.reload()
