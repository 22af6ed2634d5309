"""Sensitive fields of clients: nowhere in the database as they are, found by the whole value, sealed and opened without losing
anything whenever a process dies, readable after the keys were rotated."""

import asyncio
import signal
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres import field_sealer
from backend.adapters.postgres.client_readers import ClientReaders
from backend.adapters.postgres.client_rows import stored_values
from backend.adapters.postgres.columns import Columns, Sealed
from backend.adapters.postgres.field_sealer import FieldSealer
from backend.adapters.postgres.migrate import config, migrate
from backend.adapters.postgres.store import PostgresStore
from backend.adapters.recordings.keyring import Keyring, add_key
from backend.config import ROOT
from backend.domain.customer.fields import DEFAULT_FIELDS
from backend.domain.customer.model import difference
from backend.domain.customer.numbers import is_insured_number
from tests.integration.test_audit import entries
from tests.scenarios.test_clients import signed_in
from tests.scenarios.test_person_data import EXPORT, WHY
from tests.support.api import GraphQLFailed

FIELD = "insured_number"
MARIE = "7551231237"
FIRST, SECOND = "9162012211", "8555050009"
MANY = 300
TODAY = date(2026, 11, 27)
INSURED = [n for n in map(str, range(8001010000, 8001019999)) if is_insured_number(n)][:MANY]


async def rows(engine, sql: str, **values) -> list:
    async with engine.connect() as connection:
        return (await connection.execute(text(sql), values)).all()


