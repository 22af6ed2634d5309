"""Start-up: a current schema is recognised without alembic. The schema changes while programs of the version before write."""

import asyncio

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres import migrate as migration
from backend.adapters.postgres.migrate import config, is_current, migrate, newest

BEFORE = "0018"
"""The next one changes the log, which everybody writes."""
AS_BEFORE = text(
    "INSERT INTO event (stream, subject, version, data, at, actor)"
    " VALUES ('test', :subject, :version, '{\"type\": \"Tested\"}', clock_timestamp(), 1)"
)


def test_newest_file_is_the_head_that_alembic_sees():
    assert newest() == ScriptDirectory.from_config(config()).get_current_head()


async def test_migrated_database_is_current(database_url):
    engine = create_async_engine(database_url)
    assert await is_current(engine)
    await engine.dispose()


async def test_schema_changes_while_the_version_before_writes(server, monkeypatch):
    """Nobody is refused or loses a row, and who is in the middle of a transaction makes only the migration wait."""
    tried: list[str] = []
    monkeypatch.setattr(migration, "BETWEEN_TRIES_S", 0.1)
    monkeypatch.setattr(migration.log, "info", tried.append)
    engine = create_async_engine(await server.empty())

    def until(connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, BEFORE)

    async with engine.begin() as connection:
        await connection.run_sync(until)
    assert not await is_current(engine)
    written, stop = dict.fromkeys(range(4), 0), asyncio.Event()

    async def writer(n: int) -> None:
        while not stop.is_set():
            async with engine.begin() as connection:
                await connection.execute(AS_BEFORE, {"subject": f"w{n}", "version": written[n] + 1})
            written[n] += 1

    writers = [asyncio.create_task(writer(n)) for n in written]
    async with engine.connect() as slow:
        await slow.execute(AS_BEFORE, {"subject": "slow", "version": 1})
        migrating = asyncio.create_task(migrate(engine))
        while not tried:  # it has waited for the slow one, and let the others pass again
            await asyncio.sleep(0.01)
        during = dict(written)
        while any(written[n] == during[n] for n in written):
            await asyncio.sleep(0.01)
        assert not migrating.done()
        await slow.commit()
    await migrating
    after = dict(written)
    while any(written[n] == after[n] for n in written):  # programs of before go on in the new schema
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*writers)
    assert await is_current(engine)
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT subject, count(*) FROM event WHERE stream = 'test' GROUP BY 1"))
        assert dict(rows.all()) == {f"w{n}": count for n, count in written.items()} | {"slow": 1}
    assert set(tried) == {"migration_waits_for_busy_table"}
    await engine.dispose()
