"""The client's card and the customer database: the real API and PostgreSQL, each role, and nobody."""

import json

import pytest
import pytest_asyncio
from sqlalchemy import text

from backend.demo import CALLER
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import act, ready_agent, walk_to_queue
from tests.scenarios.test_settings import SAVED
from tests.support.api import GraphQLFailed

CLIENT = "id version name status numbers emails values icisUrl changedById erased"
RESULT = (
    f"{{ __typename ... on ClientSaved {{ client {{ {CLIENT} }} }}"
    f" ... on ClientConflict {{ client {{ {CLIENT} }} changes {{ field before after byId }} }}"
    " ... on SettingRefused { problems { field kind } } ... on Refused { code detail } }"
)
DONE = "{ __typename ... on Refused { code detail } }"


class Clients:
    """What a person does with cards."""

    def __init__(self, client) -> None:
        self.client = client

    async def fields(self) -> dict[str, dict]:
        found = await self.client.run(
            "{ clientFields { key name type section required many verify sensitive mayEdit choices { value name } } }"
        )
        return {field["key"]: field for field in found["clientFields"]}

    async def search(self, typed: str, first: int = 20) -> list[str]:
        return [c["name"] for c in (await self.found(typed, first))["clients"]]

    async def found(self, typed: str, first: int = 20) -> dict:
        asked = f"query($t: String!, $n: Int!) {{ searchClients(text: $t, first: $n) {{ misspelt clients {{ {CLIENT} }} }} }}"
        return (await self.client.run(asked, t=typed, n=first))["searchClients"]

    async def card(self, id: int) -> dict | None:
        asked = (
            f"query($i: Int!) {{ clientCard(id: $i) {{ client {{ {CLIENT} }}"
            " notes { note versions { version text authorId } }"
            " duplicates { client { id name } because } toldApart { id name } } }"
        )
        return (await self.client.run(asked, i=id))["clientCard"]

    async def create(self, key: str = "k", **values) -> dict:
        asked = f"mutation($v: JSON!, $k: ID!) {{ createClient(values: $v, key: $k) {RESULT} }}"
        return (await self.client.run(asked, v=values, k=key))["createClient"]

    async def save(self, id: int, version: int, **values) -> dict:
        asked = f"mutation($i: Int!, $n: Int!, $v: JSON!) {{ saveClient(id: $i, version: $n, values: $v) {RESULT} }}"
        return (await self.client.run(asked, i=id, n=version, v=values))["saveClient"]

    async def write(self, client: int, words: str, key: str, note: int | None = None, version: int = 0) -> dict:
        asked = (
            "mutation($c: Int!, $t: String!, $k: ID!, $n: Int, $v: Int!) {"
            f" writeClientNote(client: $c, text: $t, key: $k, note: $n, version: $v) {DONE} }}"
        )
        return (await self.client.run(asked, c=client, t=words, k=key, n=note, v=version))["writeClientNote"]

    async def versions(self, id: int) -> list[dict]:
        asked = (
            "query($i: Int!) { clientVersions(id: $i) { more names versions { version authorId"
            " changes { field before after } } } }"
        )
        return (await self.client.run(asked, i=id))["clientVersions"]["versions"]

    async def settings(self) -> dict:
        return (await self.client.run("{ clientSettings }"))["clientSettings"]

    async def define(self, settings: dict, base: dict | None = None) -> dict:
        asked = f"mutation($s: JSON!, $b: JSON) {{ saveClientSettings(settings: $s, base: $b) {SAVED} }}"
        return (await self.client.run(asked, s=settings, b=base))["saveClientSettings"]

    async def change_field(self, key: str, **change) -> None:
        settings = await self.settings()
        next(f for f in settings["fields"] if f["key"] == key).update(change)
        assert (await self.define(settings))["__typename"] == "SettingSaved"

    async def timeline(self, **asked) -> dict:
        query = (
            "query($c: Int, $n: String, $b: String, $f: Int!) { timeline(client: $c, number: $n, before: $b, first: $f) {"
            " next contacts { id channel direction outcome queueId agentId categoryId number note noteAuthorId verified"
            " maySeeSteps talkSeconds recording { id url } } } }"
        )
        values = {"c": None, "n": None, "b": None, "f": 20} | asked
        return (await self.client.run(query, **values))["timeline"]


async def signed_in(api, server, login: str) -> Clients:
    client = api.client()
    assert (await client.sign_in(login, server.logins[login].password))["__typename"] == "SignedIn"
    return Clients(client)


