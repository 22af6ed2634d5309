"""A backup taken while commands run, restored into an empty database, is what the source was; what is not is said."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.audit.keys import PRIVATE, Trusted, text_of
from backend.adapters.audit.verify import verify
from backend.adapters.backup.backup import (
    MANIFEST,
    NotRestored,
    _begin_anew,
    back_up,
    copy_keys,
    read_manifest,
    restore,
)
from backend.adapters.recordings.keyring import Keyring
from backend.config import ROOT
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from backend.domain.kernel.refusal import Refusal
from tests.integration.test_sensitive_fields import until
from tests.support.api import Api
from tests.support.consistency import everything_read

EVENTS = "SELECT id, stream, subject, version, data::text, at, actor, origin::text FROM event"


async def rows(url: str, sql: str, **values: object) -> list[tuple]:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            done = await connection.execute(text(sql), values)
            return [tuple(r) for r in done] if done.returns_rows else []
    finally:
        await engine.dispose()


async def calls(kc, until: asyncio.Event, done: list[int]) -> None:
    """Contacts that come, queue and leave, one after another."""
    while not until.is_set():
        id = str(uuid.uuid4())
        arrive = c.Arrive(
            channel=Channel.VOICE,
            direction=Direction.INBOUND,
            customer=Customer("+420601000111"),
            dialled="+420800100200",
            bridge="bridge-1",
            leg=id,
        )
        for command in (arrive, c.Enqueue(queue=1, position=1), c.LeaveAsCustomer(wrap_up=timedelta())):
            assert not isinstance(await kc.desk.command(id, command), Refusal)
            done.append(1)


@pytest_asyncio.fixture
async def source(database_url, server):
    """An API with some past, sealed."""
    async with Api(database_url, audit_seal_s=0.2) as api:
        api.owner = server.owner(database_url)
        stop = asyncio.Event()
        done: list[int] = []
        working = asyncio.create_task(calls(api.kc, stop, done))
        while len(done) < 30:
            await asyncio.sleep(0.01)
        stop.set()
        await working
        yield api


async def test_backup_under_load_restores_to_every_committed_event(source, server, tmp_path):
    stop, done = asyncio.Event(), []
    working = [asyncio.create_task(calls(source.kc, stop, done)) for _ in range(4)]
    made = await back_up(source.config, source.owner, tmp_path / "backup")
    during = len(done)
    while len(done) < during + 20:
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*working)
    assert during > 0  # commands ran while the backup was made

    target = await server.empty()
    restored = await restore(tmp_path / "backup", target, Trusted.of(source.config.audit))
    assert (restored.differences, restored.audit.broken) == ([], None)
    committed = await rows(
        source.owner,
        f"{EVENTS} WHERE pg_visible_in_snapshot(xid::text::xid8, CAST(CAST(:s AS text) AS pg_snapshot)) ORDER BY id",
        s=made.snapshot,
    )
    assert await rows(target, f"{EVENTS} ORDER BY id") == committed
    later = await rows(source.owner, "SELECT count(*) FROM event")
    assert len(committed) < later[0][0]
    (blocks,) = await rows(target, "SELECT max(number), count(*) FROM audit_block")
    assert blocks == (made.state.head, made.state.head) and made.state.head >= 1
    states = "SELECT id::text, version, state::text FROM interaction ORDER BY id"
    assert {r[0] for r in await rows(target, states)} <= {r[0] for r in await rows(source.owner, states)}


async def test_numbers_of_transactions_move_before_those_of_the_new_server(source, server, tmp_path):
    await back_up(source.config, source.owner, tmp_path / "backup")
    target = await server.empty()
    await restore(tmp_path / "backup", target, Trusted.of(source.config.audit))
    order = await rows(target, "SELECT id FROM event ORDER BY xid, id")
    far = 10**12  # the numbers of an old server that has worked for years
    await rows(target, "UPDATE event SET xid = xid + :n", n=far)
    await rows(target, "UPDATE audit SET xid = xid + :n", n=far)
    await rows(
        target,
        "UPDATE audit_block SET to_xid = to_xid + :n, from_xid = CASE WHEN number = 1 THEN from_xid ELSE from_xid + :n END",
        n=far,
    )
    engine = create_async_engine(target)
    await _begin_anew(engine)
    assert await rows(target, "SELECT id FROM event ORDER BY xid, id") == order
    assert (await rows(target, "SELECT max(xid) < 0 FROM event")) == [(True,)]
    verdict = await verify(engine, Trusted.of(source.config.audit), [])
    assert verdict.broken is None and verdict.rows > 0
    await engine.dispose()
    name = target.rpartition("/")[2]
    kept = {"audit_folder": source.config.audit, "recording_keys": source.config.recording_keys}
    async with Api(server.postgres.application_url(name), audit_seal_s=60, **kept) as api:
        stop, done = asyncio.Event(), []
        working = asyncio.create_task(calls(api.kc, stop, done))
        while len(done) < 9:
            await asyncio.sleep(0.01)
        stop.set()
        await working
        await everything_read(api.kc)
        assert api.kc.feed.cursor[0] > 0  # what is new was read


@pytest.mark.parametrize("table", ["event", "interaction", "audit", "user_account"])
async def test_what_differs_is_said_table_by_table(source, server, tmp_path, table):
    await back_up(source.config, source.owner, tmp_path / "backup")
    path = tmp_path / "backup" / MANIFEST
    said = json.loads(path.read_text())
    said["state"]["tables"][table]["rows"] += 1
    path.write_text(json.dumps(said))
    with pytest.raises(NotRestored, match="signed by no trusted key"):
        await restore(tmp_path / "backup", await server.empty(), Trusted.of(source.config.audit))
    signer = source.kc.signer
    made = read_manifest(tmp_path / "backup")
    said["signature"] = text_of(signer.sign(b"backup " + made.signed))
    path.write_text(json.dumps(said))
    restored = await restore(tmp_path / "backup", await server.empty(), Trusted.of(source.config.audit))
    assert len(restored.differences) == 1 and restored.differences[0].startswith(f"table {table}: ")


async def test_damaged_dump_leaves_the_database_empty(source, server, tmp_path):
    await back_up(source.config, source.owner, tmp_path / "backup")
    dump = tmp_path / "backup" / "database.dump"
    whole = dump.read_bytes()
    target = await server.empty()
    for broken in (whole[: len(whole) // 2], b"", b"garbage", whole[:-200]):
        dump.write_bytes(broken)
        with pytest.raises(NotRestored, match="damaged, cut off or exchanged"):
            await restore(tmp_path / "backup", target, Trusted.of(source.config.audit))
        tables = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        assert await rows(target, tables) == [(0,)]


async def test_only_into_an_empty_database_and_only_a_whole_backup(source, tmp_path):
    with pytest.raises(NotRestored, match=r"it has no manifest\.json"):
        await restore(tmp_path, source.owner)
    await back_up(source.config, source.owner, tmp_path / "backup")
    before = await rows(source.owner, "SELECT count(*) FROM user_account")
    with pytest.raises(NotRestored, match="the database is not empty"):
        await restore(tmp_path / "backup", source.owner, Trusted.of(source.config.audit))
    assert await rows(source.owner, "SELECT count(*) FROM user_account") == before


async def test_no_key_and_no_secret_is_in_the_backup(source, tmp_path):
    await back_up(source.config, source.owner, tmp_path / "backup")
    files = [p for p in (tmp_path / "backup").rglob("*") if p.is_file()]
    secrets = [
        (source.config.audit / PRIVATE).read_bytes(),
        source.config.recording_keys.read_bytes().split()[1],
        source.config.secret.get_secret_value().encode(),
        source.config.link_token.get_secret_value().encode(),
    ]
    assert files and not [p for p in files for s in secrets if s in p.read_bytes()]
    copied = copy_keys(source.config, tmp_path / "keys")
    assert {p.name for p in copied} == {PRIVATE, source.config.recording_keys.name}
    assert all(p.stat().st_mode & 0o077 == 0 for p in copied)


async def test_recordings_are_copied_once_and_missing_ones_are_named(source, tmp_path):
    kept = source.files / "kept"
    kept.mkdir(exist_ok=True)
    (kept / "one.sealed").write_bytes(b"x" * 100)
    for name in ("one.sealed", "two.sealed"):
        await rows(
            source.owner,
            "INSERT INTO recording (id, interaction, name, kept_size, key_id, wrapped_key, kept_at)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), :name, 100, 'k1', 'x', now())",
            name=name,
        )
    await until(source.kc.engine, True, source.kc.field_sealer)
    made = await back_up(source.config, source.owner, tmp_path / "backup")
    needed = (Keyring(source.config.recording_keys).current, "k1")
    copy = tmp_path / "backup" / "recordings" / "one.sealed"
    assert (made.recordings, made.recordings_missing, made.recording_keys) == (2, ("two.sealed",), needed)
    assert copy.read_bytes() == b"x" * 100
    at = copy.stat().st_mtime_ns
    await back_up(source.config, source.owner, tmp_path / "backup")
    assert copy.stat().st_mtime_ns == at


async def test_commands_of_the_administrator_tell_what_they_did(source, server, tmp_path):
    environment = {
        **os.environ,
        "KC_DATABASE_URL": source.config.database_url.get_secret_value(),
        "KC_DATABASE_OWNER_URL": source.owner,
        "KC_SECRET": "x" * 16,
        "KC_LINK_TOKEN": "x",
        "KC_FILES": str(source.files),
        "KC_RECORDING_KEYS": str(source.config.recording_keys),
    }

    def kc(*arguments: object) -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "backend.cli", *map(str, arguments)]
        return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)

    made = await asyncio.to_thread(kc, "backup", tmp_path / "b", "--keys", tmp_path / "keys")
    assert made.returncode == 0 and "not in it, and needed to use it:" in made.stdout, made.stderr
    target = await server.empty()
    done = await asyncio.to_thread(kc, "restore", tmp_path / "b", "--to", target, "--key", source.config.audit)
    assert done.returncode == 0 and "the same: " in done.stdout and "the audit is whole: " in done.stdout, done.stderr
    again = await asyncio.to_thread(kc, "restore", tmp_path / "b", "--to", target)
    assert again.returncode == 1 and "not empty" in again.stderr
    whole = await asyncio.to_thread(kc, "audit", "verify")
    assert whole.returncode == 0 and whole.stdout.startswith("whole: "), whole.stdout
    await rows(source.owner, "UPDATE event SET actor = 99 WHERE id = (SELECT min(id) FROM event)")
    broken = await asyncio.to_thread(kc, "audit", "verify")
    assert broken.returncode == 1 and "the row was changed after it was sealed" in broken.stdout
