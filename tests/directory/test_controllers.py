"""Several domain controllers: fail-over and back, none at all, certificates, and what the test of the connection says."""

import asyncio
import socket
import threading

from tests.directory.conftest import joined, save, settings
from tests.directory.test_log_in import reason, sign_in
from tests.support import samba
from tests.support.samba import Authority

CHECK = "{ checkSignIn { controllers { host trouble detail users } tickets openid } }"


async def check(api, server) -> list[dict]:
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        return (await client.run(CHECK))["checkSignIn"]["controllers"]


async def test_log_in_goes_on_at_the_second_controller_and_without_any_the_work_goes_on(database_url, domain, server):
    async with joined(database_url, domain, server, settings(domain, controllers=(1, 2))) as api:
        async with api.client() as client:
            assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"
        await asyncio.to_thread(domain.start, 2)
        await asyncio.to_thread(domain.stop, 1)
        try:
            async with api.client() as client:
                assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"
                assert await reason(client, "novak", "spatne") == "WRONG"
                await asyncio.to_thread(domain.stop, 2)
                assert await reason(client, "novak", "Novak.Heslo1") == "DIRECTORY_DOWN"
                assert (await client.run("{ me { login } }"))["me"]["login"] == "novak"
            async with api.client() as broken_glass:
                local = await sign_in(broken_glass, "spravce", server.logins["spravce"].password)
                assert local["__typename"] == "SignedIn"
            assert [c["trouble"] for c in await check(api, server)] == ["NO_ANSWER", "NO_ANSWER"]
        finally:
            await asyncio.to_thread(domain.start, 1)
            if 2 in domain.running:
                domain.stop(2)
        async with api.client() as client:
            assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"


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
