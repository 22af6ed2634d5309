"""Persons from ICIS by REST: filled in once, changed every week; what agents know stays, who was forgotten stays forgotten."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from backend.application.synchronisation import AT_ONCE
from backend.domain.customer.fields import ICIS_ID
from backend.rest.icis import MOST_AT_ONCE, MOST_BYTES
from tests.scenarios.test_clients import Clients, boss, jana, rows, signed_in
from tests.scenarios.test_person_data import erase
from tests.support.api import Api

__all__ = ["boss", "jana"]
TOKEN = "t" * 40


@pytest.fixture
async def api(database_url):
    async with Api(database_url, icis_token=TOKEN) as running:
        yield running


class Icis:
    def __init__(self, api: Api, token: str = TOKEN) -> None:
        self.http = httpx.AsyncClient(
            base_url=api.url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {token}"}
        )

    async def sends(self, *people: dict[str, Any]) -> dict[str, Any]:
        answer = await self.http.post("/icis/v1/clients", json={"clients": people})
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def icis(api):
    made = Icis(api)
    async with made.http:
        yield made


def person(n: int, **values: Any) -> dict[str, Any]:
    return {
        "id": f"I-{n}",
        "values": {"first_name": "Osoba", "surname": f"Číslo{n}", "mobile": f"+42060{n:07}", **values},
    }


def said(report: dict[str, Any]) -> dict[str, int]:
    """What became of persons, without what became of none."""
    return {k: n for k, n in report.items() if k not in ("received", "problems") and n}


async def card(api, n: int) -> dict[str, Any] | None:
    found = await rows(api, "SELECT id FROM client WHERE icis_id = :id", id=f"I-{n}")
    return {"id": found[0][0]} if found else None


async def shown(who: Clients, number: str) -> list[dict[str, Any]]:
    asked = "query($n: String!) { clientsByNumber(number: $n) { id version name values icisUrl } }"
    return (await who.client.run(asked, n=number))["clientsByNumber"]


async def test_cdb_02_a_first_fill_is_found_by_number_and_by_name(api, icis, jana):
    report = await icis.sends(*(person(n) for n in range(MOST_AT_ONCE)))
    assert (report["received"], said(report), report["problems"]) == (1000, {"created": 1000}, [])
    (found,) = await shown(jana, "+420600000777")
    assert (found["name"], found["values"][ICIS_ID], found["version"]) == ("Osoba Číslo777", "I-777", 1)
    asked = '{ searchClients(text: "cislo77 osoba", first: 20) { clients { name } } }'
    names = [x["name"] for x in (await jana.client.run(asked))["searchClients"]["clients"]]
    assert sorted(names) == sorted(f"Osoba Číslo{n}" for n in (77, *range(770, 780)))
    logged = "SELECT count(*) FROM event WHERE stream = 'client' AND origin->>'source' = 'icis' AND actor IS NULL"
    assert await rows(api, logged) == [(1000,)]


async def test_cdb_03_a_week_later_only_what_is_new_changes_and_what_an_agent_learned_stays(api, icis, jana):
    await icis.sends(person(1, city="Praha"), person(2, city="Praha"))
    (before,) = await shown(jana, "+420600000001")
    await jana.save(before["id"], before["version"], city="Brno", mobile=["+420600000001", "+420777000001"])
    report = await icis.sends(person(1, city="Praha", email="nova@ozp.cz"), person(2, city="Praha"), person(3))
    assert said(report) == {"created": 1, "changed": 1, "unchanged": 1}
    (after,) = await shown(jana, "+420777000001")
    assert after["values"]["city"] == "Brno"
    assert after["values"]["mobile"] == ["+420600000001", "+420777000001"]
    assert after["values"]["email"] == ["nova@ozp.cz"]
    versions = await rows(
        api, "SELECT version, author IS NULL FROM client_version WHERE client = :c ORDER BY version", c=before["id"]
    )
    assert versions == [(1, True), (2, False), (3, True)]
    assert said(await icis.sends(person(1, city="Plzeň"))) == {"changed": 1}
    (last,) = await shown(jana, "+420777000001")
    assert (last["values"]["city"], last["values"]["email"]) == ("Plzeň", ["nova@ozp.cz"]), "what is not sent stays"


async def test_batch_sent_again_changes_nothing(api, icis):
    people = [person(n, city="Praha", insured_number="9005010036" if n == 0 else None) for n in range(AT_ONCE + 10)]
    assert said(await icis.sends(*people[:AT_ONCE])) == {"created": AT_ONCE}, "as far as a process came that died"
    before = await rows(api, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM client_version)")
    assert said(await icis.sends(*people)) == {"created": 10, "unchanged": AT_ONCE}
    assert said(await icis.sends(*people)) == {"unchanged": AT_ONCE + 10}
    after = await rows(api, "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM client_version)")
    assert [b - a for a, b in zip(before[0], after[0], strict=True)] == [10, 10]


async def test_what_is_wrong_is_named_and_the_rest_is_taken(api, icis):
    report = await icis.sends(
        person(1, mobile=["601", "+420601000001"], city=12, shoe_size=42),
        {"id": "I-2", "values": {"city": "Brno"}},
        {"id": " ", "values": {"surname": "Beze jména"}},
        person(3),
        person(3, city="Podruhé"),
    )
    assert said(report) == {"created": 2, "refused": 3}
    assert [(p["index"], p["id"], p["field"], p["problem"]) for p in report["problems"]] == [
        (0, "I-1", "mobile", "malformed"),
        (0, "I-1", "shoe_size", "unknown"),
        (1, "I-2", "surname", "missing"),
        (2, " ", "id", "malformed"),
        (4, "I-3", "id", "taken"),
    ]
    stored = await rows(api, "SELECT fields->'mobile', fields->>'city' FROM client WHERE icis_id = 'I-1'")
    assert stored == [(["+420601000001"], "12")]
    assert await card(api, 2) is None


async def test_sensitive_number_lies_nowhere_in_the_open_and_links_a_card_written_by_hand(api, icis, jana):
    await jana.create(surname="Ruční", insured_number="900501/0036", warning="!")
    report = await icis.sends(person(1, insured_number="9005010036"), person(2, insured_number="9005010047"))
    assert said(report) == {"created": 1, "changed": 1}
    (linked,) = await shown(jana, "+420600000001")
    assert (linked["name"], linked["values"]["warning"], linked["version"]) == ("Osoba Číslo1", "!", 2)
    assert len(await rows(api, "SELECT 1 FROM client WHERE icis_id LIKE 'I-%'")) == 2
    assert said(await icis.sends(person(1, insured_number="9005010036"))) == {"unchanged": 1}
    for table in ("client", "client_icis", "client_version", "client_term", "event", "synchronisation", "audit"):
        dump = " ".join(str(r) for r in await rows(api, f"SELECT x::text FROM {table} x"))
        assert "9005010036" not in dump and "9005010047" not in dump, table


async def test_of_two_cards_with_one_number_none_is_taken_for_the_person(api, icis, jana):
    for k in ("k1", "k2"):
        await jana.create(k, surname="Ruční", insured_number="9005010036")
    assert said(await icis.sends(person(1, insured_number="9005010036"))) == {"created": 1}
    assert await rows(api, "SELECT count(*) FROM client WHERE name = 'Ruční' AND icis_id IS NULL") == [(2,)]


async def test_agt_36_who_is_gone_in_icis_has_a_card_without_a_link(api, icis, jana, boss):
    await boss.define({**await boss.settings(), "icis_url": "https://icis.ozp.cz/osoba/{id}"})
    await icis.sends(person(1))
    (before,) = await shown(jana, "+420600000001")
    assert before["icisUrl"] == "https://icis.ozp.cz/osoba/I-1"
    assert said(await icis.sends({"id": "I-1", "gone": True}, {"id": "I-9", "gone": True})) == {
        "gone": 1,
        "unchanged": 1,
    }
    (after,) = await shown(jana, "+420600000001")
    assert (after["icisUrl"], after["name"], ICIS_ID in after["values"]) == (None, "Osoba Číslo1", False)


async def test_who_was_forgotten_is_not_brought_back(api, icis, boss, jana):
    await icis.sends(person(1), person(2))
    (found,) = await shown(jana, "+420600000001")
    assert (await erase(boss, found["id"], found["version"]))["__typename"] != "Refused"
    assert said(await icis.sends(person(1, city="Brno"), person(2))) == {"forgotten": 1, "unchanged": 1}
    assert await shown(jana, "+420600000001") == []
    assert await rows(api, "SELECT count(*) FROM client_icis WHERE client = :c", c=found["id"]) == [(0,)]


async def test_agent_who_saves_over_a_batch_is_told_what_changed(api, icis, jana):
    await icis.sends(person(1, city="Praha"))
    (before,) = await shown(jana, "+420600000001")
    await icis.sends(person(1, city="Brno"))
    answer = await jana.save(before["id"], before["version"], warning="volat večer")
    assert answer["__typename"] == "ClientConflict"
    assert answer["changes"] == [{"field": "city", "before": "Praha", "after": "Brno", "byId": None}]


async def test_batches_at_once_and_agents_beside_them_lose_nothing(api, icis, jana):
    await icis.sends(*(person(n) for n in range(300)))
    (mine,) = await shown(jana, "+420600000005")

    async def edits() -> None:
        for n in range(5):
            (now,) = await shown(jana, "+420600000005")
            await jana.save(now["id"], now["version"], warning=f"poznámka {n}")

    batches = [icis.sends(*(person(n, city=f"Obec {b}") for n in range(300))) for b in range(4)]
    *reports, _ = await asyncio.gather(*batches, edits())
    assert [r["changed"] + r["unchanged"] for r in reports] == [300] * 4
    versions = await rows(api, "SELECT version FROM client_version WHERE client = :c ORDER BY 1", c=mine["id"])
    assert [v for (v,) in versions] == list(range(1, len(versions) + 1))
    (last,) = await shown(jana, "+420600000005")
    assert last["version"] == len(versions) and last["values"]["warning"].startswith("poznámka")
    cities = await rows(api, "SELECT DISTINCT fields->>'city' FROM client WHERE icis_id LIKE 'I-%'")
    assert len(cities) == 1, "the last batch has won everywhere"


async def test_names_that_nobody_could_keep_are_refused_and_told(api, icis, boss):
    report = await icis.sends(
        {"id": "a\0b", "values": {"surname": "Nula"}},
        {"id": "x" * 5000, "values": {"surname": "Dlouhá"}},
        person(1, **{"k\0": 1, "y" * 5000: 2, "surname": "No\0vák", "city": {"a": ["\0"]}, "warning": 10**30}),
    )
    assert said(report) == {"refused": 3}
    assert [(p["id"], p["field"], p["problem"]) for p in report["problems"]] == [
        ("a\ufffdb", "id", "malformed"),
        ("x" * 100, "id", "malformed"),
        ("I-1", "surname", "malformed"),
        ("I-1", "k\ufffd", "unknown"),
        ("I-1", "y" * 100, "unknown"),
        ("I-1", "city", "malformed"),
        ("I-1", "surname", "missing"),
    ]
    shown = (await boss.client.run("{ synchronisation { problemCount problems { icisId } } }"))["synchronisation"]
    assert (shown["problemCount"], shown["problems"][0]["icisId"]) == (7, "a\ufffdb")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b'{"clients": [{"id": "I-1", "values": {"surname": "Nov', 400),
        (b'{"clients": [{"id": 5}]}', 400),
        (b'{"clients": [{"id": "I-1", "name": "x"}]}', 400),
        (b'{"clients": "I-1"}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (json.dumps({"clients": [person(n) for n in range(MOST_AT_ONCE + 1)]}).encode(), 413),
        (b" " * (MOST_BYTES + 1), 413),
    ],
    ids=["nothing", "cut", "number", "unknown", "text", "no utf-8", "deep", "many", "long"],
)
async def test_what_is_no_batch_is_refused_whole(api, icis, body, status):
    answer = await icis.http.post("/icis/v1/clients", content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status and answer.json()["title"]
    assert await rows(api, "SELECT count(*) FROM client WHERE icis_id LIKE 'I-%'") == [(0,)]


async def test_body_that_is_cut_off_on_the_way_changes_nothing(api, icis):
    whole = json.dumps({"clients": [person(n) for n in range(50)]}).encode()
    _reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    head = f"POST /icis/v1/clients HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(whole)}\r\n\r\n"
    writer.write(head.encode() + whole[:-20])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert said(await icis.sends(person(99))) == {"created": 1}
    assert await rows(api, "SELECT count(*) FROM client WHERE icis_id LIKE 'I-%'") == [(1,)]


async def test_sec_01_only_icis_is_let_in_and_each_try_is_written_down(database_url):
    async with Api(database_url, icis_token=TOKEN) as api:
        for token in ("x", "wrong", TOKEN[:-1]):
            answer = await Icis(api, token).http.post("/icis/v1/clients", json={"clients": [person(1)]})
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert said(await Icis(api).sends(person(1))) == {"created": 1}
        async with api.kc.engine.connect() as connection:
            noted = await connection.execute(
                text("SELECT source, outcome, parameters FROM audit WHERE action = 'icis.clients' ORDER BY id")
            )
            entries = [(r.source, r.outcome, r.parameters) for r in noted]
        assert [(s, o) for s, o, _ in entries] == [("icis", "refused")] * 3 + [("icis", "done")]
        assert (entries[-1][2]["received"], entries[-1][2]["created"]) == (1, 1)
    async with Api(database_url, icis_token=TOKEN, icis_networks="192.0.2.0/24") as api:
        answer = await Icis(api).http.post("/icis/v1/clients", json={"clients": [person(2)]})
        assert answer.status_code == 403
    async with Api(database_url) as api:
        answer = await Icis(api).http.post("/icis/v1/clients", json={"clients": [person(2)]})
        assert answer.status_code == 404


async def test_administrators_see_what_came_and_what_icis_should_mend(api, icis, boss, server):
    asked = (
        "{ synchronisation { open days { batches received created unchanged refused } problemCount"
        " problems { icisId field problem } } }"
    )
    assert (await boss.client.run(asked))["synchronisation"] == {
        "open": True, "days": [], "problemCount": 0, "problems": [],
    }  # fmt: skip
    await icis.sends(person(1), person(2, mobile="nemá"), {"id": "I-3", "values": {}})
    await icis.sends(person(1))
    shown = (await boss.client.run(asked))["synchronisation"]
    assert shown["days"] == [{"batches": 2, "received": 4, "created": 2, "unchanged": 1, "refused": 1}]
    assert shown["problems"] == [
        {"icisId": "I-2", "field": "mobile", "problem": "MALFORMED"},
        {"icisId": "I-3", "field": "surname", "problem": "MISSING"},
    ]
    assert shown["problemCount"] == 2
    await signed_in(api, server, "jana")
