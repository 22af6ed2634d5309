"""Log-in against a real Active Directory (Samba): passwords, nested groups, whoever must not get in."""

import asyncio
import time
from contextlib import AsyncExitStack

from tests.directory.conftest import joined, settings
from tests.support import samba
from tests.support.api import Api

STEP = (
    "mutation($s: String!, $o: String!, $n: String!) { newPassword(stepToken: $s, oldPassword: $o, newPassword: $n)"
    " { __typename ... on SignInRefused { reason step } } }"
)
ME = "{ me { id login name role permissions { action } } }"


async def sign_in(client, login: str, password: str) -> dict:
    data = await client.run(
        "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) { __typename"
        " ... on SignedIn { user { id login name role } }"
        " ... on SignInRefused { reason step oldPasswordNeeded waitSeconds } } }",
        l=login,
        p=password,
    )
    return data["signIn"]


async def reason(client, login: str, password: str) -> str | None:
    return (await sign_in(client, login, password)).get("reason")


async def accounts(api) -> dict[str, tuple]:
    found = {a.login: a for a in await api.kc.signing_in.sync.store.all()}
    return {login: (a.source.value, a.active, sorted(a.rights.roles)) for login, a in found.items()}


async def test_own_password_opens_an_account_with_the_roles_of_nested_groups(joined_api):
    async with joined_api.client() as client:
        answer = await sign_in(client, "Dvorak", "Dvorak.Heslo1")
        assert answer["__typename"] == "SignedIn"
        assert (answer["user"]["login"], answer["user"]["name"]) == ("dvorak", "Dana Dvořáková")
        actions = {p["action"] for p in (await client.run(ME))["me"]["permissions"]}
        assert {"WORK", "SEE_FLOOR"} <= actions and "EDIT_ACCESS" not in actions
    assert (await accounts(joined_api))["dvorak"] == ("directory", True, ["agent", "supervisor"])


async def test_wrong_password_unknown_login_and_empty_password_are_refused_alike(joined_api):
    async with joined_api.client() as client:
        tries = [
            ("novak", "spatne"),
            ("nikdo", "spatne"),
            ("novak", ""),
            ("no*ak", "Novak.Heslo1"),
            ("novak)(cn=*", "x"),
        ]
        answers = [await sign_in(client, *each) for each in tries]
    assert answers == [answers[0]] * len(tries) and answers[0]["reason"] == "WRONG"
    assert "novak" not in await accounts(joined_api)


async def test_refusals_take_a_multiple_of_the_same_time(joined_api):
    async with joined_api.client() as client:
        for login in ("novak", "nikdo", "jana"):
            began = time.monotonic()
            assert await reason(client, login, "spatne") == "WRONG"
            assert time.monotonic() - began >= 0.4


async def test_member_of_no_mapped_group_is_told_so_and_gets_no_account(joined_api):
    async with joined_api.client() as client:
        assert await reason(client, "host", "Host.Heslo12") == "NO_RIGHTS"
    assert "host" not in await accounts(joined_api)


async def test_local_account_goes_before_the_directory_and_is_never_sent_there(joined_api, domain, admin, server):
    domain.add_user(admin, "jana", "Jana.ZDomeny1", "Jana", "Z domény")
    domain.join(admin, "KC_Operatori", "jana")
    async with joined_api.client() as client:
        assert await reason(client, "jana", "Jana.ZDomeny1") == "WRONG"
        assert (await sign_in(client, "jana", server.logins["jana"].password))["__typename"] == "SignedIn"
    assert (await accounts(joined_api))["jana"] == ("local", True, ["agent"])


async def test_disabled_and_expired_accounts_are_refused_with_the_reason_to_their_owner_only(joined_api, domain, admin):
    domain.add_user(admin, "vypnuty", "Vypnuty.Heslo1", "Vypnutý", "Účet")
    domain.add_user(admin, "prosly", "Prosly.Heslo1", "Prošlý", "Účet")
    domain.join(admin, "KC_Operatori", "vypnuty", "prosly")
    domain.set(admin, "vypnuty", userAccountControl=samba.DISABLED)
    domain.set(admin, "prosly", accountExpires=str(int((time.time() - 3600 + 11_644_473_600) * 1e7)))
    async with joined_api.client() as client:
        assert await reason(client, "vypnuty", "Vypnuty.Heslo1") == "DISABLED"
        assert await reason(client, "prosly", "Prosly.Heslo1") == "EXPIRED"
        assert await reason(client, "vypnuty", "spatne") == "WRONG"


