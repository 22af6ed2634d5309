"""Reading the log without ever skipping a late commit.

Rows carry the id of the transaction that wrote them. A reader takes only rows of transactions older than the oldest one
still running (``pg_snapshot_xmin``), ordered by (transaction, row): whatever commits later sorts later. The position of
the last row read is the cursor.

Transactions get their number when they first write, which may be before they wait for the lock of a subject: then a later
version of the subject carries an earlier transaction. Row numbers are given under that lock, so what was read at once is
handed on in their order; what a batch's end has torn apart is put right by the reader (``Live`` parks a version whose
predecessor is still to come).

Writers do not wait for each other, readers do not wait for writers; a transaction that
stays open delays its readers, so none of ours does anything slow.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.reading import alone
from backend.application.settings import Settings
from backend.domain.interaction.model import QueueVisit, Segment, VisitResult
from backend.domain.metrics.agent_figures import OfferResult
from backend.domain.metrics.offers import Offering
from backend.domain.metrics.windows import LONGEST
from backend.domain.routing.waiting_time import WINDOW
from backend.projections.live import Live, LogRow

Cursor = tuple[int, int]
"""(transaction, row) of the last event read. Ordered as the log is."""

_READ = text(
    "SELECT xid, id, stream, subject, version, data::text FROM event"
    " WHERE (xid, id) > (:xid, :id) AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " ORDER BY xid, id LIMIT :limit"
)


async def read_log(engine: AsyncEngine, after: Cursor, limit: int = 1000) -> tuple[list[LogRow], Cursor]:
    """The next rows and the cursor after them."""
    async with alone(engine).connect() as connection:
        rows = (await connection.execute(_READ, {"xid": after[0], "id": after[1], "limit": limit})).all()
    found = []
    for _, _, stream, subject, version, data in sorted(rows, key=lambda row: row[1]):
        if stream == "interaction":
            found.append(LogRow(subject, version, interaction=codec.interaction_event(data)))
        elif stream == "agent":
            found.append(LogRow(subject, version, agent=codec.agent_event(data)))
        elif stream == "alert":
            found.append(LogRow(subject, version, alert=codec.alert_event(data)))
    return found, (rows[-1][0], rows[-1][1]) if rows else after


async def load_live(engine: AsyncEngine, settings: Settings, day_start: datetime) -> tuple[Live, Cursor]:
    """The picture as the tables hold it, and a cursor from which the log continues it (with an overlap that is skipped)."""
    async with engine.connect() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        cursor = (
            await connection.execute(
                text(
                    "SELECT xid, id FROM event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
                    " ORDER BY xid DESC, id DESC LIMIT 1"
                )
            )
        ).first()
        agents = await connection.execute(text("SELECT state::text FROM agent"))
        contacts = await connection.execute(text("SELECT state::text FROM interaction WHERE phase <> 'closed'"))
        since = {"start": day_start - LONGEST}
        visits = await connection.execute(text("SELECT * FROM queue_visit WHERE entered_at >= :start"), since)
        offers = await connection.execute(text("SELECT * FROM offer WHERE offered_at >= :start"), since)
        segments = await connection.execute(text("SELECT * FROM segment WHERE accepted_at >= :start"), since)
        handled = await connection.execute(
            text(
                "SELECT state::text FROM (SELECT state, row_number() OVER (PARTITION BY queue"
                " ORDER BY (state->>'closed_at')::timestamptz DESC, id DESC) AS n FROM interaction"
                " WHERE phase = 'closed' AND agent IS NOT NULL AND queue IS NOT NULL AND arrived_at >= :since) AS last"
                " WHERE n <= :window"
            ),
            {"since": day_start - timedelta(days=1), "window": WINDOW},
        )
        alerts = await connection.execute(text("SELECT state::text FROM alert WHERE ended_at IS NULL"))
        live = Live(settings, day_start)
        live.load(
            (codec.agent_state(r[0]) for r in agents),
            (codec.interaction_state(r[0]) for r in contacts),
            (
                (
                    (str(r.interaction), r.n),
                    QueueVisit(r.queue, r.entered_at, r.left_at, VisitResult(r.result) if r.result else None, r.agent),
                )
                for r in visits
            ),
            (codec.interaction_state(r[0]) for r in handled),
            (
                (
                    str(r.interaction),
                    Offering(
                        agent=r.agent,
                        queue=r.queue,
                        offered_at=r.offered_at,
                        result=OfferResult(r.result) if r.result else None,
                    ),
                )
                for r in offers
            ),
            (
                (
                    (str(r.interaction), r.n),
                    Segment(
                        agent=r.agent,
                        accepted_at=r.accepted_at,
                        connected_at=r.connected_at,
                        ended_at=r.ended_at,
                        held_total=timedelta(milliseconds=r.held_ms),
                        wrapped_up_at=r.wrapped_up_at,
                    ),
                )
                for r in segments
            ),
            (codec.alert(r[0]) for r in alerts),
        )
    return live, (cursor[0], cursor[1]) if cursor else (0, 0)
