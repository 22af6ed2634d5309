"""Lines of the PBX: their settings, and what was last told of each.

A line's row carries the number of its last change. Changes are numbered one after another (``_IN_TURN``), so a reader that
asks for what came after the number it knows misses nothing.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.lines.headings import Headings
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
        text(
            'SELECT id, name, number, "group", position FROM pbx_line'
            ' ORDER BY min(position) OVER (PARTITION BY "group"), "group", position, name'
        )
    )
    return {r.id: Line(id=r.id, name=r.name, number=r.number, group=r.group, position=r.position) for r in rows}


_NEW = text('INSERT INTO pbx_line (name, number, "group", position) VALUES (:name, :number, :group, :place)')
_SAME = text('UPDATE pbx_line SET name = :name, number = :number, "group" = :group, position = :place WHERE id = :id')
_OTHER = text(
    'UPDATE pbx_line SET name = :name, number = :number, "group" = :group, position = :place,'
    " expires_at = NULL, since = NULL, state = 'unknown', change = 0 WHERE id = :id"
)


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

    async def save(self, headings: Headings, actor: int) -> None:
        """In the order given. With another number nothing is known of a line any more; numbers may change places."""
        async with self._admin.change("lines", headings, actor) as connection:
            await connection.execute(_IN_TURN)
            kept = [line.id for group in headings.groups for line in group.lines if line.id is not None]
            gone = await connection.execute(
                text("DELETE FROM pbx_line WHERE NOT id = ANY(:kept) RETURNING id"), {"kept": kept}
            )
            await connection.execute(
                text("DELETE FROM favourite WHERE kind = 'line' AND target = ANY(:gone)"),
                {"gone": [str(id) for id in gone.scalars()]},
            )
            moved = await connection.execute(text("SELECT id, number FROM pbx_line"))
            numbers = {row.id: row.number for row in moved}
            await connection.execute(text("UPDATE pbx_line SET number = '~' || id"))
            place = 0
            for group in headings.groups:
                for line in group.lines:
                    place += 1
                    values = {
                        "id": line.id,
                        "name": line.name,
                        "number": line.number,
                        "group": group.name,
                        "place": place,
                    }
                    same = line.id is not None and numbers.get(line.id) == line.number
                    await connection.execute(_NEW if line.id is None else _SAME if same else _OTHER, values)
