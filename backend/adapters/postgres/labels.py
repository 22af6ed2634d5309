"""Breaks and categories as rows. Saved whole: the order of a draft is the order in which they are offered."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.labels.model import BreakDraft, BreakKind, Breaks, Category, CategoryNode, CategoryTree

_BREAKS = text("SELECT id, name, kind, limit_s, retired FROM break_type ORDER BY position, id")
_CATEGORIES = text(
    "WITH RECURSIVE tree AS ("
    " SELECT id, name, queue, parent, retired, ARRAY[name] AS path, ARRAY[position, id] AS place"
    " FROM category WHERE parent IS NULL UNION ALL"
    " SELECT c.id, c.name, c.queue, c.parent, c.retired, t.path || c.name, t.place || ARRAY[c.position, c.id]"
    " FROM category c JOIN tree t ON c.parent = t.id)"
    " SELECT id, name, queue, parent, retired, path FROM tree ORDER BY queue NULLS FIRST, place"
)
_FREE_NAMES = "'~' || id"
"""While a draft is written, names may change places: those of before make room first."""


class PostgresLabels:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin) -> None:
        self.engine = engine
        self._admin = admin

    async def breaks(self) -> list[BreakDraft]:
        async with self.engine.connect() as connection:
            return [
                BreakDraft(id=r.id, name=r.name, kind=BreakKind(r.kind), limit_s=r.limit_s, retired=r.retired)
                for r in await connection.execute(_BREAKS)
            ]

    async def categories(self) -> list[Category]:
        """Each tree from its root down, in the order in which they are offered."""
        async with self.engine.connect() as connection:
            return await categories(connection)

    async def save_breaks(self, breaks: Breaks, actor: int) -> int:
        async with self._admin.change("breaks", breaks, actor) as connection:
            await connection.execute(text(f"UPDATE break_type SET name = {_FREE_NAMES}"))  # noqa: S608
            for n, each in enumerate(breaks.breaks):
                values = {
                    "id": each.id,
                    "name": each.name.strip(),
                    "kind": each.kind.value,
                    "limit": each.limit_s,
                    "retired": each.retired,
                    "n": n,
                }
                if each.id is None:
                    await connection.execute(
                        text(
                            "INSERT INTO break_type (name, kind, limit_s, retired, position)"
                            " VALUES (:name, :kind, :limit, :retired, :n)"
                        ),
                        values,
                    )
                else:
                    await connection.execute(
                        text(
                            "UPDATE break_type SET name = :name, kind = :kind, limit_s = :limit, retired = :retired,"
                            " position = :n WHERE id = :id"
                        ),
                        values,
                    )
        return 0

    async def save_categories(self, tree: CategoryTree, actor: int) -> int:
        async with self._admin.change(f"categories:{tree.queue or 'all'}", tree, actor) as connection:
            await connection.execute(
                text(f"UPDATE category SET name = {_FREE_NAMES} WHERE queue IS NOT DISTINCT FROM :queue"),  # noqa: S608
                {"queue": tree.queue},
            )
            await self._put(connection, tree.queue, None, tree.categories)
        return tree.queue or 0

    async def _put(
        self, connection: AsyncConnection, queue: int | None, parent: int | None, nodes: tuple[CategoryNode, ...]
    ) -> None:
        for n, node in enumerate(nodes):
            values = {
                "id": node.id,
                "queue": queue,
                "parent": parent,
                "name": node.name.strip(),
                "retired": node.retired,
                "n": n,
            }
            id = node.id
            if id is None:
                id = await connection.scalar(
                    text(
                        "INSERT INTO category (queue, parent, name, retired, position)"
                        " VALUES (:queue, :parent, :name, :retired, :n) RETURNING id"
                    ),
                    values,
                )
            else:
                await connection.execute(
                    text(
                        "UPDATE category SET parent = :parent, name = :name, retired = :retired, position = :n"
                        " WHERE id = :id"
                    ),
                    values,
                )
            await self._put(connection, queue, id, node.children)


async def categories(connection: AsyncConnection) -> list[Category]:
    return [
        Category(id=r.id, name=r.name, queue=r.queue, parent=r.parent, retired=r.retired, path=tuple(r.path))
        for r in await connection.execute(_CATEGORIES)
    ]
