"""What administrators set on screens: refusals name their field, two of them at once do not overwrite each other."""

import json

import pytest
import pytest_asyncio
from sqlalchemy import text

from backend.demo import NUMBER
from backend.graphql.shapes import text as shapes_text

SAVED = "{ __typename ... on SettingSaved { id } ... on SettingRefused { problems { field kind } } ... on Refused { code } }"


class Settings:
    """One administrator."""

    def __init__(self, client) -> None:
        self.client = client

    async def save(self, what: str, kind: str = "JSON!", **values) -> dict:
        """``what``: the mutation and its arguments, in terms of the variables $a (``kind``), $base and $id."""
        declared = f"$a: {kind}, $base: JSON, $id: Int"
        needed = ", ".join(d for d in declared.split(", ") if d.split(":")[0] in what)
        used = f"mutation{f'({needed})' if needed else ''} {{ {what} {SAVED} }}"
        return next(iter((await self.client.run(used, **values)).values()))

    async def calls(self) -> dict:
        return (await self.client.run("{ callSettings }"))["callSettings"]


async def signed_in(api, server) -> Settings:
    client = api.client()
    assert (await client.sign_in("spravce", server.logins["spravce"].password))["__typename"] == "SignedIn"
    return Settings(client)


@pytest_asyncio.fixture
async def admin(api, server):
    return await signed_in(api, server)


async def test_in_10_numbers_never_recorded_are_saved_and_in_force_at_once(api, admin):
    calls = await admin.calls()
    assert calls == json.loads(shapes_text())["calls"]
    own = {"prefix": "+420602", "note": "pobočky", "only_to": True}
    saved = await admin.save("saveCallSettings(calls: $a)", a={**calls, "not_recorded": [own]})
    assert saved["__typename"] == "SettingSaved"
    settings = api.kc.desk.settings
    assert not settings.is_recorded_to("+420602111222")
    assert settings.is_recorded(None, "+420602111222")
    assert (await admin.calls())["not_recorded"] == [own]


@pytest.mark.parametrize(
    ("change", "field", "kind"),
    [
        ({"ring_s": 0}, "ring_s", "OUT_OF_RANGE"),
        ({"park_limit_s": "x"}, "park_limit_s", "MALFORMED"),
        ({"not_recorded": [{"prefix": "abc"}]}, "not_recorded.0.prefix", "MALFORMED"),
        ({"not_recorded": [{"prefix": "+420"}, {"prefix": "+420"}]}, "not_recorded.1.prefix", "TAKEN"),
        ({"own_prefixes": []}, "own_prefixes", "UNKNOWN"),
        ({"shown_supervision": ["nobody"]}, "shown_supervision.0", "MALFORMED"),
    ],
)
async def test_wrong_call_settings_name_their_field(admin, change, field, kind):
    before = await admin.calls()
    answer = await admin.save("saveCallSettings(calls: $a)", a={**before, **change})
    assert answer["problems"] == [{"field": field, "kind": kind}]
    assert await admin.calls() == before


async def test_a_setting_that_somebody_else_saved_is_not_overwritten(api, server, admin):
    other = await signed_in(api, server)
    begun = await admin.calls()
    mutation = "saveCallSettings(calls: $a, base: $base)"
    assert (await other.save(mutation, a={**begun, "ring_s": 40}, base=begun))["__typename"] == "SettingSaved"
    assert (await admin.save(mutation, a={**begun, "ring_s": 50}, base=begun))["code"] == "CHANGED_MEANWHILE"
    assert (await admin.calls())["ring_s"] == 40
    asked = "{ routingSettings { queues { id body } } }"
    queue = (await admin.client.run(asked))["routingSettings"]["queues"][0]
    mutation, id = "saveQueue(queue: $a, id: $id, base: $base)", queue["id"]
    renamed = {**queue["body"], "name": "Jinak"}
    assert (await other.save(mutation, a=renamed, base=queue["body"], id=id))["__typename"] == "SettingSaved"
    assert (await admin.save(mutation, a=queue["body"], base=queue["body"], id=id))["code"] == "CHANGED_MEANWHILE"
    assert (await admin.save("saveQueue(queue: $a, id: $id)", a=queue["body"], id=id))["__typename"] == "SettingSaved"


