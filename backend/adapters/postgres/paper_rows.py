"""Notes and wishes to be called back, as one transaction reads and writes them."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.adapters.postgres.labels import categories
from backend.application.ports import NoteVersion
from backend.domain.callback.model import Callback
from backend.domain.kernel.ids import InteractionId, QueueId, UserId
from backend.domain.labels.model import Category


class PaperRows:
    connection: AsyncConnection

    async def first_use(self, user: UserId, key: str) -> bool:
        """Whether this request key is new; from now on it is not."""
        done = await self.connection.execute(
            text('INSERT INTO idempotency ("user", key) VALUES (:user, :key) ON CONFLICT DO NOTHING'),
            {"user": user, "key": key},
        )
        return done.rowcount == 1

    async def remember_answer(self, user: UserId, key: str, answer: int) -> None:
        await self.connection.execute(
            text('UPDATE idempotency SET answer = to_jsonb(CAST(:answer AS int)) WHERE "user" = :user AND key = :key'),
            {"user": user, "key": key, "answer": answer},
        )

    async def answer_of(self, user: UserId, key: str) -> int | None:
        return await self.connection.scalar(
            text('SELECT answer::int FROM idempotency WHERE "user" = :user AND key = :key'), {"user": user, "key": key}
        )

    async def add_note(self, id: InteractionId, version: int, words: str, author: UserId, at: datetime) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO note (interaction, version, text, author, at)"
                " VALUES (CAST(:id AS uuid), :version, :words, :author, :at)"
            ),
            {"id": id, "version": version, "words": words, "author": author, "at": at},
        )

    async def newest_note(self, id: InteractionId) -> NoteVersion | None:
        row = (
            await self.connection.execute(
                text(
                    "SELECT version, author, text FROM note WHERE interaction = CAST(:id AS uuid)"
                    " ORDER BY version DESC LIMIT 1"
                ),
                {"id": id},
            )
        ).first()
        return NoteVersion(version=row.version, author=row.author, text=row.text) if row else None

    async def category(self, id: int) -> Category | None:
        return next((each for each in await categories(self.connection) if each.id == id), None)

    async def callback(self, id: str) -> Callback | None:
        """Locked."""
        found = await self.connection.scalar(
            text("SELECT body::text FROM callback WHERE id = CAST(:id AS uuid) FOR UPDATE"), {"id": id}
        )
        return codec.callback(found) if found else None

    async def open_callback(self, number: str, queue: QueueId) -> Callback | None:
        """Locked. Two who ask for the same number at once come one after the other."""
        await self.connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 7))"), {"key": f"{number}:{queue}"}
        )
        found = await self.connection.scalar(
            text(
                "SELECT body::text FROM callback WHERE number = :number AND queue = :queue"
                " AND state IN ('scheduled', 'waiting') FOR UPDATE"
            ),
            {"number": number, "queue": queue},
        )
        return codec.callback(found) if found else None

    async def save_callback(self, callback: Callback) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO callback (id, kind, number, queue, state, due_at, requested_at, interaction, origin, body)"
                " VALUES (CAST(:id AS uuid), :kind, :number, :queue, :state, :due_at, :requested_at,"
                " CAST(:interaction AS uuid), CAST(:origin AS uuid), CAST(:body AS jsonb))"
                " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, state = excluded.state,"
                " due_at = excluded.due_at, interaction = excluded.interaction, body = excluded.body"
            ),
            {
                "id": callback.id,
                "kind": callback.kind.value,
                "number": callback.number,
                "queue": callback.queue,
                "state": callback.state.value,
                "due_at": callback.due_at,
                "requested_at": callback.requested_at,
                "interaction": callback.interaction,
                "origin": callback.origin,
                "body": codec.to_json(callback),
            },
        )
