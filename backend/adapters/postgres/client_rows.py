"""Clients as one transaction reads and writes them: card, versions, search terms, notes."""

import json
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.adapters.postgres.columns import MARK, Columns, Sealed, Sealing, Stored, sealing
from backend.application import origin
from backend.application.ports import IdentifierTaken
from backend.domain.customer.fields import Field, FieldType
from backend.domain.customer.model import Change, Client, Version
from backend.domain.customer.values import Values, display_name, spoken_name
from backend.domain.kernel.ids import ClientId, UserId

stored_values = msgspec.json.Decoder(dict[str, Stored]).decode
stored_changes = msgspec.json.Decoder(tuple[tuple[str, Stored | None, Stored | None], ...]).decode

CLIENT_COLUMNS = "id, version, fields::text AS fields, created_at, changed_at, changed_by, erased_at"


async def clients_of(connection: AsyncConnection, columns: Columns, rows: Iterable) -> list[Client]:
    """Rows of CLIENT_COLUMNS with everything opened. Raises UnknownKey, Damaged."""
    found = []
    for row in rows:
        found.append(
            Client(
                id=row.id,
                version=row.version,
                values=await columns.opened(connection, row.id, stored_values(row.fields)),
                created_at=row.created_at,
                changed_at=row.changed_at,
                changed_by=row.changed_by,
                erased_at=row.erased_at,
            )
        )
    return found


async def versions_of(connection: AsyncConnection, columns: Columns, client: ClientId, rows: Iterable) -> list[Version]:
    """Of rows with version, at, author and changes as text. Raises UnknownKey, Damaged."""
    found = []
    for row in rows:
        opened = await columns.opened_changes(connection, client, stored_changes(row.changes))
        found.append(Version(version=row.version, at=row.at, author=row.author, changes=opened))
    return found


async def forget_words(connection: AsyncConnection, words: Iterable[str]) -> None:
    """Words that no card has any more are not guessed at."""
    await connection.execute(
        text(
            "DELETE FROM client_word w WHERE word = ANY(:words)"
            " AND NOT EXISTS (SELECT 1 FROM client_term t WHERE t.value = w.word)"
        ),
        {"words": list(words)},
    )


async def learn_words(connection: AsyncConnection, found: Iterable[tuple[str, str]], fields: Iterable[Field]) -> None:
    """``found``: terms by field."""
    worded = {f.key for f in fields if f.type in (FieldType.TEXT, FieldType.LONG_TEXT)}
    if new := sorted({v for f, v in found if f in worded and not v.isdigit() and not v.startswith(MARK)}):
        await connection.execute(
            text("INSERT INTO client_word (word) VALUES (:word) ON CONFLICT DO NOTHING"),
            [{"word": word} for word in new],
        )


