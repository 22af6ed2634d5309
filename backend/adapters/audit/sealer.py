"""Seals what was committed: one process at a time, a block every few seconds, without a lock that any writer waits for.

Rows below the oldest running transaction are all there is and ever will be (``postgres.log``), so a block is the rows of a
range of transactions. The block's number is its primary key: two sealers cannot both follow the same block.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from backend.adapters.audit.checkpoints import Checkpoint, Checkpoints
from backend.adapters.audit.keys import Signer
from backend.adapters.audit.rows import BLOCKS, PUT_BLOCK, Kept, block_row, kept, leaves
from backend.adapters.postgres.store import PostgresStore
from backend.application.origin import PROCESS
from backend.domain.audit.chain import START, Block, block

log = structlog.get_logger()
SEALED = Counter("kc_audit_sealed_rows_total", "Rows sealed into the chain of the audit")
HEAD = Gauge("kc_audit_head_block", "Number of the newest block of the audit that this process knows")
HALTED = Gauge("kc_audit_halted", "1 while the chain is behind a signed checkpoint and nothing is sealed")

LEASE = "audit"
LEASE_LENGTH = timedelta(seconds=30)
MOST_ROWS = 10_000
"""Of one block; a transaction is never parted."""
FIRST_XID = -(2**62)

_UP_TO = text(
    "SELECT xid FROM ((SELECT xid FROM event WHERE xid >= :from AND xid < :horizon ORDER BY xid, id LIMIT :most)"
    " UNION ALL (SELECT xid FROM audit WHERE xid >= :from AND xid < :horizon ORDER BY xid, id LIMIT :most)) AS both_tables"
    " ORDER BY xid OFFSET :most - 1 LIMIT 1"
)


class Behind(Exception):
    """A later block was signed than the chain has: the tables are older than they were. Nothing is sealed on top."""


class Sealer:
    def __init__(
        self,
        engine: AsyncEngine,
        signer: Signer,
        checkpoints: Checkpoints,
        every: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._engine = engine
        self._store = PostgresStore(engine)
        self._signer = signer
        self._checkpoints = checkpoints
        self._every = every.total_seconds()
        self._clock = clock
        self._holder = f"sealer {PROCESS}"

    async def run(self) -> None:
        while True:
            try:
                token = await self._store.acquire_lease(LEASE, self._holder, LEASE_LENGTH)
                if token is not None:
                    await self.catch_up(token)
                    HALTED.set(0)
            except Behind as behind:
                HALTED.set(1)
                log.error("audit_chain_behind_checkpoint", detail=str(behind))
            except Exception:
                log.exception("audit_not_sealed")
            await asyncio.sleep(self._every)

    async def catch_up(self, token: int | None = None) -> int:
        """Seal all that can be; how many blocks. Raises Behind."""
        await self._publish()
        made = 0
        while await self.seal(token):
            made += 1
            if token is not None and made % 20 == 0:
                await self._store.acquire_lease(LEASE, self._holder, LEASE_LENGTH)
        return made

    async def seal(self, token: int | None = None) -> bool:
        """One block, with its checkpoint outside; False when there is nothing to seal."""
        async with self._engine.connect() as connection:
            last = await _last(connection)
            start = last.to_xid if last else FIRST_XID
            horizon = await connection.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
            up_to = await connection.scalar(_UP_TO, {"from": start, "horizon": horizon, "most": MOST_ROWS})
            end = horizon if up_to is None else up_to + 1
            rows = await leaves(connection, start, end) if end > start else []
        if not rows:
            return False
        previous, before = (last.hash, last.block.total) if last else (START, 0)
        made = block((last.block.number if last else 0) + 1, previous, before, rows, self._clock())
        signature = self._signer.sign(made.hash)
        try:
            async with self._engine.begin() as connection:
                if token is not None and not await _still_mine(connection, token):
                    return False
                await connection.execute(PUT_BLOCK, block_row(made, start, end, self._signer.id, signature))
        except IntegrityError:
            return False  # somebody else sealed it
        SEALED.inc(len(rows))
        HEAD.set(made.number)
        await self._checkpoints.add([self._checkpoint(made)])
        return True

    async def head(self) -> Kept | None:
        """The newest block."""
        async with self._engine.connect() as connection:
            return await _last(connection)

    def _checkpoint(self, made: Block) -> Checkpoint:
        found = Checkpoint(kind="block", number=made.number, hash=made.hash.hex(), total=made.total, at=made.sealed_at)
        return found.sign(self._signer)

    async def _publish(self) -> None:
        """Checkpoints of blocks that were sealed but not yet written outside: by a process that died, or by another node."""
        noted = await self._checkpoints.last()
        after = noted.number if noted else 0
        async with self._engine.connect() as connection:
            last = await _last(connection)
            head = last.block.number if last else 0
            if noted is not None and not await _has(connection, noted, head):
                raise Behind(f"block {noted.number} of {noted.at.isoformat()} was signed, the chain ends at {head}")
            while head > after:
                rows = await connection.execute(
                    text(f"{BLOCKS} WHERE number > :after ORDER BY number LIMIT 100"), {"after": after}
                )
                found = [kept(row).block for row in rows]
                if not found:
                    break
                await self._checkpoints.add([self._checkpoint(each) for each in found])
                after = found[-1].number


async def _last(connection) -> Kept | None:
    row = (await connection.execute(text(f"{BLOCKS} ORDER BY number DESC LIMIT 1"))).first()
    return kept(row) if row is not None else None


async def _has(connection, noted: Checkpoint, head: int) -> bool:
    """Whether the chain has the block of a checkpoint, or has had it before pruning."""
    if noted.kind == "pruned":
        return noted.number <= head
    if noted.number == 0:
        return True
    found = await connection.scalar(text("SELECT hash FROM audit_block WHERE number = :n"), {"n": noted.number})
    return found is not None and bytes(found).hex() == noted.hash


async def _still_mine(connection, token: int) -> bool:
    from backend.adapters.postgres.transaction import PostgresTransaction

    return await PostgresTransaction(connection).holds_lease(LEASE, token)
