"""What people do with their own account: password, recovery codes, passkeys, sessions; and what administrators may."""

import pytest
from sqlalchemy import text

from tests.support.api import Api, GraphQLFailed
from tests.support.authenticator import Authenticator

REFUSAL = "__typename ... on SignInRefused { reason step kinds passwordProblems }"
SIGN_IN = f"mutation($l: String!, $p: String!) {{ a: signIn(login: $l, password: $p) {{ {REFUSAL} }} }}"
SECOND = (
    "mutation($s: String!, $c: String!, $k: PasskeyAnswer) { a: secondFactor(stepToken: $s, code: $c, passkey: $k)"
    f" {{ {REFUSAL} }} }}"
)
CHANGE = f"mutation($o: String!, $n: String!) {{ a: changePassword(oldPassword: $o, newPassword: $n) {{ {REFUSAL} }} }}"
ASK = "mutation($s: String) { askPasskey(stepToken: $s) { step options } }"
ALONE = f"mutation($k: PasskeyAnswer!) {{ a: signInWithPasskey(passkey: $k) {{ {REFUSAL} }} }}"
ADD = "mutation($n: String!, $k: PasskeyAnswer!) { addPasskey(name: $n, passkey: $k) { __typename } }"
ME = "{ me { login } }"
GOOD = "čtyři modré židle"


async def run(client, operation: str, **variables) -> dict:
    return (await client.run(operation, **variables))["a"]


async def sign_in(client, server, login: str = "jana") -> dict:
    return await run(client, SIGN_IN, l=login, p=server.logins[login].password)


async def nobody(client) -> bool:
    return (await client.run(ME))["me"] is None


# ---- passwords


async def test_new_password_obeys_the_policy_ends_other_sessions_and_renews_this_one(api, server):
    old = server.logins["jana"].password
    async with api.client() as client, api.client() as other:
        await sign_in(client, server)
        await sign_in(other, server)
        before = client.cookie_header()
        refused = await run(client, CHANGE, o=old, n="jana")
        assert (refused["reason"], refused["passwordProblems"]) == ("PASSWORD_REFUSED", ["TOO_SHORT", "LIKE_NAME"])
        assert (await run(client, CHANGE, o="spatne", n=GOOD))["reason"] == "WRONG"
        assert "USED_BEFORE" in (await run(client, CHANGE, o=old, n=old))["passwordProblems"]
        assert not await nobody(other)
        assert (await run(client, CHANGE, o=old, n=GOOD))["__typename"] == "SignedIn"
        assert client.cookie_header() != before and not await nobody(client)
        assert await nobody(other)
        assert "USED_BEFORE" in (await run(client, CHANGE, o=GOOD, n=old))["passwordProblems"]
    async with api.client() as client:
        assert (await sign_in(client, server))["reason"] == "WRONG"
        assert (await run(client, SIGN_IN, l="jana", p=GOOD))["__typename"] == "SignedIn"


async def test_password_given_by_an_administrator_must_be_changed_first(api, server):
    await _set(api, "must_change_password = true")
    async with api.client() as client:
        stop = await sign_in(client, server)
        assert stop["reason"] == "PASSWORD_CHANGE_REQUIRED" and await nobody(client)
        new = f"mutation($s: String!, $n: String!) {{ a: newPassword(stepToken: $s, newPassword: $n) {{ {REFUSAL} }} }}"
        refused = await run(client, new, s=stop["step"], n="heslo heslo heslo")
        assert refused["passwordProblems"] == ["BLOCKED_WORD"] and refused["step"] == stop["step"]
        assert (await run(client, new, s=stop["step"], n=GOOD))["__typename"] == "SignedIn"
        assert (await run(client, new, s=stop["step"], n=GOOD))["reason"] == "STEP_OVER"


