"""Everything that is known of a person, read whole for an export; and erased step by step.

An erasure is a row. The card is emptied in the transaction that makes the row; contacts follow in batches, each in a
transaction of its own, by whichever process is there. What a legal hold keeps waits for its end.
"""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.client_rows import ClientRows, forget_words, stored_changes
from backend.adapters.postgres.columns import Columns
from backend.adapters.postgres.synchronised_rows import keep_forgotten
from backend.adapters.postgres.transaction import PostgresTransaction
from backend.domain.customer.forgetting import forgotten, forgotten_wish
from backend.domain.customer.model import Client
from backend.domain.kernel.ids import ClientId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode

BATCH = 100

_HELD = (
    "EXISTS (SELECT 1 FROM recording r WHERE r.interaction = i.id AND r.held_at IS NOT NULL AND r.erased_at IS NULL)"
)
"""Of contacts that a legal hold keeps whole."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """``contacts`` forgotten so far; ``kept`` by legal holds when it was last looked. ``done_at`` None: still going on."""

    client: ClientId
    why: str
    by: UserId
    asked_at: datetime
    done_at: datetime | None
    contacts: int
    kept: int


class PostgresPersons:
    def __init__(self, engine: AsyncEngine, columns: Columns) -> None:
        self.engine, self.columns = engine, columns

    # ---- erasure

    async def erasure(self, client: ClientId) -> Erasure | None:
        async with self.engine.connect() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT client, why, by, asked_at, done_at, contacts, kept FROM erasure WHERE client = :client"
                    ),
                    {"client": client},
                )
            ).mappings()
            found = row.first()
        return Erasure(**found) if found else None

    async def begin_erasure(
        self, client: ClientId, version: int, why: str, by: UserId, now: datetime
    ) -> Refusal | None:
        """The card is empty after it, and nobody finds it. Once begun, begun."""
        async with self.engine.begin() as connection:
            rows = PostgresTransaction(connection, self.columns)
            card = await rows.client(client)
            if card is None:
                return Refusal(RefusalCode.NOT_FOUND, "client")
            if card.erased_at is not None:
                return None
            if card.version != version:
                return Refusal(RefusalCode.CHANGED_MEANWHILE, "client")
            if await self._in_use(connection, client):
                return Refusal(RefusalCode.WRONG_PHASE, "client")
            await self._empty(connection, card, by, now)
            await connection.execute(
                text("INSERT INTO erasure (client, why, by, asked_at) VALUES (:client, :why, :by, :now)"),
                {"client": client, "why": why, "by": by, "now": now},
            )
            await keep_forgotten(connection, self.columns, card, now)
            await rows.log_client(client, {"type": "ErasureBegan", "why": why}, by, now)
        return None

    async def _in_use(self, connection: AsyncConnection, client: ClientId) -> bool:
        """A contact of the person goes on, or the person waits to be called back."""
        return (
            await connection.scalar(
                text(
                    "SELECT 1 WHERE EXISTS (SELECT 1 FROM interaction WHERE client = :client AND phase <> 'closed')"
                    " OR EXISTS (SELECT 1 FROM callback WHERE state IN ('scheduled', 'waiting')"
                    " AND (CAST(body->>'client' AS int) = :client OR number = ANY(SELECT value FROM client_term"
                    " WHERE client = :client)))"
                ),
                {"client": client},
            )
            is not None
        )

    async def _empty(self, connection: AsyncConnection, card: Client, by: UserId, now: datetime) -> None:
        values = {"id": card.id, "by": by, "now": now}
        words = await connection.scalars(text("DELETE FROM client_term WHERE client = :id RETURNING value"), values)
        await forget_words(connection, words)
        for sql in (
            "UPDATE client SET name = '', fields = '{}', version = version + 1, changed_by = :by, changed_at = :now,"
            " erased_at = :now WHERE id = :id",
            "UPDATE client_version SET changes = '[]' WHERE client = :id",
            "UPDATE client_note SET text = '' WHERE client = :id",
            "DELETE FROM client_distinct WHERE one = :id OR other = :id",
            "DELETE FROM client_icis WHERE client = :id",
        ):
            await connection.execute(text(sql), values)

    async def unfinished(self) -> list[ClientId]:
        """Erasures that go on, and those that a hold kept something from."""
        async with self.engine.connect() as connection:
            return list(
                await connection.scalars(
                    text("SELECT client FROM erasure WHERE done_at IS NULL OR kept > 0 ORDER BY asked_at")
                )
            )

    async def erase_some(self, client: ClientId, now: datetime) -> bool:
        """Forget one batch of contacts; whether there may be more. Another process that is at it goes first."""
        async with self.engine.begin() as connection:
            locked = await connection.scalar(
                text("SELECT 1 FROM erasure WHERE client = :client FOR UPDATE SKIP LOCKED"), {"client": client}
            )
            if locked is None:
                return False
            rows = (
                await connection.execute(
                    text(
                        "SELECT i.id::text, i.state::text FROM interaction i WHERE i.client = :client"  # noqa: S608
                        f" AND i.phase = 'closed' AND i.forgotten_at IS NULL AND NOT {_HELD} LIMIT :batch FOR UPDATE"
                    ),
                    {"client": client, "batch": BATCH},
                )
            ).all()
            for id, state in rows:
                await self._forget(connection, id, state, now)
            if not rows:
                await self._finish(connection, client, now)
                return False
            await connection.execute(
                text("UPDATE erasure SET contacts = contacts + :n WHERE client = :client"),
                {"n": len(rows), "client": client},
            )
        return True

    async def _forget(self, connection: AsyncConnection, id: str, state: str, now: datetime) -> None:
        s = codec.interaction_state(state)
        values = {"id": id, "now": now, "state": codec.to_json(forgotten(s)), "number": s.customer.address}
        for sql in (
            "UPDATE interaction SET address = NULL, state = CAST(:state AS jsonb), forgotten_at = :now"
            " WHERE id = CAST(:id AS uuid)",
            "UPDATE note SET text = '' WHERE interaction = CAST(:id AS uuid)",
            # The key goes first, so that no copy can be opened; the files follow as those of recordings that ran out.
            "UPDATE recording SET erased_at = :now, wrapped_key = NULL, peaks = NULL"
            " WHERE interaction = CAST(:id AS uuid) AND erased_at IS NULL",
            "DELETE FROM missed_call m WHERE number = :number"
            " AND NOT EXISTS (SELECT 1 FROM interaction i WHERE i.address = m.number)",
        ):
            await connection.execute(text(sql), {k: v for k, v in values.items() if f":{k}" in sql})
        wishes = await connection.scalars(
            text(
                "SELECT body::text FROM callback WHERE (origin = CAST(:id AS uuid) OR interaction = CAST(:id AS uuid))"
                " AND state NOT IN ('scheduled', 'waiting') FOR UPDATE"
            ),
            {"id": id},
        )
        for body in wishes:
            wish = forgotten_wish(codec.callback(body))
            await connection.execute(
                text("UPDATE callback SET number = '', body = CAST(:body AS jsonb) WHERE id = CAST(:id AS uuid)"),
                {"id": wish.id, "body": codec.to_json(wish)},
            )

    async def _finish(self, connection: AsyncConnection, client: ClientId, now: datetime) -> None:
        kept = await connection.scalar(
            text("SELECT count(*) FROM interaction i WHERE i.client = :client AND i.forgotten_at IS NULL"),
            {"client": client},
        )
        row = (
            await connection.execute(
                text("SELECT done_at, kept, contacts FROM erasure WHERE client = :client"), {"client": client}
            )
        ).one()
        if row.done_at is not None and row.kept == kept:
            return
        await connection.execute(
            text("UPDATE erasure SET done_at = :now, kept = :kept WHERE client = :client"),
            {"client": client, "kept": kept, "now": now},
        )
        await ClientRows.log_client(
            PostgresTransaction(connection),
            client,
            {"type": "ErasureDone", "contacts": row.contacts, "kept": kept},
            None,
            now,
        )

    # ---- export

    async def note_export(self, client: ClientId, why: str, by: UserId, now: datetime) -> Client | None:
        """The card, and a line in the log that everything was taken out. None of a client who is not there."""
        async with self.engine.begin() as connection:
            rows = PostgresTransaction(connection, self.columns)
            card = await rows.client(client)
            if card is None or card.erased_at is not None:
                return None
            await rows.log_client(client, {"type": "PersonExported", "why": why}, by, now)
        return card

    async def everything(self, client: ClientId) -> dict[str, list[dict[str, Any]]]:
        """Versions and notes of the card, contacts with their notes, recordings, wishes to be called back."""
        asked = {
            "versions": "SELECT version, at, author, changes::text FROM client_version WHERE client = :client ORDER BY version",
            "card_notes": "SELECT note, version, text, author, at FROM client_note WHERE client = :client ORDER BY 1, 2",
            "contacts": "SELECT id::text, channel, direction, outcome, address AS number, arrived_at, ended_at, queue,"
            " agent, category, state->'verified' AS verified, state->'ivr'->'attributes' AS attributes"
            " FROM interaction WHERE client = :client ORDER BY arrived_at, id",
            "notes": "SELECT n.interaction::text AS contact, n.version, n.text, n.author, n.at FROM note n"
            " JOIN interaction i ON i.id = n.interaction WHERE i.client = :client ORDER BY n.interaction, n.version",
            "recordings": "SELECT r.id::text, r.interaction::text AS contact, r.message, r.started_at, r.duration_ms,"
            " r.erased_at, r.held_at IS NOT NULL AS held FROM recording r JOIN interaction i ON i.id = r.interaction"
            " WHERE i.client = :client ORDER BY r.started_at",
            "callbacks": "SELECT id::text, kind, number, queue, state, requested_at, due_at FROM callback"
            " WHERE CAST(body->>'client' AS int) = :client ORDER BY requested_at",
        }
        async with self.engine.connect() as connection:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            found = {
                name: [dict(row) for row in (await connection.execute(text(sql), {"client": client})).mappings()]
                for name, sql in asked.items()
            }
            for row in found["versions"]:
                changes = await self.columns.opened_changes(connection, client, stored_changes(row["changes"]))
                row["changes"] = [(c.field, c.before, c.after) for c in changes]
        return found
