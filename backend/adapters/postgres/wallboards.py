"""Layouts of wallboards as rows; each change stands in the log of settings."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.wallboard.layout import Layout


class PostgresWallboards:
    def __init__(self, admin: PostgresAdmin) -> None:
        self.admin = admin

    async def save_wallboard(self, id: int | None, layout: Layout, actor: int) -> int:
        async with self.admin.change(f"wallboard:{layout.name}", layout, actor) as connection:
            values = {"id": id, "name": layout.name, "body": codec.to_json(layout)}
            if id is None:
                return await connection.scalar(
                    text("INSERT INTO wallboard (name, body) VALUES (:name, CAST(:body AS jsonb)) RETURNING id"), values
                )
            await connection.execute(
                text("UPDATE wallboard SET name = :name, body = CAST(:body AS jsonb) WHERE id = :id"), values
            )
            return id

    async def remove_wallboard(self, id: int, actor: int) -> int:
        async with self.admin.change(f"wallboard:{id}", {"removed": id}, actor) as connection:
            await connection.execute(text("DELETE FROM wallboard WHERE id = :id"), {"id": id})
        return id

    async def assign_wallboard(self, user: int, layout: int | None, actor: int) -> int:
        async with self.admin.change(f"wallboard_of:{user}", {"layout": layout}, actor) as connection:
            await connection.execute(
                text("UPDATE user_account SET wallboard = :layout WHERE id = :user"), {"user": user, "layout": layout}
            )
        return layout or 0


async def load_wallboards(connection: AsyncConnection) -> tuple[dict[int, Layout], dict[int, int]]:
    """Layouts by id, and which of them each account shows."""
    layouts = await connection.execute(text("SELECT id, body::text AS body FROM wallboard ORDER BY name"))
    shown = await connection.execute(text("SELECT id, wallboard FROM user_account WHERE wallboard IS NOT NULL"))
    return {r.id: codec.wallboard(r.body) for r in layouts}, {r.id: r.wallboard for r in shown}