async def test_policy_of_the_customer_counts_at_once_for_every_new_password(api, server):
    policy = {
        "min_length": 20, "history": 0, "max_age_days": 30, "blocked_words": ["kancelář"],
        "needs_upper_and_lower": True, "needs_digit": True, "needs_sign": False,
    }  # fmt: skip
    async with api.client() as admin, api.client() as client:
        await sign_in(admin, server, "spravce")
        save = "mutation($p: JSON!) { savePasswordPolicy(passwords: $p) { __typename } }"
        assert (await admin.run(save, p=policy | {"min_length": 3}))["savePasswordPolicy"][
            "__typename"
        ] == "SettingRefused"
        assert (await admin.run(save, p=policy))["savePasswordPolicy"]["__typename"] == "SettingSaved"
        await sign_in(client, server)
        refused = await run(client, CHANGE, o=server.logins["jana"].password, n="moje kancelar")
        assert refused["passwordProblems"] == ["TOO_SHORT", "BLOCKED_WORD", "NEEDS_UPPER_AND_LOWER", "NEEDS_DIGIT"]
        await _set(api, "password_changed_at = now() - interval '31 days'")
        assert (await sign_in(client, server))["reason"] == "PASSWORD_CHANGE_REQUIRED"


# ---- recovery codes and passkeys


async def test_recovery_codes_are_ten_each_good_once_and_stored_as_hashes(api, server, database_url):
    async with api.client() as client:
        await sign_in(client, server)
        codes = (await client.run("mutation { makeRecoveryCodes }"))["makeRecoveryCodes"]
    assert len(set(codes)) == 10
    async with api.kc.engine.connect() as connection:
        stored = (await connection.execute(text("SELECT selector || hash AS all FROM recovery_code"))).scalars().all()
    assert not any(code.replace("-", "")[4:] in each for code in codes for each in stored)
    await _set(api, "totp_secret = 'x'")
    async with Api(database_url, trusted_networks="192.0.2.0/24") as outside, outside.client() as client:
        stop = await sign_in(client, server)
        assert (stop["reason"], stop["kinds"]) == ("CODE_REQUIRED", ["TOTP", "RECOVERY_CODE"])
        assert (await run(client, SECOND, s=stop["step"], c="ABCD-EFGH-JKLM-NPQR"))["reason"] == "CODE_WRONG"
        assert (await run(client, SECOND, s=stop["step"], c=codes[3].lower()))["__typename"] == "SignedIn"
        again = await sign_in(client, server)
        assert (await run(client, SECOND, s=again["step"], c=codes[3]))["reason"] == "CODE_WRONG"
        assert (await run(client, SECOND, s=again["step"], c=codes[4]))["__typename"] == "SignedIn"
        assert (await client.run("{ mySecurity { recoveryCodes } }"))["mySecurity"]["recoveryCodes"] == 8


async def test_passkey_is_a_second_factor_and_with_user_verification_a_way_in_alone(api, server, database_url):
    key = await registered(api, server)
    async with Api(database_url, trusted_networks="192.0.2.0/24") as outside, outside.client() as client:
        key.origin = outside.url
        stop = await sign_in(client, server)
        assert (stop["reason"], stop["kinds"]) == ("CODE_REQUIRED", ["PASSKEY"])
        asked = (await client.run(ASK, s=stop["step"]))["askPasskey"]
        assert len(asked["options"]["allowCredentials"]) == 1
        shown = {"step": asked["step"], "credential": key.get(asked["options"])}
        assert (await run(client, SECOND, s=stop["step"], c="", k=shown))["__typename"] == "SignedIn"
    async with Api(database_url, trusted_networks="192.0.2.0/24") as outside, outside.client() as client:
        key.origin = outside.url
        answer = await alone(client, key)
        assert answer["__typename"] == "SignedIn" and (await client.run(ME))["me"] == {"login": "jana"}
        sessions = (await client.run("{ mySecurity { sessions { way current } } }"))["mySecurity"]["sessions"]
        assert {"way": "PASSKEY", "current": True} in sessions


