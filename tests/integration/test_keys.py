"""Master keys: a new one, everything wrapped by it, and nothing lost whenever that is cut or a key is missing."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backend.adapters.postgres.client_readers import ClientReaders
from backend.adapters.postgres.columns import Columns
from backend.adapters.postgres.store import PostgresStore
from backend.adapters.recordings.keyring import Keyring, UnknownKey, add_key
from backend.config import ROOT
from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.model import difference
from tests.integration.test_sensitive_fields import FIELD, FIRST, MARIE, everything, in_clear, rows, stored, until
from tests.scenarios.test_clients import signed_in


def kc(api, *arguments: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "KC_DATABASE_URL": api.config.database_url.get_secret_value(),
        "KC_SECRET": "x" * 16,
        "KC_LINK_TOKEN": "x",
        "KC_FILES": str(api.files),
        "KC_RECORDING_KEYS": str(api.config.recording_keys),
    }
    command = [sys.executable, "-m", "backend.cli", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)


async def recorded(engine, keyring: Keyring, id: str, key: bytes) -> None:
    key_id, wrapped = keyring.wrap(key, id)
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO recording (id, interaction, name, kept_size, key_id, wrapped_key, kept_at)"
                " VALUES (CAST(:id AS uuid), gen_random_uuid(), 'n', 1, :key_id, :wrapped, now())"
            ),
            {"id": id, "key_id": key_id, "wrapped": wrapped},
        )


async def test_after_a_rotation_old_values_are_read_and_new_ones_sealed_by_the_new_key(api, server):
    engine, path = api.kc.engine, api.config.recording_keys
    await until(engine, True, api.kc.field_sealer)
    recording = "11111111-1111-4111-8111-111111111111"
    await recorded(engine, Keyring(path), recording, b"k" * 39)
    first = Keyring(path).current
    before, terms = await stored(engine, 1), await rows(engine, "SELECT * FROM client_term ORDER BY 1, 2, 3")
    done = await asyncio.to_thread(kc, api, "keys", "rotate")
    second = Keyring(path).current
    assert (done.returncode, second == first) == (0, False), done.stderr
    assert f"key {second}: 1 recordings and 2 keys of columns wrapped by it" in done.stdout
    assert await rows(engine, "SELECT DISTINCT key_id FROM column_key UNION SELECT key_id FROM recording") == [
        (second,)
    ]
    listed = await asyncio.to_thread(kc, api, "keys", "list")
    assert f"{first}  0 recordings, 0 keys of columns  old, may be taken out" in listed.stdout, listed.stderr
    assert (
        f"{second}  1 recordings, 3 keys of columns  current" in listed.stdout and f"{FIELD}  sealed" in listed.stdout
    )
    path.write_text(path.read_text().splitlines()[0] + "\n")  # the old one is thrown away
    jana = await signed_in(api, server, "jana")
    assert (await jana.card(1))["client"]["values"][FIELD] == MARIE and (await stored(engine, 1)) == before
    assert (await jana.save(2, 1, city="Praha"))["__typename"] == "ClientSaved"
    assert (await stored(engine, 1))[FIELD].key < (await stored(engine, 2))[FIELD].key
    assert await jana.search(MARIE) == ["Marie Černá"] and await jana.search("8001011238") == ["Tomáš Černý"]
    assert [r for r in await rows(engine, "SELECT * FROM client_term ORDER BY 1, 2, 3") if r.client == 1] == [
        r for r in terms if r.client == 1
    ]
    anew = ClientReaders(engine, Columns(Keyring(path)))  # a process that starts now
    assert (await anew.client(1)).values[FIELD] == MARIE and (await anew.client(2)).values[FIELD] == "8001011238"
    ((key_id, wrapped),) = await rows(engine, "SELECT key_id, wrapped_key FROM recording")
    assert Keyring(path).unwrap(key_id, wrapped, recording) == b"k" * 39


async def test_a_rotation_that_was_cut_is_finished_without_another_key(api):
    engine, path = api.kc.engine, api.config.recording_keys
    await until(engine, True, api.kc.field_sealer)
    added = add_key(path)  # and then the process died
    done = await asyncio.to_thread(kc, api, "recordings", "rotate")
    assert done.returncode == 0 and f"key {added}: 0 recordings and 2 keys of columns wrapped by it" in done.stdout
    assert Keyring(path).current == added and len(Keyring(path).ids) == 2
    again = await asyncio.to_thread(kc, api, "keys", "rotate")
    assert again.returncode == 0 and len(Keyring(path).ids) == 3
    keys = await rows(engine, "SELECT purpose, key_id FROM column_key ORDER BY id")
    assert [k.purpose for k in keys] == ["search", "data", "data", "data"]
    assert {k.key_id for k in keys} == {Keyring(path).current}


async def test_a_master_key_that_is_missing_is_named_and_nothing_is_written_in_the_clear(api):
    engine = api.kc.engine
    await until(engine, True, api.kc.field_sealer)
    lost = Keyring(api.config.recording_keys).current
    path = api.config.recording_keys
    kept = path.read_text()
    path.unlink()
    try:
        add_key(path)
        listed = await asyncio.to_thread(kc, api, "keys", "list")
        assert listed.returncode == 1 and f"MISSING: {lost} wraps 0 recordings, 2 keys of columns" in listed.stderr
        turned = await asyncio.to_thread(kc, api, "keys", "rotate")
        assert turned.returncode == 1 and f"master key {lost} is not in" in turned.stderr
        columns = Columns(Keyring(path))
        with pytest.raises(UnknownKey, match=f"master key {lost} is not in"):
            await ClientReaders(engine, columns).client(1)
        values = {"surname": "Bez", FIELD: FIRST}
        with pytest.raises(UnknownKey):
            async with PostgresStore(engine, columns).begin() as tx:
                await tx.add_client(values, DEFAULT_FIELDS, None, datetime.now(UTC), difference({}, values))
    finally:
        path.write_text(kept)
        path.chmod(0o600)
    assert in_clear(await everything(engine), FIRST) == []
    assert await rows(engine, "SELECT 1 FROM client WHERE name = 'Bez'") == []
