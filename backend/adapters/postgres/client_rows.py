"""Clients as one transaction reads and writes them: card, versions, search terms, notes."""

import json
from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from backend.adapters.postgres import codec
from backend.application import origin
from backend.application.ports import IdentifierTaken
from backend.domain.customer.fields import Field, FieldType
from backend.domain.customer.model import Change, Client, Version
from backend.domain.customer.search import terms
from backend.domain.customer.values import Value, Values, display_name, spoken_name
from backend.domain.kernel.ids import ClientId, UserId

_values = msgspec.json.Decoder(dict[str, Value])
_changes = msgspec.json.Decoder(tuple[tuple[str, Value | None, Value | None], ...])

CLIENT_COLUMNS = "id, version, fields::text AS fields, created_at, changed_at, changed_by, erased_at"


def client_of(row) -> Client:
    return Client(
        id=row.id,
        version=row.version,
        values=_values.decode(row.fields),
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        erased_at=row.erased_at,
    )


def version_of(row) -> Version:
    """Of a row with version, at, author and changes as text."""
    changes = tuple(Change(*change) for change in _changes.decode(row.changes))
    return Version(version=row.version, at=row.at, author=row.author, changes=changes)


class ClientRows:
    connection: AsyncConnection

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
        row = (
            await self.connection.execute(
                text(f"SELECT {CLIENT_COLUMNS} FROM client WHERE id = :id FOR UPDATE"),  # noqa: S608
                {"id": id},
            )
        ).first()
        return client_of(row) if row else None

    async def add_client(
        self, values: Values, fields: Iterable[Field], by: UserId | None, at: datetime, changes: tuple[Change, ...]
    ) -> ClientId:
        """Raises IdentifierTaken."""
        id = await self._identified(
            "INSERT INTO client (name, fields, created_by, changed_by, created_at, changed_at)"
            " VALUES (:name, CAST(:fields AS jsonb), :by, :by, :at, :at) RETURNING id",
            {"name": display_name(values), "fields": codec.to_json(values), "by": by, "at": at},
        )
        await self._written(id, 1, values, fields, by, at, changes)
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
        await self._identified(
            "UPDATE client SET version = :version, name = :name, fields = CAST(:fields AS jsonb), changed_by = :by,"
            " changed_at = :at WHERE id = :id RETURNING id",
            {
                "id": id,
                "version": version,
                "name": display_name(values),
                "fields": codec.to_json(values),
                "by": by,
                "at": at,
            },
        )
        await self._written(id, version, values, fields, by, at, changes)

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
                "changes": codec.to_json([[c.field, c.before, c.after] for c in changes]),
            },
        )
        await self.index_client(id, values, fields)
        await self.log_client(
            id, {"type": "ClientSaved", "version": version, "fields": [c.field for c in changes]}, by, at
        )

    async def index_client(self, id: ClientId, values: Values, fields: Iterable[Field]) -> None:
        """By what it is found, anew."""
        fields = tuple(fields)
        found = sorted(set(terms(values, fields)))
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
        worded = {f.key for f in fields if f.type in (FieldType.TEXT, FieldType.LONG_TEXT)}
        if new := sorted({v for f, v in found if f in worded and not v.isdigit()}):
            await self.connection.execute(
                text("INSERT INTO client_word (word) VALUES (:word) ON CONFLICT DO NOTHING"),
                [{"word": word} for word in new],
            )

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
        return [version_of(row) for row in rows]

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
        """What texts and conditions may ask of the client whose number it is; of several only the status, if it is one."""
        rows = (
            await self.connection.execute(
                text(
                    "SELECT c.status, c.fields::text AS fields FROM client c WHERE c.erased_at IS NULL AND c.id IN"
                    " (SELECT client FROM client_term WHERE value = :number) LIMIT 20"
                ),
                {"number": number},
            )
        ).all()
        statuses = {row.status for row in rows}
        status = next(iter(statuses)) if len(statuses) == 1 else "ambiguous" if statuses else ""
        if len(rows) != 1:
            return {"status": status}
        values = _values.decode(rows[0].fields)
        said = {key: value[0] if isinstance(value, tuple) else str(value) for key, value in values.items()}
        return {"insured_number": "", "email": "", **said, "name": spoken_name(values), "status": status}
