"""Each change of settings has a version with its author, time and difference, and can be taken back; running contacts do not notice."""

import asyncio
import uuid

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text

from backend.adapters.configuration.documents import Thing
from backend.adapters.configuration.store import CutOff
from backend.adapters.configuration.writing import Given, NotApplied
from backend.application.settings import CallSettings
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, Phase
from backend.domain.kernel.refusal import Refusal
from backend.domain.routing.validation import ProblemKind
from backend.domain.voice.toll import OutsideRules

HISTORY = (
    "query($k: String, $i: String, $b: Int) { settingsHistory(kind: $k, id: $i, first: 10, before: $b) { version at authorId"
    " undoOf objects { kind id name made removed differences { field before after } } } }"
)
UNDO = (
    "mutation($v: Int!, $f: Boolean!, $d: Boolean!, $c: Boolean!) {"
    " undoSettings(version: $v, force: $f, dryRun: $d, cuttingOff: $c) { __typename"
    " ... on CutOffRefused { places { object field name number } }"
    " ... on SettingsUndone { objects { name differences { field before after } } }"
    " ... on UndoRefused { problems { object field why reason missing rule menuRule } } ... on Refused { code } } }"
)


@pytest_asyncio.fixture
async def admin(api, server):
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        client.api = api
        yield client


async def history(client, **given) -> list[dict]:
    names = {"kind": "k", "id": "i", "before": "b"}
    return (await client.run(HISTORY, **{names[k]: v for k, v in given.items()}))["settingsHistory"]


async def undo(client, version: int, force: bool = False, dry: bool = False, knowing: bool = False) -> dict:
    return (await client.run(UNDO, v=version, f=force, d=dry, c=knowing))["undoSettings"]


async def group(client, name: str, id: int | None = None, number: str | None = None) -> int:
    answer = await client.run(
        "mutation($n: String!, $i: Int, $c: String) { saveGroup(name: $n, members: [], id: $i, callerNumber: $c)"
        " { __typename ... on SettingSaved { id } } }",
        n=name,
        i=id,
        c=number,
    )
    return answer["saveGroup"]["id"]


async def stored(client, id: int) -> tuple:
    async with client.api.kc.engine.connect() as connection:
        row = await connection.execute(text("SELECT name, caller_number FROM agent_group WHERE id = :id"), {"id": id})
        return tuple(row.first() or ())


async def test_change_keeps_author_time_and_difference(admin, server):
    id = await group(admin, "Noví")
    await group(admin, "Nováčci", id, "+420222333444")
    changed, made = await history(admin)
    assert (changed["version"], made["version"]) == (2, 1)
    assert changed["authorId"] == made["authorId"] is not None and changed["at"] > made["at"]
    (object,) = changed["objects"]
    assert (object["kind"], object["id"], object["name"], object["made"]) == ("groups", str(id), "Nováčci", False)
    assert object["differences"] == [
        {"field": "name", "before": "Noví", "after": "Nováčci"},
        {"field": "caller_number", "before": None, "after": "+420222333444"},
    ]
    assert made["objects"][0]["made"]


async def test_history_of_one_object_and_page_by_page(admin):
    id = await group(admin, "A")
    other = await group(admin, "B")
    await group(admin, "A2", id)
    assert [x["version"] for x in await history(admin, kind="groups", id=str(id))] == [3, 1]
    assert [x["version"] for x in await history(admin, kind="groups")] == [3, 2, 1]
    assert await history(admin, kind="queues") == []
    assert [x["version"] for x in await history(admin, before=3)] == [2, 1]
    assert other != id


async def test_undo_is_a_new_version_that_puts_the_old_state_back(admin):
    id = await group(admin, "Před", None, "+420111222333")
    await group(admin, "Po", id)
    tried = await undo(admin, 2, dry=True)
    assert tried["objects"][0]["differences"][0] == {"field": "name", "before": "Po", "after": "Před"}
    assert await stored(admin, id) == ("Po", None)
    done = await undo(admin, 2)
    assert done["__typename"] == "SettingsUndone"
    assert await stored(admin, id) == ("Před", "+420111222333")
    assert admin.api.kc.settings.groups[id].name == "Před"
    newest = (await history(admin))[0]
    assert (newest["version"], newest["undoOf"]) == (3, 2)
    await undo(admin, 3)  # and the undoing undone
    assert await stored(admin, id) == ("Po", None)


async def test_undo_of_making_removes_and_of_removing_makes_again(admin):
    id = await group(admin, "Krátce")
    await undo(admin, 1)
    assert await stored(admin, id) == ()
    await undo(admin, 2)
    again = next(i for i, g in admin.api.kc.settings.groups.items() if g.name == "Krátce")
    assert await stored(admin, again) == ("Krátce", None)


