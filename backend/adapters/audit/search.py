"""The log and the audit asked as one: newest first, page by page. Queries only; what a search may ask is in the domain."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.domain.audit.chain import RowId
from backend.domain.audit.trail import CLIENT_LISTS, Kind, Line, Outcome, Wanted

Position = tuple[datetime, RowId]
"""Of a line among all, by which the next page begins."""

EVENT_LINES = (
    "SELECT id, xid, at, 'event' AS kind, coalesce(data->>'type', stream) AS action,"
    " CASE stream WHEN 'interaction' THEN 'contact' ELSE stream END || ':' || subject AS subject, actor,"
    " origin->>'session' AS session, origin->>'address' AS address, coalesce(origin->>'source', '') AS source,"
    " origin->>'request' AS request, data AS parameters,"
    " CASE stream WHEN 'refused' THEN 'refused' ELSE 'done' END AS outcome, NULL::text AS reason, NULL::jsonb AS found"
    " FROM event"
)
ENTRY_LINES = (
    "SELECT -id AS id, xid, at, kind, action, subject, actor, session, address, source, request, parameters, outcome,"
    " reason, found FROM audit"
)
_SEALED = "xid < (SELECT coalesce(max(to_xid), -4611686018427387904) FROM audit_block) AS sealed"


class AuditState(msgspec.Struct, frozen=True, kw_only=True):
    """``waiting``: rows that are not sealed yet. ``oldest``: since when there is anything."""

    head: int
    head_hash: str
    sealed_at: datetime | None
    rows: int
    waiting: int
    pruned_up_to: int | None
    oldest: datetime | None


class Trail:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def page(self, wanted: Wanted, limit: int, after: Position | None = None) -> list[Line]:
        """Newest first; those after a position."""
        parts = []
        values: dict[str, Any] = {"limit": limit}
        for source, is_event in ((EVENT_LINES, True), (ENTRY_LINES, False)):
            said = conditions(wanted, values, is_event)
            if said is None:
                continue
            if after is not None:
                values |= {"at": after[0], "row": after[1]}
                said += " AND at <= :at AND (at, id) < (:at, CAST(:row AS bigint))"
            parts.append(f"(SELECT * FROM ({source}) x WHERE {said} ORDER BY at DESC, id DESC LIMIT :limit)")  # noqa: S608
        if not parts:
            return []
        sql = (
            f"SELECT *, {_SEALED} FROM ({' UNION ALL '.join(parts)}) both_tables ORDER BY at DESC, id DESC LIMIT :limit"  # noqa: S608
        )
        async with self._engine.connect() as connection:
            return [line(row) for row in (await connection.execute(text(sql), values)).mappings()]

    async def count(self, wanted: Wanted) -> int:
        values: dict[str, Any] = {}
        parts = [
            f"(SELECT count(*) FROM ({source}) x WHERE {said})"  # noqa: S608
            for source, is_event in ((EVENT_LINES, True), (ENTRY_LINES, False))
            if (said := conditions(wanted, values, is_event)) is not None
        ]
        async with self._engine.connect() as connection:
            return await connection.scalar(text(f"SELECT {' + '.join(parts) or '0'}"), values)

    async def line(self, id: RowId) -> Line | None:
        source = EVENT_LINES if id > 0 else ENTRY_LINES
        async with self._engine.connect() as connection:
            row = (
                (
                    await connection.execute(
                        text(f"SELECT *, {_SEALED} FROM ({source}) x WHERE id = :id"),  # noqa: S608
                        {"id": id},
                    )
                )
                .mappings()
                .first()
            )
        return line(row) if row is not None else None

    async def people(self) -> list[tuple[int, str, str]]:
        """Id, name and log-in of everybody who has or had an account."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(text("SELECT id, name, login FROM user_account ORDER BY cs_key(name), id"))
            return [(r[0], r[1], r[2]) for r in rows]

    async def state(self) -> AuditState:
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT b.number, b.hash, b.sealed_at, b.total,"
                        " (SELECT count(*) FROM event WHERE xid >= coalesce(b.to_xid, -4611686018427387904))"
                        " + (SELECT count(*) FROM audit WHERE xid >= coalesce(b.to_xid, -4611686018427387904)) AS waiting,"
                        " (SELECT max(number) FROM audit_pruned) AS pruned,"
                        " least((SELECT min(at) FROM event), (SELECT min(at) FROM audit)) AS oldest"
                        " FROM (SELECT 1) AS one LEFT JOIN (SELECT * FROM audit_block ORDER BY number DESC LIMIT 1) b ON true"
                    )
                )
            ).one()
        return AuditState(
            head=row.number or 0,
            head_hash=bytes(row.hash).hex() if row.hash else "",
            sealed_at=row.sealed_at,
            rows=row.total or 0,
            waiting=row.waiting,
            pruned_up_to=row.pruned,
            oldest=row.oldest,
        )


def line(row: Any) -> Line:
    return Line(
        **{k: v for k, v in row.items() if k not in ("xid", "kind", "outcome")},
        kind=Kind(row["kind"]),
        outcome=Outcome(row["outcome"]),
    )


def conditions(w: Wanted, values: dict[str, Any], is_event: bool) -> str | None:
    """Of one of the tables; None when it cannot have what is wanted."""
    said = ["TRUE"]
    kinds = {k for k in w.kinds if (k is Kind.EVENT) is is_event}
    if w.kinds and not kinds:
        return None

    def where(sql: str, **given: Any) -> None:
        said.append(sql)
        values.update(given)

    if kinds and not is_event:
        where("kind = ANY(:kinds)", kinds=[k.value for k in kinds])
    if w.since is not None:
        where("at >= :since", since=w.since)
    if w.until is not None:
        where("at < :until", until=w.until)
    if w.actor is not None:
        where("actor = :actor", actor=w.actor)
    if w.outcome is not None:
        where("outcome = :outcome", outcome=w.outcome.value)
    for name in ("address", "request"):
        if (value := getattr(w, name)) is not None:
            where(f"{name} = :{name}", **{name: value})
    if w.actions:
        where("action = ANY(:actions)", actions=list(w.actions))
    if w.action is not None:
        where("action ILIKE :action", action=f"%{_plain(w.action)}%")
    if w.subject is not None:
        kind, colon, number = w.subject.partition(":")
        if not colon:
            where("subject ILIKE :subject", subject=f"%{_plain(w.subject)}%")
        elif kind == "client" and number.isdecimal() and not is_event:
            where(
                "(subject = :subject OR (action = ANY(:client_lists) AND found->'ids' @> to_jsonb(CAST(:client AS bigint))))",
                subject=w.subject,
                client_lists=list(CLIENT_LISTS),
                client=int(number[:18]),
            )
        else:
            where("subject = :subject", subject=w.subject)
    if w.words is not None:
        where(
            "(parameters::text ILIKE :words OR reason ILIKE :words OR found::text ILIKE :words OR subject ILIKE :words)",
            words=f"%{_plain(w.words)}%",
        )
    return " AND ".join(said)


def _plain(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
