"""Bring a database to the current schema. Safe to run from several processes at once: one does it, the others wait.

A database that is current already, which is every start but the first after an update, is recognised by one query:
alembic is loaded only to change something, for an API that was killed must be back before anybody notices.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 5_150_432
"""Advisory lock key of the migration."""
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


async def migrate(engine: AsyncEngine) -> None:
    if await is_current(engine):
        return

    def upgrade(connection) -> None:
        from alembic import command

        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")

    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        await connection.run_sync(upgrade)