@pytest_asyncio.fixture
async def jana(api, server):
    return await signed_in(api, server, "jana")


@pytest_asyncio.fixture
async def boss(api, server):
    return await signed_in(api, server, "spravce")


async def user(api, login: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM user_account WHERE login = :l"), {"l": login})


async def rows(api, sql: str, **values) -> list:
    async with api.kc.engine.connect() as connection:
        return (await connection.execute(text(sql), values)).all()


# ---- fields


async def test_cdb_07_a_card_has_more_than_fifteen_fields_of_every_use(jana):
    fields = await jana.fields()
    assert len(fields) >= 15
    assert {"surname", "company", "street", "mobile", "phone", "email", "insured_number", "company_number"} <= set(
        fields
    )
    assert fields["mobile"] | {"mayEdit": True} == {
        "key": "mobile",
        "name": "Mobil",
        "type": "PHONE",
        "section": "Spojení",
        "required": False,
        "many": True,
        "verify": False,
        "sensitive": False,
        "choices": [],
        "mayEdit": True,
    }
    assert fields["status"]["mayEdit"] is False and fields["icis_id"]["mayEdit"] is False


async def test_cdb_07_an_administrator_adds_reorders_renames_and_retires_fields(jana, boss):
    settings = await boss.settings()
    base = json.loads(json.dumps(settings))
    added = {"key": "f_doctor", "name": "Praktický lékař", "section": "Osoba", "search": True}
    settings["fields"].insert(0, {**settings["fields"][0], **added})
    assert (await boss.define(settings, base))["__typename"] == "SettingSaved"
    assert next(iter(await jana.fields())) == "f_doctor"
    made = await jana.create(surname="Zkušební", f_doctor="MUDr. Žluťoučká")
    assert made["client"]["values"]["f_doctor"] == "MUDr. Žluťoučká"
    assert await jana.search("zlutoucka") == ["Zkušební"]

    await boss.change_field("f_doctor", retired=True)
    assert "f_doctor" not in await jana.fields()
    assert "f_doctor" not in (await jana.card(made["client"]["id"]))["client"]["values"]
    assert await jana.search("zlutoucka") == []
    answer = await jana.save(made["client"]["id"], 1, f_doctor="jiný")
    assert answer["problems"] == [{"field": "f_doctor", "kind": "UNKNOWN"}]
    await boss.change_field("f_doctor", retired=False)
    assert (await jana.card(made["client"]["id"]))["client"]["values"]["f_doctor"] == "MUDr. Žluťoučká"
    stale = await boss.define(settings, base)
    assert stale == {"__typename": "Refused", "code": "CHANGED_MEANWHILE"}


async def test_a_wrong_definition_names_its_field_and_changes_nothing(jana, boss):
    settings = await boss.settings()
    for change, problem in (
        ({"fields": settings["fields"][1:]}, {"field": "fields", "kind": "MISSING"}),
        ({"icis_url": "javascript:alert({id})"}, {"field": "icis_url", "kind": "MALFORMED"}),
        ({"nonsense": 1}, {"field": "nonsense", "kind": "UNKNOWN"}),
    ):
        answer = await boss.define({**settings, **change})
        assert answer["problems"] == [problem]
    assert await boss.settings() == settings


# ---- rights of fields


async def test_field_rights_hold_on_the_card_in_search_in_history_in_duplicates_and_in_saving(api, server, jana, boss):
    made = await boss.create(surname="Tajná", insured_number="9162012211", mobile="602999888", email="t@example.cz")
    assert made["__typename"] == "ClientSaved", made
    twin = await boss.create(key="k2", surname="Druhá", insured_number="9162012211")
    id = made["client"]["id"]
    await boss.save(id, 1, insured_number="", city="Brno")
    await boss.save(id, 2, insured_number="9162012211")
    assert await jana.search("9162012211") == ["Druhá", "Tajná"]
    assert [d["client"]["name"] for d in (await jana.card(id))["duplicates"]] == ["Druhá"]

    for key in ("insured_number", "email"):
        await boss.change_field(key, sees=["supervisor", "admin"], edits=["supervisor", "admin"])
    card = await jana.card(id)
    assert "insured_number" not in card["client"]["values"] and card["client"]["emails"] == []
    assert card["duplicates"] == []
    assert "insured_number" not in await jana.fields()
    assert await jana.search("9162012211") == [] and await jana.search("t@example") == []
    by_email = '{ clientsByEmail(email: "t@example.cz") { name } }'
    assert (await jana.client.run(by_email))["clientsByEmail"] == []
    changed = {change["field"] for version in await jana.versions(id) for change in version["changes"]}
    assert changed == {"surname", "mobile", "city"}
    answer = await jana.save(id, 3, insured_number="8001011238")
    assert answer["problems"] == [{"field": "insured_number", "kind": "UNKNOWN"}]
    conflict = await jana.save(id, 1, city="Praha")
    assert {c["field"] for c in conflict["changes"]} == {"city"}

    dana = await signed_in(api, server, "dana")
    assert (await dana.card(id))["client"]["values"]["insured_number"] == "9162012211"
    assert await dana.search("9162012211") == ["Druhá", "Tajná"]
    assert (await dana.client.run(by_email))["clientsByEmail"] == [{"name": "Tajná"}]
    assert {d["client"]["id"] for d in (await dana.card(id))["duplicates"]} == {twin["client"]["id"]}


async def test_agt_37_who_may_see_but_not_edit_changes_nothing(api, jana):
    before = (await jana.card(1))["client"]
    answer = await jana.save(1, before["version"], status="vip", city="Jinde")
    assert answer["problems"] == [{"field": "status", "kind": "UNKNOWN"}]
    assert (await jana.card(1))["client"] == before
    assert await rows(api, "SELECT 1 FROM client_version WHERE client = 1 AND version > 1") == []


# ---- the card


async def test_cdb_05_a_card_is_made_once_and_every_change_is_a_version_with_author_and_difference(api, jana):
    me = await user(api, "jana")
    first = await jana.create(
        first_name="Jan", surname="Novák", birth_date="1. 2. 80", mobile=["602 111 222"], email=["Jan@Example.cz"]
    )
    again = await jana.create(surname="Novák")
    assert again["client"]["id"] == first["client"]["id"]
    client = first["client"]
    assert client["name"] == "Jan Novák" and client["version"] == 1 and client["changedById"] == me
    assert client["values"] == {
        "first_name": "Jan",
        "surname": "Novák",
        "birth_date": "1980-02-01",
        "mobile": ["+420602111222"],
        "email": ["jan@example.cz"],
    }
    saved = await jana.save(client["id"], 1, city="Brno", mobile=["602 111 222", "603 000 111"])
    assert saved["client"]["version"] == 2
    assert saved["client"]["numbers"] == ["+420602111222", "+420603000111"]
    same = await jana.save(client["id"], 2, city="Brno")
    assert same["client"]["version"] == 2
    newest = (await jana.versions(client["id"]))[0]
    assert newest["version"] == 2 and newest["authorId"] == me
    assert sorted(newest["changes"], key=lambda c: c["field"]) == [
        {"field": "city", "before": None, "after": "Brno"},
        {"field": "mobile", "before": ["+420602111222"], "after": ["+420602111222", "+420603000111"]},
    ]
    log = await rows(
        api, "SELECT data FROM event WHERE stream = 'client' AND subject = :s ORDER BY id", s=str(client["id"])
    )
    assert [r.data["type"] for r in log] == ["ClientSaved", "ClientSaved"]
    assert "Brno" not in json.dumps([r.data for r in log])


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"insured_number": "7551231238"}, {"field": "insured_number", "kind": "MALFORMED"}),
        ({"company_number": "12345678"}, {"field": "company_number", "kind": "MALFORMED"}),
        ({"birth_date": "31.2.1980"}, {"field": "birth_date", "kind": "MALFORMED"}),
        ({"email": "nic"}, {"field": "email", "kind": "MALFORMED"}),
        ({"mobile": {"a": 1}}, {"field": "mobile", "kind": "MALFORMED"}),
        ({"neznámé": "x"}, {"field": "neznámé", "kind": "UNKNOWN"}),
        ({"surname": ""}, {"field": "surname", "kind": "MISSING"}),
    ],
)
async def test_cdb_05_what_cannot_be_kept_names_its_field_and_nothing_is_saved(jana, values, problem):
    before = (await jana.card(1))["client"]
    answer = await jana.save(1, before["version"], **values)
    assert answer == {"__typename": "SettingRefused", "problems": [problem]}
    assert (await jana.card(1))["client"] == before
    assert (await jana.create(**{"surname": "Nový", **values}))["__typename"] == "SettingRefused"
    assert await jana.search("Nový") == []