async def test_undo_is_refused_when_something_was_changed_since_unless_it_is_meant(admin):
    id = await group(admin, "1")
    await group(admin, "2", id)
    await group(admin, "3", id)
    assert await undo(admin, 2) == {"__typename": "Refused", "code": "CHANGED_MEANWHILE"}
    assert await stored(admin, id) == ("3", None)
    assert (await undo(admin, 2, force=True))["__typename"] == "SettingsUndone"
    assert await stored(admin, id) == ("1", None)


async def test_undo_is_refused_when_what_it_needs_is_gone(admin):
    """A queue's calendar was taken off and then removed: the queue cannot have it again."""
    kc = admin.api.kc
    configuration = kc.services.configuration
    now = await configuration.now()
    queue = next(x for x in now.values() if x.kind == "queues" and x.name == "Pobočky")
    calendar = next(x for x in now.values() if x.kind == "calendars")
    without = {**queue.document, "options": {**queue.document["options"], "calendar": None}}
    await configuration.apply([Given("queues", queue.name, without, queue.id)], 1)
    await configuration.apply([], 1, remove=[("calendars", calendar.id)])
    refused = await undo(admin, 1)
    assert refused["__typename"] == "UndoRefused"
    assert refused["problems"] == [
        {
            "object": "queues/Pobočky",
            "field": "options.calendar",
            "reason": "GONE",
            "missing": "calendars/Po–Pá 8–18",
            "rule": None,
            "menuRule": None,
            "why": "there is no 'Po–Pá 8–18' in calendars",
        }
    ]
    assert [x["version"] for x in await history(admin)] == [2, 1]
    assert (await undo(admin, 2))["__typename"] == "SettingsUndone"  # first the calendar
    assert (await undo(admin, 1))["__typename"] == "SettingsUndone"


async def test_removal_of_what_is_used_is_refused(admin):
    configuration = admin.api.kc.services.configuration
    now = await configuration.now()
    calendar = next(x for x in now.values() if x.kind == "calendars")
    try:
        await configuration.apply([], 1, remove=[("calendars", calendar.id)])
        raise AssertionError("it was removed")
    except Exception as error:
        assert [(x.name, x.field, x.why, x.reason.value, x.rule.value) for x in error.wrong] == [
            ("Pobočky", "options.calendar", "unknown", "rule", "unknown")
        ]
    assert await configuration.now() == now


def rules(*refused: str) -> Given:
    """Rules of calls going out that refuse these beginnings."""
    calls = msgspec.to_builtins(CallSettings(outside=OutsideRules(refused=refused)))
    return Given("settings", "calls", {"name": "calls", "value": calls})


async def leading_out(configuration) -> tuple[Thing, dict]:
    """A queue, and its document that leads out when it is full."""
    queue = next(x for x in (await configuration.now()).values() if x.kind == "queues" and x.name == "Pobočky")
    out = {"type": "number", "number": "+420602333444", "ring_timeout_s": 30, "recorded": True, "otherwise": None}
    return queue, {**queue.document, "options": {**queue.document["options"], "when_full": out}}


async def test_undo_that_would_break_a_rule_names_the_rule_of_the_screens(admin):
    """A full queue led to a number that the rules of calls going out have forbidden since."""
    kc = admin.api.kc
    configuration = kc.services.configuration
    queue, leads = await leading_out(configuration)
    await configuration.apply([Given("queues", queue.name, leads, queue.id)], 1)
    await configuration.apply([Given("queues", queue.name, queue.document, queue.id)], 1)
    await configuration.apply([rules("+420602")], 1)
    refused = await undo(admin, 2)
    assert [(p["object"], p["field"], p["reason"], p["rule"], p["menuRule"]) for p in refused["problems"]] == [
        ("queues/Pobočky", "options.when_full.number", "RULE", "NOT_LET_OUT", None)
    ]


async def test_what_stricter_rules_have_cut_off_stands_in_the_way_of_no_other_change(admin):
    """It was right when it was made: everything else is still changed, undone, and applied whole from files."""
    configuration = admin.api.kc.services.configuration
    queue, leads = await leading_out(configuration)
    other = next(x for x in (await configuration.now()).values() if x.kind == "queues" and x.name != "Pobočky")
    await configuration.apply([Given("queues", queue.name, leads, queue.id)], 1)
    await configuration.apply([rules("+420602")], 1, cutting_off=True)
    longer = {**other.document, "wrap_up_s": other.document["wrap_up_s"] + 5}
    await configuration.apply([Given("queues", other.name, longer, other.id)], 1)
    assert (await undo(admin, 3))["__typename"] == "SettingsUndone"
    whole = [Given(x.kind, x.name, x.document) for x in (await configuration.now()).values()]
    assert await configuration.apply(whole, 1) == []
    louder = {**leads, "ring_timeout_s": leads["ring_timeout_s"] + 5}
    with pytest.raises(NotApplied) as refused:
        await configuration.apply([Given("queues", queue.name, louder, queue.id)], 1)
    assert [x.rule for x in refused.value.wrong] == [ProblemKind.NOT_LET_OUT], (
        "who touches it is told, as on the screen"
    )


