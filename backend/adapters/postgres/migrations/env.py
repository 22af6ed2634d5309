"""Alembic's environment. The URL comes from the caller (``backend.adapters.postgres.migrate``) or KC_DATABASE_URL."""

import asyncio
import os

from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.tables import metadata


def _run(connection) -> None:
    context.configure(connection=connection, target_metadata=metadata, compare_server_default=False)
    with context.begin_transaction():
        context.run_migrations()


async def _online(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    asyncio.run(_online(context.config.get_main_option("sqlalchemy.url") or os.environ["KC_DATABASE_URL"]))