async def test_an_identifier_of_icis_belongs_to_one_client(boss):
    answer = await boss.save(2, 1, icis_id="ICIS-004711")
    assert answer["problems"] == [{"field": "icis_id", "kind": "TAKEN"}]
    assert "icis_id" not in (await boss.card(2))["client"]["values"]


async def test_agt_36_the_link_to_icis_has_the_identifier_and_is_absent_without_one(jana, boss):
    assert (await jana.card(1))["client"]["icisUrl"] is None
    settings = await boss.settings()
    await boss.define({**settings, "icis_url": "https://icis.example/osoba?id={id}"})
    assert (await jana.card(1))["client"]["icisUrl"] == "https://icis.example/osoba?id=ICIS-004711"
    assert (await jana.card(2))["client"]["icisUrl"] is None


async def test_two_who_edit_one_card_lose_nothing(api, server, jana, boss):
    petr = await signed_in(api, server, "petr")
    assert (await petr.save(1, 1, city="Praha", street="Dlouhá 1"))["client"]["version"] == 2
    assert (await petr.save(1, 2, street="Dlouhá 2"))["client"]["version"] == 3
    conflict = await jana.save(1, 1, street="Krátká 5", postcode="110 00")
    assert conflict["__typename"] == "ClientConflict"
    assert conflict["client"]["version"] == 3 and conflict["client"]["values"]["street"] == "Dlouhá 2"
    assert conflict["changes"] == [
        {"field": "city", "before": "Brno", "after": "Praha", "byId": await user(api, "petr")},
        {"field": "street", "before": "Lipová 12", "after": "Dlouhá 2", "byId": await user(api, "petr")},
    ]
    merged = await jana.save(1, 3, street="Krátká 5", postcode="110 00")
    assert merged["client"]["version"] == 4
    assert {k: merged["client"]["values"][k] for k in ("city", "street", "postcode")} == {
        "city": "Praha",
        "street": "Krátká 5",
        "postcode": "110 00",
    }