async def test_undo_of_loosened_rules_names_what_it_cuts_off_and_is_done_by_who_knows_it(admin):
    configuration = admin.api.kc.services.configuration
    await configuration.apply([rules("+420602")], 1)
    await configuration.apply([rules()], 1)
    queue, leads = await leading_out(configuration)
    await configuration.apply([Given("queues", queue.name, leads, queue.id)], 1)
    places = [{"object": "queues/Pobočky", "field": "options.when_full", "name": "", "number": "+420602333444"}]
    for dry in (True, False):
        assert await undo(admin, 2, dry=dry) == {"__typename": "CutOffRefused", "places": places}
    assert [x["version"] for x in await history(admin)] == [3, 2, 1]
    assert (await undo(admin, 2, dry=True, knowing=True))["objects"][0]["name"] == "calls"
    assert (await undo(admin, 2, knowing=True))["__typename"] == "SettingsUndone"
    assert admin.api.kc.settings.calls.outside.refused == ("+420602",)
    assert (await undo(admin, 4))["__typename"] == "SettingsUndone", "looser rules cut nothing off"


async def test_whole_configuration_that_leads_where_its_own_rules_forbid_is_asked_about(admin):
    """What is led out anew, under new rules that do not let it out, would be dead from the start."""
    configuration = admin.api.kc.services.configuration
    queue, leads = await leading_out(configuration)
    both = [rules("+420602"), Given("queues", queue.name, leads, queue.id)]
    with pytest.raises(CutOff) as refused:
        await configuration.apply(both, 1)
    assert [(x.object, x.field) for x in refused.value.places] == [("queues/Pobočky", "options.when_full")]
    assert await history(admin) == []
    assert {x.kind for x in await configuration.apply(both, 1, cutting_off=True)} == {"settings", "queues"}
    assert await configuration.apply(both, 1) == []
    without = Given("queues", queue.name, queue.document, queue.id)
    assert len(await configuration.apply([rules("+420602", "+421"), without], 1)) == 2, "nobody is led out any more"


async def test_unknown_version_is_refused(admin):
    assert await undo(admin, 99) == {"__typename": "Refused", "code": "NOT_FOUND"}


async def test_twenty_running_contacts_do_not_notice_that_everything_is_applied_anew(admin):
    """Contacts in every phase go on after a whole configuration was applied, and hear of new settings from then on."""
    kc = admin.api.kc
    ids = [str(uuid.uuid4()) for _ in range(20)]
    queue = min(kc.settings.queues)
    for n, id in enumerate(ids):
        arrive = c.Arrive(
            channel=Channel.VOICE, direction=Direction.INBOUND, customer=Customer(f"+42060{n:07d}"), dialled="+420800100200",
            bridge="bridge-1", leg=id,
        )  # fmt: skip
        assert not isinstance(await kc.desk.command(id, arrive), Refusal)
        if n % 2:
            assert not isinstance(await kc.desk.command(id, c.Enqueue(queue=queue, position=1)), Refusal)

    async def states() -> dict:
        async with kc.engine.connect() as connection:
            rows = await connection.execute(text("SELECT id::text, version, state::text FROM interaction"))
            return {r[0]: (r[1], r[2]) for r in rows}

    before = await states()
    assert len(before) == 20
    configuration = kc.services.configuration
    given = [Given(x.kind, x.name, x.document) for x in (await configuration.now()).values()]
    for each in given:
        if each.kind == "queues":
            each.document["ring_timeout_s"] += 5
    changed, *moved = await asyncio.gather(
        configuration.apply(given, 1),
        *(kc.desk.command(id, c.Enqueue(queue=queue, position=1)) for id in ids[::2]),  # while it is applied
    )
    assert {x.kind for x in changed} == {"queues"}
    assert [s.phase for s in moved] == [Phase.QUEUED] * 10
    after = await states()
    assert {id: after[id] for id in ids[1::2]} == {id: before[id] for id in ids[1::2]}
    await kc.reload_settings()
    assert {q.ring_timeout.total_seconds() for q in kc.settings.queues.values()} == {20.0}
    for id in ids:
        left = await kc.desk.leave(id)
        assert not isinstance(left, Refusal) and left.phase is Phase.CLOSED
