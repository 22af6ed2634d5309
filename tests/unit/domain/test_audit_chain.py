"""The chain as mathematics: the tree of RFC 6962, and what a block's hash covers."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from backend.domain.audit.chain import START, Fault, block, first_fault, leaf, root

AT = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
# RFC 6962 (certificate-transparency, merkletree/merkle_tree_test.cc): roots of the first n of these leaves.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("count", sorted(ROOTS))
def test_root_is_that_of_the_rfc(count):
    leaves = [hashlib.sha256(b"\x00" + bytes.fromhex(x)).digest() for x in INPUTS[:count]]
    assert root(leaves).hex() == ROOTS[count]


def rows(*names: str) -> list[tuple[int, bytes]]:
    return [(n, leaf(["event", n, name])) for n, name in enumerate(names, 1)]


def test_hash_covers_every_part_of_the_block():
    made = block(2, START, 10, rows("a", "b"), AT)
    other = {
        "number": 3,
        "previous": bytes(31) + b"\x01",
        "root": bytes(32),
        "total": 13,
        "ids": (1, -2),
        "sealed_at": AT + timedelta(microseconds=1),
        "form": 2,
    }
    assert made.total == 12
    for name, value in other.items():
        assert msgspec.structs.replace(made, **{name: value}).hash != made.hash, name


def test_canonical_bytes_tell_absent_from_empty_and_column_from_column():
    assert len({leaf(x) for x in (["a", None], ["a", ""], ["", "a"], ["a"], ["a", "null"], [None, "a"])}) == 6


@pytest.mark.parametrize(
    ("now", "wrong"),
    [
        (rows("a", "b", "c"), None),
        (rows("a", "x", "c"), (Fault.CHANGED, 2)),
        (rows("a", "b", "c")[:2], (Fault.DELETED, 3)),
        (rows("a", "b", "c")[1:], (Fault.DELETED, 1)),
        ([*rows("a", "b", "c"), (9, bytes(32))], (Fault.INSERTED, 9)),
        ([*rows("a", "b", "c")[1:], rows("a")[0]], (Fault.REORDERED, 2)),
        ([], (Fault.DELETED, 1)),
    ],
)
def test_first_fault_is_named(now, wrong):
    assert first_fault(block(1, START, 0, rows("a", "b", "c"), AT), now) == wrong
