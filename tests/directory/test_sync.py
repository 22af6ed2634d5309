"""Synchronisation with a real directory: a dry run, the real one, its report, what stops it, and who goes on when a process dies."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.adapters.postgres.directory import LostLease
from backend.domain.access.directory import Change, ChangeKind, Rights, SyncState
from tests.directory.conftest import joined, save, settings
from tests.directory.test_log_in import accounts
from tests.support import samba

RUN = "mutation($d: Boolean!, $f: Boolean!) { syncDirectory(dry: $d, forced: $f) }"
RUNS = (
    "{ directorySyncs { id dry forced state read failure total changes { kind login inactive conflict"
    " fields { field before after } } } }"
)


async def sync(client, *, dry: bool = False, forced: bool = False) -> dict:
    """The run, when it is over."""
    id = (await client.run(RUN, d=dry, f=forced))["syncDirectory"]
    return await over(client, id)


async def over(client, id: int) -> dict:
    async with asyncio.timeout(40):
        while True:
            runs = {r["id"]: r for r in (await client.run(RUNS))["directorySyncs"]}
            if runs[id]["state"] not in ("WANTED", "RUNNING"):
                return runs[id]
            await asyncio.sleep(0.1)


def kinds(run: dict) -> dict[str, str]:
    return {c["login"]: c["kind"] for c in run["changes"] if c["login"].startswith("s_") or c["login"] == "dana"}


async def test_dry_run_tells_what_the_real_one_then_does(joined_api, domain, admin, server):
    for login in ("s_nova", "s_meni", "dana"):
        domain.add_user(admin, login, "Sync.Heslo12", "Syn", login)
    domain.join(admin, "KC_Operatori", "s_nova", "s_meni", "dana")
    async with joined_api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        tried = await sync(client, dry=True)
        assert (tried["state"], kinds(tried)) == ("DONE", {"s_nova": "ADDED", "s_meni": "ADDED", "dana": "CONFLICT"})
        assert "s_nova" not in await accounts(joined_api)
        done = await sync(client)
        assert kinds(done) == kinds(tried) and done["read"] >= 3
        ours = await accounts(joined_api)
        assert ours["s_nova"] == ("directory", True, ["agent"]) and ours["dana"][0] == "local"

        domain.join(admin, "KC_Supervizori", "s_meni")
        domain.leave(admin, "KC_Operatori", "s_nova")
        again = await sync(client)
        assert kinds(again) == {"s_nova": "DISABLED", "s_meni": "CHANGED", "dana": "CONFLICT"}
        changed = next(c for c in again["changes"] if c["login"] == "s_meni")
        assert changed["fields"] == [{"field": "roles", "before": "agent", "after": "agent, supervisor"}]
        gone = next(c for c in again["changes"] if c["login"] == "s_nova")
        assert gone["inactive"] == "NO_GROUP"
        assert (await accounts(joined_api))["s_nova"][:2] == ("directory", False)

        domain.join(admin, "KC_Operatori", "s_nova")
        assert kinds(await sync(client)) == {"s_nova": "ENABLED", "dana": "CONFLICT"}
        assert kinds(await sync(client)) == {"dana": "CONFLICT"}


async def test_a_run_that_would_switch_off_too_many_stops_unless_it_is_forced(joined_api, domain, admin, server):
    people = [f"s_mnoho{n}" for n in range(4)]
    for login in people:
        domain.add_user(admin, login, "Sync.Heslo12", "Syn", login)
    domain.join(admin, "KC_Operatori", *people)
    async with joined_api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        await sync(client)
        domain.leave(admin, "KC_Operatori", *people)
        await save(client, settings(domain) | {"most_disabled": 3})
        stopped = await sync(client)
        assert stopped["state"] == "STOPPED"
        assert {login: (await accounts(joined_api))[login][1] for login in people} == dict.fromkeys(people, True)
        assert (await sync(client, forced=True))["state"] == "DONE"
        assert {login: (await accounts(joined_api))[login][1] for login in people} == dict.fromkeys(people, False)


async def test_a_wrong_base_switches_nobody_off(joined_api, domain, admin, server):
    people = [f"s_baze{n}" for n in range(3)]
    for login in people:
        domain.add_user(admin, login, "Sync.Heslo12", "Syn", login)
    domain.join(admin, "KC_Operatori", *people)
    async with joined_api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        await sync(client)
        await save(client, settings(domain) | {"most_disabled": 2, "base_dn": f"OU=Nic,{samba.BASE}"})
        assert (await sync(client))["state"] == "STOPPED"
        assert await joined_api.kc.signing_in.sync.watch() == []
        assert {login: (await accounts(joined_api))[login][1] for login in people} == dict.fromkeys(people, True)


async def test_run_of_a_process_that_was_killed_is_begun_anew_by_another(database_url, domain, server):
    """What a kill -9 in the middle leaves behind: a run that is said to run, and a lease of nobody's any more."""
    async with joined(database_url, domain, server) as api:
        async with api.kc.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO lease (name, holder, token, expires_at) VALUES ('directory', 'dead', 7,"
                    " clock_timestamp() + interval '3 seconds') ON CONFLICT (name) DO UPDATE SET holder = 'dead',"
                    " token = lease.token + 1, expires_at = clock_timestamp() + interval '3 seconds'"
                )
            )
            id = await connection.scalar(
                text(
                    "INSERT INTO directory_sync (state, dry, forced, wanted_at, started_at, read)"
                    " VALUES ('running', false, false, clock_timestamp(), clock_timestamp(), 17) RETURNING id"
                )
            )
        async with api.client() as client:
            await client.sign_in("spravce", server.logins["spravce"].password)
            assert (await over(client, id))["state"] == "DONE"


async def test_whoever_lost_the_lease_writes_nothing(joined_api, domain):
    store, before = joined_api.kc.signing_in.sync.store, await accounts(joined_api)
    change = Change(
        kind=ChangeKind.ADDED, login="s_pozde", name="Pozdě", external="x", rights=Rights(frozenset({"agent"}))
    )
    with pytest.raises(LostLease):
        await store.apply([change], None, lease=("directory", 0))
    assert await accounts(joined_api) == before


async def test_scheduled_runs_come_by_themselves_after_the_first_by_hand(joined_api, domain, server):
    store = joined_api.kc.signing_in.sync.store
    assert await store.runs() == []
    async with joined_api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        first = await sync(client)
        async with joined_api.kc.engine.begin() as connection:
            await connection.execute(
                text("UPDATE directory_sync SET started_at = :then"), {"then": datetime.now(UTC) - timedelta(days=2)}
            )
        async with asyncio.timeout(40):
            while len(await store.runs()) < 2 or (await store.runs())[0].state is not SyncState.DONE:
                await asyncio.sleep(0.2)
    newest = (await store.runs())[0]
    assert (newest.wanted_by, newest.dry) == (None, False) and newest.id > first["id"]


async def test_directory_that_is_away_fails_the_run_with_its_reason(database_url, domain, server):
    given = settings(domain) | {"controllers": [domain.url(78)]}
    async with joined(database_url, domain, server, given) as api, api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        failed = await sync(client)
        assert failed["state"] == "FAILED" and "no_answer" in failed["failure"]
