"""Whoever owns the database changes what was written: each way is found, and its place is named."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text

from backend.adapters.audit.checkpoints import Damaged
from backend.adapters.audit.keys import PRIVATE, Signer, Trusted
from backend.adapters.audit.retention import prune
from backend.adapters.audit.sealer import Behind
from backend.adapters.audit.verify import verify
from backend.adapters.postgres.store import PostgresStore
from backend.domain.audit.chain import Fault
from tests.support.audit import Audit


@pytest_asyncio.fixture
async def audit(server, database_url):
    async with Audit(server, database_url) as made:
        yield made


async def row(audit: Audit, table: str, column: str, value: str) -> tuple[int, datetime]:
    async with audit.owner.connect() as connection:
        found = await connection.execute(text(f"SELECT id, at FROM {table} WHERE {column} = :value"), {"value": value})
        return tuple(found.one())


async def test_untouched_chain_is_whole(audit):
    await audit.blocks(3)
    verdict = await audit.verify()
    assert (verdict.broken, verdict.blocks, verdict.rows, verdict.waiting) == (None, 3, 12, 0)
    await audit.write("later")
    verdict = await audit.verify()
    assert (verdict.broken, verdict.rows, verdict.waiting) == (None, 12, 1)


async def test_nothing_to_seal_makes_no_block(audit):
    assert not await audit.seal()
    await audit.write("one")
    assert await audit.seal()
    assert not await audit.seal()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE event SET data = jsonb_set(data, '{what}', '\"žluť.\"') WHERE subject = 'b1'",
        "UPDATE event SET at = at + interval '1 microsecond' WHERE subject = 'b1'",
        "UPDATE event SET actor = 7 WHERE subject = 'b1'",
        "UPDATE event SET origin = '{}' WHERE subject = 'b1'",
        "UPDATE event SET version = 2 WHERE subject = 'b1'",
        "UPDATE event SET stream = 'other' WHERE subject = 'b1'",
    ],
)
async def test_changed_event_is_found_and_named(audit, change):
    await audit.blocks(3)
    id, at = await row(audit, "event", "subject", "b1")
    assert await audit.attack(change) == 1
    if " at " in change:
        at += timedelta(microseconds=1)
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block, broken.row, broken.at) == (Fault.CHANGED, 2, f"event {id}", at)


@pytest.mark.parametrize("column", ["actor = NULL", "address = '10.0.0.2'", "outcome = 'refused'", "parameters = '[]'"])
async def test_changed_entry_is_found_and_named(audit, column):
    await audit.blocks(3)
    id, at = await row(audit, "audit", "action", "first1")
    assert await audit.attack(f"UPDATE audit SET {column} WHERE action = 'first1'") == 1
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block, broken.row, broken.at) == (Fault.CHANGED, 2, f"audit {id}", at)
    assert str(broken).startswith(f"audit {id} in block 2 ({at.isoformat()}): the row was changed")


@pytest.mark.parametrize(("table", "column", "value"), [("event", "subject", "a2"), ("audit", "action", "second0")])
async def test_deleted_row_is_found_and_named(audit, table, column, value):
    await audit.blocks(3)
    id, _ = await row(audit, table, column, value)
    await audit.attack(f"DELETE FROM {table} WHERE id = :id", id=id)
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.row, broken.block) == (Fault.DELETED, f"{table} {id}", 3 if table == "event" else 1)


async def test_deleted_last_row_is_found(audit):
    await audit.blocks(2)
    id, _ = await row(audit, "audit", "action", "second1")
    await audit.attack("DELETE FROM audit WHERE id = :id", id=id)
    assert str((await audit.verify()).broken).startswith(f"audit {id} in block 2")


async def test_row_put_in_later_is_found(audit):
    await audit.blocks(2)
    xid = await audit.value("SELECT xid FROM event WHERE subject = 'a0'")
    await audit.attack(
        "INSERT INTO event (xid, stream, subject, version, data, at) VALUES (:xid, 'test', 'new', 1, '{}', now())",
        xid=xid,
    )
    id, _ = await row(audit, "event", "subject", "new")
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block, broken.row) == (Fault.INSERTED, 1, f"event {id}")


async def test_row_put_before_everything_is_found(audit):
    await audit.blocks(2)
    await audit.attack(
        "INSERT INTO event (xid, stream, subject, version, data, at) VALUES (3, 'test', 'old', 1, '{}', now())"
    )
    assert (await audit.verify()).broken.fault is Fault.INSERTED


async def test_reordered_rows_are_found(audit):
    await audit.blocks(1)
    await audit.event("x")
    await audit.event("y")
    await audit.seal()
    x, y = [await audit.value("SELECT xid FROM event WHERE subject = :s", s=s) for s in "xy"]
    await audit.attack(
        "UPDATE event SET xid = CASE subject WHEN 'x' THEN CAST(:y AS bigint) ELSE :x END WHERE subject IN ('x', 'y')",
        x=x,
        y=y,
    )
    broken = (await audit.verify()).broken
    id, _ = await row(audit, "event", "subject", "y")
    assert (broken.fault, broken.block, broken.row) == (Fault.REORDERED, 2, f"event {id}")


async def test_swapped_contents_are_found(audit):
    await audit.blocks(2)
    await audit.attack(
        "UPDATE audit a SET action = b.action FROM audit b WHERE a.action IN ('first0', 'second0')"
        " AND b.action IN ('first0', 'second0') AND a.id <> b.id"
    )
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.CHANGED, 1)


async def test_cut_off_end_is_found_by_the_checkpoint_outside(audit):
    await audit.blocks(3)
    cut = await audit.value("SELECT to_xid FROM audit_block WHERE number = 2")
    for table in ("event", "audit"):
        await audit.attack(f"DELETE FROM {table} WHERE xid >= :cut", cut=cut)
    await audit.attack("DELETE FROM audit_block WHERE number > 2")
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.CUT_OFF, 3)
    assert broken.detail == "the chain ends with block 2, block 3 was signed"
    with pytest.raises(Behind, match=r"block 3 .* was signed, the chain ends at 2"):
        await audit.sealer.catch_up()


async def test_replayed_old_head_that_goes_on_is_found(audit):
    """The tables are those of yesterday, and work goes on by them with the true key."""
    await audit.blocks(3)
    cut = await audit.value("SELECT to_xid FROM audit_block WHERE number = 2")
    await audit.attack("DELETE FROM event WHERE xid >= :cut", cut=cut)
    await audit.attack("DELETE FROM audit WHERE xid >= :cut", cut=cut)
    await audit.attack("DELETE FROM audit_block WHERE number > 2")
    await audit.write("something else")
    old = [line for path in audit.folder.glob("*.jsonl") for line in path.read_text().splitlines()]
    path = next(audit.folder.glob("*.jsonl"))
    path.write_text("\n".join(old[:2]) + "\n")  # so that the sealer knows no better
    await audit.sealer.catch_up()
    path.write_text("\n".join(old) + "\n")  # the auditor's copy
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.FORKED, 3)


async def test_old_block_put_in_place_of_the_head_is_found(audit):
    await audit.blocks(3)
    await audit.attack("DELETE FROM audit_block WHERE number = 3")
    columns = "previous, root, hash, total, ids, leaves, form, from_xid, to_xid, sealed_at, key_id, signature"
    await audit.attack(
        f"INSERT INTO audit_block (number, {columns}) SELECT 3, {columns} FROM audit_block WHERE number = 2"
    )
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.FORKED, 3)
    for path in audit.folder.glob("*.jsonl"):
        path.unlink()
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.BLOCK_CHANGED, 3)


async def test_block_that_is_gone_is_found(audit):
    await audit.blocks(3)
    await audit.attack("DELETE FROM audit_block WHERE number = 2")
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.BLOCK_MISSING, 2)


@pytest.mark.parametrize(
    "change",
    [
        "leaves = overlay(leaves placing '\\x00'::bytea from 1)",
        "root = decode(repeat('00', 32), 'hex')",
        "sealed_at = sealed_at + interval '1 day'",
        "total = total + 1",
        "ids = ids || 99::bigint",
    ],
)
async def test_changed_block_is_found(audit, change):
    await audit.blocks(3)
    await audit.attack(f"UPDATE audit_block SET {change} WHERE number = 2")
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.BLOCK_CHANGED, 2)


async def test_rewritten_chain_is_found_when_the_key_is_not_the_true_one(audit, tmp_path):
    """The attacker makes the whole chain anew, consistent in itself, with a key of their own."""
    await audit.blocks(2)
    trusted, noted = Trusted.of(audit.folder), await audit.checkpoints.all()
    await audit.attack("UPDATE audit SET actor = 99 WHERE action = 'first0'")
    await audit.attack("DELETE FROM audit_block")
    for path in [*audit.folder.glob("*.jsonl"), audit.folder / PRIVATE]:
        path.unlink()
    audit.sealer._signer = Signer.of(audit.folder)
    await audit.sealer.catch_up()
    for checkpoints, fault in ((noted, Fault.FORKED), ([], Fault.UNSIGNED)):
        broken = (await verify(audit.owner, trusted, checkpoints)).broken
        assert (broken.fault, broken.block) == (fault, 1)
    broken = (await verify(audit.owner, trusted, await audit.checkpoints.all())).broken
    assert broken.fault is Fault.UNSIGNED


async def test_changed_checkpoint_is_no_checkpoint(audit):
    await audit.blocks(1)
    path = next(audit.folder.glob("*.jsonl"))
    whole = path.read_text()
    path.write_text(whole.replace('"number":1', '"number":2'))
    assert (await audit.verify()).broken.fault is Fault.UNSIGNED
    path.write_text("{}\n" + whole)
    with pytest.raises(Damaged, match="line 1"):
        await audit.verify()
    path.write_text(whole + whole[:40])  # a crash in the middle of a line
    assert (await audit.verify()).broken is None


async def test_checkpoint_lost_by_a_crash_is_written_again(audit):
    await audit.blocks(2)
    next(audit.folder.glob("*.jsonl")).unlink()
    await audit.sealer.catch_up()
    assert [x.number for x in await audit.checkpoints.all()] == [1, 2]
    assert (await audit.verify()).broken is None


async def test_late_commit_is_sealed_in_its_place(audit):
    """A transaction that began before a block and commits after it is not passed over, and holds nobody up."""
    async with audit.engine.connect() as slow:
        await slow.execute(
            text("INSERT INTO event (stream, subject, version, data, at) VALUES ('test', 'slow', 1, '{}', now())")
        )
        await audit.write("meanwhile")
        assert not await audit.seal()
        await slow.commit()
    assert await audit.seal()
    verdict = await audit.verify()
    assert (verdict.broken, verdict.rows, verdict.waiting) == (None, 2, 0)


async def test_two_sealers_make_one_chain(audit):
    await audit.write(*"abcdef")
    await asyncio.gather(*(audit.sealer.seal() for _ in range(6)))
    verdict = await audit.verify()
    assert (verdict.broken, verdict.rows, verdict.blocks) == (None, 6, 1)
    assert await audit.value("SELECT count(*) FROM audit_block") == 1


async def test_sealer_whose_lease_is_gone_seals_nothing(audit):
    await audit.write("a")
    token = await PostgresStore(audit.engine).acquire_lease("audit", "first", timedelta(seconds=30))
    await audit.attack("UPDATE lease SET holder = 'second', token = token + 1")
    assert not await audit.sealer.seal(token)
    assert await audit.value("SELECT count(*) FROM audit_block") == 0


async def test_part_of_the_chain_is_verified_by_time(audit):
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(4):
        audit.now = begin + timedelta(days=day)
        await audit.event(f"day{day}")
        await audit.seal()
    await audit.attack("UPDATE event SET version = 2 WHERE subject = 'day0'")
    day = lambda n: begin + timedelta(days=n)  # noqa: E731
    part = await audit.verify(since=day(1), until=day(2))
    assert (part.broken, part.blocks, part.rows, part.head) == (None, 2, 2, 3)
    assert (await audit.verify(until=day(1))).broken.fault is Fault.CHANGED
    assert (await audit.verify()).broken.block == 1


async def test_old_blocks_are_pruned_whole_and_the_rest_is_whole(audit):
    begin = datetime(2024, 1, 1, tzinfo=UTC)
    for month in range(4):
        audit.now = begin + timedelta(days=31 * month)
        await audit.event(f"m{month}")
        await audit.write(f"m{month}")
        await audit.seal()
    later = datetime(2025, 8, 5, tzinfo=UTC)
    pruned = await prune(audit.owner, audit.signer, audit.checkpoints, 18, later)
    assert (pruned.up_to, pruned.blocks, pruned.rows) == (2, 2, 4)
    assert await audit.value("SELECT count(*) FROM event") == await audit.value("SELECT count(*) FROM audit") == 2
    audit.now = None
    await audit.blocks(1)
    verdict = await audit.verify()
    assert (verdict.broken, verdict.blocks, verdict.head) == (None, 3, 5)
    assert verdict.remarks == ("pruned up to block 2, sealed on 2024-02-01T00:00:00+00:00",)
    assert await prune(audit.owner, audit.signer, audit.checkpoints, 18, later) is None
    await audit.attack("DELETE FROM audit WHERE action = 'm2'")
    assert (await audit.verify()).broken.fault is Fault.DELETED


async def test_blocks_removed_without_a_signed_note_are_missed(audit):
    await audit.blocks(3)
    cut = await audit.value("SELECT to_xid FROM audit_block WHERE number = 1")
    for table in ("event", "audit"):
        await audit.attack(f"DELETE FROM {table} WHERE xid < :cut", cut=cut)
    await audit.attack("DELETE FROM audit_block WHERE number = 1")
    broken = (await audit.verify()).broken
    assert (broken.fault, broken.block) == (Fault.BLOCK_MISSING, 1)
    await audit.attack(
        "INSERT INTO audit_pruned SELECT 1, previous, 4, sealed_at, now(), key_id, signature FROM audit_block WHERE number = 2"
    )
    assert (await audit.verify()).broken.fault is Fault.UNSIGNED


async def test_audit_is_never_kept_for_less_than_six_months(audit):
    with pytest.raises(ValueError, match="at least 6 months"):
        await prune(audit.owner, audit.signer, audit.checkpoints, 5)
