"""Export and erasure of a person's data: by administrators, with a reason, written down; nothing is left half done."""

import asyncio
import json
import uuid

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from backend.adapters.postgres import persons
from backend.application.person_data import PersonData
from backend.demo import CALLER
from backend.domain.customer.forgetting import forgotten
from tests.scenarios.test_clients import DONE, Clients, boss, jana, rows, signed_in, user
from tests.support.api import Api, GraphQLFailed
from tests.support.past import keep, past_call

__all__ = ["boss", "jana"]
WHY = "žádost pojištěnce č. 12/2026"
EXPORT = "mutation($c: Int!, $w: String!) { exportPerson(client: $c, reason: $w) { __typename ... on PersonExport { name json html } ... on Refused { code detail } } }"


async def erase(who: Clients, client: int, version: int, why: str = WHY) -> dict:
    asked = f"mutation($c: Int!, $v: Int!, $w: String!) {{ erasePerson(client: $c, version: $v, reason: $w) {DONE} }}"
    return (await who.client.run(asked, c=client, v=version, w=why))["erasePerson"]


async def state(who: Clients, client: int) -> dict | None:
    asked = "query($c: Int!) { erasure(client: $c) { why byId doneAt contacts kept } }"
    return (await who.client.run(asked, c=client))["erasure"]


async def contacts_of(api, client: int, count: int, held: int = 0) -> list[str]:
    """Finished calls of a client, each with a note and a recording; the first ``held`` recordings under a legal hold."""
    me = await user(api, "jana")
    made = [
        replace(past_call(agents=(me,), queues=(1,), number=CALLER, days=n, recording=str(uuid.uuid4())), client=client)
        for n in range(count)
    ]
    await keep(api, *made)
    async with api.kc.engine.begin() as connection:
        for n, s in enumerate(made):
            await connection.execute(
                text(
                    "INSERT INTO note (interaction, version, text, author, at)"
                    " VALUES (CAST(:id AS uuid), 1, 'má rakovinu', :me, now())"
                ),
                {"id": s.id, "me": me},
            )
            await connection.execute(
                text(
                    "UPDATE recording SET wrapped_key = 'k', name = 'n', held_at = CASE WHEN :held THEN now() END"
                    " WHERE interaction = CAST(:id AS uuid)"
                ),
                {"id": s.id, "held": n < held},
            )
    return [s.id for s in made]