async def test_cdb_12_notes_on_the_card_are_versioned_and_not_overwritten(api, server, jana):
    assert (await jana.write(1, "Volat po 16. hodině", "a"))["__typename"] == "Done"
    assert (await jana.write(1, "Volat po 16. hodině", "a"))["__typename"] == "Done"
    assert (await jana.write(1, "Má psa", "b"))["__typename"] == "Done"
    assert (await jana.write(1, "Volat po 17. hodině", "c", note=1, version=1))["__typename"] == "Done"
    petr = await signed_in(api, server, "petr")
    stale = await petr.write(1, "Nevolat", "d", note=1, version=1)
    assert stale == {"__typename": "Refused", "code": "CHANGED_MEANWHILE", "detail": "note"}
    notes = (await jana.card(1))["notes"]
    assert [(n["note"], [v["text"] for v in n["versions"]]) for n in notes] == [
        (2, ["Má psa"]),
        (1, ["Volat po 16. hodině", "Volat po 17. hodině"]),
    ]
    assert (await jana.write(1, "", "e"))["code"] == "BAD_INPUT"
    assert (await jana.write(99, "x", "f"))["code"] == "NOT_FOUND"


# ---- search


async def test_cdb_01_clients_are_found_as_one_types(jana):
    for n, (first, last, mobile) in enumerate(
        [("Jan", "Novák", "602111222"), ("Jana", "Nováková", "602111333"), ("Petr", "Nová-Černá", "605000000")]
    ):
        made = await jana.create(
            key=f"s{n}", first_name=first, surname=last, mobile=mobile, birth_date=f"{n + 1}.2.1980"
        )
        assert made["__typename"] == "ClientSaved"
    assert await jana.search("nov") == ["Jan Novák", "Jana Nováková", "Petr Nová-Černá"]
    assert await jana.search("nova") == ["Petr Nová-Černá", "Jan Novák", "Jana Nováková"]
    assert await jana.search("JAN novak") == ["Jan Novák", "Jana Nováková"]
    assert await jana.search("novák jan") == await jana.search("jan novák")
    assert await jana.search("cerna petr") == ["Petr Nová-Černá"]
    assert await jana.search("602 111") == ["Jan Novák", "Jana Nováková"]
    assert await jana.search("+420602111333") == ["Jana Nováková"]
    assert await jana.search("00420 605") == ["Petr Nová-Černá"]
    assert await jana.search("755123/1237") == ["Marie Černá"]
    assert await jana.search("marie.c") == ["Marie Černá"]
    assert await jana.search("MARIE.CERNA@example.cz") == ["Marie Černá"]
    assert await jana.search("2. 2. 80") == ["Jana Nováková"]
    assert await jana.search("1980-02-03") == ["Petr Nová-Černá"]
    assert await jana.search("nova 1.2.1980") == ["Jan Novák"]
    assert await jana.search("icis-0047") == ["Marie Černá"]
    assert await jana.search("Ďurica zlín") == ["Autodoprava Ďurica s. r. o."]
    assert await jana.search("") == [] and await jana.search("%") == [] and await jana.search("novak xyz") == []
    assert len(await jana.search("nov", first=1)) == 1