async def test_within_a_minute_of_leaving_the_directory_accounts_are_out_with_all_their_sessions(
    joined_api, domain, admin
):
    people = ["odchazi1", "odchazi2", "odchazi3", "zustava"]
    for login in people:
        domain.add_user(admin, login, "Odchazi.Heslo1", "Od", "Chází")
    domain.join(admin, "KC_Operatori", *people)
    async with AsyncExitStack() as stack:
        desktops = {login: await stack.enter_async_context(joined_api.client()) for login in people}
        mobiles = {login: await stack.enter_async_context(joined_api.client()) for login in people}
        for login in people:
            for client in (desktops[login], mobiles[login]):
                assert (await sign_in(client, login, "Odchazi.Heslo1"))["__typename"] == "SignedIn"
        domain.set(admin, "odchazi1", userAccountControl=samba.DISABLED)
        domain.set(admin, "odchazi2", accountExpires=str(int((time.time() - 60 + 11_644_473_600) * 1e7)))
        admin.delete(samba.dn("odchazi3"))
        async with asyncio.timeout(60):
            while any([(await desktops[login].run("{ me { id } }"))["me"] for login in people[:3]]):
                await asyncio.sleep(0.5)
        assert [(await mobiles[login].run("{ me { id } }"))["me"] for login in people[:3]] == [None] * 3
        assert (await desktops["zustava"].run("{ me { id } }"))["me"] is not None
    left = await accounts(joined_api)
    assert [left[login][:2] for login in people] == [("directory", False)] * 3 + [("directory", True)]


async def test_expired_password_is_changed_in_the_directory_and_opens_the_session(joined_api, domain, admin):
    domain.add_user(admin, "stare", "Stare.Heslo1", "Staré", "Heslo")
    domain.join(admin, "KC_Operatori", "stare")
    domain.set(admin, "stare", pwdLastSet=0)
    async with joined_api.client() as client:
        assert await reason(client, "stare", "spatne") == "WRONG"
        answer = await sign_in(client, "stare", "Stare.Heslo1")
        assert (answer["reason"], answer["oldPasswordNeeded"]) == ("PASSWORD_CHANGE_REQUIRED", True)
        step = answer["step"]
        wrong_old = (await client.run(STEP, s=step, o="spatne", n="Nove.Heslo12"))["newPassword"]
        assert wrong_old == {"__typename": "SignInRefused", "reason": "WRONG", "step": step}
        too_weak = (await client.run(STEP, s=step, o="Stare.Heslo1", n="abc"))["newPassword"]
        assert too_weak["reason"] == "PASSWORD_REFUSED"
        done = (await client.run(STEP, s=step, o="Stare.Heslo1", n="Nove.Heslo12"))["newPassword"]
        assert done["__typename"] == "SignedIn"
        assert (await client.run(ME))["me"]["login"] == "stare"
        again = (await client.run(STEP, s=step, o="Nove.Heslo12", n="Jine.Heslo123"))["newPassword"]
        assert again["reason"] == "STEP_OVER"
    async with joined_api.client() as client:
        assert (await sign_in(client, "stare", "Nove.Heslo12"))["__typename"] == "SignedIn"


async def test_outside_the_trusted_networks_the_directorys_password_alone_is_not_enough(database_url, domain, server):
    async with joined(database_url, domain, server):
        pass
    options = {"directory_password": samba.READER_PASSWORD, "directory_ca": domain.ca}
    async with Api(database_url, trusted_networks="192.0.2.0/24", **options) as api, api.client() as client:
        assert await reason(client, "novak", "Novak.Heslo1") == "SECOND_FACTOR_MISSING"
        assert (await client.run("{ me { id } }"))["me"] is None


async def test_stranger_cannot_lock_an_account_of_the_directory(database_url, domain, admin, server):
    domain.add_user(admin, "obet", "Obet.Heslo12", "Oběť", "Útoku")
    domain.join(admin, "KC_Operatori", "obet")
    admin.modify(
        samba.BASE,
        {
            "lockoutThreshold": [("MODIFY_REPLACE", [5])],
            "lockoutDuration": [("MODIFY_REPLACE", [str(-18_000_000_000)])],
        },
    )
    try:
        async with joined(database_url, domain, server):
            pass
        options = {"directory_password": samba.READER_PASSWORD, "directory_ca": domain.ca}
        async with Api(database_url, trusted_networks="192.0.2.0/24", trusted_proxies="127.0.0.0/8", **options) as api:
            # Ten strangers with an address each, three tries each: no counter of ours stops them.
            for stranger in range(10):
                async with api.client() as client:
                    client.http.headers["X-Forwarded-For"] = f"203.0.113.{stranger}"
                    for _ in range(3):
                        assert await reason(client, "obet", "spatne") == "WRONG"
        admin.search(samba.BASE, "(sAMAccountName=obet)", attributes=["badPwdCount", "lockoutTime"])
        found = admin.response[0]["raw_attributes"]
        assert int(found["badPwdCount"][0]) == 3 and found.get("lockoutTime") in (None, [], [b"0"])
        async with Api(database_url, **options) as api, api.client() as inside:
            assert (await sign_in(inside, "obet", "Obet.Heslo12"))["__typename"] == "SignedIn"
    finally:
        admin.modify(samba.BASE, {"lockoutThreshold": [("MODIFY_REPLACE", [0])]})


async def test_start_tls_carries_a_log_in_as_ldaps_does(database_url, domain, server):
    given = settings(domain) | {"controllers": [domain.url(1, "ldap")]}
    async with joined(database_url, domain, server, given) as api, api.client() as client:
        assert (await sign_in(client, "novak", "Novak.Heslo1"))["__typename"] == "SignedIn"
