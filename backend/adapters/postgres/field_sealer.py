"""Carries out which fields are sensitive: seals or opens what is stored already, portion by portion, card by card.

``client_sealing`` says of each field how it is written from now on, and up to which client what was written before has been
done: both change in the transactions that do it, so that any process carries on what another left. Versions of cards, who changed
them and when stay as they are.
"""

import asyncio
from collections.abc import Iterable

import msgspec
import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.client_rows import forget_words, learn_words, stored_changes, stored_values
from backend.adapters.postgres.columns import WRITING, Columns, Sealing, Stored
from backend.application.rounds import rounds
from backend.domain.customer.fields import ClientSettings, Field
from backend.domain.customer.model import Change
from backend.domain.kernel.ids import ClientId

log = structlog.get_logger()

BATCH = 200
"""Cards that are locked at once, for some tens of milliseconds."""
LOOK_EVERY_S = 60.0
"""For what a process that died left undone, and for what waits until a time."""
_ALONE = 5_150_442
"""Advisory lock: one process at a time does this."""


class FieldSealer:
    def __init__(self, engine: AsyncEngine, columns: Columns) -> None:
        self.engine, self.columns = engine, columns
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Settings have changed."""
        self._woken.set()

    async def run(self) -> None:
        await rounds(self.carry_out, self._woken, LOOK_EVERY_S, "fields_not_sealed")

    async def carry_out(self) -> None:
        while await self.step():
            pass

    async def step(self) -> bool:
        """Begin a field, or do one portion of one; whether there may be more."""
        async with self.engine.begin() as connection:
            if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ALONE}):
                return False
            rows = await connection.execute(
                text("SELECT field, sealed, reached, done, not_before > clock_timestamp() AS waits FROM client_sealing")
            )
            known = {row.field: row for row in rows}
            for field in await _fields(connection):
                row = known.get(field.key)
                if field.sensitive != (row is not None and row.sealed):
                    if row is not None and row.waits:
                        continue
                    await self._begin(connection, field)
                    return True
                if row is not None and not row.done:
                    await self._some(connection, field, row.reached)
                    return True
        return False

    async def _begin(self, connection: AsyncConnection, field: Field) -> None:
        """Waits for those who write cards as it was: whoever comes after the end of the transaction writes as it is now."""
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITING})
        if field.sensitive:
            await self.columns.ready(connection)
        await connection.execute(
            text(
                "INSERT INTO client_sealing (field, sealed) VALUES (:field, :sealed) ON CONFLICT (field) DO UPDATE"
                " SET sealed = :sealed, reached = 0, done = false, not_before = NULL"
            ),
            {"field": field.key, "sealed": field.sensitive},
        )

    async def _some(self, connection: AsyncConnection, field: Field, reached: ClientId) -> None:
        cards = (
            await connection.execute(
                text(
                    "SELECT id, fields::text AS fields FROM client WHERE id > :reached ORDER BY id LIMIT :batch FOR UPDATE"
                ),
                {"reached": reached, "batch": BATCH},
            )
        ).all()
        if not cards:
            await connection.execute(
                text("UPDATE client_sealing SET done = true WHERE field = :field"), {"field": field.key}
            )
            log.info("field_sealed" if field.sensitive else "field_opened", field=field.key)
            return
        sealed = frozenset({field.key} if field.sensitive else ())
        how = Sealing(sealed, await self.columns.keys(connection))
        values = {card.id: v for card in cards if (v := stored_values(card.fields).get(field.key)) is not None}
        await self._cards(connection, how, field, [card.id for card in cards], values)
        await self._versions(connection, how, field, [card.id for card in cards])
        await connection.execute(
            text("UPDATE client_sealing SET reached = :reached WHERE field = :field"),
            {"reached": cards[-1].id, "field": field.key},
        )

    async def _cards(
        self,
        connection: AsyncConnection,
        how: Sealing,
        field: Field,
        ids: list[ClientId],
        values: dict[ClientId, Stored],
    ) -> None:
        found: set[tuple[ClientId, str, str]] = set()
        made = []
        for id, stored in values.items():
            plain = await self.columns.opened(connection, id, {field.key: stored})
            found |= {(id, key, term) for key, term in how.terms(plain, (field,))}
            value = codec.to_json(how.values(id, plain)[field.key])
            made.append({"id": id, "field": field.key, "value": value})
        if made:
            await connection.execute(
                text(
                    "UPDATE client SET fields = fields || jsonb_build_object(CAST(:field AS text), CAST(:value AS jsonb))"
                    " WHERE id = :id"
                ),
                made,
            )
        words = await connection.scalars(
            text("DELETE FROM client_term WHERE client = ANY(:ids) AND field = :field RETURNING value"),
            {"ids": ids, "field": field.key},
        )
        gone = list(words)
        if found:
            await connection.execute(
                text("INSERT INTO client_term (client, field, value) VALUES (:id, :f, :v)"),
                [{"id": id, "f": f, "v": v} for id, f, v in sorted(found)],
            )
        await forget_words(connection, gone)
        await learn_words(connection, ((key, term) for _, key, term in found), (field,))

    async def _versions(self, connection: AsyncConnection, how: Sealing, field: Field, ids: list[ClientId]) -> None:
        rows = (
            await connection.execute(
                text(
                    "SELECT client, version, changes::text AS changes FROM client_version WHERE client = ANY(:ids)"
                    " AND changes @> jsonb_build_array(jsonb_build_array(CAST(:field AS text)))"
                ),
                {"ids": ids, "field": field.key},
            )
        ).all()
        made = []
        for row in rows:
            changes = [await self._change(connection, how, field, row.client, c) for c in stored_changes(row.changes)]
            made.append({"id": row.client, "version": row.version, "changes": codec.to_json(changes)})
        if made:
            await connection.execute(
                text(
                    "UPDATE client_version SET changes = CAST(:changes AS jsonb) WHERE client = :id AND version = :version"
                ),
                made,
            )

    async def _change(
        self,
        connection: AsyncConnection,
        how: Sealing,
        field: Field,
        client: ClientId,
        stored: tuple[str, Stored | None, Stored | None],
    ) -> Iterable[object]:
        """Of this field as it is to be, of another one as it is."""
        if stored[0] != field.key:
            return stored
        (plain,) = await self.columns.opened_changes(connection, client, [stored])
        return how.changes(client, [Change(plain.field, plain.before, plain.after)])[0]


async def _fields(connection: AsyncConnection) -> tuple[Field, ...]:
    """As they are in the database: this process may not know yet what another one has saved."""
    found = await connection.scalar(text("SELECT value::text FROM setting WHERE name = 'clients'"))
    return (msgspec.json.decode(found, type=ClientSettings) if found else ClientSettings()).fields