async def test_small_slips_are_forgiven_and_said(jana):
    found = await jana.found("Prochazkva")
    assert [c["name"] for c in found["clients"]] == ["Božena Procházková"] and found["misspelt"] is True
    assert (await jana.found("Procházková"))["misspelt"] is False
    assert (await jana.found("Bozena Prohazkova"))["clients"][0]["name"] == "Božena Procházková"


# ---- identification


async def test_in_28_all_who_have_the_number_are_shown_and_nobody_is_merged(jana):
    for number in (CALLER, "777 123 456", "00420777123456"):
        found = await jana.client.run("query($n: String!) { clientsByNumber(number: $n) { name } }", n=number)
        assert [c["name"] for c in found["clientsByNumber"]] == ["Marie Černá", "Tomáš Černý"]


async def test_in_29_the_agent_picks_verifies_and_takes_back(api, bridge, server):
    agent = await ready_agent(api, server)
    leg = await walk_to_queue(bridge)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    verify = (
        "mutation($c: ID!, $i: [String!]!) { verifyClient(contact: $c, items: $i) {"
        " __typename ... on Contact { verified clientId } ... on Refused { code } } }"
    )
    assert (await act(agent, "acceptOffer", leg))["phase"] == "ACTIVE"
    early = await agent.run(verify, c=leg, i=["surname"])
    assert early["verifyClient"] == {"__typename": "Refused", "code": "WRONG_PHASE"}
    pick = "mutation($c: ID!, $i: Int) { pickClient(contact: $c, client: $i) { __typename ... on Contact { clientId verified } } }"
    assert (await agent.run(pick, c=leg, i=1))["pickClient"]["clientId"] == 1
    verified = await agent.run(verify, c=leg, i=["surname", "birth_date", "surname"])
    assert verified["verifyClient"]["verified"] == ["surname", "birth_date"]
    refused = await agent.run(verify, c=leg, i=["neznámé"])
    assert refused["verifyClient"] == {"__typename": "Refused", "code": "BAD_INPUT"}
    page = await Clients(agent).timeline(c=1)
    assert page["contacts"][0]["verified"] == ["surname", "birth_date"]
    undone = await agent.run(pick, c=leg, i=None)
    assert undone["pickClient"] == {"__typename": "Contact", "clientId": None, "verified": []}
    assert (await Clients(agent).timeline(c=1))["contacts"] == []

    other = await signed_in(api, server, "petr")
    with_another = await other.client.run(verify, c=leg, i=["surname"])
    assert with_another["verifyClient"] == {"__typename": "Refused", "code": "NOT_YOURS"}


async def test_in_30_who_is_not_in_the_list_is_entered_by_hand_and_found_next_time(api, bridge, server):
    agent = await ready_agent(api, server)
    leg = await walk_to_queue(bridge, "+420608111999")
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    made = await Clients(agent).create(surname="Nový", mobile="+420608111999")
    id = made["client"]["id"]
    await agent.run("mutation($c: ID!, $i: Int) { pickClient(contact: $c, client: $i) { __typename } }", c=leg, i=id)
    assert (await agent.desk.until(lambda v: v.contacts[leg]["clientId"])) == id
    found = await agent.run('{ clientsByNumber(number: "+420608111999") { id } }')
    assert found["clientsByNumber"] == [{"id": id}]


# ---- duplicates


async def test_duplicates_are_shown_and_told_apart_and_back(jana):
    twin = await jana.create(surname="Černá", first_name="Marie", birth_date="23.1.1975")
    id = twin["client"]["id"]
    assert (await jana.card(1))["duplicates"] == [
        {"client": {"id": id, "name": "Marie Černá"}, "because": ["first_name", "surname", "birth_date"]}
    ]
    tell = f"mutation($a: Int!, $b: Int!, $x: Boolean!) {{ tellApart(client: $a, other: $b, apart: $x) {DONE} }}"
    assert (await jana.client.run(tell, a=id, b=1, x=True))["tellApart"] == {"__typename": "Done"}
    card = await jana.card(1)
    assert card["duplicates"] == [] and card["toldApart"] == [{"id": id, "name": "Marie Černá"}]
    assert (await jana.card(id))["duplicates"] == []
    await jana.client.run(tell, a=1, b=id, x=False)
    assert [d["client"]["id"] for d in (await jana.card(1))["duplicates"]] == [id]
    assert (await jana.client.run(tell, a=1, b=1, x=True))["tellApart"]["code"] == "BAD_INPUT"
    assert (await jana.client.run(tell, a=1, b=99, x=True))["tellApart"]["code"] == "NOT_FOUND"


