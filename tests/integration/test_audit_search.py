"""The audit is found by person, subject, action, outcome, address and words, page by page, and taken away as a file that proves itself."""

import asyncio
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from backend.adapters.audit.exported import verify_export
from backend.adapters.audit.keys import Trusted
from backend.domain.audit.trail import Entry, Kind, Outcome
from tests.support.api import Api

PAGE = (
    "query($f: AuditFilter!, $n: Int!, $a: String) { auditTrail(filter: $f, first: $n, after: $a) { after lines {"
    " id at kind action subject actorId session address source request parameters outcome reason found sealed } } }"
)


@pytest_asyncio.fixture
async def searched(database_url, server):
    """An API that seals only when told, signed in as the administrator: ``find`` and ``export``."""
    async with Api(database_url, audit_seal_s=60) as api:
        async with api.client() as client:
            await client.sign_in("spravce", server.logins["spravce"].password)
            client.api = api
            yield client


async def find(client, n: int = 50, after: str | None = None, **filter: object) -> dict:
    return (await client.run(PAGE, f=filter, n=n, a=after))["auditTrail"]


async def actions(client, **filter: object) -> list[str]:
    return [x["action"] for x in (await find(client, **filter))["lines"]]


async def export(client, kind: str = "jsonl", **params: object):
    return await client.http.get(f"/audit/export.{kind}", params=params, headers={"Cookie": client.cookie_header()})


async def note(client, action: str, **fields: object) -> None:
    fields = {"at": datetime.now(UTC), "kind": Kind.COMMAND, "source": "user", **fields}
    await client.api.kc.journal.note(Entry(action=action, **fields))


async def test_each_filter_finds_its_lines_and_no_others(searched):
    old = datetime(2026, 6, 1, 12, tzinfo=UTC)
    await note(searched, "one", actor=77, address="10.1.1.1", subject="client:5", at=old)
    await note(searched, "two", actor=78, outcome=Outcome.REFUSED, reason="not_yours", at=old + timedelta(hours=1))
    await note(searched, "three", kind=Kind.VIEW, parameters={"text": "Žluťoučký 100%"}, at=old + timedelta(hours=2))
    day = {"since": "2026-06-01T00:00:00Z", "until": "2026-06-02T00:00:00Z"}
    assert await actions(searched, **day) == ["three", "two", "one"]
    for filter, expected in (
        ({"actor": 77}, ["one"]),
        ({"address": "10.1.1.1"}, ["one"]),
        ({"subject": "client:5"}, ["one"]),
        ({"subject": "client:"}, []),
        ({"subject": "lient"}, ["one"]),
        ({"action": "tw"}, ["two"]),
        ({"actions": ["two", "three"]}, ["three", "two"]),
        ({"actions": ["tw"]}, []),
        ({"outcome": "REFUSED"}, ["two"]),
        ({"outcome": "FAILED"}, []),
        ({"kinds": ["VIEW"]}, ["three"]),
        ({"kinds": ["VIEW", "COMMAND"]}, ["three", "two", "one"]),
        ({"kinds": ["EVENT"]}, []),
        ({"words": "žluťoučký 100%"}, ["three"]),
        ({"words": "1_0"}, []),
        ({"words": "not_yours"}, ["two"]),
    ):
        assert await actions(searched, **day, **filter) == expected, filter
    assert await actions(searched, since="2026-06-01T12:00:00Z", until="2026-06-01T13:00:00Z") == ["one"]


async def test_pages_give_every_line_once_events_among_entries(searched):
    for n in range(7):
        await searched.run(
            "mutation($r: String!) { saveGroup(name: $r, members: []) { __typename } }", r=f"Skupina {n}"
        )
    await asyncio.wait_for(searched.api.kc.journal._empty.wait(), 5)
    until = datetime.now(UTC).isoformat()
    whole = (await find(searched, n=200, until=until))["lines"]
    assert {x["kind"] for x in whole} == {"EVENT", "COMMAND", "SYSTEM"}
    assert [x["at"] for x in whole] == sorted((x["at"] for x in whole), reverse=True)
    seen, after = [], None
    while True:
        page = await find(searched, n=3, after=after, until=until)
        seen += page["lines"]
        if (after := page["after"]) is None:
            break
    assert [x["id"] for x in seen] == [x["id"] for x in whole]
    counted = await searched.run("query($f: AuditFilter!) { auditCount(filter: $f) }", f={"until": until})
    assert counted["auditCount"] == len(whole)


