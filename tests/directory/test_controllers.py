"""Several domain controllers: fail-over and back, none at all, certificates, and what the test of the connection says."""

import asyncio
import socket
import threading

import pytest

from tests.directory.conftest import joined, save, settings
from tests.directory.test_log_in import accounts, reason, sign_in
from tests.directory.test_sync import sync
from tests.support import samba
from tests.support.samba import Authority

pytestmark = pytest.mark.timeout(400)  # a second controller joins the domain first
CHECK = "{ checkSignIn { controllers { host trouble detail users } tickets openid } }"


async def check(api, server) -> list[dict]:
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        return (await client.run(CHECK))["checkSignIn"]["controllers"]


TIMEOUT_S = 3
"""Of ``settings``: how long the product waits for a controller before it asks the next one."""
BESIDES_S = 7
"""What a log-in takes on a busy machine where every controller answers at once."""


@pytest.fixture(scope="module")
def two(domain):
    """The domain with a second controller that has joined it."""
    domain.add_controller(2)
    yield domain
    for n in (1, 2):
        if n not in domain.running:
            domain.start(n)
    domain.stop(2)


@pytest.fixture
def people(two):
    """Adds agents to the domain; both controllers know them."""

    def add(*logins: str) -> None:
        with two.admin(1) as admin:
            for login in logins:
                two.add_user(admin, login, "Zaloha.Heslo1", "Na", "Záloze")
            two.join(admin, "KC_Operatori", *logins)
        group = f"(&(objectClass=group)(sAMAccountName=KC_Operatori)(member={samba.dn(logins[-1])}))"
        two.until_at(2, group, "sAMAccountName", "KC_Operatori")

    return add


def disable(two, n: int, login: str) -> None:
    with two.admin(n) as admin:
        two.set(admin, login, userAccountControl=samba.DISABLED)


async def is_in(client) -> bool:
    return (await client.run("{ me { id } }"))["me"] is not None


async def test_killed_controller_is_replaced_by_the_second_for_log_ins_synchronisation_and_leavers_until_it_is_back(
    database_url, two, people, server
):
    await asyncio.to_thread(people, "z_stara", "z_nova", "z_odchazi")
    async with (
        joined(database_url, two, server, settings(two, controllers=(1, 2))) as api,
        api.client() as leaver,
        api.client() as client,
        api.client() as administrator,
    ):
        await administrator.sign_in("spravce", server.logins["spravce"].password)
        assert (await sign_in(leaver, "z_odchazi", "Zaloha.Heslo1"))["__typename"] == "SignedIn"
        await asyncio.to_thread(two.stop, 1)
        async with asyncio.timeout(TIMEOUT_S + BESIDES_S):
            assert (await sign_in(client, "z_nova", "Zaloha.Heslo1"))["__typename"] == "SignedIn"
        assert await reason(client, "z_nova", "spatne") == "WRONG"
        done = await sync(administrator)
        assert (done["state"], (await accounts(api))["z_stara"]) == ("DONE", ("directory", True, ["agent"]))
        assert [c["trouble"] for c in await check(api, server)] == ["NO_ANSWER", None]

        await asyncio.to_thread(disable, two, 2, "z_odchazi")
        async with asyncio.timeout(60):
            while await is_in(leaver):
                await asyncio.sleep(0.5)
        assert await is_in(client), "who stays is not touched"
        assert await reason(leaver, "z_odchazi", "Zaloha.Heslo1") == "DISABLED"

        # It comes back, learns what it has missed, and serves alone when the second one dies.
        await asyncio.to_thread(two.start, 1)
        left = ("(sAMAccountName=z_odchazi)", "userAccountControl", str(samba.DISABLED))
        await asyncio.to_thread(two.until_at, 1, *left)
        await asyncio.to_thread(two.stop, 2)
        async with asyncio.timeout(TIMEOUT_S + BESIDES_S):
            assert await reason(leaver, "z_odchazi", "Zaloha.Heslo1") == "DISABLED"
            assert (await sign_in(client, "z_nova", "Zaloha.Heslo1"))["__typename"] == "SignedIn"
        await asyncio.to_thread(two.start, 2)


async def test_controller_that_hangs_delays_a_log_in_by_its_time_limit_and_the_next_ones_not_at_all(
    database_url, two, people, server
):
    await asyncio.to_thread(people, "z_visi", "z_pryc")
    async with (
        joined(database_url, two, server, settings(two, controllers=(1, 2))) as api,
        api.client() as client,
        api.client() as leaver,
    ):
        assert (await sign_in(leaver, "z_pryc", "Zaloha.Heslo1"))["__typename"] == "SignedIn"
        two.hang(1)
        try:
            async with asyncio.timeout(TIMEOUT_S + BESIDES_S):
                assert (await sign_in(client, "z_visi", "Zaloha.Heslo1"))["__typename"] == "SignedIn"
            asked = api.kc.signing_in.directory
            async with asyncio.timeout(TIMEOUT_S):
                assert (await asked.entry("z_visi")).login == "z_visi"
            await asyncio.to_thread(disable, two, 2, "z_pryc")
            async with asyncio.timeout(TIMEOUT_S + BESIDES_S):
                await api.kc.signing_in.sync.watch()
            assert not await is_in(leaver) and await is_in(client)
        finally:
            two.go_on(1)
        left = ("(sAMAccountName=z_pryc)", "userAccountControl", str(samba.DISABLED))
        await asyncio.to_thread(two.until_at, 1, *left)