# ---- the timeline


async def finished_call(api, bridge, server, agent, caller: str, client: int, note: str) -> str:
    leg = await walk_to_queue(bridge, caller)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    await agent.run(
        "mutation($c: ID!, $i: Int) { pickClient(contact: $c, client: $i) { __typename } }", c=leg, i=client
    )
    await agent.run("mutation($c: ID!) { categorise(contact: $c, category: 1) { __typename } }", c=leg)
    await agent.run(
        "mutation($c: ID!, $t: String!, $k: ID!) { writeNote(contact: $c, text: $t, key: $k) { __typename } }",
        c=leg,
        t=note,
        k=note,
    )
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    await act(agent, "finishWrapUp", leg)
    return leg


async def test_agt_09_11_12_13_14_cdb_10_cdb_11_the_timeline_has_time_note_agent_category_and_recording_page_by_page(
    api, bridge, server
):
    agent = await ready_agent(api, server)
    me = next(iter(agent.desk.agents))
    legs = [
        await finished_call(api, bridge, server, agent, caller, 1, f"hovor {n}")
        for n, caller in enumerate([CALLER, "+420608000111", CALLER])
    ]
    clients = Clients(agent)
    page = await clients.timeline(c=1, f=2)
    assert [c["id"] for c in page["contacts"]] == [legs[2], legs[1]] and page["next"]
    rest = await clients.timeline(c=1, f=2, b=page["next"])
    assert [c["id"] for c in rest["contacts"]] == [legs[0]] and rest["next"] is None
    newest = page["contacts"][0]
    assert newest["note"] == "hovor 2" and newest["noteAuthorId"] == me and newest["agentId"] == me
    assert newest["categoryId"] == 1 and newest["direction"] == "INBOUND" and newest["channel"] == "VOICE"
    assert newest["maySeeSteps"] is True and newest["recording"]["id"]
    by_number = await clients.timeline(n=CALLER)
    assert [c["id"] for c in by_number["contacts"]] == [legs[2], legs[0]]

    petr = await signed_in(api, server, "petr")
    seen = (await petr.timeline(c=1))["contacts"]
    assert [c["note"] for c in seen] == ["hovor 2", "hovor 1", "hovor 0"]
    assert {c["maySeeSteps"] for c in seen} == {False}
    assert {(c["recording"] or {}).get("url") for c in seen} == {None}
    for wrong in ("", "x|y", "2026-01-01|" + legs[0], "2026-01-01T00:00:00+00:00|x"):
        with pytest.raises(GraphQLFailed) as caught:
            await petr.timeline(c=1, b=wrong)
        assert caught.value.code == "BAD_INPUT"


async def test_agt_12_the_timeline_shows_calls_that_nobody_has_answered_yet_or_ever(api, bridge, server):
    """An agent sees the steps of one's own contacts only; one without an agent is nobody's, and no reason to show nothing."""
    lost = await walk_to_queue(bridge, CALLER)
    bridge.report(k.LegEnded(leg=lost, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    waiting = await walk_to_queue(bridge, CALLER)
    jana = await signed_in(api, server, "jana")
    seen = (await jana.timeline(n=CALLER))["contacts"]
    assert [(c["id"], c["agentId"], c["maySeeSteps"]) for c in seen] == [(waiting, None, False), (lost, None, False)]


async def test_cdb_04_rules_and_flows_see_the_status_of_the_caller_s_card(api, boss):
    async with api.kc.store.begin() as tx:
        vip = await tx.client_values("+420603555666")
        assert (vip["status"], vip["name"], vip["surname"]) == ("vip", "Božena Procházková", "Procházková")
        assert await tx.client_values(CALLER) == {"status": "standard"}
        assert await tx.client_values("+420999999999") == {"status": ""}
    await boss.save(3, 1, status="standard")
    async with api.kc.store.begin() as tx:
        assert (await tx.client_values("+420603555666"))["status"] == "standard"
