"""Wallboards: composed, assigned, live, and never older than they say."""

import asyncio
from datetime import datetime, timedelta

import pytest

from backend.domain.metrics.measures import Measure
from tests.scenarios.test_floor import dana as dana
from tests.scenarios.test_floor import floor as floor
from tests.scenarios.test_floor import log_of, user_id
from tests.support.api import GraphQLFailed
from tests.support.consistency import everything_read

SAVED = "{ __typename ... on SettingSaved { id } ... on SettingRefused { problems { field kind } } ... on Refused { code } }"
FRAME = "asOf layoutId layout values { tile value since lost handled queues { id waiting } agents { userId name } }"


def layout(*tiles: dict, name: str = "Hala Brno", **more) -> dict:
    return {"name": name, "pages": [{"tiles": list(tiles)}], **more}


def measure(name: str, **more) -> dict:
    return {"type": "measure", "measure": name, **more}


async def save(client, body: dict, id: int | None = None, base: dict | None = None) -> dict:
    answer = await client.run(
        f"mutation($l: JSON!, $id: Int, $b: JSON) {{ saveWallboard(layout: $l, id: $id, base: $b) {SAVED} }}",
        l=body, id=id, b=base,
    )  # fmt: skip
    return answer["saveWallboard"]


async def board(client, layout: int | None = None):
    """The subscription with the newest frame in ``frame``."""
    view = await client.live("wallboard", whole=FRAME, arguments=f"layout: {layout}, " if layout else "")

    def keep(frame):
        view.layout = frame["layout"] or getattr(view, "layout", None)
        view.frame = frame
        view.values = {x["tile"]: x for x in frame["values"]}

    view.values, view.frame, view.on_frame = {}, None, keep
    return view


@pytest.fixture
async def screen(api, server):
    async with api.client() as client:
        await client.sign_in("tabule", server.logins["tabule"].password)
        yield client


async def test_wb_01_a_screen_shows_the_layout_assigned_to_it_and_the_usual_one_otherwise(floor, api, dana, screen):
    view = await board(screen)
    await view.until(lambda v: v.frame)
    assert view.frame["layoutId"] is None and view.layout["name"] == "Všechny fronty"
    saved = await save(dana, layout(measure("waiting", queues=[1])))
    id = saved["id"]
    assign = f"mutation($u: Int!, $l: Int) {{ assignWallboard(user: $u, layout: $l) {SAVED} }}"
    me = await user_id(api, "tabule")
    await dana.run(assign, u=me, l=id)
    await view.until(lambda v: v.frame["layoutId"] == id)
    assert view.layout["name"] == "Hala Brno" and set(view.values) == {"0.0"}
    await floor.call(1)
    await floor.call(2)
    await view.until(lambda v: v.values["0.0"]["value"] == 1)
    accounts = (await dana.run("{ wallAccounts { userId name layoutId } }"))["wallAccounts"]
    assert accounts == [{"userId": me, "name": "Nástěnka KKC", "layoutId": id}]
    removed = await dana.run(f"mutation($id: Int!) {{ removeWallboard(id: $id) {SAVED} }}", id=id)
    assert removed["removeWallboard"]["__typename"] == "SettingSaved"
    await view.until(lambda v: v.frame["layoutId"] is None)
    await view.cut()


async def test_wb_01_the_log_in_of_a_screen_can_do_nothing_else(floor, dana, screen):
    other = (await save(dana, layout(measure("waiting"), name="Jiná")))["id"]
    view = await board(screen, other)
    await view.until(lambda v: v.frame)
    assert view.frame["layoutId"] is None, "it cannot choose"
    await view.cut()
    for query in (
        "{ wallboards { id } }",
        "{ contactsBehind(number: LOST) { total } }",
        "{ settings { staff { id } } }",
    ):
        with pytest.raises(GraphQLFailed) as refused:
            await screen.run(query)
        assert refused.value.code == "FORBIDDEN"


async def test_wb_layouts_are_saved_with_a_check_of_conflicts_and_a_trace(floor, api, dana):
    first = layout(measure("waiting"))
    id = (await save(dana, first))["id"]
    base = (await dana.run("{ wallboards { id body } }"))["wallboards"][0]["body"]
    second = {**base, "rotate_s": 30}
    assert (await save(dana, second, id, base))["__typename"] == "SettingSaved"
    assert (await save(dana, {**base, "rotate_s": 60}, id, base))["code"] == "CHANGED_MEANWHILE"
    assert (await dana.run("{ wallboards { body } }"))["wallboards"][0]["body"]["rotate_s"] == 30
    assert (await save(dana, first))["problems"] == [{"field": "name", "kind": "TAKEN"}]
    assert (await save(dana, layout({"type": "own", "title": "x", "formula": "os.system"}), id))["problems"] == [
        {"field": "pages.0.tiles.0.formula", "kind": "MALFORMED"}
    ]
    assert (await save(dana, second, 99))["code"] == "NOT_FOUND"
    log = await log_of(api, "settings", "wallboard:Hala Brno")
    assert [x[2]["what"]["rotate_s"] for x in log] == [20, 30] and {x[1] for x in log} == {await user_id(api, "dana")}