async def test_without_any_controller_the_work_goes_on_and_local_accounts_get_in(database_url, two, server):
    async with joined(database_url, two, server, settings(two, controllers=(1, 2))) as api, api.client() as client:
        assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"
        await asyncio.to_thread(two.stop, 1)
        await asyncio.to_thread(two.stop, 2)
        try:
            assert await reason(client, "novak", "Novak.Heslo1") == "DIRECTORY_DOWN"
            assert (await client.run("{ me { login } }"))["me"]["login"] == "novak"
            async with api.client() as broken_glass:
                local = await sign_in(broken_glass, "spravce", server.logins["spravce"].password)
                assert local["__typename"] == "SignedIn"
            assert [c["trouble"] for c in await check(api, server)] == ["NO_ANSWER", "NO_ANSWER"]
        finally:
            await asyncio.to_thread(two.start, 1)
            await asyncio.to_thread(two.start, 2)
        async with api.client() as again:
            assert (await sign_in(again, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"


async def test_controller_that_accepts_and_is_silent_is_given_up_in_time(database_url, domain, server):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        given = settings(domain) | {
            "controllers": [f"ldaps://127.0.0.1:{silent.getsockname()[1]}", domain.url(1)],
            "timeout_s": 1,
        }
        async with joined(database_url, domain, server, given) as api, api.client() as client:
            async with asyncio.timeout(15):
                assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"


async def test_certificate_of_a_foreign_authority_or_of_another_name_is_refused_before_any_password_is_said(
    database_url, domain, server, tmp_path
):
    other = tmp_path / "other.pem"
    other.write_bytes(Authority("somebody else").pem)
    async with joined(database_url, domain, server, directory_ca=other) as api, api.client() as client:
        assert await reason(client, "novak", "Novak.Heslo1") == "DIRECTORY_DOWN"
        (found,) = await check(api, server)
        assert found["trouble"] == "CERTIFICATE" and "issuer" in found["detail"]
    named = f"ldaps://localhost:{forward(domain.address(1), 636)}"
    given = settings(domain) | {"controllers": [named]}
    async with joined(database_url, domain, server, given) as api, api.client() as client:
        assert await reason(client, "novak", "Novak.Heslo1") == "DIRECTORY_DOWN"
        (found,) = await check(api, server)
        assert found["trouble"] == "CERTIFICATE" and "localhost" in found["detail"]


async def test_the_test_of_the_connection_names_each_thing_that_is_wrong(database_url, domain, server):
    async with joined(database_url, domain, server) as api, api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)

        async def said(**given) -> dict:
            await save(client, settings(domain) | given)
            return (await client.run(CHECK))["checkSignIn"]["controllers"][0]

        works = await said()
        assert works["trouble"] is None and works["users"] >= 6
        assert (await said(controllers=["ldaps://nikde.invalid"]))["trouble"] == "NAME"
        assert (await said(controllers=[domain.url(77)]))["trouble"] == "NO_ANSWER"
        assert (await said(bind_user=f"nikdo@{samba.DOMAIN}"))["trouble"] == "BIND"
        assert (await said(base_dn=f"OU=Nic,{samba.BASE}"))["trouble"] == "BASE"
    async with joined(database_url, domain, server, directory_password=None) as api:
        (found,) = await check(api, server)
        assert (found["trouble"], found["detail"]) == ("NOT_SET", "KC_DIRECTORY_PASSWORD")


async def test_administrator_finds_groups_to_map_by_a_part_of_their_name(joined_api, domain, server):
    async with joined_api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        found = (await client.run('{ directoryGroups(text: "kc_s") { name sid } }'))["directoryGroups"]
    assert found == [{"name": "KC_Supervizori", "sid": domain.sid("KC_Supervizori")}]


def forward(address: str, port: int) -> int:
    """A loopback port that leads to another address: the same server under a name that is not in its certificate."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(20)

    def pump(one: socket.socket, two: socket.socket) -> None:
        try:
            while data := one.recv(65_536):
                two.sendall(data)
        except OSError:
            pass
        finally:
            for end in (one, two):
                end.close()

    def serve() -> None:
        while True:
            one, _ = listening.accept()
            two = socket.create_connection((address, port))
            for pair in ((one, two), (two, one)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1]