async def test_request_joins_a_command_with_what_came_of_it(searched):
    await searched.run('mutation { saveGroup(name: "Nová", members: []) { __typename } }')
    (command,) = [x for x in (await find(searched, action="saveGroup"))["lines"] if x["kind"] == "COMMAND"]
    assert await actions(searched, request=command["request"]) == ["saveGroup", "settings"]


async def test_everybody_who_was_shown_a_client_is_found_by_the_client(searched):
    """The card, its versions, and lists in which it stood; nobody who was shown another one."""
    found = (await searched.run('{ searchClients(text: "Šťastn") { ... on FoundClients { clients { id } } } }'))[
        "searchClients"
    ]
    shown = found["clients"][0]["id"]
    await searched.run("query($c: Int!) { clientCard(id: $c) { __typename } }", c=shown)
    await searched.run("query($c: Int!) { clientCard(id: $c) { __typename } }", c=shown * 10)
    await searched.run('{ clientsByNumber(number: "+420000000000") { id } }')
    assert await actions(searched, subject=f"client:{shown}", kinds=["VIEW"]) == ["clientCard", "searchClients"]


async def test_search_of_the_audit_is_in_the_audit(searched):
    await find(searched, words="Novák")
    found = (await find(searched, action="auditTrail", words="Novák"))["lines"]
    assert found[-1]["parameters"]["filter"] == {"words": "Novák"} and found[-1]["kind"] == "VIEW"


async def test_garbage_cursor_and_words_find_what_they_can(searched):
    for after in ("x", "////", "MjAyNg==", "é"):
        assert (await find(searched, after=after))["lines"]
    nul = {"query": "query($w: String) { auditTrail(words: $w) { after } }", "variables": {"w": "\x00"}}
    refused = await searched.http.post("/graphql", json=nul, headers={"Cookie": searched.cookie_header()})
    assert refused.status_code == 400, "no text of the database can hold it"
    assert (await find(searched, words="'; DROP TABLE audit; --", kinds=["EVENT"]))["lines"] == []


async def test_seal_is_told_and_lines_say_whether_they_are_sealed(searched):
    await note(searched, "before")
    await searched.api.kc.sealer.catch_up()
    await note(searched, "after")
    lines = {x["action"]: x["sealed"] for x in (await find(searched))["lines"]}
    assert (lines["before"], lines["after"]) == (True, False)
    seal = (await searched.run("{ auditSeal { head rows waiting headHash sealedAt prunedUpTo } }"))["auditSeal"]
    assert seal["head"] >= 1 and seal["waiting"] >= 1 and len(seal["headHash"]) == 64 and seal["prunedUpTo"] is None


async def test_export_proves_itself_and_is_audited(searched):
    for n in range(3):
        await searched.run("mutation($r: String!) { saveGroup(name: $r, members: []) { __typename } }", r=f"S{n}")
        await searched.api.kc.sealer.catch_up()
    await note(searched, "not sealed")
    answer = await export(searched)
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]
    lines = answer.content.splitlines(keepends=True)
    trusted = Trusted.of(searched.api.config.audit)
    checked = verify_export(lines, trusted)
    assert checked.broken is None and checked.unsealed >= 1
    assert checked.rows >= int(answer.headers["x-kc-rows"]) > 6
    rows = [json.loads(x)["row"] for x in lines if x.startswith(b'{"row"')]
    assert {"saveGroup", "settings", "process.start", "not sealed"} <= {x["action"] for x in rows}
    (exported,) = (await find(searched, action="audit.export"))["lines"]
    assert (exported["outcome"], exported["kind"], exported["parameters"]) == ("DONE", "VIEW", {"format": "jsonl"})
    assert exported["actorId"] and exported["session"]