async def all_text(api, *tables: str) -> str:
    async with api.kc.engine.connect() as connection:
        found = [
            await connection.scalar(text(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t"))
            for table in tables
        ]
    return " ".join(found)


async def until_done(who: Clients, api, client: int) -> dict:
    """The API's own round may be at it, and then ours passes it over."""
    async with asyncio.timeout(20):
        while True:
            await api.kc.person_data.carry_out()
            found = await state(who, client)
            if found is not None and found["doneAt"]:
                return found
            await asyncio.sleep(0.02)


async def test_an_export_has_the_card_its_changes_notes_contacts_and_recordings(api, jana, boss):
    await jana.save(1, 1, city="Praha")
    await jana.write(1, "Volat odpoledne", "n1")
    contact, *_ = await contacts_of(api, 1, 1)
    answer = (await boss.client.run(EXPORT, c=1, w=WHY))["exportPerson"]
    whole, page = answer["json"], answer["html"]
    assert whole["klient"]["Číslo pojištěnce"] == "7551231237" and whole["klient"]["Obec"] == "Praha"
    assert whole["změny_karty"][-1]["pole"] == [{"pole": "Obec", "před": "Brno", "po": "Praha"}]
    assert whole["poznámky_na_kartě"][0]["text"] == "Volat odpoledne"
    (told,) = whole["kontakty"]
    assert told["kontakt"] == contact and told["operátor"] == "Jana Nováková" and told["číslo"] == CALLER
    assert told["poznámky"][0]["text"] == "má rakovinu" and len(told["nahrávky"]) == 1
    for words in ("Marie Černá", "Volat odpoledne", "má rakovinu", "23. 1. 1975"):
        assert words in page
    logged = await rows(
        api, "SELECT data, actor FROM event WHERE stream = 'client' AND subject = '1' ORDER BY id DESC LIMIT 1"
    )
    assert logged[0].data == {"type": "PersonExported", "why": WHY}
    assert logged[0].actor == await user(api, "spravce")


async def test_an_export_writes_what_people_typed_as_text_never_as_markup(api, jana, boss):
    await jana.save(1, 1, warning="<script>alert(1)</script>")
    answer = (await boss.client.run(EXPORT, c=1, w=WHY))["exportPerson"]
    assert "<script>" not in answer["html"] and "&lt;script&gt;" in answer["html"]


@pytest.mark.parametrize("login", ["jana", "dana", "tabule", None])
async def test_only_administrators_export_and_erase(api, server, boss, login):
    who = Clients(api.client()) if login is None else await signed_in(api, server, login)
    for ask in (who.client.run(EXPORT, c=1, w=WHY), erase(who, 1, 1), state(who, 1)):
        with pytest.raises(GraphQLFailed) as caught:
            await ask
        assert caught.value.code == ("UNAUTHENTICATED" if login is None else "FORBIDDEN")
    assert (await boss.card(1))["client"]["name"] == "Marie Černá"


async def test_without_a_reason_and_on_a_card_that_changed_nothing_is_erased(boss, jana):
    assert (await erase(boss, 1, 1, "  x "))["code"] == "BAD_INPUT"
    assert (await boss.client.run(EXPORT, c=1, w=" "))["exportPerson"]["code"] == "BAD_INPUT"
    await jana.save(1, 1, city="Praha")
    assert (await erase(boss, 1, 1))["code"] == "CHANGED_MEANWHILE"
    assert (await erase(boss, 99, 1))["code"] == "NOT_FOUND"
    assert (await boss.card(1))["client"]["name"] == "Marie Černá"
    assert await state(boss, 1) is None


async def test_after_an_erasure_nothing_is_left_but_the_numbers_of_statistics(api, jana, boss):
    await jana.write(1, "Volat odpoledne", "n1")
    await contacts_of(api, 1, 3)
    other = await contacts_of(api, 2, 1)
    counted = "SELECT count(*), sum(left_at - entered_at) FROM queue_visit UNION ALL SELECT count(*), NULL FROM segment"
    before = await rows(api, counted)
    assert await erase(boss, 1, 1) == {"__typename": "Done"}
    card = await jana.card(1)
    assert (
        card["client"]["erased"] is True
        and card["client"]["values"] == {}
        and card["notes"][0]["versions"][0]["text"] == ""
    )
    for typed in ("Černá Marie", "7551231237", "marie.cerna", "23.1.1975"):
        assert [n for n in await jana.search(typed) if "Marie" in n] == []
    done = await until_done(boss, api, 1)
    assert (done["contacts"], done["kept"], done["why"]) == (3, 0, WHY)
    assert done["byId"] == await user(api, "spravce")
    left = await all_text(
        api, "client", "client_version", "client_term", "client_word", "client_note", "callback", "missed_call"
    )
    for secret in ("Marie", "marie", "7551231237", "odpoledne", "ICIS-004711", "Lipov"):
        assert secret not in left, secret
    contacts = await rows(api, "SELECT address, state FROM interaction WHERE client = 1")
    assert [c.address for c in contacts] == [None] * 3 and CALLER not in json.dumps([c.state for c in contacts])
    assert [
        n.text
        for n in await rows(
            api, "SELECT text FROM note n JOIN interaction i ON i.id = n.interaction WHERE i.client = 1"
        )
    ] == ["", "", ""]
    recordings = await rows(
        api,
        "SELECT r.erased_at, r.wrapped_key FROM recording r JOIN interaction i ON i.id = r.interaction WHERE i.client = 1",
    )
    assert all(r.erased_at is not None and r.wrapped_key is None for r in recordings) and len(recordings) == 3
    assert await rows(api, counted) == before
    kept = await rows(api, "SELECT address FROM interaction WHERE id = CAST(:id AS uuid)", id=other[0])
    assert kept[0].address == CALLER
    assert await jana.search("Černý") == ["Tomáš Černý"]
    assert (await jana.save(1, 2, surname="Zpátky"))["code"] == "NOT_FOUND"


async def test_an_erasure_asked_for_twice_happens_once(api, boss):
    await contacts_of(api, 1, 1)
    assert await erase(boss, 1, 1) == {"__typename": "Done"}
    first = await until_done(boss, api, 1)
    assert await erase(boss, 1, 1, "jiný důvod") == {"__typename": "Done"}
    await api.kc.person_data.carry_out()
    assert await state(boss, 1) == first
    log = await rows(
        api, "SELECT data->>'type' AS kind FROM event WHERE stream = 'client' AND subject = '1' ORDER BY id"
    )
    assert [r.kind for r in log] == ["ClientSaved", "ErasureBegan", "ErasureDone"]


async def test_an_erasure_cut_in_the_middle_is_finished_by_whoever_comes_next(database_url, server, monkeypatch):
    monkeypatch.setattr(persons, "BATCH", 1)

    async def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as killed:
        killed.setattr(PersonData, "carry_out", die)
        async with Api(database_url) as api:
            admin = await signed_in(api, server, "spravce")
            await contacts_of(api, 1, 3)
            await erase(admin, 1, 1)
            assert await api.kc.person_data.persons.erase_some(1, api.kc.desk.clock()) is True
            half = await state(admin, 1)
            assert half is not None and (half["contacts"], half["doneAt"]) == (1, None)
    async with Api(database_url) as again:
        admin = await signed_in(again, server, "spravce")
        done = await until_done(admin, again, 1)
        assert done["contacts"] == 3
        left = await rows(again, "SELECT count(*) AS n FROM interaction WHERE client = 1 AND address IS NOT NULL")
        assert left[0].n == 0


async def test_a_legal_hold_keeps_its_contact_until_it_is_released(api, boss):
    held, free = await contacts_of(api, 1, 2, held=1)
    await erase(boss, 1, 1)
    done = await until_done(boss, api, 1)
    assert (done["contacts"], done["kept"]) == (1, 1)
    notes = "SELECT interaction::text AS id, text FROM note ORDER BY text DESC"
    assert [(r.id, r.text) for r in await rows(api, notes)] == [(held, "má rakovinu"), (free, "")]
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE recording SET held_at = NULL"))
    done = await until_done(boss, api, 1)
    assert (done["contacts"], done["kept"]) == (2, 0)
    assert [r.text for r in await rows(api, notes)] == ["", ""]


async def test_nobody_is_erased_while_talking_or_waiting_to_be_called(api, boss):
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO callback (id, kind, number, queue, state, requested_at, body) VALUES"
                " (gen_random_uuid(), 'request', :number, 1, 'scheduled', now(), '{}')"
            ),
            {"number": CALLER},
        )
    assert (await erase(boss, 1, 1))["code"] == "WRONG_PHASE"
    assert (await boss.card(1))["client"]["erased"] is False


def test_a_forgotten_contact_has_its_times_and_nobody_in_it():
    before = past_call(agents=(7,), queues=(1,))
    after = forgotten(before)
    assert after.customer.address is None and after.customer.name is None
    assert (after.arrived_at, after.visits, after.segments, after.outcome, after.talk_time) == (
        before.arrived_at,
        before.visits,
        before.segments,
        before.outcome,
        before.talk_time,
    )
