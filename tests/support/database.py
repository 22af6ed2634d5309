"""A real PostgreSQL for tests: one embedded server a session, one database a test, copied from a migrated template.

Tests work as the application's role does, which may not change what is written; ``owner`` is for what needs more.
"""

import asyncio
import itertools
import os
import subprocess
import tempfile
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.embedded import EmbeddedPostgres
from backend.adapters.postgres.migrate import migrate
from backend.demo import Login, seed

_names = itertools.count(1)


class TestServer:
    """``fresh()`` gives the URL of a database with the schema and the demo data, ``logins`` who can sign in."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kc-test-pg-"))
        self.folder.chmod(0o755)
        self.postgres = EmbeddedPostgres(self.folder, durable=False)
        self.postgres.start()
        self.logins: dict[str, Login] = {}
        asyncio.run(self._make_template())

    async def _admin(self, sql: str) -> None:
        engine = create_async_engine(self.postgres.url(), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(sql))
        await engine.dispose()

    async def _make_template(self) -> None:
        await self._admin("CREATE DATABASE kc_template")
        engine = create_async_engine(self.postgres.url("kc_template"))
        await migrate(engine)
        self.logins = {x.login: x for x in await seed(engine)}
        await engine.dispose()

    async def fresh(self) -> str:
        name = f"kc_{os.getpid()}_{next(_names)}"
        await self._admin(f"CREATE DATABASE {name} TEMPLATE kc_template STRATEGY file_copy")
        return self.postgres.application_url(name)

    async def empty(self) -> str:
        """A database without a schema, as its owner."""
        name = f"kc_{os.getpid()}_{next(_names)}"
        await self._admin(f"CREATE DATABASE {name}")
        return self.postgres.url(name)

    def owner(self, database_url: str) -> str:
        """The same database, as the owner of its tables (here also the superuser)."""
        return self.postgres.url(database_url.rpartition("/")[2])

    def close(self) -> None:
        self.postgres.stop("immediate")
        # Thousands of databases: whoever waits for their removal waits for minutes.
        subprocess.Popen(["rm", "-rf", str(self.folder)], start_new_session=True)
