"""Lines of the PBX: their settings, and what was last told of each.

A line's row carries the number of its last change. Changes are numbered one after another (``_IN_TURN``), so a reader that
asks for what came after the number it knows misses nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres.administration import PostgresAdmin
from backend.application.lines import LineDraft
from backend.domain.lines.model import Line, LineId, LineReport, LineState

_IN_TURN = text("SELECT pg_advisory_xact_lock(5150435)")
_CHANGE = text(
    "UPDATE pbx_line SET since = CASE WHEN state = :state AND expires_at > :at THEN since ELSE :at END,"
    " state = :state, expires_at = :until, change = nextval('pbx_line_change') WHERE number = :number"
)


async def change_state(
    connection: AsyncConnection, number: str, state: LineState, at: datetime, until: datetime
) -> bool:
    """Whether there is such a line."""
    await connection.execute(_IN_TURN)
    done = await connection.execute(_CHANGE, {"number": number, "state": state.value, "at": at, "until": until})
    return done.rowcount > 0


async def load_lines(connection: AsyncConnection) -> dict[LineId, Line]:
    """In the order in which they are shown."""
    rows = await connection.execute(
        text('SELECT id, name, number, "group", position FROM pbx_line ORDER BY "group", position, name')
    )
    return {r.id: Line(id=r.id, name=r.name, number=r.number, group=r.group, position=r.position) for r in rows}


class PostgresLines:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin) -> None:
        self.engine = engine
        self._admin = admin

    async def changed_since(self, change: int) -> tuple[Mapping[LineId, LineReport], int]:
        """What was told after that change, and the newest change."""
        async with self.engine.connect() as connection:
            rows = (
                await connection.execute(
                    text("SELECT id, state, since, expires_at, change FROM pbx_line WHERE change > :change"),
                    {"change": change},
                )
            ).all()
        told = {r.id: LineReport(state=LineState(r.state), since=r.since, expires_at=r.expires_at) for r in rows}
        return told, max((r.change for r in rows), default=change)

    async def save(self, id: LineId | None, draft: LineDraft, actor: int) -> LineId:
        """Raises NameTaken when another line has the number. With another number nothing is known of the line any more."""
        values = {"id": id, "name": draft.name, "number": draft.number, "group": draft.group, "place": draft.position}
        async with self._admin.change(f"line:{draft.number}", draft, actor) as connection:
            if id is None:
                return await connection.scalar(
                    text(
                        'INSERT INTO pbx_line (name, number, "group", position)'
                        " VALUES (:name, :number, :group, :place) RETURNING id"
                    ),
                    values,
                )
            await connection.execute(_IN_TURN)
            await connection.execute(
                text(
                    'UPDATE pbx_line SET name = :name, "group" = :group, position = :place,'
                    " expires_at = CASE WHEN number = :number THEN expires_at END,"
                    " since = CASE WHEN number = :number THEN since END,"
                    " state = CASE WHEN number = :number THEN state ELSE 'unknown' END,"
                    " change = CASE WHEN number = :number THEN change ELSE 0 END, number = :number WHERE id = :id"
                ),
                values,
            )
            return id

    async def remove(self, id: LineId, actor: int) -> None:
        async with self._admin.change(f"line:{id}", {"removed": id}, actor) as connection:
            await connection.execute(text("DELETE FROM pbx_line WHERE id = :id"), {"id": id})
            await connection.execute(
                text("DELETE FROM favourite WHERE kind = 'line' AND target = CAST(CAST(:id AS int) AS text)"),
                {"id": id},
            )