async def test_two_administrators_in_one_menu_the_second_hears_who_and_when(api, server, admin):
    other = await signed_in(api, server)
    detail = "{ flow(id: 1) { mark published draft } flows { id problems } me { id } }"
    begun = await admin.client.run(detail)
    body, mark = begun["flow"]["published"], begun["flow"]["mark"]
    save = (
        "mutation($b: JSON!, $m: String) { saveFlow(id: 1, body: $b, base: $m) { __typename"
        " ... on FlowSaved { mark } ... on FlowConflict { byId at mark } } }"
    )
    first = (await other.client.run(save, b={**body, "name": "Druhý"}, m=mark))["saveFlow"]
    assert first["__typename"] == "FlowSaved" and first["mark"] != mark
    refused = (await admin.client.run(save, b={**body, "name": "První"}, m=mark))["saveFlow"]
    assert (refused["__typename"], refused["byId"], refused["mark"]) == (
        "FlowConflict",
        begun["me"]["id"],
        first["mark"],
    )
    assert refused["at"]
    assert (await admin.client.run(detail))["flow"]["draft"]["name"] == "Druhý"
    publish = "mutation($m: String) { publishFlow(id: 1, base: $m) { __typename ... on Refused { code } } }"
    assert (await admin.client.run(publish, m=mark))["publishFlow"]["code"] == "CHANGED_MEANWHILE"
    mine = (await admin.client.run(save, b={**body, "name": "První"}, m=refused["mark"]))["saveFlow"]
    assert mine["__typename"] == "FlowSaved"
    assert (await admin.client.run(publish, m=mine["mark"]))["publishFlow"]["__typename"] == "FlowPublished"
    after = (await other.client.run(save, b=body, m=first["mark"]))["saveFlow"]
    assert after["__typename"] == "FlowConflict", "a published version is a change too"
    broken = {**body, "nodes": {}, "start": "nikam"}
    await admin.client.run(save, b=broken)
    lines = (await admin.client.run(detail))["flows"]
    assert next(x["problems"] for x in lines if x["id"] == 1) > 0


async def test_a_group_that_somebody_else_saved_is_not_overwritten(admin):
    made = await admin.save('saveGroup(name: "Parta", members: [])')
    body = {"name": "Parta", "caller_number": None, "members": []}
    mutation = "saveGroup(name: $a, members: [], id: $id, base: $base)"
    assert (await admin.save(mutation, kind="String!", a="Jiná", id=made["id"], base=body))["id"] == made["id"]
    late = await admin.save(mutation, kind="String!", a="Třetí", id=made["id"], base=body)
    assert late["code"] == "CHANGED_MEANWHILE"


@pytest.mark.parametrize(("option", "value"), [("callback_attempts", 0), ("callback_retry_s", 5)])
async def test_wrong_options_of_a_queue_name_their_field(admin, option, value):
    queue = json.loads(shapes_text())["queue"] | {"name": "Nová"}
    queue["options"][option] = value
    answer = await admin.save("saveQueue(queue: $a)", a=queue)
    assert answer["problems"] == [{"field": f"options.{option}", "kind": "OUT_OF_RANGE"}]


CALENDAR = {
    "name": "Provoz",
    "week": [[{"start": 480, "end": 720}, {"start": 780, "end": 960}], *([[{"start": 480, "end": 960}]] * 4), [], []],
    "holidays_closed": True,
    "exceptions": [{"day": "2026-12-23", "intervals": [{"start": 480, "end": 600}]}],
}


