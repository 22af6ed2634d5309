"""Two roles of the database: the owner, who makes and changes tables, and the application, who may not touch what is written.

The application's role reads and writes state, and of the log and the audit it may only read and append; it cannot even say
which number or transaction a row has. Rights are given anew after each migration, so that new tables have theirs.
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

APPLICATION = "kc_app"

APPEND_ONLY: dict[str, str] = {
    "event": "stream, subject, version, data, at, actor, origin",
    "audit": "at, kind, action, subject, actor, session, address, source, request, parameters, outcome, reason, found",
    "audit_block": "number, previous, root, hash, total, ids, leaves, form, from_xid, to_xid, sealed_at, key_id, signature",
    "recording_access": 'recording, "user", action, allowed, address',
}
"""Tables that the application only reads and appends to, with the columns that it gives."""
READ_ONLY = ("audit_pruned", "alembic_version")

_MAKE = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION}') THEN CREATE ROLE {APPLICATION} NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$
"""  # noqa: S608


def statements() -> list[str]:
    """What gives the application's role its rights, no more and no less, whatever it had before."""
    found = [
        f"GRANT USAGE ON SCHEMA public TO {APPLICATION}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION}",
    ]
    for table in (*APPEND_ONLY, *READ_ONLY):
        found += [f"REVOKE ALL ON {table} FROM {APPLICATION}", f"GRANT SELECT ON {table} TO {APPLICATION}"]
    found += [f"GRANT INSERT ({columns}) ON {table} TO {APPLICATION}" for table, columns in APPEND_ONLY.items()]
    return found


async def give_rights(connection: AsyncConnection) -> bool:
    """As the owner, in a transaction. False when the role is not there and may not be made: its absence harms nothing
    but the proof, so an installation goes on, and ``is_protected`` says so."""
    await connection.execute(text(_MAKE))
    if not await connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": APPLICATION}):
        return False
    for statement in statements():
        await connection.execute(text(statement))
    return True


async def is_protected(connection: AsyncConnection) -> bool:
    """Whether whoever is connected can not change what is written."""
    return not await connection.scalar(
        text(
            "SELECT bool_or(has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') OR pg_has_role(c.relowner, 'MEMBER'))"
            " FROM pg_class c WHERE c.relname = ANY(:tables) AND c.relnamespace = 'public'::regnamespace"
        ),
        {"tables": list(APPEND_ONLY)},
    )
