"""Trunks as rows, their passwords sealed and bound to them, and what bridges have told of them."""

from datetime import timedelta

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.postgres import codec
from backend.adapters.postgres.administration import PostgresAdmin
from backend.adapters.postgres.columns import ColumnKeys, Columns, Sealed
from backend.application.trunks import given_to
from backend.domain.trunks.model import BridgeNow, Passwords, Trunk, TrunkId, TrunkNow
from sip_bridge.contract import TrunkHealth, TrunksChanged, UseTrunks

_body = msgspec.json.Decoder(Trunk).decode
_sealed = msgspec.json.Decoder(Sealed).decode
_found = msgspec.json.Decoder(TrunksChanged).decode
SECRETS = ("password", "inbound_password")
_ROWS = "SELECT id, name, body::text AS body, password::text AS password, inbound_password::text AS inbound_password FROM trunk"
_PUT = {
    name: text(f"UPDATE trunk SET {name} = CAST(:sealed AS jsonb) WHERE id = :id")  # noqa: S608
    for name in SECRETS
}


async def load_trunks(connection: AsyncConnection) -> dict[TrunkId, Trunk]:
    """In the order in which calls out try them."""
    rows = await connection.execute(text("SELECT id, name, body::text AS body FROM trunk"))
    found = {r.id: msgspec.structs.replace(_body(r.body), name=r.name) for r in rows}
    return dict(sorted(found.items(), key=lambda item: (item[1].priority, item[1].name, item[0])))


def _place(id: TrunkId, name: str) -> str:
    return f"trunk {id} {name}"


class PostgresTrunks:
    def __init__(self, engine: AsyncEngine, admin: PostgresAdmin, columns: Columns) -> None:
        self._engine, self._admin, self._columns = engine, admin, columns

    async def save(self, id: TrunkId | None, trunk: Trunk, given: Passwords, actor: int) -> int:
        async with self._admin.change(f"trunk:{trunk.name}", trunk, actor) as connection:
            values = {"id": id, "name": trunk.name, "body": codec.to_json(trunk)}
            if id is None:
                id = await connection.scalar(
                    text("INSERT INTO trunk (name, body) VALUES (:name, CAST(:body AS jsonb)) RETURNING id"), values
                )
            else:
                await connection.execute(
                    text("UPDATE trunk SET name = :name, body = CAST(:body AS jsonb) WHERE id = :id"), values
                )
            assert id is not None
            kept = (trunk.login, trunk.inbound_login)
            for name, login in zip(SECRETS, kept, strict=True):
                new = getattr(given, name)
                if new is not None or not login:
                    sealed = await self._seal(connection, id, name, new) if new is not None else None
                    await connection.execute(_PUT[name], {"id": id, "sealed": sealed})
            return id

    async def _seal(self, connection: AsyncConnection, id: TrunkId, name: str, value: str) -> str:
        keys = await self._columns.ready(connection)
        return codec.to_json(keys.seal_at(_place(id, name), value.encode()))

    async def remove(self, id: TrunkId, actor: int) -> int:
        async with self._admin.change(f"trunk:{id}", {"removed": id}, actor) as connection:
            await connection.execute(text("DELETE FROM trunk WHERE id = :id"), {"id": id})
        return id

    async def without_password(self) -> frozenset[TrunkId]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT id FROM trunk WHERE (body->>'login' <> '' AND password IS NULL)"
                    " OR (body->>'inbound_login' <> '' AND inbound_password IS NULL)"
                )
            )
            return frozenset(rows.scalars())

    async def given_to(self, bridge: str) -> UseTrunks:
        """What the bridge is to use, passwords in the clear. Raises UnknownKey, Damaged."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(text(_ROWS))).all()
            secret = any(row.password or row.inbound_password for row in rows)
            keys = await self._columns.keys(connection) if secret else None
        trunks = [(msgspec.structs.replace(_body(row.body), name=row.name), _opened(keys, row)) for row in rows]
        trunks.sort(key=lambda item: (item[0].priority, item[0].name))
        return given_to(bridge, trunks)

    async def bridges(self) -> list[BridgeNow]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                text(
                    "SELECT name, trunks::text AS trunks, trunks_at FROM bridge"
                    " WHERE trunks_until > clock_timestamp() ORDER BY name"
                )
            )
            return [_now(row) for row in rows]


def _opened(keys: ColumnKeys | None, row) -> Passwords:
    found = {name: _sealed(box) for name in SECRETS if (box := getattr(row, name))}
    if keys is None or not found:
        return Passwords()
    return Passwords(**{name: keys.open_at(_place(row.id, name), box).decode() for name, box in found.items()})


def _now(row) -> BridgeNow:
    found = _found(row.trunks)
    trunks = tuple(
        TrunkNow(
            name=x.name,
            reachable=TrunkHealth(x.reachable),
            registered=TrunkHealth(x.registered),
            status=x.status,
            since=row.trunks_at - timedelta(seconds=x.since_s),
            calls=x.calls,
        )
        for x in found.trunks
    )
    return BridgeNow(bridge=row.name, given=found.given, wrong=found.wrong, trunks=trunks)
