"""No request can be made that the audit has no place for: one such row would stand before all that come after."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from backend.adapters.audit import journal as journal_module
from backend.adapters.audit.journal import happened
from backend.adapters.audit.rows import row_of, writable

WRITTEN = "SELECT parameters FROM audit WHERE action = :action"


async def rows(api, action: str) -> list[dict]:
    async with api.kc.engine.connect() as connection:
        return list((await connection.execute(text(WRITTEN), {"action": action})).scalars())


@pytest.mark.parametrize("value", ["a\0b", "\\u0000", "\ud800", "\\\\u0000", {"k\0": ["\0", "\udfff"]}])
async def test_entry_with_what_the_database_cannot_hold_is_written(api, value):
    entry = happened("garbage", value=value)
    await api.kc.journal.note(entry)
    found = await rows(api, "garbage")
    assert [x["value"] for x in found] == [writable(value)]


async def test_entry_that_no_form_can_hold_is_reduced_and_those_beside_it_are_whole(api, monkeypatch):
    real = row_of

    def as_before(entry):
        row = real(entry)
        return row | {"subject": "a\0b"} if entry.parameters.get("bad") else row

    monkeypatch.setattr(journal_module, "row_of", as_before)
    await asyncio.gather(
        api.kc.journal.note(happened("mixed", n=1)),
        api.kc.journal.note(happened("mixed", n=2, bad=True)),
        api.kc.journal.note(happened("mixed", n=3)),
    )
    found = await rows(api, "mixed")
    assert sorted(x.get("n", 0) for x in found) == [0, 1, 3]
    assert [x for x in found if "unwritable" in x] and len(found) == 3


@pytest.mark.parametrize(
    "path", ["/%00", "/prompts/%00/audio", "/audit/export.csv?text=%00", "/recordings/%00.wav", "/?a=%00"]
)
async def test_address_with_nul_is_refused_and_the_audit_goes_on(api, path):
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as http:
        assert (await http.get(path)).status_code == 400
    await api.kc.journal.note(happened("after"))
    assert len(await rows(api, "after")) == 1


@pytest.mark.parametrize(
    ("values", "kept"),
    [("5", "(1)"), ("true", "(4)"), ('"abc"', "(3)"), ("[1]", "(1)"), ("{a: 5}", ["a"])],
)
async def test_contents_that_are_none_are_refused_and_written_by_their_size(api, server, values, kept):
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        query = f"mutation {{ saveClient(id: 1, version: 1, values: {values}) {{ __typename }} }}"
        answer = (await client.http.post("/graphql", json={"query": query})).json()
    if kept == ["a"]:
        assert answer["data"]["saveClient"]["__typename"] == "SettingRefused"
    else:
        assert answer["errors"][0].get("extensions", {}).get("code") == "BAD_INPUT", answer
    await api.kc.journal.note(happened("after"))  # a refusal is written beside its answer
    written = await rows(api, "saveClient")
    assert [x["values"] for x in written] == [kept]


async def test_sign_in_of_a_stranger_with_nul_stops_nothing(api):
    """Before, one such request of anybody stopped the audit, and with it every view of personal data."""
    async with api.client() as client:
        answer = await client.http.post(
            "/graphql",
            json={
                "query": 'mutation($l: String!) { signIn(login: $l, password: "x") { __typename } }',
                "variables": {"l": "a\0b"},
            },
        )
        assert answer.status_code == 400
    await api.kc.journal.note(happened("after"))
    assert len(await rows(api, "after")) == 1
