"""Cards as batches from ICIS read and write them: many in one statement, for a first fill has a million of them."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.client_rows import CLIENT_COLUMNS, clients_of, forget_words, learn_words
from backend.adapters.postgres.columns import ColumnKeys, Columns, Sealing, sealing
from backend.adapters.postgres.store import CONTENTION
from backend.application import origin
from backend.application.ports import Contention
from backend.application.synchronisation import Known, Report, Written
from backend.domain.customer.fields import ICIS_ID, Field
from backend.domain.customer.model import Client, difference
from backend.domain.customer.synchronised import Marks
from backend.domain.customer.values import display_name
from backend.domain.kernel.ids import ClientId

_ONE_AT_A_TIME = 5_150_443
"""Advisory lock: batches wait for each other."""
KEPT = timedelta(days=400)
"""Of what batches brought: a year of weeks."""

_marks = msgspec.json.Decoder(dict[str, tuple[str, ...]]).decode


def mark_of(keys: ColumnKeys, field: str, value: str) -> str:
    """A keyed hash: what ICIS sent last is known again and cannot be read."""
    return keys.term(f"icis {field}", value)


async def keep_forgotten(connection: AsyncConnection, columns: Columns, card: Client, at: datetime) -> None:
    """Whom ICIS must not bring back. Raises UnknownKey, Damaged."""
    if id := card.values.get(ICIS_ID):
        mark = mark_of(await columns.ready(connection), ICIS_ID, str(id))
        await connection.execute(
            text("INSERT INTO icis_forgotten (mark, at) VALUES (:mark, :at) ON CONFLICT DO NOTHING"),
            {"mark": mark, "at": at},
        )


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one batch, as ``Report``."""

    at: datetime
    received: int
    counts: dict[str, int]
    problems: tuple[dict[str, str | int], ...]