@pytest.mark.parametrize("fault", ["origin", "unverified", "replayed", "copied", "stranger", "garbage", "switched off"])
async def test_passkey_that_is_not_right_opens_nothing(api, server, fault):
    key = await registered(api, server)
    async with api.client() as client:
        asked = (await client.run(ASK))["askPasskey"]
        match fault:
            case "origin":
                key.origin = "https://kc.ozp.cz.podvod.example"
            case "unverified":
                key.verifies = False
            case "stranger":
                key = Authenticator(api.url)
            case "switched off":
                await _set(api, "active = false")
        shown = {"step": asked["step"], "credential": key.get(asked["options"])}
        if fault == "garbage":
            shown["credential"] = {"id": "x", "response": []}
        if fault in ("replayed", "copied"):
            assert (await run(client, ALONE, k=shown))["__typename"] == "SignedIn"
            await client.run("mutation { signOut { __typename } }")
        if fault == "copied":
            key.count = 0
            asked = (await client.run(ASK))["askPasskey"]
            shown = {"step": asked["step"], "credential": key.get(asked["options"])}
        assert (await run(client, ALONE, k=shown))["reason"] == "NOT_ACCEPTED"
        assert await nobody(client)


async def test_passkey_is_renamed_and_removed_by_its_owner_only(api, server):
    await registered(api, server)
    rename = "mutation($i: Int!, $n: String!) { renamePasskey(id: $i, name: $n) { __typename } }"
    remove = "mutation($i: Int!) { removePasskey(id: $i) { __typename } }"
    async with api.client() as jana, api.client() as petr:
        await sign_in(jana, server)
        await sign_in(petr, server, "petr")
        (key,) = (await jana.run("{ mySecurity { passkeys { id name verifiesUser } } }"))["mySecurity"]["passkeys"]
        assert (key["name"], key["verifiesUser"]) == ("Notebook", True)
        assert (await petr.run(rename, i=key["id"], n="Můj"))["renamePasskey"]["__typename"] == "Refused"
        assert (await petr.run(remove, i=key["id"]))["removePasskey"]["__typename"] == "Refused"
        assert (await jana.run(rename, i=key["id"], n="Mobil"))["renamePasskey"]["__typename"] == "Done"
        assert (await jana.run(remove, i=key["id"]))["removePasskey"]["__typename"] == "Done"
        assert (await jana.run("{ mySecurity { passkeys { id } } }"))["mySecurity"]["passkeys"] == []


async def test_adding_a_factor_gives_the_session_a_new_id(api, server):
    async with api.client() as client:
        await sign_in(client, server)
        stolen = client.cookie_header()
        await _register(api, client)
        assert not await nobody(client)
        answer = await client.http.post("/graphql", json={"query": ME}, headers={"Cookie": stolen})
        assert answer.json()["data"]["me"] is None


# ---- sessions and devices


async def test_sessions_are_listed_and_ended_one_by_one_or_all_others_at_once(api, server):
    mine = "{ mySecurity { sessions { id address browser current } } }"
    async with api.client() as here, api.client() as there, api.client() as mobile, api.client() as petr:
        for client, browser in ((here, "Firefox"), (there, "Chrome"), (mobile, "Safari")):
            client.http.headers["User-Agent"] = browser
            await sign_in(client, server)
        await sign_in(petr, server, "petr")
        listed = (await here.run(mine))["mySecurity"]["sessions"]
        assert {s["browser"]: s["current"] for s in listed} == {"Firefox": True, "Chrome": False, "Safari": False}
        chrome = next(s["id"] for s in listed if s["browser"] == "Chrome")
        end = "mutation($i: Int!) { endSession(id: $i) { __typename } }"
        assert (await petr.run(end, i=chrome))["endSession"]["__typename"] == "Refused" and not await nobody(there)
        assert (await here.run(end, i=chrome))["endSession"]["__typename"] == "Done" and await nobody(there)
        assert (await here.run("mutation { endOtherSessions }"))["endOtherSessions"] == 1
        assert await nobody(mobile) and not await nobody(here) and not await nobody(petr)