class ClientRows:
    connection: AsyncConnection
    columns: Columns

    async def client_exists(self, client: ClientId) -> bool:
        """Somebody who asked to be forgotten is there no more."""
        return (
            await self.connection.scalar(
                text("SELECT 1 FROM client WHERE id = :id AND erased_at IS NULL"), {"id": client}
            )
            == 1
        )

    async def client(self, id: ClientId) -> Client | None:
        """Locked."""
        rows = await self.connection.execute(
            text(f"SELECT {CLIENT_COLUMNS} FROM client WHERE id = :id FOR UPDATE"),  # noqa: S608
            {"id": id},
        )
        found = await clients_of(self.connection, self.columns, rows)
        return found[0] if found else None

    async def add_client(
        self, values: Values, fields: Iterable[Field], by: UserId | None, at: datetime, changes: tuple[Change, ...]
    ) -> ClientId:
        """Raises IdentifierTaken."""
        how = await sealing(self.connection, self.columns)
        id = await self.connection.scalar(text("SELECT nextval(pg_get_serial_sequence('client', 'id'))::int"))
        await self._identified(
            "INSERT INTO client (id, name, fields, created_by, changed_by, created_at, changed_at)"
            " VALUES (:id, :name, CAST(:fields AS jsonb), :by, :by, :at, :at) RETURNING id",
            {
                "id": id,
                "name": display_name(values),
                "fields": codec.to_json(how.values(id, values)),
                "by": by,
                "at": at,
            },
        )
        await self._written(how, id, 1, values, fields, by, at, changes)
        return id

    async def save_client(
        self,
        id: ClientId,
        version: int,
        values: Values,
        fields: Iterable[Field],
        by: UserId | None,
        at: datetime,
        changes: tuple[Change, ...],
    ) -> None:
        """``version`` is the new one. Raises IdentifierTaken."""
        how = await sealing(self.connection, self.columns)
        await self._identified(
            "UPDATE client SET version = :version, name = :name, fields = CAST(:fields AS jsonb), changed_by = :by,"
            " changed_at = :at WHERE id = :id RETURNING id",
            {
                "id": id,
                "version": version,
                "name": display_name(values),
                "fields": codec.to_json(how.values(id, values)),
                "by": by,
                "at": at,
            },
        )
        await self._written(how, id, version, values, fields, by, at, changes)

    async def _identified(self, sql: str, values: dict) -> int:
        try:
            async with self.connection.begin_nested():
                found = await self.connection.scalar(text(sql), values)
        except IntegrityError as error:
            if "uq_client_icis_id" in str(error.orig):
                raise IdentifierTaken from error
            raise
        return found

    async def _written(
        self,
        how: Sealing,
        id: ClientId,
        version: int,
        values: Values,
        fields: Iterable[Field],
        by: UserId | None,
        at: datetime,
        changes: tuple[Change, ...],
    ) -> None:
        fields = tuple(fields)
        await self.connection.execute(
            text(
                "INSERT INTO client_version (client, version, at, author, changes)"
                " VALUES (:id, :version, :at, :by, CAST(:changes AS jsonb))"
            ),
            {
                "id": id,
                "version": version,
                "at": at,
                "by": by,
                "changes": codec.to_json(how.changes(id, changes)),
            },
        )
        await self._index(how, id, values, fields)
        await self.log_client(
            id, {"type": "ClientSaved", "version": version, "fields": [c.field for c in changes]}, by, at
        )

    async def _index(self, how: Sealing, id: ClientId, values: Values, fields: tuple[Field, ...]) -> None:
        """By what it is found, anew."""
        found = sorted(how.terms(values, fields))
        await self.connection.execute(
            text(
                "DELETE FROM client_term WHERE client = :id AND NOT (field, value) IN"
                " (SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:terms AS text[])))"
            ),
            {"id": id, "keys": [f for f, _ in found], "terms": [v for _, v in found]},
        )
        if found:
            await self.connection.execute(
                text("INSERT INTO client_term (client, field, value) VALUES (:id, :f, :v) ON CONFLICT DO NOTHING"),
                [{"id": id, "f": f, "v": v} for f, v in found],
            )
        await learn_words(self.connection, found, fields)

    async def log_client(self, id: ClientId, data: dict, by: UserId | None, at: datetime) -> None:
        """What happened to a card, without what stood on it: the log is for ever. The card is locked."""
        await self.connection.execute(
            text(
                "INSERT INTO event (stream, subject, version, data, at, actor, origin) SELECT 'client', :subject,"
                " coalesce(max(version), 0) + 1, CAST(:data AS jsonb), :at, :by, CAST(:origin AS jsonb) FROM event"
                " WHERE stream = 'client' AND subject = :subject"
            ),
            {
                "subject": str(id),
                "data": json.dumps(data, ensure_ascii=False),
                "at": at,
                "by": by,
                "origin": origin.current().to_json(),
            },
        )

    async def client_versions_since(self, id: ClientId, version: int) -> list[Version]:
        """Oldest first."""
        rows = await self.connection.execute(
            text(
                "SELECT version, at, author, changes::text AS changes FROM client_version"
                " WHERE client = :id AND version > :version ORDER BY version"
            ),
            {"id": id, "version": version},
        )
        return await versions_of(self.connection, self.columns, id, rows)

    # ---- notes

    async def next_client_note(self, client: ClientId) -> int:
        return await self.connection.scalar(
            text("SELECT coalesce(max(note), 0) + 1 FROM client_note WHERE client = :client"), {"client": client}
        )

    async def client_note_version(self, client: ClientId, note: int) -> int:
        """The newest; 0 when there is no such note."""
        return await self.connection.scalar(
            text("SELECT coalesce(max(version), 0) FROM client_note WHERE client = :client AND note = :note"),
            {"client": client, "note": note},
        )

    async def add_client_note(
        self, client: ClientId, note: int, version: int, words: str, author: UserId, at: datetime
    ) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO client_note (client, note, version, text, author, at)"
                " VALUES (:client, :note, :version, :words, :author, :at)"
            ),
            {"client": client, "note": note, "version": version, "words": words, "author": author, "at": at},
        )

    # ---- not the same person

    async def tell_apart(self, one: ClientId, other: ClientId, by: UserId, at: datetime) -> None:
        await self.connection.execute(
            text(
                "INSERT INTO client_distinct (one, other, by, at) VALUES (:one, :other, :by, :at)"
                " ON CONFLICT DO NOTHING"
            ),
            {"one": min(one, other), "other": max(one, other), "by": by, "at": at},
        )

    async def no_longer_apart(self, one: ClientId, other: ClientId) -> None:
        await self.connection.execute(
            text("DELETE FROM client_distinct WHERE one = :one AND other = :other"),
            {"one": min(one, other), "other": max(one, other)},
        )

    # ---- what flows and rules ask

    async def client_values(self, number: str) -> dict[str, str]:
        """What texts and conditions may ask of the client whose number it is; of several only the status, if it is one.
        Nothing sensitive: what a flow knows and says is written into the contact and its events."""
        rows = (
            await self.connection.execute(
                text(
                    "SELECT c.status, (c.fields - ARRAY(SELECT field FROM client_sealing WHERE sealed))::text AS fields"
                    " FROM client c WHERE c.erased_at IS NULL AND c.id IN"
                    " (SELECT client FROM client_term WHERE value = :number) LIMIT 20"
                ),
                {"number": number},
            )
        ).all()
        statuses = {row.status for row in rows}
        status = next(iter(statuses)) if len(statuses) == 1 else "ambiguous" if statuses else ""
        if len(rows) != 1:
            return {"status": status}
        values = {k: v for k, v in stored_values(rows[0].fields).items() if not isinstance(v, Sealed)}
        said = {key: value[0] if isinstance(value, tuple) else str(value) for key, value in values.items()}
        return {"insured_number": "", "email": "", **said, "name": spoken_name(values), "status": status}
