"""OpenID Connect: a real provider all the way, and everything that a token must not say."""

from urllib.parse import urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from tests.support.api import Api
from tests.support.openid import lying, provider

OPENID = {
    "enabled": True,
    "name": "OZP ID",
    "client": "kc",
    "rules": [
        {"sid": "operatori", "roles": ["agent"]},
        {"sid": "vedouci", "roles": ["supervisor"]},
    ],
}
SAVE = "mutation($o: JSON!) { saveOpenid(openid: $o) { __typename ... on SettingRefused { problems { field } } } }"
ME = "{ me { login name role } }"


async def switched_on(api, server, issuer: str, **more) -> None:
    async with api.client() as admin:
        await admin.sign_in("spravce", server.logins["spravce"].password)
        saved = (await admin.run(SAVE, o=OPENID | {"issuer": issuer} | more))["saveOpenid"]
        assert saved["__typename"] == "SettingSaved", saved


async def get(client, path: str, **query) -> httpx.Response:
    return await client.http.get(
        path, params=query or None, headers={"Cookie": client.cookie_header()}, follow_redirects=False
    )


@pytest.fixture
async def api(database_url):
    async with Api(database_url, openid_secret="tajemstvi") as running:
        yield running


async def test_person_of_a_real_provider_comes_in_with_the_roles_of_the_groups_claim(api, server):
    with provider() as issuer:
        await switched_on(api, server, issuer)
        claims = {"preferred_username": "Federova", "name": "Jana Federová", "groups": ["operatori", "vedouci"]}
        httpx.put(f"{issuer}/users/jf", json=claims, trust_env=False).raise_for_status()
        async with api.client() as client:
            assert (await client.run("{ signInWays { openid } }"))["signInWays"]["openid"] == "OZP ID"
            sent = await get(client, "/sign-in/openid")
            assert sent.status_code == 303 and "code_challenge_method=S256" in sent.headers["location"]
            there = httpx.post(sent.headers["location"], data={"sub": "jf"}, trust_env=False)
            assert there.status_code == 302, there.text
            back = urlsplit(there.headers["location"])
            done = await get(client, f"{back.path}?{back.query}")
            assert (done.status_code, done.headers["location"]) == (303, "/")
            assert (await client.run(ME))["me"] == {"login": "federova", "name": "Jana Federová", "role": "SUPERVISOR"}
            again = await get(client, f"{back.path}?{back.query}")
            assert again.headers["location"] == "/#sign-in-refused=not_accepted"


async def begun(client, liar) -> dict[str, str]:
    sent = await get(client, "/sign-in/openid")
    return liar.answer_to(sent.headers["location"])


async def test_honest_answer_of_the_small_provider_is_taken_and_its_verifier_is_checked(api, server):
    async with lying() as liar, api.client() as client:
        await switched_on(api, server, liar.issuer)
        answer = await begun(client, liar)
        done = await get(client, "/sign-in/openid/back", **answer)
        assert done.headers["location"] == "/"
        assert (await client.run(ME))["me"]["login"] == "federovany"
        assert len(liar.verifiers[0]) >= 43 and liar.asked["code_challenge"] != liar.verifiers[0]
        out = await get(client, "/sign-in/openid/end")
        assert out.headers["location"].startswith(f"{liar.issuer}/end?client_id=kc&post_logout_redirect_uri=")


LIES = {
    "foreign issuer": {"iss": "https://jiny.example"},
    "other client": {"aud": "jina-aplikace"},
    "several clients without azp": {"aud": ["kc", "jina"]},
    "other nonce": {"nonce": "jiny"},
    "no nonce": {"nonce": None},
    "over": {"exp": 1_000_000_000},
    "no end": {"exp": None},
    "from the future": {"iat": 4_000_000_000},
    "nobody": {"sub": None},
}


@pytest.mark.parametrize("lie", LIES)
async def test_token_that_says_something_else_opens_nothing(api, server, lie):
    async with lying() as liar, api.client() as client:
        await switched_on(api, server, liar.issuer)
        answer = await begun(client, liar)
        liar.lie = LIES[lie]
        done = await get(client, "/sign-in/openid/back", **answer)
        assert done.headers["location"] == "/#sign-in-refused=not_accepted"
        assert (await client.run(ME))["me"] is None


@pytest.mark.parametrize(
    "fault", ["foreign key", "unknown state", "other browser", "other issuer in the answer", "error"]
)
async def test_answer_that_is_not_ours_or_not_signed_opens_nothing(api, server, fault):
    async with lying() as liar, api.client() as client, api.client() as thief:
        await switched_on(api, server, liar.issuer)
        answer = await begun(client, liar)
        browser = client
        match fault:
            case "foreign key":
                liar.signed_by = RSAKey.generate_key(2048, {"kid": "k1"})
            case "unknown state":
                answer["state"] = "x" * 43
            case "other browser":
                browser = thief
            case "other issuer in the answer":
                answer["iss"] = "https://jiny.example"
            case "error":
                answer = {"error": "access_denied", "state": answer["state"]}
        done = await get(browser, "/sign-in/openid/back", **answer)
        assert done.headers["location"] == "/#sign-in-refused=not_accepted"
        assert (await browser.run(ME))["me"] is None


async def test_person_without_a_known_group_or_with_a_taken_login_is_told_why(api, server):
    async with lying() as liar, api.client() as client:
        await switched_on(api, server, liar.issuer)
        for lie, reason in (({"groups": ["jini"]}, "no_rights"), ({"preferred_username": "jana"}, "login_taken")):
            answer = await begun(client, liar)
            liar.lie = lie
            done = await get(client, "/sign-in/openid/back", **answer)
            assert done.headers["location"] == f"/#sign-in-refused={reason}"
            assert (await client.run(ME))["me"] is None


async def test_outside_a_second_factor_is_asked_unless_the_providers_counts(database_url, api, server):
    async with lying() as liar:
        await switched_on(api, server, liar.issuer)
        async with (
            Api(database_url, openid_secret="x", trusted_networks="192.0.2.0/24") as outside,
            outside.client() as client,
        ):
            refused = await get(client, "/sign-in/openid/back", **await begun(client, liar))
            assert refused.headers["location"] == "/#sign-in-refused=second_factor_missing"
        await switched_on(api, server, liar.issuer, trusts_its_second_factor=True)
        async with (
            Api(database_url, openid_secret="x", trusted_networks="192.0.2.0/24") as outside,
            outside.client() as client,
        ):
            answer = await begun(client, liar)
            liar.lie = {"amr": ["pwd", "mfa"]}
            assert (await get(client, "/sign-in/openid/back", **answer)).headers["location"] == "/"


async def test_provider_that_is_away_or_switched_off_is_said(api, server):
    async with api.client() as client:
        assert (await get(client, "/sign-in/openid")).status_code == 404
        await switched_on(api, server, "http://localhost:9")
        assert (await get(client, "/sign-in/openid")).headers["location"] == "/#sign-in-refused=provider_down"
        await client.sign_in("spravce", server.logins["spravce"].password)
        assert "localhost:9" in (await client.run("{ checkSignIn { openid } }"))["checkSignIn"]["openid"]


async def test_settings_of_the_provider_are_checked(api, server):
    async with api.client() as admin:
        await admin.sign_in("spravce", server.logins["spravce"].password)
        refused = (await admin.run(SAVE, o={"enabled": True, "issuer": "http://nezabezpeceny.example"}))["saveOpenid"]
        assert {p["field"] for p in refused["problems"]} == {"name", "client", "issuer"}