async def everything(engine) -> str:
    """Every value of every table as text; bytes also as what they would say."""
    found = []
    async with engine.connect() as connection:
        tables = await connection.scalars(
            text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        )
        for table in list(tables):
            found.append(
                await connection.scalar(text(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t"))
            )
    return "\n".join(found)


def in_clear(dump: str, *values: str) -> list[str]:
    return [v for v in values if v in dump or v.encode().hex() in dump]


async def until(engine, sealed: bool, sealer: FieldSealer, field: str = FIELD) -> None:
    """Another process may be at it."""
    while (await rows(engine, "SELECT sealed, done FROM client_sealing WHERE field = :f", f=field)) != [(sealed, True)]:
        await sealer.carry_out()
        await asyncio.sleep(0.01)


async def stored(engine, client: int) -> dict:
    ((fields,),) = await rows(engine, "SELECT fields::text FROM client WHERE id = :id", id=client)
    return stored_values(fields)


@pytest_asyncio.fixture
async def engine(database_url):
    made = create_async_engine(database_url)
    yield made
    await made.dispose()


@pytest.fixture
def ring(tmp_path):
    add_key(tmp_path / "keys")
    return tmp_path / "keys"


async def filled(engine) -> None:
    """Cards as they were written before fields could be sensitive, each saved twice."""
    store, now = PostgresStore(engine), datetime.now(UTC)
    async with store.begin() as tx:
        for n, number in enumerate(INSURED):
            values = {"surname": f"Nový{n}", FIELD: number}
            id = await tx.add_client(values, DEFAULT_FIELDS, None, now, difference({}, values))
            after = {**values, "city": "Brno", FIELD: INSURED[n - 1]}
            await tx.save_client(id, 2, after, DEFAULT_FIELDS, None, now, difference(values, after))
            await tx.save_client(id, 3, values, DEFAULT_FIELDS, None, now, difference(after, values))


# ---- at rest


async def test_no_clear_value_is_in_the_database_whatever_was_done_with_it(api, server):
    engine = api.kc.engine
    await until(engine, True, api.kc.field_sealer)
    jana, boss = await signed_in(api, server, "jana"), await signed_in(api, server, "spravce")
    made = await jana.create(surname="Tajná", insured_number="916201/2211")
    id = made["client"]["id"]
    assert made["client"]["values"][FIELD] == FIRST
    await jana.save(id, 1, insured_number=SECOND)
    assert (await boss.save(id, 1, insured_number=FIRST))["__typename"] == "ClientConflict"
    await jana.save(id, 2, insured_number="")
    await jana.save(id, 3, insured_number=FIRST)
    for typed in ("916201/2211", "916201221", FIRST, f"tajna {FIRST}", "9162 01 2211"):
        await jana.search(typed)
    exported = (await boss.client.run(EXPORT, c=id, w=WHY))["exportPerson"]
    assert exported["json"]["klient"]["Číslo pojištěnce"] == FIRST
    told = [line for v in exported["json"]["změny_karty"] for line in v["pole"] if line["pole"] == "Číslo pojištěnce"]
    assert [(line["před"], line["po"]) for line in told] == [("", FIRST), (FIRST, SECOND), (SECOND, ""), ("", FIRST)]
    (asked,) = await entries(api, "exportPerson")
    assert (asked.subject, asked.parameters["reason"]) == (f"client:{id}", WHY)
    dump = await everything(engine)
    numbers = [MARIE, FIRST, SECOND, "916201/2211", "916201221", "9162 01 2211"]
    assert in_clear(dump, *numbers) == []
    assert "Tajná" in dump and "PersonExported" in dump  # it is the database of these people that was read
    searched = [line.parameters["text"] for line in await entries(api, "searchClients")]
    assert searched == ["916…", "916…", "916…", "tajna 916…", "916…"]


async def test_menus_do_not_learn_sensitive_values_which_they_would_write_down(api):
    async with api.kc.store.begin() as tx:
        before = await tx.client_values("+420603555666")
    await until(api.kc.engine, True, api.kc.field_sealer)
    async with api.kc.store.begin() as tx:
        after = await tx.client_values("+420603555666")
    assert after == {**before, FIELD: ""} and after["status"] == "vip"


# ---- search


async def test_found_by_the_whole_value_and_never_by_a_part_of_it(api, server):
    await until(api.kc.engine, True, api.kc.field_sealer)
    jana = await signed_in(api, server, "jana")
    for whole in (MARIE, "755123/1237", "755123 1237", f"Černá {MARIE}", "marie 755123/1237"):
        assert await jana.search(whole) == ["Marie Černá"], whole
    for part in ("755123", "75512312", "7551231238", "1237", f"Novák {MARIE}"):
        assert "Marie Černá" not in await jana.search(part), part
    ((term,),) = await rows(api.kc.engine, "SELECT value FROM client_term WHERE client = 1 AND field = :f", f=FIELD)
    assert await jana.search(term) == []


async def test_who_may_not_see_the_field_does_not_find_by_it(api, server):
    await until(api.kc.engine, True, api.kc.field_sealer)
    jana, boss = await signed_in(api, server, "jana"), await signed_in(api, server, "spravce")
    await boss.change_field(FIELD, sees=["admin"], edits=["admin"])
    assert await jana.search(MARIE) == [] and await boss.search(MARIE) == ["Marie Černá"]


async def test_cards_of_the_same_number_are_still_shown_as_alike(api, server):
    await until(api.kc.engine, True, api.kc.field_sealer)
    jana = await signed_in(api, server, "jana")
    made = await jana.create(surname="Jiná", insured_number=MARIE)
    (alike,) = (await jana.card(made["client"]["id"]))["duplicates"]
    assert alike == {"client": {"id": 1, "name": "Marie Černá"}, "because": [FIELD]}


async def test_a_text_of_several_words_is_found_whole_and_its_words_are_guessed_at_no_more(api, server):
    engine, sealer = api.kc.engine, api.kc.field_sealer
    boss = await signed_in(api, server, "spravce")
    await boss.change_field("contact_person", search=True)
    await boss.save(1, 1, contact_person="Žofie Xylofonová")
    assert await boss.search("xylof") == await boss.search("zofie xilofonova") == ["Marie Černá"]
    await boss.change_field("contact_person", sensitive=True)
    await until(engine, True, sealer, "contact_person")
    assert in_clear(await everything(engine), "Xylofon", "xylofon") == []
    assert await boss.search("Žofie Xylofonová") == await boss.search("zofie xylofonova") == ["Marie Černá"]
    assert await boss.search("xylofonova") == await boss.search("zofie xilofonova") == []
    await boss.change_field("contact_person", sensitive=False)
    await until(engine, False, sealer, "contact_person")
    assert await boss.search("xylof") == await boss.search("zofie xilofonova") == ["Marie Černá"]


# ---- editing


async def test_of_two_who_edit_at_once_the_second_is_told_what_the_first_has_changed(api, server):
    await until(api.kc.engine, True, api.kc.field_sealer)
    jana, boss = await signed_in(api, server, "jana"), await signed_in(api, server, "spravce")
    assert (await jana.save(1, 1, insured_number=FIRST, city="Praha"))["__typename"] == "ClientSaved"
    conflict = await boss.save(1, 1, insured_number=SECOND)
    assert conflict["__typename"] == "ClientConflict" and conflict["client"]["values"][FIELD] == FIRST
    told = {line["field"]: (line["before"], line["after"]) for line in conflict["changes"]}
    assert told == {FIELD: (MARIE, FIRST), "city": ("Brno", "Praha")}
    assert (await boss.save(1, 2, insured_number=SECOND))["__typename"] == "ClientSaved"
    newest = (await boss.versions(1))[0]
    assert [(c["field"], c["before"], c["after"]) for c in newest["changes"]] == [(FIELD, FIRST, SECOND)]
    assert await jana.search(SECOND) == ["Marie Černá"] and await jana.search(FIRST) == []


async def test_a_damaged_value_is_not_shown_and_not_written_over(api, server):
    await until(api.kc.engine, True, api.kc.field_sealer)
    async with api.kc.engine.begin() as connection:  # the number of another client
        await connection.execute(
            text(
                "UPDATE client SET fields = fields || jsonb_build_object(CAST(:f AS text), (SELECT fields->CAST(:f AS text) FROM client WHERE id = 2)) WHERE id = 1"
            ),
            {"f": FIELD},
        )
    before = await stored(api.kc.engine, 1)
    jana = await signed_in(api, server, "jana")
    with pytest.raises(GraphQLFailed):
        await jana.save(1, 1, city="Praha")
    assert await stored(api.kc.engine, 1) == before


# ---- sealing and opening what is there


async def test_turned_off_and_on_again_everything_is_as_it_was_before(api, server):
    engine, sealer = api.kc.engine, api.kc.field_sealer
    await until(engine, True, sealer)
    boss = await signed_in(api, server, "spravce")
    await boss.save(1, 1, insured_number=FIRST)
    card, versions = await boss.card(1), await boss.versions(1)
    await boss.change_field(FIELD, sensitive=False)
    await until(engine, False, sealer)
    assert (await stored(engine, 1))[FIELD] == FIRST and in_clear(await everything(engine), FIRST, MARIE) == [
        FIRST,
        MARIE,
    ]
    assert await boss.search(FIRST[:6]) == ["Marie Černá"]
    assert (await boss.card(1), await boss.versions(1)) == (card, versions)
    await boss.change_field(FIELD, sensitive=True)
    await until(engine, True, sealer)
    assert in_clear(await everything(engine), FIRST, MARIE) == []
    assert (await boss.card(1), await boss.versions(1)) == (card, versions)
    assert await boss.search(FIRST) == ["Marie Černá"] and await boss.search(FIRST[:6]) == []


CHILD = """
import asyncio, sys
from pathlib import Path
from sqlalchemy.ext.asyncio import create_async_engine
from backend.adapters.postgres import field_sealer
from backend.adapters.postgres.columns import Columns
from backend.adapters.recordings.keyring import Keyring

async def main():
    field_sealer.BATCH = 20
    sealer = field_sealer.FieldSealer(create_async_engine(sys.argv[1]), Columns(Keyring(Path(sys.argv[2]))))
    while await sealer.step():
        print("step", flush=True)
    print("end", flush=True)

asyncio.run(main())
"""


async def test_killed_in_the_middle_of_a_portion_another_process_carries_on(engine, database_url, ring, monkeypatch):
    await filled(engine)
    columns = Columns(Keyring(ring))
    readers = ClientReaders(engine, columns)
    cards = {id: (await readers.client(id)).values for (id,) in await rows(engine, "SELECT id FROM client")}
    history = {id: await readers.versions(id, None, 10) for id in cards}
    async with engine.connect() as editor:  # somebody edits the 150th, so that the portion cannot end
        middle = sorted(cards)[149]
        await editor.execute(text("SELECT 1 FROM client WHERE id = :id FOR UPDATE"), {"id": middle})
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, database_url, str(ring)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        try:
            while (
                await rows(
                    engine,
                    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()",
                )
            ) == [(0,)]:
                assert child.poll() is None
                await asyncio.sleep(0.01)
            child.send_signal(signal.SIGKILL)
            child.wait()
        finally:
            child.kill()
            out = child.communicate()[0]
        await editor.rollback()
    assert out.count("step") >= 7 and "end" not in out
    ((reached, done),) = await rows(engine, "SELECT reached, done FROM client_sealing WHERE field = :f", f=FIELD)
    assert 0 < reached < middle and not done
    kinds = [(id, isinstance((await stored(engine, id))[FIELD], Sealed)) for id in cards if FIELD in cards[id]]
    assert kinds == [(id, id <= reached) for id, _ in kinds]
    for id in (reached, reached + 1, max(cards)):  # half of it done, everybody is found and read
        found = await readers.search(cards[id][FIELD], DEFAULT_FIELDS, TODAY, 20)
        assert id in [c.id for c in found.clients]
    monkeypatch.setattr(field_sealer, "BATCH", 70)
    await until(engine, True, FieldSealer(engine, columns))
    assert in_clear(await everything(engine), *INSURED, MARIE) == []
    assert {id: (await readers.client(id)).values for id in cards} == cards
    assert {id: await readers.versions(id, None, 10) for id in cards} == history


async def test_who_writes_a_card_as_a_field_begins_to_be_sealed_leaves_nothing_in_the_clear(engine, ring):
    columns = Columns(Keyring(ring))
    store, sealer = PostgresStore(engine, columns), FieldSealer(engine, columns)
    values, now = {"surname": "Rychlá", FIELD: FIRST}, datetime.now(UTC)
    async with store.begin() as tx:
        early = await tx.add_client(values, DEFAULT_FIELDS, None, now, difference({}, values))
        beginning = asyncio.create_task(sealer.step())
        while (await rows(engine, "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")) == [
            (0,)
        ]:
            await asyncio.sleep(0.01)
        assert await rows(engine, "SELECT 1 FROM client_sealing") == []
    assert await beginning is True
    async with store.begin() as tx:
        late = await tx.add_client(values, DEFAULT_FIELDS, None, now, difference({}, values))
    assert isinstance((await stored(engine, late))[FIELD], Sealed) and (await stored(engine, early))[FIELD] == FIRST
    await until(engine, True, sealer)
    assert in_clear(await everything(engine), FIRST, MARIE) == []


async def test_clients_from_before_are_not_sealed_while_programs_that_cannot_read_them_may_run(server, ring):
    made = create_async_engine(await server.empty())

    def until_before(connection) -> None:
        settings = config()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "0025")

    async with made.begin() as connection:
        await connection.run_sync(until_before)
        await connection.execute(
            text(
                "INSERT INTO client (name, fields) VALUES ('Marie', jsonb_build_object(CAST(:f AS text), CAST(:n AS text)))"
            ),
            {"f": FIELD, "n": MARIE},
        )
    await migrate(made)
    waits = "SELECT sealed, done, not_before - now() BETWEEN interval '58 minutes' AND interval '1 hour' FROM client_sealing"
    assert await rows(made, waits) == [(False, True, True)]
    sealer = FieldSealer(made, Columns(Keyring(ring)))
    assert await sealer.step() is False and (await stored(made, 1))[FIELD] == MARIE
    async with made.begin() as connection:
        await connection.execute(text("UPDATE client_sealing SET not_before = now() - interval '1 second'"))
    await sealer.carry_out()
    assert isinstance((await stored(made, 1))[FIELD], Sealed)
    assert await rows(made, "SELECT sealed, done, not_before FROM client_sealing") == [(True, True, None)]
    await made.dispose()


async def test_a_new_installation_seals_from_the_first_client_on(engine, ring):
    assert await rows(engine, "SELECT 1 FROM client_sealing") == []
    await FieldSealer(engine, Columns(Keyring(ring))).carry_out()
    assert in_clear(await everything(engine), MARIE) == []
