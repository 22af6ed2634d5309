"""An audit of one test: writers, sealer, checkpoints and the verifier on a real database, and an attacker who owns it."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from backend.adapters.audit.checkpoints import CheckpointFolder
from backend.adapters.audit.journal import Journal
from backend.adapters.audit.keys import Signer, Trusted
from backend.adapters.audit.sealer import Sealer
from backend.adapters.audit.verify import Verdict, verify
from backend.domain.audit.trail import Entry, Kind


class Audit:
    """``async with Audit(server, url) as audit``: ``seal`` makes one block of what was written since the last."""

    def __init__(self, server: Any, database_url: str) -> None:
        self.engine: AsyncEngine = create_async_engine(database_url, pool_size=20)
        self.owner: AsyncEngine = create_async_engine(server.owner(database_url))
        self.folder = Path(tempfile.mkdtemp(prefix="kc-test-audit-"))
        self.signer = Signer.of(self.folder)
        self.checkpoints = CheckpointFolder(self.folder)
        self.now: datetime | None = None
        """What the sealer takes for now; None for the truth."""
        self.sealer = Sealer(
            self.engine, self.signer, self.checkpoints, timedelta(seconds=1), lambda: self.now or datetime.now(UTC)
        )
        self.journal = Journal(self.engine)

    async def __aenter__(self) -> "Audit":
        """The log is empty: what the demo's making wrote is gone."""
        await self.attack("TRUNCATE event RESTART IDENTITY")
        self.journal.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.journal.stop()
        await self.engine.dispose()
        await self.owner.dispose()

    async def write(self, *actions: str) -> None:
        for action in actions:
            await self.journal.note(
                Entry(
                    kind=Kind.COMMAND, action=action, at=datetime.now(UTC), source="user", actor=1, address="10.0.0.1"
                )
            )

    async def event(self, *subjects: str) -> None:
        async with self.engine.begin() as connection:
            for subject in subjects:
                await connection.execute(
                    text(
                        "INSERT INTO event (stream, subject, version, data, at)"
                        ' VALUES (\'test\', :subject, 1, \'{"type": "Tested", "what": "žluť"}\', clock_timestamp())'
                    ),
                    {"subject": subject},
                )

    async def seal(self) -> bool:
        return await self.sealer.seal()

    async def blocks(self, count: int) -> None:
        """So many blocks, each of two events and two entries."""
        for n in range(count):
            await self.event(f"a{n}", f"b{n}")
            await self.write(f"first{n}", f"second{n}")
            assert await self.seal()

    async def attack(self, sql: str, **values: object) -> int:
        """As whoever owns the server."""
        async with self.owner.begin() as connection:
            return (await connection.execute(text(sql), values)).rowcount

    async def value(self, sql: str, **values: object) -> Any:
        async with self.owner.connect() as connection:
            return await connection.scalar(text(sql), values)

    async def verify(self, **period: datetime) -> Verdict:
        return await verify(self.owner, Trusted.of(self.folder), await self.checkpoints.all(), **period)
