"""Each user's first choices in the transfer panel."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.domain.kernel.ids import UserId

MOST = 100
"""Of one user; more would be no choice."""


class Favourites:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def of(self, user: UserId) -> list[tuple[str, str]]:
        """Pairs of kind and target, ordered by both."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text('SELECT kind, target FROM favourite WHERE "user" = :user ORDER BY kind, target'), {"user": user}
            )
            return [(r[0], r[1]) for r in rows]

    async def add(self, user: UserId, kind: str, target: str) -> bool:
        """Whether it is among the favourites now: false when there are too many."""
        values = {"user": user, "kind": kind, "target": target, "most": MOST}
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    'INSERT INTO favourite ("user", kind, target) SELECT :user, CAST(:kind AS text), CAST(:target AS text)'
                    ' WHERE (SELECT count(*) FROM favourite WHERE "user" = :user) < :most ON CONFLICT DO NOTHING'
                ),
                values,
            )
            known = text('SELECT count(*) FROM favourite WHERE "user" = :user AND kind = :kind AND target = :target')
            return bool(await connection.scalar(known, values))

    async def remove(self, user: UserId, kind: str, target: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text('DELETE FROM favourite WHERE "user" = :user AND kind = :kind AND target = :target'),
                {"user": user, "kind": kind, "target": target},
            )