async def test_first_use_in_another_browser_is_told_until_its_owner_says_it_was_them(api, server):
    new = "{ mySecurity { newDevices { browser } } }"
    async with api.client() as first, api.client() as second:
        first.http.headers["User-Agent"], second.http.headers["User-Agent"] = "Firefox", "Chrome"
        await sign_in(first, server)
        assert (await first.run(new))["mySecurity"]["newDevices"] == []
        await sign_in(second, server)
        assert (await first.run(new))["mySecurity"]["newDevices"] == [{"browser": "Chrome"}]
        assert (await second.run(new))["mySecurity"]["newDevices"] == []
        await first.run("mutation { ownNewDevices { ok } }")
        assert (await first.run(new))["mySecurity"]["newDevices"] == []


async def test_session_is_over_after_its_whole_life_and_when_nothing_was_done_with_it(api, server):
    for over in ("expires_at = now() - interval '1 second'", "seen_at = now() - interval '121 minutes'"):
        async with api.client() as client:
            await sign_in(client, server)
            assert not await nobody(client)
            async with api.kc.engine.begin() as connection:
                await connection.execute(text(f"UPDATE session SET {over}"))
            assert await nobody(client)


# ---- administrators


async def test_administrator_resets_factors_and_signs_out_everywhere_and_the_log_says_who(api, server):
    await registered(api, server)
    reset = "mutation($u: Int!) { resetSecondFactors(user: $u) { __typename } }"
    async with api.client() as admin, api.client() as client:
        await sign_in(admin, server, "spravce")
        await sign_in(client, server)
        user = (await client.run("{ me { id hasSecondFactor } }"))["me"]
        assert user["hasSecondFactor"]
        with pytest.raises(GraphQLFailed) as refused:
            await client.run(reset, u=user["id"])
        assert refused.value.code == "FORBIDDEN"
        assert (await admin.run(reset, u=0))["resetSecondFactors"]["__typename"] == "Refused"
        assert (await admin.run(reset, u=user["id"]))["resetSecondFactors"]["__typename"] == "Done"
        assert await nobody(client)
        await sign_in(client, server)
        assert not (await client.run("{ me { hasSecondFactor } }"))["me"]["hasSecondFactor"]
        boss = (await admin.run("{ me { id } }"))["me"]["id"]
    async with api.kc.engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT data->>'type' AS type, actor FROM event WHERE stream = 'account' AND subject = :s ORDER BY version"
            ),
            {"s": f"user:{user['id']}"},
        )
        told = [(r.type, r.actor) for r in rows]
    assert ("FactorsReset", boss) in told and ("SessionsEnded", boss) in told
    assert [t for t, _ in told][:3] == ["SignedIn", "FactorAdded", "SignedIn"]


async def _set(api, what: str) -> None:
    async with api.kc.engine.begin() as connection:
        await connection.execute(text(f"UPDATE user_account SET {what} WHERE login = 'jana'"))


async def _register(api, client, name: str = "Notebook") -> Authenticator:
    key = Authenticator(api.url)
    asked = (await client.run("mutation { beginPasskey { step options } }"))["beginPasskey"]
    shown = {"step": asked["step"], "credential": key.create(asked["options"])}
    assert (await client.run(ADD, n=name, k=shown))["addPasskey"]["__typename"] == "Done"
    return key


async def registered(api, server) -> Authenticator:
    async with api.client() as client:
        await sign_in(client, server)
        return await _register(api, client)


async def alone(client, key: Authenticator) -> dict:
    asked = (await client.run(ASK))["askPasskey"]
    assert asked["options"]["userVerification"] == "required"
    return await run(client, ALONE, k={"step": asked["step"], "credential": key.get(asked["options"])})
