"""Telephones at which agents may work."""

from sqlalchemy import text

from backend.adapters.postgres.administration import PostgresAdmin
from backend.domain.agent.handset import Telephone
from backend.domain.kernel.ids import UserId


class PostgresTelephones:
    def __init__(self, admin: PostgresAdmin) -> None:
        self._admin = admin

    async def save(self, user: UserId, telephones: tuple[Telephone, ...], actor: UserId) -> None:
        async with self._admin.change(f"telephones:{user}", telephones, actor) as connection:
            await connection.execute(text('DELETE FROM agent_telephone WHERE "user" = :user'), {"user": user})
            if telephones:
                await connection.execute(
                    text('INSERT INTO agent_telephone ("user", number, kind) VALUES (:user, :number, :kind)'),
                    [{"user": user, "number": x.number, "kind": x.kind.value} for x in telephones],
                )
