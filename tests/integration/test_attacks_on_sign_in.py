"""Floods of attempts: they slow down whoever makes them, and lock out nobody else."""

import asyncio
import time

import pytest

from tests.support.api import Api

SIGN_IN = (
    "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p)"
    " { __typename ... on SignInRefused { reason waitSeconds } } }"
)


@pytest.fixture
async def open_api(database_url):
    """Behind a proxy, so that a test can knock from any address. Everything is inside, so no second factor is asked."""
    async with Api(database_url, trusted_proxies="127.0.0.0/8", trusted_networks="0.0.0.0/0") as api:
        yield api


@pytest.fixture
async def outside_api(database_url):
    async with Api(database_url, trusted_proxies="127.0.0.0/8", trusted_networks="192.0.2.0/24") as api:
        yield api


async def attempt(client, login: str, password: str) -> dict:
    return (await client.run(SIGN_IN, l=login, p=password))["signIn"]


def at(client, address: str):
    client.http.headers["X-Forwarded-For"] = address
    return client


async def test_wrong_passwords_from_one_place_make_that_place_wait_with_the_right_one_too(outside_api, server):
    password = server.logins["jana"].password
    async with outside_api.client() as attacker, outside_api.client() as elsewhere:
        at(attacker, "203.0.113.1")
        answers = [await attempt(attacker, "jana", "spatne") for _ in range(5)]
        assert [a["reason"] for a in answers] == ["WRONG"] * 5
        waiting = await attempt(attacker, "jana", password)
        assert waiting["reason"] == "TOO_MANY_ATTEMPTS" and 1 <= waiting["waitSeconds"] <= 2
        at(elsewhere, "198.51.100.1")
        assert (await attempt(elsewhere, "jana", password))["reason"] == "SECOND_FACTOR_MISSING"


async def test_flood_of_simultaneous_attempts_gets_no_more_looks_than_a_patient_one(outside_api):
    async with outside_api.client() as client:
        at(client, "203.0.113.2")
        answers = await asyncio.gather(*(attempt(client, "jana", f"heslo {n}") for n in range(30)))
    looked_at = [a for a in answers if a["reason"] == "WRONG"]
    assert len(looked_at) == 5
    assert {a["reason"] for a in answers} == {"WRONG", "TOO_MANY_ATTEMPTS"}


async def test_address_that_tries_many_log_ins_waits_whatever_it_tries_next(outside_api):
    async with outside_api.client() as client:
        at(client, "203.0.113.3")
        reasons = [(await attempt(client, f"clovek{n}", "spatne"))["reason"] for n in range(22)]
    assert reasons[:20] == ["WRONG"] * 20 and reasons[20:] == ["TOO_MANY_ATTEMPTS"] * 2


async def test_known_browser_is_let_in_while_strangers_flood_the_same_log_in_from_the_same_address(open_api, server):
    password = server.logins["jana"].password
    async with open_api.client() as owner:
        at(owner, "203.0.113.4")
        assert (await attempt(owner, "jana", password))["__typename"] == "SignedIn"
        async with open_api.client() as stranger:
            at(stranger, "203.0.113.4")
            flood = await asyncio.gather(*(attempt(stranger, "jana", "spatne") for _ in range(40)))
            assert {a["reason"] for a in flood} == {"WRONG", "TOO_MANY_ATTEMPTS"}
        assert (await attempt(owner, "jana", password))["__typename"] == "SignedIn"


async def test_strangers_from_everywhere_never_lock_the_account_for_a_new_browser_elsewhere(open_api, server):
    async with open_api.client() as strangers:
        for n in range(12):
            at(strangers, f"203.0.113.{n}")
            for _ in range(3):
                await attempt(strangers, "jana", "spatne")
    async with open_api.client() as owner:
        at(owner, "198.51.100.9")
        assert (await attempt(owner, "jana", server.logins["jana"].password))["__typename"] == "SignedIn"


async def test_unknown_log_in_and_wrong_password_take_the_same_time(outside_api):
    async with outside_api.client() as client:
        for login in ("nikdo", "jana"):
            began = time.monotonic()
            assert (await attempt(at(client, "203.0.113.5"), login, "spatne"))["reason"] == "WRONG"
            assert time.monotonic() - began >= 0.4


async def test_flood_of_strangers_does_not_keep_people_inside_waiting(database_url, server):
    """Strangers have one thread and a short line; whoever comes from inside never stands in it."""
    async with Api(database_url, trusted_proxies="127.0.0.0/8", trusted_networks="198.51.100.0/24") as api:
        async with api.client() as strangers, api.client() as inside:

            async def stranger(n: int) -> dict:
                response = await strangers.http.post(
                    "/graphql",
                    json={"query": SIGN_IN, "variables": {"l": "jana", "p": "x"}},
                    headers={"X-Forwarded-For": f"203.0.{n // 250}.{n % 250}"},
                )
                return response.json()["data"]["signIn"]

            flood = asyncio.gather(*(stranger(n) for n in range(120)))
            await asyncio.sleep(0)
            at(inside, "198.51.100.1")
            answer = await attempt(inside, "jana", server.logins["jana"].password)
            assert answer["__typename"] == "SignedIn"
            assert {a["reason"] for a in await flood} <= {"WRONG", "TOO_MANY_ATTEMPTS"}


async def test_codes_of_who_knows_the_password_are_limited_too(database_url, server):
    async with Api(database_url) as api:
        user = await _with_totp(api)
        sign_in = api.kc.signing_in.sign_in
        kinds = [await sign_in._use_factor(user, None, f"{n:06}", None) for n in range(7)]
    assert [k.reason.value for k in kinds] == ["code_wrong"] * 5 + ["too_many_attempts"] * 2


async def _with_totp(api) -> int:
    import pyotp
    from sqlalchemy import text

    async with api.kc.engine.begin() as connection:
        return await connection.scalar(
            text("UPDATE user_account SET totp_secret = :s WHERE login = 'jana' RETURNING id"),
            {"s": api.kc.signing_in.factors.seal(pyotp.random_base32())},
        )