class PostgresSynchronisation:
    def __init__(self, engine: AsyncEngine, columns: Columns) -> None:
        self.engine, self.columns = engine, columns

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["SynchronisedRows"]:
        """Raises Contention: also when somebody gives another card the same identifier at this moment."""
        try:
            async with self.engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
                how = await sealing(connection, self.columns)  # first, as whoever begins to seal a field locks
                keys = await self.columns.ready(connection)
                yield SynchronisedRows(connection, self.columns, how, keys)
        except DBAPIError as error:
            taken = isinstance(error, IntegrityError) and "uq_client_icis_id" in str(error.orig)
            if taken or getattr(error.orig, "sqlstate", None) in CONTENTION:
                raise Contention from error
            raise

    async def keep(self, report: Report, at: datetime) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO synchronisation (at, received, counts, problems)"
                    " VALUES (:at, :received, CAST(:counts AS jsonb), CAST(:problems AS jsonb))"
                ),
                {
                    "at": at,
                    "received": report.received,
                    "counts": codec.to_json(report.counts),
                    "problems": codec.to_json(report.problems),
                },
            )
            await connection.execute(text("DELETE FROM synchronisation WHERE at < :until"), {"until": at - KEPT})

    async def batches(self, since: datetime) -> list[Batch]:
        """Newest first."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT at, received, counts, problems FROM synchronisation WHERE at >= :since"
                    " ORDER BY at DESC, id DESC"
                ),
                {"since": since},
            )
            return [Batch(at=r.at, received=r.received, counts=r.counts, problems=tuple(r.problems)) for r in rows]


class SynchronisedRows:
    def __init__(self, connection: AsyncConnection, columns: Columns, how: Sealing, keys: ColumnKeys) -> None:
        self._connection, self._columns, self._how, self._keys = connection, columns, how, keys

    def mark(self, field: str, value: str) -> str:
        return mark_of(self._keys, field, value)

    async def known(self, ids: Iterable[str]) -> dict[str, Known]:
        cards = await self._cards("icis_id = ANY(:given)", list(ids))
        return {str(card.values[ICIS_ID]): known for card, known in cards}

    async def forgotten(self, ids: Iterable[str]) -> set[str]:
        marks = {self.mark(ICIS_ID, id): id for id in ids}
        rows = await self._connection.scalars(
            text("SELECT mark FROM icis_forgotten WHERE mark = ANY(:marks)"), {"marks": list(marks)}
        )
        return {marks[mark] for mark in rows}

    async def without_identifier(self, field: Field, numbers: Iterable[str]) -> dict[str, Known]:
        terms = {term: n for n in numbers for _, term in self._how.terms({field.key: n}, (field,))}
        if not terms:
            return {}
        rows = await self._connection.execute(
            text(
                "SELECT value, min(client) AS client FROM client_term WHERE field = :field AND value = ANY(:terms)"
                " GROUP BY value HAVING count(*) = 1"
            ),
            {"field": field.key, "terms": list(terms)},
        )
        by_client: dict[ClientId, str] = {row.client: terms[row.value] for row in rows}
        cards = await self._cards("id = ANY(:given) AND icis_id IS NULL AND erased_at IS NULL", list(by_client))
        return {by_client[card.id]: known for card, known in cards}

    async def _cards(self, which: str, given: list) -> list[tuple[Client, Known]]:
        """In order of id, locked."""
        if not given:
            return []
        rows = (
            await self._connection.execute(
                text(f"SELECT {CLIENT_COLUMNS} FROM client WHERE {which} ORDER BY id FOR UPDATE"),  # noqa: S608
                {"given": given},
            )
        ).all()
        cards = await clients_of(self._connection, self._columns, rows)
        found = await self._connection.execute(
            text("SELECT client, marks::text AS marks FROM client_icis WHERE client = ANY(:ids)"),
            {"ids": [card.id for card in cards]},
        )
        marks: dict[ClientId, Marks] = {row.client: _marks(row.marks) for row in found}
        return [(card, Known(card, marks.get(card.id, {}))) for card in cards]

    async def write(self, cards: Sequence[Written], fields: tuple[Field, ...], at: datetime) -> None:
        new = [card for card in cards if card.before is None]
        ids = await self._connection.scalars(
            text("SELECT nextval(pg_get_serial_sequence('client', 'id'))::int FROM generate_series(1, :n)"),
            {"n": len(new)},
        )
        numbered = [*zip(ids, new, strict=True), *((c.before.id, c) for c in cards if c.before is not None)]
        changed = [(id, c) for id, c in numbered if c.before is None or c.before.values != c.values]
        if changed:
            await self._save(changed, at)
            await self._index(changed, fields)
        if numbered:
            await self._remember(numbered)

    async def _save(self, cards: list[tuple[ClientId, Written]], at: datetime) -> None:
        """Cards, their versions and their events."""
        changes = [difference(c.before.values if c.before else {}, c.values) for _, c in cards]
        versions = [c.before.version + 1 if c.before else 1 for _, c in cards]
        await self._connection.execute(
            text(
                "INSERT INTO client (id, version, name, fields, created_at, changed_at)"
                " SELECT id, version, name, CAST(fields AS jsonb), :at, :at FROM unnest(CAST(:ids AS int[]),"
                " CAST(:versions AS int[]), CAST(:names AS text[]), CAST(:cards AS text[])) s(id, version, name, fields)"
                " ON CONFLICT (id) DO UPDATE SET version = excluded.version, name = excluded.name,"
                " fields = excluded.fields, changed_at = excluded.changed_at, changed_by = NULL"
            ),
            {
                "ids": [id for id, _ in cards],
                "versions": versions,
                "names": [display_name(c.values) for _, c in cards],
                "cards": [codec.to_json(self._how.values(id, c.values)) for id, c in cards],
                "at": at,
            },
        )
        await self._connection.execute(
            text(
                "INSERT INTO client_version (client, version, at, changes) SELECT id, version, :at, CAST(changes AS jsonb)"
                " FROM unnest(CAST(:ids AS int[]), CAST(:versions AS int[]), CAST(:changes AS text[]))"
                " s(id, version, changes)"
            ),
            {
                "ids": [id for id, _ in cards],
                "versions": versions,
                "changes": [
                    codec.to_json(self._how.changes(id, made)) for (id, _), made in zip(cards, changes, strict=True)
                ],
                "at": at,
            },
        )
        events = [
            {"type": "ClientSaved", "version": version, "fields": [change.field for change in made]}
            for version, made in zip(versions, changes, strict=True)
        ]
        await self._connection.execute(
            text(
                "INSERT INTO event (stream, subject, version, data, at, origin) SELECT 'client', s.subject, coalesce("
                "(SELECT max(e.version) FROM event e WHERE e.stream = 'client' AND e.subject = s.subject), 0) + 1,"
                " CAST(s.data AS jsonb), :at, CAST(:origin AS jsonb)"
                " FROM unnest(CAST(:subjects AS text[]), CAST(:data AS text[])) s(subject, data)"
            ),
            {
                "subjects": [str(id) for id, _ in cards],
                "data": [codec.to_json(event) for event in events],
                "at": at,
                "origin": origin.current().to_json(),
            },
        )

    async def _index(self, cards: list[tuple[ClientId, Written]], fields: tuple[Field, ...]) -> None:
        """By what they are found, anew."""
        found = sorted((id, f, v) for id, c in cards for f, v in self._how.terms(c.values, fields))
        columns = {"ids": [t[0] for t in found], "keys": [t[1] for t in found], "terms": [t[2] for t in found]}
        terms = "unnest(CAST(:ids AS int[]), CAST(:keys AS text[]), CAST(:terms AS text[]))"
        known = [id for id, c in cards if c.before is not None]
        if known:
            gone = await self._connection.scalars(
                text(
                    "DELETE FROM client_term WHERE client = ANY(:known) AND NOT (client, field, value) IN"  # noqa: S608
                    f" (SELECT * FROM {terms}) RETURNING value"
                ),
                {"known": known, **columns},
            )
            await forget_words(self._connection, list(gone))
        await self._connection.execute(
            text(
                "INSERT INTO client_term (client, field, value)"  # noqa: S608
                f" SELECT * FROM {terms} ON CONFLICT DO NOTHING"
            ),
            columns,
        )
        await learn_words(self._connection, ((f, v) for _, f, v in found), fields)

    async def _remember(self, cards: list[tuple[ClientId, Written]]) -> None:
        """What ICIS sent."""
        await self._connection.execute(
            text(
                "INSERT INTO client_icis (client, marks) SELECT id, CAST(marks AS jsonb)"
                " FROM unnest(CAST(:ids AS int[]), CAST(:marks AS text[])) s(id, marks)"
                " ON CONFLICT (client) DO UPDATE SET marks = excluded.marks"
            ),
            {"ids": [id for id, _ in cards], "marks": [codec.to_json(c.marks) for _, c in cards]},
        )
