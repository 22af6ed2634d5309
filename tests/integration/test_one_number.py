"""One number: floor, board and desk show the same for the same thing at the same moment, while calls run, and it is what
the rows of the database say."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from backend.application.desk import PRAGUE
from backend.projections.behind import Number, behind
from backend.projections.live import day_start_of
from tests.support.busy_floor import BusyFloor
from tests.support.consistency import consistent, everything_read

QUEUE = (
    "id waiting longestSince ready busy signedIn offered answered abandoned missed callbacks slaInfoline serviceLevel"
)
OVERALL = "waiting offered answered abandoned missed callbacks slaInfoline serviceLevel free busy onBreak signedIn"


@pytest.fixture
async def busy(api):
    """No router and no timers beside the feed: the test decides what happens."""
    for task in api.kc._tasks[1:]:
        task.cancel()
    await asyncio.gather(*api.kc._tasks[1:], return_exceptions=True)
    floor = BusyFloor(api.kc, seed=4)
    await floor.people(12, 5)
    await floor.open_doors()
    return floor


async def rows(kc, sql: str, **values) -> list:
    async with kc.engine.connect() as connection:
        return list(await connection.execute(text(sql), values))


async def counted_by_hand(kc) -> dict:
    """The same figures, straight from the rows."""
    start = {"start": day_start_of(datetime.now(UTC), PRAGUE)}
    visits = await rows(
        kc,
        "SELECT q.id, count(v.*) AS offered, count(*) FILTER (WHERE result = 'answered') AS answered,"
        " count(*) FILTER (WHERE result = 'abandoned') AS abandoned,"
        " count(*) FILTER (WHERE result = 'answered' AND left_at - entered_at <= q.target_s * interval '1 s') AS good,"
        " count(*) FILTER (WHERE result = 'abandoned' AND left_at - entered_at <= q.short_abandon_s * interval '1 s')"
        " AS short FROM queue q LEFT JOIN queue_visit v ON v.queue = q.id AND v.entered_at >= :start GROUP BY q.id",
        **start,
    )
    missed = {
        r.queue: r.n
        for r in await rows(
            kc,
            "SELECT queue, count(*) AS n FROM offer WHERE offered_at >= :start"
            " AND result IN ('no_answer', 'declined', 'abandoned') GROUP BY queue",
            **start,
        )
    }
    waiting = {
        r.queue: (r.n, r.longest)
        for r in await rows(
            kc,
            "SELECT queue, count(*) AS n, min(queued_at) AS longest FROM interaction"
            " WHERE phase IN ('queued', 'offered') GROUP BY queue",
        )
    }
    callbacks = {
        r.queue: r.n
        for r in await rows(
            kc, "SELECT queue, count(*) AS n FROM callback WHERE state IN ('scheduled', 'waiting') GROUP BY queue"
        )
    }
    return {
        r.id: {
            "offered": r.offered,
            "answered": r.answered,
            "abandoned": r.abandoned,
            "missed": missed.get(r.id, 0),
            "waiting": waiting.get(r.id, (0, None))[0],
            "callbacks": callbacks.get(r.id, 0),
            "serviceLevel": r.good / (r.answered + r.abandoned - r.short)
            if r.answered + r.abandoned > r.short
            else None,
            "slaInfoline": r.abandoned / r.answered if r.answered else None,
        }
        for r in visits
    }


async def test_figures_are_what_the_rows_say_and_the_fold_is_the_snapshot(busy):
    kc = busy.kc
    for _ in range(6):
        async with consistent(kc):
            await busy.day(30, route=True)
            await busy.ask_for_callback(busy.queues[1])
    kc.feed.callbacks._read_at = None
    await everything_read(kc)
    by_hand = await counted_by_hand(kc)
    live = kc.feed.live
    for queue, expected in by_hand.items():
        now = live.queue_now(queue)
        assert (now.today.offered, now.today.answered, now.today.abandoned, now.missed, now.waiting, now.callbacks) == (
            expected["offered"], expected["answered"], expected["abandoned"], expected["missed"], expected["waiting"],
            expected["callbacks"],
        ), queue  # fmt: skip
        assert now.service_level == expected["serviceLevel"]
    assert sum(x["answered"] for x in by_hand.values()) > 5 and sum(x["missed"] for x in by_hand.values()) > 1
    start = {"start": day_start_of(datetime.now(UTC), PRAGUE)}
    handled = await rows(
        kc, "SELECT agent, count(*) AS n FROM segment WHERE accepted_at >= :start AND connected_at IS NOT NULL GROUP BY 1",
        **start,
    )  # fmt: skip
    missed = await rows(
        kc, "SELECT agent, count(*) AS n FROM offer WHERE offered_at >= :start"
        " AND result IN ('no_answer', 'declined', 'abandoned') GROUP BY 1", **start,
    )  # fmt: skip
    assert {u: live.work(u).handled for u in live.agents if live.work(u).handled} == {r.agent: r.n for r in handled}
    assert {u: live.work(u).missed for u in live.agents if live.work(u).missed} == {r.agent: r.n for r in missed}


async def test_sup_drill_the_contacts_behind_a_number_are_as_many_as_it_says(busy, server):
    kc = busy.kc
    await busy.day(200, route=True)
    await everything_read(kc)
    live = kc.feed.live
    fields = {
        Number.WAITING: lambda n: n.waiting,
        Number.OFFERED: lambda n: n.today.offered,
        Number.HANDLED: lambda n: n.today.answered,
        Number.IN_TARGET: lambda n: n.today.answered_in_target,
        Number.LOST: lambda n: n.today.abandoned,
        Number.SHORT_LOST: lambda n: n.today.abandoned_short,
        Number.FLOWED_OUT: lambda n: n.today.flowed_out,
        Number.MISSED: lambda n: n.missed,
    }
    assert set(fields) == set(Number)
    for number, figure in fields.items():
        for queue in busy.queues:
            assert len(behind(live, number, queue, None)) == figure(live.queue_now(queue)), (number, queue)
        total = sum(figure(live.queue_now(q)) for q in kc.settings.queues)
        assert len(behind(live, number, None, None)) == total
    for user in busy.users:
        assert len(behind(live, Number.HANDLED, None, user)) == live.work(user).handled
        assert len(behind(live, Number.MISSED, None, user)) == live.work(user).missed


async def test_sup_drill_through_the_api_gives_each_contact_with_its_time_queue_and_agent(busy, server, api):
    id = await busy.call(busy.queues[0])
    user = busy.users[0]
    await busy.sign_in(user)
    assert await busy.offer(id, user)
    await api.kc.desk.decline(id, user)
    async with api.client() as client:
        await client.sign_in("dana", server.logins["dana"].password)
        found = await client.run(
            "query($q: Int) { contactsBehind(number: MISSED, queue: $q) { total contacts {"
            " at queueId agentId contact { id customerNumber phase } } } }",
            q=busy.queues[0],
        )
    answer = found["contactsBehind"]
    assert answer["total"] == 1
    one = answer["contacts"][0]
    assert (one["queueId"], one["agentId"], one["contact"]["id"]) == (busy.queues[0], user, id)


async def test_every_figure_is_the_same_on_floor_board_and_desk_while_calls_run(busy, api, server):
    """The three subscriptions are compared by what each shows at the same cursor."""
    dana, jana = api.client(), api.client()
    await dana.sign_in("dana", server.logins["dana"].password)
    await jana.sign_in("jana", server.logins["jana"].password)
    seen: dict[str, dict[str, dict]] = {"floor": {}, "board": {}, "desk": {}}
    views = {}
    for name, client in (("floor", dana), ("board", dana), ("desk", jana)):
        view = await client.live(name, fields={"queues": QUEUE}, extra=f"overall {{ {OVERALL} }}")

        def keep(frame, name=name, view=view):
            seen[name][frame["cursor"]] = {"queues": dict(view.queues), "overall": frame["overall"]}

        view.on_frame = keep
        views[name] = view
    for _ in range(12):
        await busy.day(10, route=True)
        await everything_read(api.kc)
        end = "-".join(map(str, api.kc.feed.cursor))
        # What touches contacts only is told to the floor alone.
        await views["floor"].until(lambda v, end=end: v.cursor == end)
        for name in ("board", "desk"):
            await views[name].until(lambda v: v.queues == views["floor"].queues)
    common = set(seen["floor"]) & set(seen["board"]) & set(seen["desk"])
    assert len(common) >= 8, "they must have been seen at the same moments"
    for cursor in common:
        floor, board, desk = (seen[name][cursor]["queues"] for name in ("floor", "board", "desk"))
        assert floor == board == desk
        overall = seen["floor"][cursor]["overall"]
        for field in ("waiting", "offered", "answered", "abandoned", "missed", "callbacks"):
            assert overall[field] == sum(q[field] for q in floor.values()), field
    by_hand = await counted_by_hand(api.kc)
    last = views["floor"].queues
    for queue, expected in by_hand.items():
        assert {k: last[queue][k] for k in expected if k != "callbacks"} == {
            k: v for k, v in expected.items() if k != "callbacks"
        }
    for view in views.values():
        await view.cut()