@pytest.mark.parametrize(
    ("at", "open_", "opens", "closes", "holiday", "exception"),
    [
        ("2026-11-23T11:30:00+00:00", False, "2026-11-23T12:00:00+00:00", None, False, False),
        ("2026-11-23T09:00:00+00:00", True, None, "2026-11-23T11:00:00+00:00", False, False),
        ("2026-11-17T09:00:00+00:00", False, "2026-11-18T07:00:00+00:00", None, True, False),
        ("2026-12-23T10:00:00+00:00", False, "2026-12-28T07:00:00+00:00", None, False, True),
    ],
)
async def test_in_06_a_calendar_tells_what_it_would_say_at_a_time(admin, at, open_, opens, closes, holiday, exception):
    query = (
        "query($c: JSON!, $a: DateTime) { calendarAt(calendar: $c, at: $a) { __typename ... on CalendarMoment"
        " { open opensAt closesAt holiday exception } ... on SettingRefused { problems { field kind } } } }"
    )
    found = (await admin.client.run(query, c=CALENDAR, a=at))["calendarAt"]
    assert found == {
        "__typename": "CalendarMoment",
        "open": open_,
        "opensAt": opens,
        "closesAt": closes,
        "holiday": holiday,
        "exception": exception,
    }
    wrong = {**CALENDAR, "week": [[{"start": 720, "end": 480}], [], [], [], [], [], []]}
    refused = (await admin.client.run(query, c=wrong, a=at))["calendarAt"]
    assert refused["problems"] == [{"field": "week.0", "kind": "ORDER"}]


async def test_in_01_a_new_number_leads_into_its_menu_and_a_known_one_is_not_made_twice(api, admin):
    number = {"number": "+420800999888", "name": "Nová linka", "flow": 1, "answer_after_ms": 500}
    assert (await admin.save("saveEntryNumber(number: $a, new: true)", a=number))["__typename"] == "SettingSaved"
    listed = (await admin.client.run("{ routingSettings { entryNumbers } }"))["routingSettings"]["entryNumbers"]
    assert number in listed and NUMBER in {x["number"] for x in listed}
    assert api.kc.desk.settings.entry_points["+420800999888"].flow == 1
    for change, field, kind in (
        ({}, "number", "TAKEN"),
        ({"number": "ahoj"}, "number", "MALFORMED"),
        ({"number": "+4201", "flow": 99}, "flow", "UNKNOWN"),
        ({"number": "+4201", "name": " "}, "name", "MISSING"),
        ({"number": "+4201", "answer_after_ms": -1}, "answer_after_ms", "OUT_OF_RANGE"),
    ):
        answer = await admin.save("saveEntryNumber(number: $a, new: true)", a={**number, **change})
        assert answer["problems"] == [{"field": field, "kind": kind}]
    gone = await admin.save("saveEntryNumber(number: $a, new: false)", a={**number, "number": "+4201"})
    assert gone["code"] == "NOT_FOUND"


async def test_a_group_with_a_wrong_number_is_refused_at_its_field(admin):
    answer = await admin.save('saveGroup(name: "G", members: [], callerNumber: $a)', kind="String", a="nula")
    assert answer["problems"] == [{"field": "caller_number", "kind": "MALFORMED"}]


async def test_two_lists_of_numbers_become_one_and_can_be_parted_again(api):
    from backend.adapters.postgres.migrations.versions import __path__ as versions

    found: dict = {}
    with open(f"{versions[0]}/0011_settings_screens.py") as file:
        exec(compile(file.read(), "0011", "exec"), found)
    async with api.kc.engine.connect() as connection:
        run = connection.execute
        await run(text("CREATE TEMP TABLE setting (name TEXT PRIMARY KEY, value JSONB) ON COMMIT DROP"))
        await run(text("CREATE TEMP TABLE recording_exemption (prefix TEXT, note TEXT) ON COMMIT DROP"))
        before = {"ring_s": 9, "own_prefixes": ["+420602", "+420601"]}
        await run(text("INSERT INTO setting VALUES ('calls', CAST(:v AS jsonb))"), {"v": json.dumps(before)})
        await run(text("INSERT INTO recording_exemption VALUES ('+420601', 'lékař')"))
        await connection.exec_driver_sql(found["UNITE"])
        value = (await run(text("SELECT value FROM setting"))).scalar_one()
        assert value == {
            "ring_s": 9,
            "not_recorded": [
                {"prefix": "+420601", "note": "lékař", "only_to": False},
                {"prefix": "+420602", "note": "", "only_to": True},
            ],
        }
        await run(text("DELETE FROM recording_exemption"))
        await connection.exec_driver_sql(found["PART"])
        await connection.exec_driver_sql(found["OWN"])
        assert (await run(text("SELECT * FROM recording_exemption"))).all() == [("+420601", "lékař")]
        assert (await run(text("SELECT value FROM setting"))).scalar_one() == {"ring_s": 9, "own_prefixes": ["+420602"]}
