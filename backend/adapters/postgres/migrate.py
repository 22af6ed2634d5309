"""Bring a database to the current schema. Safe to run from several processes at once: one does it, the others wait.

A database that is current already, which is every start but the first after an update, is recognised by one query:
alembic is loaded only to change something, for an API that was killed must be back before anybody notices.

A change of the schema waits a short time for each lock: whoever waits for a table makes all wait that come after. When the
table is busy the whole is rolled back and tried again, so that calls go on (deploy/RUNBOOK.md has the rules of migrations).
"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres.roles import give_rights

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger()

_LOCK = 5_150_432
"""Advisory lock key of the migration."""
LOCK_TIMEOUT_MS = 500
MOST_TRIES = 60
BETWEEN_TRIES_S = 1.0
_LOCK_NOT_AVAILABLE = "55P03"
_NO_RIGHT = "42501"
_FOLDER = Path(__file__).parent / "migrations"


def config() -> "Config":
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    return made


def newest() -> str:
    """The revision of the current schema: files are named ``<revision>_<what>.py`` and revisions count up."""
    return max(path.name.partition("_")[0] for path in (_FOLDER / "versions").glob("[0-9]*_*.py"))


async def is_current(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
            return False
        return await connection.scalar(text("SELECT version_num FROM alembic_version")) == newest()


class SchemaIsOlder(Exception):
    """The schema must be changed, and this role of the database may not do it: ``kc migrate`` as the owner."""


async def migrate(engine: AsyncEngine) -> None:
    """Raises SchemaIsOlder."""
    if await is_current(engine):
        return
    for last in (*[False] * (MOST_TRIES - 1), True):
        try:
            return await _migrate(engine)
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == _NO_RIGHT:
                raise SchemaIsOlder("the schema is older than the program: run `kc migrate` as the owner") from error
            if state != _LOCK_NOT_AVAILABLE or last:
                raise
            log.info("migration_waits_for_busy_table")
            await asyncio.sleep(BETWEEN_TRIES_S)


async def _migrate(engine: AsyncEngine) -> None:
    def upgrade(connection) -> None:
        from alembic import command

        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")

    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.execute(text(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}"))
        await connection.run_sync(upgrade)
        if not await give_rights(connection):
            log.warning("application_role_missing")