async def test_changed_export_is_found_and_its_line_named(searched):
    await searched.run('mutation { saveGroup(name: "Změna", members: []) { __typename } }')
    await searched.api.kc.sealer.catch_up()
    lines = (await export(searched)).content.splitlines(keepends=True)
    trusted = Trusted.of(searched.api.config.audit)
    place = next(n for n, x in enumerate(lines) if b'"action":"saveGroup"' in x)

    def with_line(n: int, made: bytes | None) -> list[bytes]:
        return [*lines[:n], *([made] if made is not None else []), *lines[n + 1 :]]

    forged = json.loads(lines[place])
    forged["row"]["actor"] = 99
    forged_whole = json.loads(lines[place])
    forged_whole["row"]["actor"] = forged_whole["row"]["canonical"][6] = 99
    for changed, said in (
        (
            with_line(place, json.dumps(forged, separators=(",", ":")).encode() + b"\n"),
            f"line {place + 1}: the row does not say",
        ),
        (with_line(place, json.dumps(forged_whole).encode() + b"\n"), f"line {place + 1}: audit"),
        (with_line(place, None), f"line {len(lines) - 1}:"),
        (lines[:-1], "the end is missing"),
        (with_line(0, lines[0].replace(b'"by":', b'"by":1')), f"line {len(lines)}: the signature"),
        ([*lines, lines[place]], "something after the end"),
        ([b"\xff\n"], "line 1"),
        ([], "the end is missing"),
    ):
        assert said in (verify_export(changed, trusted).broken or "whole")
    assert "no trusted key" in verify_export(lines, Trusted({})).broken


async def test_filtered_export_has_what_was_asked_for_and_proves_it(searched):
    await note(searched, "wanted", actor=500)
    await note(searched, "other", actor=600)
    await searched.api.kc.sealer.catch_up()
    lines = (await export(searched, actor=500)).content.splitlines(keepends=True)
    rows = [json.loads(x)["row"]["action"] for x in lines if x.startswith(b'{"row"')]
    assert rows == ["wanted"]
    assert verify_export(lines, Trusted.of(searched.api.config.audit)).broken is None


async def test_spreadsheet_has_every_column_and_no_formula(searched):
    await note(searched, "=HYPERLINK(1)", subject="+420601", parameters={"a": 'ž;\n"'})
    await searched.api.kc.sealer.catch_up()
    answer = await export(searched, "csv", actor="", words="ž")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""), delimiter=";")
    row = dict(zip(head, next(r for r in rows if "HYPERLINK" in r[4]), strict=True))
    assert (row["action"], row["subject"]) == ("'=HYPERLINK(1)", "'+420601")
    assert json.loads(row["parameters"]) == {"a": 'ž;\n"'} and int(row["block"]) >= 1 and len(row["leaf"]) == 64


@pytest.mark.parametrize("login", ["jana", "dana", "tabule", None])
async def test_export_is_for_those_who_may_and_the_try_is_written(searched, server, login):
    async with searched.api.client() as other:
        if login:
            await other.sign_in(login, server.logins[login].password)
        answer = await export(other)
    assert answer.status_code == (403 if login else 401) and b"{" not in answer.content
    (tried,) = (await find(searched, action="audit.export"))["lines"]
    assert (tried["outcome"], tried["actorId"] is not None) == ("REFUSED", login is not None)


@pytest.mark.parametrize(
    "params", [{"since": "2026-11-27"}, {"since": "x"}, {"nonsense": "1"}, {"kinds": "all"}, {"actor": "x"}]
)
async def test_export_of_nonsense_is_a_clients_mistake(searched, params):
    assert (await export(searched, **params)).status_code == 400
    assert (await export(searched, "exe")).status_code == 400
