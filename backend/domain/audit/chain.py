"""How rows become a chain that nobody can change unseen.

The rows of a block, in the order of the log, are the leaves of a Merkle tree (RFC 6962, 2.1: leaves are hashed with the
prefix 0x00, nodes with 0x01). A block's hash (prefix 0x02) covers its number, the hash of the block before, the root, which
rows it has and when it was sealed. A signature of a block's hash therefore covers everything that ever happened before it.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

FORM = 1
"""Of the canonical bytes of rows; a block says which form its leaves have."""
START = bytes(32)
"""What the first block follows."""

RowId = int
"""Rows of ``event`` by their number, rows of ``audit`` by its negative: one sequence of numbers for both."""


def leaf(row: Sequence[int | str | None]) -> bytes:
    """Of a row's canonical bytes: its columns as a JSON array without spaces, in UTF-8."""
    return hashlib.sha256(b"\x00" + msgspec.json.encode(row)).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash; pairing level by level with the odd one carried up is the tree of the RFC."""
    if not leaves:
        return hashlib.sha256().digest()
    level = list(leaves)
    while len(level) > 1:
        paired = [hashlib.sha256(b"\x01" + a + b).digest() for a, b in zip(level[::2], level[1::2], strict=False)]
        level = paired + level[len(paired) * 2 :]
    return level[0]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """``total`` rows stand in the chain up to and with this block. ``ids`` and ``leaves`` are as long as each other."""

    number: int
    previous: bytes
    root: bytes
    total: int
    ids: tuple[RowId, ...]
    leaves: tuple[bytes, ...]
    sealed_at: datetime
    form: int = FORM

    @property
    def hash(self) -> bytes:
        ids = hashlib.sha256(struct.pack(f">{len(self.ids)}q", *self.ids)).hexdigest()
        at = self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
        head = [self.form, self.number, self.previous.hex(), self.root.hex(), self.total, len(self.ids), ids, at]
        return hashlib.sha256(b"\x02" + msgspec.json.encode(head)).digest()


def block(number: int, previous: bytes, before: int, rows: Sequence[tuple[RowId, bytes]], at: datetime) -> Block:
    """The next block: ``before`` rows stand in the chain already; ``rows`` are ids and leaves in their order."""
    leaves = tuple(hashed for _, hashed in rows)
    return Block(
        number=number,
        previous=previous,
        root=root(leaves),
        total=before + len(rows),
        ids=tuple(id for id, _ in rows),
        leaves=leaves,
        sealed_at=at,
    )


class Fault(StrEnum):
    CHANGED = "changed"
    """The row is not what was sealed."""
    DELETED = "deleted"
    INSERTED = "inserted"
    """The row stands where everything was sealed already."""
    REORDERED = "reordered"
    BLOCK_CHANGED = "block_changed"
    """The block does not fit its own hash or signature."""
    BLOCK_MISSING = "block_missing"
    NOT_FOLLOWING = "not_following"
    """The block follows another one than the one that stands before it."""
    FORKED = "forked"
    """Another block of this number was signed before: an old head was put back and written on."""
    CUT_OFF = "cut_off"
    """Later blocks were signed: the end is gone, or an old head was put back."""
    UNSIGNED = "unsigned"
    """Signed by no key that is trusted."""


def first_fault(block: Block, found: Sequence[tuple[RowId, bytes]]) -> tuple[Fault, RowId] | None:
    """What is wrong with the rows of a block whose own hash is good: the first place, in the order of sealing."""
    if tuple(found) == tuple(zip(block.ids, block.leaves, strict=True)):
        return None
    now: Mapping[RowId, bytes] = dict(found)
    for id, sealed in zip(block.ids, block.leaves, strict=True):
        if id not in now:
            return Fault.DELETED, id
        if now[id] != sealed:
            return Fault.CHANGED, id
    known = set(block.ids)
    for id, _ in found:
        if id not in known:
            return Fault.INSERTED, id
    return Fault.REORDERED, next(id for (id, _), sealed in zip(found, block.ids, strict=False) if id != sealed)
