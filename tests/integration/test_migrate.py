"""Start-up: a current schema is recognised without alembic."""

from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.migrate import config, is_current, newest


def test_newest_file_is_the_head_that_alembic_sees():
    assert newest() == ScriptDirectory.from_config(config()).get_current_head()


async def test_migrated_database_is_current(database_url):
    engine = create_async_engine(database_url)
    assert await is_current(engine)
    await engine.dispose()
