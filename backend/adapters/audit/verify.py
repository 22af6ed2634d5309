"""Is the audit what was written? Reads every row again, in this process, and names the first place that is not.

What is believed: the public keys given, the checkpoints that lie outside the database, and nothing in the database.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters.audit.checkpoints import Checkpoint
from backend.adapters.audit.keys import Trusted
from backend.adapters.audit.rows import BLOCKS, Kept, kept, leaves, row_at
from backend.adapters.audit.sealer import FIRST_XID
from backend.domain.audit.chain import START, Fault, first_fault, root


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """``row`` as ``event 17``; ``at`` of the row, or of the sealing of its block when the row is gone."""

    fault: Fault
    block: int
    row: str | None = None
    at: datetime | None = None
    detail: str = ""

    def __str__(self) -> str:
        place = f"{self.row} in block {self.block}" if self.row else f"block {self.block}"
        when = f" ({self.at.isoformat()})" if self.at else ""
        return f"{place}{when}: {WORDS[self.fault]}{': ' + self.detail if self.detail else ''}"


WORDS = {
    Fault.CHANGED: "the row was changed after it was sealed",
    Fault.DELETED: "the row is gone",
    Fault.INSERTED: "the row was put in after everything there was sealed",
    Fault.REORDERED: "the rows stand in another order than they were sealed",
    Fault.BLOCK_CHANGED: "the block is not what its hash says",
    Fault.BLOCK_MISSING: "the block is gone",
    Fault.NOT_FOLLOWING: "the block does not follow the one before it",
    Fault.FORKED: "another block of this number was signed: an old head was put back and written on",
    Fault.CUT_OFF: "later blocks were signed: the end was cut off, or an old head was put back",
    Fault.UNSIGNED: "the signature is by no trusted key",
}


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """``waiting`` rows are not sealed yet. ``remarks``: what an auditor wants to know and is no fault."""

    broken: Broken | None
    blocks: int
    rows: int
    head: int
    head_hash: str
    waiting: int = 0
    remarks: tuple[str, ...] = ()


async def verify(
    engine: AsyncEngine,
    trusted: Trusted,
    checkpoints: Sequence[Checkpoint],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Verdict:
    """The whole chain, or the blocks that were sealed in a time and the first one after it."""
    async with engine.connect() as connection:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        return await _Check(connection, trusted, checkpoints).run(since, until)


class _Check:
    def __init__(self, connection: AsyncConnection, trusted: Trusted, checkpoints: Sequence[Checkpoint]) -> None:
        self._connection, self._trusted = connection, trusted
        self._all = checkpoints
        self._noted: dict[int, Checkpoint] = {}
        self.remarks: list[str] = []
        self.blocks = self.rows = 0
        self.head, self.head_hash = 0, START

    async def run(self, since: datetime | None, until: datetime | None) -> Verdict:
        broken = self._read_checkpoints() or await self._chain(since, until)
        waiting = 0
        if broken is None:
            waiting = await self._connection.scalar(
                text(
                    "SELECT (SELECT count(*) FROM event WHERE xid >= :to) + (SELECT count(*) FROM audit WHERE xid >= :to)"
                ),
                {"to": self._end},
            )
        return Verdict(
            broken=broken,
            blocks=self.blocks,
            rows=self.rows,
            head=self.head,
            head_hash=self.head_hash.hex(),
            waiting=waiting,
            remarks=tuple(self.remarks),
        )

    def _read_checkpoints(self) -> Broken | None:
        for each in self._all:
            if not each.fits(self._trusted):
                return Broken(fault=Fault.UNSIGNED, block=each.number, at=each.at, detail=f"checkpoint {each.kind}")
            if each.kind == "continued":
                self._noted = {n: x for n, x in self._noted.items() if n <= each.number}
                self.remarks.append(f"block {each.number}: continued on {each.at.isoformat()}: {each.why}")
            elif each.kind == "block":
                known = self._noted.get(each.number)
                if known is not None and known.hash != each.hash:
                    return Broken(fault=Fault.FORKED, block=each.number, at=each.at)
                self._noted[each.number] = each
        return None

    async def _chain(self, since: datetime | None, until: datetime | None) -> Broken | None:
        number, previous, self._end = 0, START, FIRST_XID
        pruned = (
            await self._connection.execute(text("SELECT * FROM audit_pruned ORDER BY number DESC LIMIT 1"))
        ).first()
        if pruned is not None:
            gone = Checkpoint(
                kind="pruned",
                number=pruned.number,
                hash=bytes(pruned.hash).hex(),
                total=pruned.total,
                at=pruned.pruned_at,
            )
            if not self._trusted.fits(pruned.key_id, bytes(pruned.signature), gone.signed):
                return Broken(fault=Fault.UNSIGNED, block=pruned.number, at=pruned.pruned_at, detail="pruned")
            number, previous = pruned.number, bytes(pruned.hash)
            self.remarks.append(f"pruned up to block {number}, sealed on {pruned.sealed_at.isoformat()}")
        first = True
        async for each in self._blocks(since):
            if first and since is not None and each.block.number > number + 1:
                number, previous, self._end = each.block.number - 1, each.block.previous, each.from_xid
            elif first:
                self._end = each.from_xid if pruned is not None else FIRST_XID
            first = False
            if broken := await self._block(each, number, previous):
                return broken
            number, previous, self._end = each.block.number, each.hash, each.to_xid
            self.head, self.head_hash = number, previous
            self.blocks += 1
            self.rows += len(each.block.ids)
            if until is not None and each.block.sealed_at >= until:
                return None
        later = max(self._noted, default=0)
        if later > number:
            return Broken(
                fault=Fault.CUT_OFF,
                block=number + 1,
                at=self._noted[later].at,
                detail=f"the chain ends with block {number}, block {later} was signed",
            )
        return None

    async def _blocks(self, since: datetime | None) -> AsyncIterator[Kept]:
        after = 0
        if since is not None:
            after = await self._connection.scalar(
                text("SELECT coalesce(max(number), 0) FROM audit_block WHERE sealed_at < :since"), {"since": since}
            )
        while True:
            rows = (
                await self._connection.execute(
                    text(f"{BLOCKS} WHERE number > :after ORDER BY number LIMIT 50"), {"after": after}
                )
            ).all()
            for row in rows:
                yield kept(row)
            if not rows:
                return
            after = rows[-1].number

    async def _block(self, each: Kept, number: int, previous: bytes) -> Broken | None:
        block = each.block
        found = self._of_itself(each, number, previous)
        if found is not None:
            fault, detail = found
            at = number + 1 if fault is Fault.BLOCK_MISSING else block.number
            return Broken(fault=fault, block=at, at=block.sealed_at, detail=detail)
        rows = await leaves(self._connection, each.from_xid, each.to_xid)
        wrong = first_fault(block, rows)
        if wrong is None:
            return None
        fault, id = wrong
        row = await row_at(self._connection, id)
        return Broken(fault=fault, block=block.number, row=f"{row.table} {row.id}", at=row.at or block.sealed_at)

    def _of_itself(self, each: Kept, number: int, previous: bytes) -> tuple[Fault, str] | None:
        block = each.block
        if block.number != number + 1:
            return Fault.BLOCK_MISSING, f"after block {number} comes {block.number}"
        noted = self._noted.get(block.number)
        if noted is not None and noted.hash != each.hash.hex():
            return Fault.FORKED, f"signed on {noted.at.isoformat()}"
        if len(block.ids) != len(block.leaves) or block.root != root(block.leaves) or block.hash != each.hash:
            return Fault.BLOCK_CHANGED, ""
        if not self._trusted.fits(each.key, each.signature, each.hash):
            return Fault.UNSIGNED, each.key
        if block.previous != previous:
            return Fault.NOT_FOLLOWING, ""
        if each.from_xid != self._end:
            return Fault.NOT_FOLLOWING, "transactions between them are in no block"
        return None
