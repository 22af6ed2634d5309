"""What is in a database, so that two can be compared: rows and a checksum of each table, and the head of the audit's chain.

The checksum is the sum of a hash of every row's text: it does not depend on the order of rows, and one changed letter changes it.
"""

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_TABLES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY 1"
)
_SAME_TEXT = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
)


class TableState(msgspec.Struct, frozen=True):
    rows: int
    checksum: str


class DatabaseState(msgspec.Struct, frozen=True, kw_only=True):
    """``head``: number and hash of the newest block of the audit."""

    tables: dict[str, TableState]
    head: int = 0
    head_hash: str = ""


async def fingerprint(connection: AsyncConnection) -> DatabaseState:
    """In the transaction of the connection: with its snapshot."""
    for statement in _SAME_TEXT:
        await connection.execute(text(statement))
    tables = {}
    for (name,) in (await connection.execute(_TABLES)).all():
        row = (
            await connection.execute(
                text(
                    "SELECT count(*), coalesce(sum(('x' || substr(md5(t::text), 1, 15))::bit(60)::bigint::numeric), 0)::text"  # noqa: S608
                    f' FROM "{name}" t'
                )
            )
        ).one()
        tables[name] = TableState(row[0], row[1])
    head = (
        (await connection.execute(text("SELECT number, hash FROM audit_block ORDER BY number DESC LIMIT 1"))).first()
        if "audit_block" in tables
        else None
    )
    return DatabaseState(tables=tables, head=head[0] if head else 0, head_hash=bytes(head[1]).hex() if head else "")


def differences(wanted: DatabaseState, found: DatabaseState) -> list[str]:
    """In words; empty when they are the same."""
    said = []
    for name in sorted({*wanted.tables, *found.tables}):
        a, b = wanted.tables.get(name), found.tables.get(name)
        if a is None or b is None:
            said.append(f"table {name}: only in the {'restored database' if a is None else 'backup'}")
        elif a.rows != b.rows:
            said.append(f"table {name}: {b.rows} rows instead of {a.rows}")
        elif a.checksum != b.checksum:
            said.append(f"table {name}: as many rows, but not the same")
    if (wanted.head, wanted.head_hash) != (found.head, found.head_hash):
        said.append(
            f"the audit ends with block {found.head} {found.head_hash[:16]} instead of {wanted.head} {wanted.head_hash[:16]}"
        )
    return said
