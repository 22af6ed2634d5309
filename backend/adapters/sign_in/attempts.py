"""Counts wrong attempts (``backend.domain.access.throttling``) in the database: one truth for all processes.

An attempt is counted as wrong before it is looked at, under the lock of its counters, and taken back when it was right: so a
flood of simultaneous attempts gets no more looks than a patient one.
"""

import math
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.domain.access.throttling import OWN, Counter, Key, failed, wait


class Attempts:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine

    async def begin(self, keys: list[Key]) -> int:
        """Seconds to wait; 0: look at this attempt, which is counted as wrong until ``right``."""
        now = datetime.now(UTC)
        async with self.engine.begin() as connection:
            for key in sorted(keys, key=lambda k: (k.counted, k.text)):  # one order, no deadlock
                await connection.execute(
                    text(
                        "INSERT INTO sign_in_failure (counted, key, failures, failed_at)"
                        " VALUES (:counted, :key, 0, :now) ON CONFLICT DO NOTHING"
                    ),
                    {"counted": key.counted.value, "key": key.text, "now": now},
                )
            rows: dict[Key, Counter] = {}
            longest = timedelta()
            for key in sorted(keys, key=lambda k: (k.counted, k.text)):
                row = (
                    await connection.execute(
                        text(
                            "SELECT failures, failed_at FROM sign_in_failure"
                            " WHERE counted = :counted AND key = :key FOR UPDATE"
                        ),
                        {"counted": key.counted.value, "key": key.text},
                    )
                ).one()
                rows[key] = Counter(row.failures, row.failed_at)
                longest = max(longest, wait(key.counted, rows[key], now))
            if longest:
                return math.ceil(longest.total_seconds())
            for key, counter in rows.items():
                after = failed(key.counted, counter, now)
                await self._write(connection, key, after)
        return 0

    async def right(self, keys: list[Key]) -> None:
        """The log-in's own counter begins anew; of an address only this attempt is taken back, for others failed there."""
        async with self.engine.begin() as connection:
            for key in sorted(keys, key=lambda k: (k.counted, k.text)):
                own = key.counted in OWN
                await connection.execute(
                    text(
                        "UPDATE sign_in_failure SET failures = CASE WHEN :own THEN 0 ELSE greatest(failures - 1, 0) END"
                        " WHERE counted = :counted AND key = :key"
                    ),
                    {"own": own, "counted": key.counted.value, "key": key.text},
                )

    async def forget_old(self) -> None:
        """What nobody asks about any more."""
        async with self.engine.begin() as connection:
            await connection.execute(
                text("DELETE FROM sign_in_failure WHERE failed_at < clock_timestamp() - interval '2 hours'")
            )

    async def _write(self, connection, key: Key, counter: Counter) -> None:
        await connection.execute(
            text(
                "UPDATE sign_in_failure SET failures = :failures, failed_at = :at"
                " WHERE counted = :counted AND key = :key"
            ),
            {
                "failures": counter.failures,
                "at": counter.failed_at,
                "counted": key.counted.value,
                "key": key.text,
            },
        )
