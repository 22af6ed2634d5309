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

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.reading import alone
from backend.application.settings import Settings
from backend.domain.interaction.model import QueueVisit, Segment, VisitResult
from backend.domain.metrics.agent_figures import OfferResult
from backend.domain.metrics.offers import Offering
from backend.domain.metrics.windows import LONGEST
from backend.domain.routing.waiting_time import WINDOW
from backend.projections.live import Live, LogRow, State, Stream

T = TypeVar("T")

Cursor = tuple[int, int]
"""(transaction, row) of the last event read. Ordered as the log is."""

_READ = text(
    "SELECT xid, id, stream, subject, version, data::text AS data FROM event"
    " WHERE (xid, id) > (:xid, :id) AND xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " ORDER BY xid, id LIMIT :limit"
)


class _Kept(NamedTuple):
    """How a stream's events and the states of its subjects are read."""

    event: Callable[[str], object]
    state: Callable[[str], State]
    states: str
    """Those of the subjects named ``:names``."""


_STREAMS: dict[str, _Kept] = {
    Stream.INTERACTION: _Kept(
        codec.interaction_event,
        codec.interaction_state,
        "SELECT id::text, state::text FROM interaction WHERE id = ANY(CAST(:names AS uuid[]))",
    ),
    Stream.AGENT: _Kept(
        codec.agent_event,
        codec.agent_state,
        'SELECT "user"::text, state::text FROM agent WHERE "user" = ANY(CAST(CAST(:names AS text[]) AS int[]))',
    ),
    Stream.ALERT: _Kept(codec.alert_event, codec.alert, "SELECT key, state::text FROM alert WHERE key = ANY(:names)"),
}


async def read_log(engine: AsyncEngine, after: Cursor, limit: int = 1000) -> tuple[list[LogRow], Cursor]:
    """The next rows and the cursor after them. Where an event is of a kind that this version does not know, the row has the
    state of its subject instead."""
    async with alone(engine).connect() as connection:
        rows = (await connection.execute(_READ, {"xid": after[0], "id": after[1], "limit": limit})).all()
        ours = [row for row in sorted(rows, key=lambda row: row.id) if row.stream in _STREAMS]
        events = [codec.understood(_STREAMS[row.stream].event, row.data) for row in ours]
        unknown = [row for row, event in zip(ours, events, strict=True) if event is None]
        states = await _states(connection, unknown) if unknown else {}
    found = [
        LogRow(subject=row.subject, version=row.version, **{row.stream: event})
        if event is not None
        else LogRow(
            subject=row.subject,
            version=row.version,
            unknown=Stream(row.stream),
            state=states.get((row.stream, row.subject)),
        )
        for row, event in zip(ours, events, strict=True)
    ]
    return found, (rows[-1][0], rows[-1][1]) if rows else after


async def _states(connection: AsyncConnection, rows: Iterable[Row]) -> dict[tuple[str, str], State]:
    """Of the subjects of these rows, as far as they can be read."""
    found: dict[tuple[str, str], State] = {}
    for stream in {row.stream for row in rows}:
        kept, names = _STREAMS[stream], [row.subject for row in rows if row.stream == stream]
        for subject, data in await connection.execute(text(kept.states), {"names": names}):
            if (state := codec.understood(kept.state, data)) is not None:
                found[stream, subject] = state
    return found


def _understood(decode: Callable[[str], T], rows: Iterable[Row]) -> Iterator[T]:
    """A picture without what a newer version alone can read is better than none."""
    for row in rows:
        if (found := codec.understood(decode, row[0])) is not None:
            yield found


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
            _understood(codec.agent_state, agents),
            _understood(codec.interaction_state, contacts),
            (
                (
                    (str(r.interaction), r.n),
                    QueueVisit(r.queue, r.entered_at, r.left_at, VisitResult(r.result) if r.result else None, r.agent),
                )
                for r in visits
            ),
            _understood(codec.interaction_state, handled),
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
            _understood(codec.alert, alerts),
        )
    return live, (cursor[0], cursor[1]) if cursor else (0, 0)
