"""Reading for screens: history, one contact whole, clients, settings. No rules here, only queries."""

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres import codec
from backend.domain.interaction.events import InteractionEvent
from backend.domain.interaction.model import Interaction


class Note(msgspec.Struct, frozen=True):
    version: int
    text: str
    author: int
    at: datetime


class Client(msgspec.Struct, frozen=True):
    id: int
    name: str
    insured_number: str | None
    email: str | None
    status: str
    numbers: tuple[str, ...]


class Named(msgspec.Struct, frozen=True):
    id: int
    name: str


class Category(msgspec.Struct, frozen=True):
    id: int
    name: str
    queue: int | None


class BreakType(msgspec.Struct, frozen=True):
    id: int
    name: str
    kind: str


class Readers:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def _rows(self, sql: str, **values):
        async with self.engine.connect() as connection:
            return (await connection.execute(text(sql), values)).all()

    # ---- contacts

    async def contact(self, id: str) -> Interaction | None:
        rows = await self._rows("SELECT state::text FROM interaction WHERE id = CAST(:id AS uuid)", id=id)
        return codec.interaction_state(rows[0][0]) if rows else None

    async def history(
        self,
        *,
        agent: int | None,
        client: int | None,
        number: str | None,
        before: datetime | None,
        limit: int,
    ) -> list[Interaction]:
        """Newest first, older than ``before``; filters that are None do not filter."""
        conditions = ["TRUE"]
        if agent is not None:
            conditions.append("(agent = :agent OR id IN (SELECT interaction FROM segment WHERE agent = :agent))")
        if client is not None:
            conditions.append("client = :client")
        if number is not None:
            conditions.append("address = :number")
        if before is not None:
            conditions.append("arrived_at < :before")
        rows = await self._rows(
            f"SELECT state::text FROM interaction WHERE {' AND '.join(conditions)}"  # noqa: S608
            " ORDER BY arrived_at DESC LIMIT :limit",
            agent=agent,
            client=client,
            number=number,
            before=before,
            limit=limit,
        )
        return [codec.interaction_state(r[0]) for r in rows]

    async def steps(self, id: str) -> list[tuple[InteractionEvent, int | None]]:
        """Everything that happened to a contact, in order, and who did it."""
        rows = await self._rows(
            "SELECT data::text, actor FROM event WHERE stream = 'interaction' AND subject = :id ORDER BY version", id=id
        )
        return [(codec.interaction_event(r[0]), r[1]) for r in rows]

    async def notes(self, id: str) -> list[Note]:
        rows = await self._rows(
            "SELECT version, text, author, at FROM note WHERE interaction = CAST(:id AS uuid) ORDER BY version", id=id
        )
        return [Note(*r) for r in rows]

    async def qualities(self, id: str) -> list[tuple[str, dict]]:
        rows = await self._rows(
            "SELECT leg, quality FROM leg_quality WHERE interaction = CAST(:id AS uuid) ORDER BY leg", id=id
        )
        return [(r[0], r[1]) for r in rows]

    # ---- clients

    async def clients_by_number(self, number: str) -> list[Client]:
        return await self._clients(
            "id IN (SELECT client FROM client_number WHERE number = :number)", number=number, limit=50
        )

    async def clients_by_text(self, words: str, limit: int = 20) -> list[Client]:
        """Names (a part, case ignored), numbers (digits, a part) and insured numbers (from the beginning)."""
        pattern = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return await self._clients(
            "name ILIKE :like OR insured_number LIKE :start"
            " OR id IN (SELECT client FROM client_number WHERE number LIKE :like)",
            like=f"%{pattern}%",
            start=f"{pattern}%",
            limit=limit,
        )

    async def client(self, id: int) -> Client | None:
        found = await self._clients("id = :id", id=id, limit=1)
        return found[0] if found else None

    async def _clients(self, where: str, **values) -> list[Client]:
        rows = await self._rows(
            "SELECT id, name, insured_number, email, status, ARRAY(SELECT number FROM client_number n"  # noqa: S608
            f" WHERE n.client = c.id ORDER BY number) FROM client c WHERE {where} ORDER BY name, id LIMIT :limit",
            **values,
        )
        return [Client(*r[:5], tuple(r[5])) for r in rows]

    # ---- settings as desks show them

    async def categories(self) -> list[Category]:
        return [Category(*r) for r in await self._rows("SELECT id, name, queue FROM category ORDER BY name")]

    async def breaks(self) -> list[BreakType]:
        return [BreakType(*r) for r in await self._rows("SELECT id, name, kind FROM break_type ORDER BY id")]

    async def staff(self) -> list[Named]:
        return [Named(*r) for r in await self._rows("SELECT id, name FROM user_account ORDER BY name")]
