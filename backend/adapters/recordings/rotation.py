"""A new generation of the master key: everything that the old ones wrapped is wrapped by it. Can be cut at any moment and run again."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.postgres.columns import Columns
from backend.adapters.recordings.archivist import rewrap
from backend.adapters.recordings.keyring import Keyring, add_key


class Rotated(msgspec.Struct, frozen=True, kw_only=True):
    """``made``: a new master key; otherwise what was begun before has been finished by the one that is current."""

    key: str
    made: bool
    columns: int
    recordings: int


class ColumnKey(msgspec.Struct, frozen=True):
    id: int
    purpose: str
    key_id: str
    made_at: datetime


class FieldState(msgspec.Struct, frozen=True):
    """``reached`` of ``clients`` while it is not ``done``."""

    field: str
    sealed: bool
    done: bool
    reached: int
    clients: int


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """``masters``: those of the file, the current one first; ``recordings``: how many each wraps, those that are missing too."""

    masters: tuple[str, ...]
    recordings: dict[str, int]
    columns: tuple[ColumnKey, ...]
    fields: tuple[FieldState, ...]

    def wrapped_by(self, master: str) -> tuple[int, int]:
        """Keys of recordings, keys of columns."""
        return self.recordings.get(master, 0), sum(key.key_id == master for key in self.columns)

    @property
    def missing(self) -> tuple[str, ...]:
        """Master keys that are needed and are not in the file."""
        needed = Counter(self.recordings) + Counter(key.key_id for key in self.columns)
        return tuple(sorted(needed.keys() - set(self.masters)))


async def rotate(engine: AsyncEngine, path: Path) -> Rotated:
    """``path``: the file of the master keys. Raises UnknownKey, Damaged: then what could not be wrapped stays as it was."""
    made = not path.exists() or not await _unfinished(engine, Keyring(path).ids[1:])
    if made:
        add_key(path)
    keyring = Keyring(path)
    async with engine.begin() as connection:
        columns = await Columns(keyring).rewrap(connection)
    return Rotated(key=keyring.current, made=made, columns=columns, recordings=await rewrap(engine, keyring))


async def _unfinished(engine: AsyncEngine, old: tuple[str, ...]) -> bool:
    async with engine.connect() as connection:
        return await connection.scalar(
            text(
                "SELECT EXISTS (SELECT 1 FROM column_key WHERE key_id = ANY(:old)) OR EXISTS"
                " (SELECT 1 FROM recording WHERE wrapped_key IS NOT NULL AND key_id = ANY(:old))"
            ),
            {"old": list(old)},
        )


async def inventory(engine: AsyncEngine, path: Path) -> Inventory:
    async with engine.connect() as connection:
        recordings = await connection.execute(
            text("SELECT key_id, count(*) FROM recording WHERE wrapped_key IS NOT NULL GROUP BY 1")
        )
        columns = await connection.execute(text("SELECT id, purpose, key_id, made_at FROM column_key ORDER BY id"))
        fields = await connection.execute(
            text(
                "SELECT field, sealed, done, (SELECT count(*) FROM client WHERE id <= reached),"
                " (SELECT count(*) FROM client) FROM client_sealing ORDER BY field"
            )
        )
        return Inventory(
            masters=Keyring(path).ids,
            recordings=dict(recordings.tuples().all()),
            columns=tuple(ColumnKey(*row) for row in columns),
            fields=tuple(FieldState(*row) for row in fields),
        )
