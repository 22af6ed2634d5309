"""Single sign-on with real Kerberos tickets: kinit at Samba's KDC, a SPNEGO token by MIT's library, our keytab."""

import asyncio
import subprocess
import sys
from pathlib import Path

from tests.directory.conftest import joined, settings
from tests.support.api import Api
from tests.support.samba import Domain

ROOT = Path(__file__).resolve().parents[2]


def token(domain: Domain, login: str, password: str, service: str = "HTTP@kc.ozp.test") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.kerberos_client", service],
        cwd=ROOT,
        env=domain.ticket(login, password),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def negotiate(client, header: str | None):
    headers = {"Authorization": header} if header else {}
    return await client.http.post("/sign-in/negotiate", headers=headers)


async def test_ticket_of_the_domain_opens_a_session_and_the_second_time_it_is_refused(joined_api, domain):
    ticket = await asyncio.to_thread(token, domain, "dvorak", "Dvorak.Heslo1")
    async with joined_api.client() as client, joined_api.client() as thief:
        asked = await negotiate(client, None)
        assert (asked.status_code, asked.headers["www-authenticate"]) == (401, "Negotiate")
        accepted = await negotiate(client, f"Negotiate {ticket}")
        assert accepted.status_code == 200 and accepted.headers["www-authenticate"].startswith("Negotiate ")
        me = await client.run("{ me { login name role } mySecurity { sessions { way current } } }")
        assert me["me"] == {"login": "dvorak", "name": "Dana Dvořáková", "role": "SUPERVISOR"}
        assert me["mySecurity"]["sessions"] == [{"way": "WINDOWS", "current": True}]
        replayed = await negotiate(thief, f"Negotiate {ticket}")
        assert (replayed.status_code, replayed.json()) == (401, {"reason": "NOT_ACCEPTED"})
        assert (await thief.run("{ me { id } }"))["me"] is None


async def test_a_ticket_seen_on_another_machine_is_refused_here(joined_api, domain):
    """MIT's replay cache is one machine's: what another one has accepted stands in the database."""
    import base64

    from backend.application.sign_in import SeenTicket

    ticket = await asyncio.to_thread(token, domain, "novak", "Novak.Heslo1")
    parts = joined_api.kc.signing_in
    seen = f"ticket {base64.b64decode(ticket).hex()}"
    assert await parts.steps.put(seen, SeenTicket("novak@OZP.TEST"), parts.accounts.life)
    async with joined_api.client() as client:
        assert (await negotiate(client, f"Negotiate {ticket}")).status_code == 401


async def test_garbage_ntlm_and_tickets_of_other_services_open_nothing(joined_api, domain):
    other = await asyncio.to_thread(token, domain, "novak", "Novak.Heslo1", "HTTP@kc.ozp.test")
    broken = other[:-8] + "AAAAAAA="
    async with joined_api.client() as client:
        for header in (
            "Negotiate",
            "Negotiate !!!",
            "Negotiate TlRMTVNTUAABAAAA",
            "Negotiate AAAA",
            f"Negotiate {broken}",
        ):
            answer = await negotiate(client, header)
            assert (answer.status_code, answer.json()) == (401, {"reason": "NOT_ACCEPTED"}), header
        assert (await negotiate(client, "Basic bm92YWs6eA==")).headers["www-authenticate"] == "Negotiate"
        assert (await client.run("{ me { id } }"))["me"] is None


async def test_ticket_of_a_person_in_no_mapped_group_opens_nothing(joined_api, domain):
    ticket = await asyncio.to_thread(token, domain, "host", "Host.Heslo12")
    async with joined_api.client() as client:
        answer = await negotiate(client, f"Negotiate {ticket}")
        assert (answer.status_code, answer.json()) == (401, {"reason": "NO_RIGHTS"})


async def test_tickets_are_asked_for_only_in_trusted_networks_and_where_switched_on(database_url, domain, server):
    async with (
        joined(database_url, domain, server, settings(domain) | {"windows": False}) as api,
        api.client() as client,
    ):
        assert (await negotiate(client, None)).status_code == 404
        assert (await client.run("{ signInWays { windows } }"))["signInWays"] == {"windows": False}
    async with joined(database_url, domain, server) as api, api.client() as client:
        assert (await client.run("{ signInWays { windows } }"))["signInWays"] == {"windows": True}
    async with Api(database_url, trusted_networks="192.0.2.0/24", keytab=domain.keytab) as api, api.client() as client:
        assert (await negotiate(client, None)).status_code == 404
        assert (await client.run("{ signInWays { windows } }"))["signInWays"] == {"windows": False}


async def test_missing_keytab_is_said_to_the_administrator(database_url, domain, server, tmp_path):
    async with joined(database_url, domain, server, keytab=tmp_path / "none") as api, api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        assert "is not there" in (await client.run("{ checkSignIn { tickets } }"))["checkSignIn"]["tickets"]
        assert (await negotiate(client, "Negotiate AAAA")).status_code == 503
