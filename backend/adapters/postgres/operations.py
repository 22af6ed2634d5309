"""Operations that our own pages were built with, by hash.

Each API writes those of its own build down when it starts. A page that was loaded before an upgrade asks the new API by its old
hashes, and a new page may reach an API that is not upgraded yet: both are answered, and nobody's call depends on a reload.
"""

import hashlib
from collections.abc import Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

KEPT = "90 days"
"""How long the operations of a build are kept after an API with it started for the last time."""


def hash_of(operation: str) -> str:
    return f"sha256:{hashlib.sha256(operation.encode()).hexdigest()}"


class KnownOperations:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def remember(self, texts: Mapping[str, str]) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                text(
                    "DELETE FROM known_operation WHERE built_in_at < clock_timestamp() - CAST(:kept AS text)::interval"
                ),
                {"kept": KEPT},
            )
            if texts:
                await connection.execute(
                    text(
                        "INSERT INTO known_operation (hash, text, built_in_at) VALUES (:hash, :text, clock_timestamp())"
                        " ON CONFLICT (hash) DO UPDATE SET built_in_at = excluded.built_in_at"
                    ),
                    [{"hash": hash, "text": texts[hash]} for hash in sorted(texts)],
                )

    async def all(self) -> dict[str, str]:
        """A row whose text is not what its hash says is no operation of ours."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(text("SELECT hash, text FROM known_operation"))).all()
        return {hash: operation for hash, operation in rows if hash_of(operation) == hash}
