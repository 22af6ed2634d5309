"""Old blocks go whole, with their rows; a signed note of up to where keeps the rest verifiable. Done by the owner of the tables:
the application may not delete."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.audit.checkpoints import Checkpoint, Checkpoints
from backend.adapters.audit.keys import Signer

LEAST_MONTHS = 6
"""What the customer may ask for at any time (SEC-11)."""
DEFAULT_MONTHS = 18


class Pruned(msgspec.Struct, frozen=True):
    up_to: int
    blocks: int
    rows: int


async def prune(
    engine: AsyncEngine, signer: Signer, checkpoints: Checkpoints, months: int, now: datetime | None = None
) -> Pruned | None:
    """Remove blocks sealed more than ``months`` ago, all of whose rows are as old; None when there are none.

    Raises ValueError below the least. One transaction: what is removed and the note of it, or neither.
    """
    if months < LEAST_MONTHS:
        raise ValueError(f"the audit is kept for at least {LEAST_MONTHS} months, not {months}")
    now = now or datetime.now(UTC)
    async with engine.begin() as connection:
        given = {"now": now, "months": months}
        last = (
            await connection.execute(
                text(
                    "SELECT number, hash, total, sealed_at, to_xid FROM audit_block"
                    " WHERE sealed_at < CAST(:now AS timestamptz) - make_interval(months => :months)"
                    # The newest block stays: the chain never ends in nothing.
                    " AND number < (SELECT max(number) FROM audit_block) ORDER BY number DESC LIMIT 1"
                ),
                given,
            )
        ).first()
        if last is None:
            return None
        noted = Checkpoint(
            kind="pruned", number=last.number, hash=bytes(last.hash).hex(), total=last.total, at=now
        ).sign(signer)
        rows = 0
        for table in ("event", "audit"):
            done = await connection.execute(text(f"DELETE FROM {table} WHERE xid < :to"), {"to": last.to_xid})  # noqa: S608
            rows += done.rowcount
        blocks = await connection.execute(text("DELETE FROM audit_block WHERE number <= :n"), {"n": last.number})
        await connection.execute(
            text(
                "INSERT INTO audit_pruned (number, hash, total, sealed_at, pruned_at, key_id, signature)"
                " VALUES (:number, :hash, :total, :sealed_at, :at, :key, :signature)"
            ),
            {
                "number": last.number,
                "hash": last.hash,
                "total": last.total,
                "sealed_at": last.sealed_at,
                "at": now,
                "key": signer.id,
                "signature": signer.sign(noted.signed),
            },
        )
    await checkpoints.add([noted])
    return Pruned(last.number, blocks.rowcount, rows)