async def test_wb_03_to_10_every_measure_on_a_tile_is_the_floors_figure(floor, api, dana):
    """Also those of a window, of one queue and of several, and of an own formula."""
    await floor.open_doors()
    await floor.day(150, route=True)
    await floor.ask_for_callback(1)
    api.kc.feed.callbacks._read_at = None
    await everything_read(api.kc)
    tiles = [measure(m.value) for m in Measure]
    tiles += [
        measure("handled", queues=[1]),
        measure("handled", queues=[1, 2]),
        measure("offered", window="hour"),
        {"type": "own", "title": "Podíl", "formula": "lost / (handled + lost)", "format": "percent"},
        {"type": "queues", "queues": [2, 1]},
        {"type": "agents", "queues": [1]},
    ]
    view = await board(dana, (await save(dana, layout(*tiles[:24])))["id"])
    await view.until(lambda v: v.frame)
    fields = "waiting longestSince offered answered abandoned missed callbacks serviceLevel slaInfoline free busy onBreak signedIn"
    whole = await dana.live("floor", extra=f"overall {{ {fields} }}")
    seen = {}
    whole.on_frame = lambda frame: seen.update(frame["overall"])
    await whole.until(lambda v: seen)
    shown = {tile["measure"]: view.values[f"0.{n}"] for n, tile in enumerate(tiles[: len(Measure)])}
    names = {
        "waiting": "waiting", "offered": "offered", "handled": "answered", "lost": "abandoned", "missed": "missed",
        "callbacks": "callbacks", "service_level": "serviceLevel", "sla_infoline": "slaInfoline", "free": "free",
        "busy": "busy", "on_break": "onBreak", "signed_in": "signedIn",
    }  # fmt: skip
    assert {name: shown[name]["value"] for name in names} == {name: seen[field] for name, field in names.items()}
    assert shown["longest_wait"]["since"] == seen["longestSince"]
    assert (shown["sla_infoline"]["lost"], shown["sla_infoline"]["handled"]) == (seen["abandoned"], seen["answered"])
    assert seen["answered"] > 3 and seen["missed"] > 0 and seen["callbacks"] == 1
    n = len(Measure)
    by_queue = {q: api.kc.feed.live.queue_now(q).today.answered for q in (1, 2)}
    assert view.values[f"0.{n}"]["value"] == by_queue[1]
    assert view.values[f"0.{n + 1}"]["value"] == by_queue[1] + by_queue[2]
    assert view.values[f"0.{n + 2}"]["value"] == seen["offered"], "all of it was within the hour"
    share = seen["abandoned"] / (seen["answered"] + seen["abandoned"])
    assert view.values[f"0.{n + 3}"]["value"] == pytest.approx(share)
    assert [q["id"] for q in view.values[f"0.{n + 4}"]["queues"]] == [2, 1]
    agents = {a["userId"] for a in view.values[f"0.{n + 5}"]["agents"]}
    assert agents == {a.user for a in api.kc.feed.live.agents.values() if 1 in a.queues}
    await view.cut()
    await whole.cut()


async def test_wb_draft_shows_its_values_before_it_is_saved(floor, dana):
    await floor.call(1)
    preview = "query($l: JSON!) { wallPreview(layout: $l) { __typename ... on WallPreview { values { tile value } } ... on SettingRefused { problems { field } } } }"  # fmt: skip
    await dana.run("{ contactsBehind(number: WAITING) { total } }")
    found = (await dana.run(preview, l=layout(measure("waiting"))))["wallPreview"]
    assert found["values"] == [{"tile": "0.0", "value": 1.0}]
    wrong = (await dana.run(preview, l=layout(measure("waiting", queues=[99]))))["wallPreview"]
    assert wrong["problems"] == [{"field": "pages.0.tiles.0.queues"}]


async def test_wb_11_figures_come_every_second_and_say_how_old_they_are_when_the_log_cannot_be_read(
    floor, api, screen, monkeypatch
):
    view = await board(screen)
    await view.until(lambda v: v.frame)
    loop, came = asyncio.get_running_loop(), []
    keep = view.on_frame
    view.on_frame = lambda frame: (keep(frame), came.append(loop.time()))
    await view.until(lambda v: len(came) >= 3)
    assert came[-1] - came[0] < 6, "without anything happening"
    stuck = view.frame["asOf"]

    async def gone(_cursor):
        raise ConnectionError("the database is away")

    monkeypatch.setattr(api.kc.feed, "_read", gone)
    await view.until(lambda v: len(came) >= 7)
    age = datetime.fromisoformat(view.frame["asOf"]) - datetime.fromisoformat(stuck)
    assert age < timedelta(seconds=2), "frames come, but they do not pretend to be new"
    await view.cut()
