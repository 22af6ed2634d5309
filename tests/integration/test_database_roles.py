"""What the application's role in PostgreSQL cannot do, tried as that role; and what it needs, it can."""

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.migrate import SchemaIsOlder, migrate
from backend.adapters.postgres.roles import APPEND_ONLY, APPLICATION, is_protected
from tests.support.audit import Audit

PROTECTED = {"event": "actor", "audit": "actor", "audit_block": "total", "audit_pruned": "total"}
GRANT = "GRANT ALL ON {} TO kc_app WITH GRANT OPTION"


@pytest_asyncio.fixture
async def audit(server, database_url):
    async with Audit(server, database_url) as made:
        await made.blocks(1)
        yield made


async def state_of(engine, statement: str) -> str | None:
    """The SQLSTATE of the refusal, None when it was done."""
    try:
        async with engine.begin() as connection:
            await connection.execute(text(statement))
    except DBAPIError as error:
        return error.orig.sqlstate
    return None


ALTERATIONS = [
    "UPDATE {} SET {column} = 0",
    "DELETE FROM {}",
    "DELETE FROM {} WHERE false",
    "TRUNCATE {}",
    "DROP TABLE {}",
    "ALTER TABLE {} ADD COLUMN x int",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} OWNER TO kc_app",
    "ALTER TABLE {} RENAME TO gone",
    "CREATE TRIGGER t BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE r AS ON INSERT TO {} DO INSTEAD NOTHING",
    GRANT,
    "LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
    "SELECT * FROM {} FOR UPDATE",
    "CREATE INDEX i ON {} ((1))",
]


@pytest.mark.parametrize(("table", "column"), PROTECTED.items())
async def test_application_cannot_alter_the_audit(audit, table, column):
    async def rows():
        return await audit.value(f"SELECT string_agg(t::text, ',' ORDER BY t::text) FROM {table} t")

    before = await rows()
    states = {x: await state_of(audit.engine, x.format(table, column=column)) for x in ALTERATIONS}
    granted = states.pop(GRANT)  # PostgreSQL says no more than a warning, and grants nothing
    assert granted in (None, "42501")
    assert set(states.values()) == {"42501"}, states
    assert not await audit.value(f"SELECT has_table_privilege('{APPLICATION}', '{table}', 'UPDATE')")
    assert await rows() == before


WAYS_AROUND = [
    "SET ROLE kc",
    "SET session_replication_role = replica",
    "CREATE ROLE kc_evil SUPERUSER",
    "ALTER ROLE kc_app SUPERUSER",
    "CREATE TABLE public.mine (x int)",
    "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "COPY event TO PROGRAM 'true'",
    "SELECT setval('event_id_seq', 1)",
    "INSERT INTO event (xid, stream, subject, version, data, at) VALUES (1, 't', 's', 1, '{}', now())",
    "INSERT INTO event (id, stream, subject, version, data, at) OVERRIDING SYSTEM VALUE VALUES (1, 't', 's', 1, '{}', now())",
    "INSERT INTO audit (xid, at, kind, action, source, parameters, outcome) VALUES (1, now(), 'k', 'a', 's', '{}', 'done')",
    "INSERT INTO audit_pruned SELECT number, hash, total, sealed_at, now(), key_id, signature FROM audit_block",
    "UPDATE alembic_version SET version_num = '0001'",
    "UPDATE recording_access SET allowed = true",
    "DELETE FROM recording_access",
]


async def test_application_gets_no_way_around(audit):
    states = {statement: await state_of(audit.engine, statement) for statement in WAYS_AROUND}
    assert set(states.values()) == {"42501"}, states


async def test_every_protected_column_that_is_given_exists_and_no_other_is(audit):
    for table, columns in APPEND_ONLY.items():
        given = {c.strip().strip('"') for c in columns.split(",")}
        own = await audit.value(
            "SELECT array_agg(column_name::text) FROM information_schema.columns WHERE table_name = :t", t=table
        )
        assert given <= set(own)
        if table != "audit_block":
            assert not given & {"id", "xid"}


async def test_protection_is_known(audit):
    async with audit.engine.connect() as mine, audit.owner.connect() as theirs:
        assert await is_protected(mine)
        assert not await is_protected(theirs)


async def test_application_does_not_change_the_schema_and_says_what_to_do(server):
    url = await server.empty()
    application = create_async_engine(server.postgres.application_url(url.rpartition("/")[2]))
    with pytest.raises(SchemaIsOlder, match="kc migrate"):
        await migrate(application)
    await application.dispose()


async def test_new_tables_of_a_migration_are_the_applications_too(audit):
    from backend.adapters.postgres.roles import give_rights

    await audit.attack("CREATE TABLE later (x int)")
    assert await state_of(audit.engine, "SELECT * FROM later") == "42501"
    async with audit.owner.begin() as connection:
        assert await give_rights(connection)
    assert await state_of(audit.engine, "INSERT INTO later VALUES (1)") is None
    assert await state_of(audit.engine, "DELETE FROM event") == "42501"
