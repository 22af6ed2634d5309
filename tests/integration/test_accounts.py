"""Signing in: second factors, attempts, sessions that end."""

import pyotp
from sqlalchemy import text

from tests.support.api import Api, GraphQLFailed


async def test_wrong_login_and_wrong_password_get_the_same_answer(api, server):
    async with api.client() as client:
        wrong_login = await client.sign_in("nikdo", "heslo-heslo")
        wrong_password = await client.sign_in("jana", "heslo-heslo")
        assert wrong_login == wrong_password == {"__typename": "SignInRefused", "reason": "WRONG"}


async def test_outside_the_trusted_networks_a_code_is_asked_and_works_once(database_url, server):
    password = server.logins["jana"].password
    async with Api(database_url) as api:
        async with api.client() as inside:
            await inside.sign_in("jana", password)
            proposal = await inside.run("mutation { proposeSecondFactor { secret uri } }")
            secret = proposal["proposeSecondFactor"]["secret"]
            confirm = "mutation($s: String!, $c: String!) { confirmSecondFactor(secret: $s, code: $c) { __typename } }"
            wrong = await inside.run(confirm, s=secret, c="000000")
            assert wrong["confirmSecondFactor"]["__typename"] == "Refused"
            done = await inside.run(confirm, s=secret, c=pyotp.TOTP(secret).now())
            assert done["confirmSecondFactor"]["__typename"] == "Done"
        stored = await _scalar(api, "SELECT totp_secret FROM user_account WHERE login = 'jana'")
        assert secret.encode() not in bytes(stored)
    outside = Api(database_url, trusted_networks="192.0.2.0/24")
    async with outside as api:
        await _seal(api, secret)
        async with api.client() as client:
            assert (await client.sign_in("jana", password))["reason"] == "CODE_REQUIRED"
            assert (await client.sign_in("jana", password, "123456"))["reason"] == "CODE_WRONG"
            code = pyotp.TOTP(secret).now()
            assert (await client.sign_in("jana", password, code))["__typename"] == "SignedIn"
            assert (await client.sign_in("jana", password, code))["reason"] == "CODE_WRONG"
            petr = await client.sign_in("petr", server.logins["petr"].password)
            assert petr["reason"] == "SECOND_FACTOR_MISSING"


async def _seal(api, secret: str) -> None:
    """Each test API has a key of its own: seal the secret with this one's."""
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text("UPDATE user_account SET totp_secret = :s WHERE login = 'jana'"),
            {"s": api.kc.signing_in.factors.seal(secret)},
        )


async def _scalar(api, sql: str):
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text(sql))


async def test_session_ends_with_sign_out_and_with_the_account(api, server):
    async with api.client() as client, api.client() as other:
        await client.sign_in("jana", server.logins["jana"].password)
        await other.sign_in("jana", server.logins["jana"].password)
        await client.run("mutation { signOut { __typename } }")
        assert (await client.run("{ me { id } }"))["me"] is None
        assert (await other.run("{ me { id } }"))["me"] is not None
        async with api.kc.engine.begin() as connection:
            await connection.execute(text("UPDATE user_account SET active = false WHERE login = 'jana'"))
        assert (await other.run("{ me { id } }"))["me"] is None
        try:
            await other.run("{ settings { queues { id } } }")
            raise AssertionError("a switched-off account still works")
        except GraphQLFailed as failed:
            assert failed.code == "UNAUTHENTICATED"


async def test_only_a_hash_of_the_token_is_stored_and_the_cookie_is_closed(api, server):
    async with api.client() as client:
        answer = await client.http.post(
            "/graphql",
            json={
                "query": "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) { __typename } }",
                "variables": {"l": "jana", "p": server.logins["jana"].password},
            },
        )
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
        token = next(iter(client.http.cookies.jar)).value
        rows = await _scalar(api, "SELECT count(*) FROM session")
        assert rows == 1
        assert token.encode() not in bytes(await _scalar(api, "SELECT token_hash FROM session"))
