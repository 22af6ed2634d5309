"""Takes what the bridge has recorded: made compact, sealed under a key of its own, put away, and the plain file removed.

Any process may run it; a recording is taken under lock. If the process dies in between, the recording is taken again:
the plain file is removed only after the row that names the sealed one is committed.
"""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.recordings import audio, sealed
from backend.adapters.recordings.keyring import Keyring
from backend.adapters.recordings.vault import Vault
from backend.domain.recording.retention import DEFAULT_DAYS

log = structlog.get_logger()

LOOK_EVERY_S = 5.0
RETRY_FIRST, RETRY_MOST = timedelta(seconds=10), timedelta(hours=1)
ERASE_EVERY_S = 600.0
BATCH = 200


class Archivist:
    """``folder`` is where the bridge writes; ``clock`` the time for what is due."""

    def __init__(
        self, engine: AsyncEngine, folder: Path, vault: Vault, keyring: Keyring, clock: Callable[[], datetime]
    ) -> None:
        self.engine, self.folder, self.vault, self.keyring, self.clock = engine, folder, vault, keyring, clock
        self._woken = asyncio.Event()

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        erase_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            try:
                while await self.keep_next():
                    pass
                if loop.time() >= erase_at:
                    while await self.erase_expired():
                        pass
                    erase_at = loop.time() + ERASE_EVERY_S
                while await self.sweep():
                    pass
            except Exception:
                log.exception("archivist_failed")
                await asyncio.sleep(LOOK_EVERY_S)
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def keep_next(self) -> bool:
        """Put one recording away; whether there was one."""
        async with self.engine.begin() as connection:
            row = (
                await connection.execute(
                    text(
                        "SELECT id::text, file, sha256 FROM recording WHERE file IS NOT NULL AND kept_at IS NULL"
                        " AND erased_at IS NULL AND (retry_at IS NULL OR retry_at <= :now)"
                        " ORDER BY started_at LIMIT 1 FOR UPDATE SKIP LOCKED"
                    ),
                    {"now": self.clock()},
                )
            ).first()
            if row is None:
                return False
            try:
                await self._keep(connection, *row)
            except Exception as error:
                log.error("recording_not_kept", recording=row[0], error=repr(error))
                await self._later(connection, row[0])
        return True

    async def _keep(self, connection: AsyncConnection, id: str, file: str, sha256: str) -> None:
        path = self.folder / file
        raw = await asyncio.to_thread(path.read_bytes)
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise sealed.Damaged(f"{id} is not what the bridge wrote")
        compact, peaks = await asyncio.to_thread(audio.flac, path)
        key, name = sealed.new_key(), f"{id[:2]}/{id}.kcr"
        stored = await asyncio.to_thread(lambda: b"".join(sealed.seal(compact, key, id)))
        await self.vault.put(name, stored)
        if await self.vault.read(name, 0, len(stored)) != stored:
            raise sealed.Damaged(f"{id} was not stored as it was written")
        key_id, wrapped = self.keyring.wrap(key, id)
        await connection.execute(
            text(
                "UPDATE recording SET kept_at = :now, name = :name, kept_size = :size, kept_sha256 = :sha256,"
                " key_id = :key_id, wrapped_key = :wrapped, peaks = :peaks WHERE id = CAST(:id AS uuid)"
            ),
            {
                "now": self.clock(),
                "name": name,
                "size": len(compact),
                "sha256": hashlib.sha256(compact).hexdigest(),
                "key_id": key_id,
                "wrapped": wrapped,
                "peaks": peaks,
                "id": id,
            },
        )

    async def _later(self, connection: AsyncConnection, id: str) -> None:
        await connection.execute(
            text(
                "UPDATE recording SET tries = tries + 1, retry_at = CAST(:now AS timestamptz) + least(CAST(:first AS interval) * power(2, least(tries, 20)),"
                " CAST(:most AS interval)) WHERE id = CAST(:id AS uuid)"
            ),
            {"now": self.clock(), "first": RETRY_FIRST, "most": RETRY_MOST, "id": id},
        )

    async def sweep(self) -> int:
        """Remove plain files of what is kept, and every file of what is erased; how many recordings were cleaned."""
        async with self.engine.begin() as connection:
            rows = (
                await connection.execute(
                    text(
                        "SELECT id::text, file, name, erased_at IS NOT NULL FROM recording"
                        " WHERE (file IS NOT NULL AND kept_at IS NOT NULL)"
                        " OR (erased_at IS NOT NULL AND (file IS NOT NULL OR name IS NOT NULL))"
                        " LIMIT :batch FOR UPDATE SKIP LOCKED"
                    ),
                    {"batch": BATCH},
                )
            ).all()
            for id, file, name, erased in rows:
                if file:
                    (self.folder / file).unlink(missing_ok=True)
                if erased and name:
                    await self.vault.delete(name)
                await connection.execute(
                    text(
                        "UPDATE recording SET file = NULL, name = CASE WHEN :erased THEN NULL ELSE name END"
                        " WHERE id = CAST(:id AS uuid)"
                    ),
                    {"erased": erased, "id": id},
                )
        return len(rows)

    async def erase_expired(self) -> int:
        """Erase what its queue keeps no longer and no legal hold keeps: the key first, so that no copy can be opened;
        the files follow in ``sweep``."""
        async with self.engine.begin() as connection:
            done = await connection.execute(
                text(
                    "UPDATE recording SET erased_at = CAST(:now AS timestamptz), wrapped_key = NULL, peaks = NULL WHERE id IN ("
                    "SELECT r.id FROM recording r JOIN interaction i ON i.id = r.interaction"
                    " LEFT JOIN queue q ON q.id = i.queue WHERE r.erased_at IS NULL AND r.held_at IS NULL"
                    " AND r.started_at < CAST(:now AS timestamptz) - make_interval(days => coalesce(q.retention_days, :days))"
                    " LIMIT :batch FOR UPDATE OF r SKIP LOCKED) RETURNING id::text"
                ),
                {"now": self.clock(), "days": DEFAULT_DAYS, "batch": BATCH},
            )
            erased = [row[0] for row in done]
        for id in erased:
            log.info("recording_erased", recording=id)
        return len(erased)


async def rewrap(engine: AsyncEngine, keyring: Keyring) -> int:
    """Wrap by the current key all file keys that another one of the ring wraps; how many. Can be run again after a cut."""
    done = 0
    while True:
        async with engine.begin() as connection:
            rows = (
                await connection.execute(
                    text(
                        "SELECT id::text, key_id, wrapped_key FROM recording WHERE wrapped_key IS NOT NULL"
                        " AND key_id = ANY(:old) LIMIT 500 FOR UPDATE"
                    ),
                    {"old": list(keyring.ids[1:])},
                )
            ).all()
            for id, key_id, wrapped in rows:
                new_id, new = keyring.wrap(keyring.unwrap(key_id, wrapped, id), id)
                await connection.execute(
                    text("UPDATE recording SET key_id = :k, wrapped_key = :w WHERE id = CAST(:id AS uuid)"),
                    {"k": new_id, "w": new, "id": id},
                )
        done += len(rows)
        if not rows:
            return done
