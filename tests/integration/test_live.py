"""The live picture is right: after every command, with concurrent appends, and for clients whose sockets are cut."""

import asyncio
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.adapters.postgres.log import load_live, read_log
from backend.application.desk import PRAGUE
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from backend.domain.ivr.interpreter import KeyPressed, PromptFinished
from backend.domain.kernel.refusal import Refusal
from backend.projections.live import Changes, day_start_of
from tests.support.consistency import consistent, everything_read

ARRIVE = {"channel": Channel.VOICE, "direction": Direction.INBOUND, "dialled": "+420800100200"}


def arrive(number: str = "+420777123456") -> tuple[str, c.Arrive]:
    id = str(uuid.uuid4())
    return id, c.Arrive(customer=Customer(number), bridge="bridge-1", leg=id, **ARRIVE)


async def user_id(api, login: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM user_account WHERE login = :l"), {"l": login})


@pytest.fixture
async def quiet(api):
    """No router and no timers: the test decides what happens."""
    for task in api.kc._tasks[1:]:
        task.cancel()
    await asyncio.gather(*api.kc._tasks[1:], return_exceptions=True)
    return api


async def test_picture_goes_on_past_any_number_of_events_that_are_none_of_its_own(quiet):
    kc, at_once = quiet.kc, 2
    kc.feed._read = lambda cursor: read_log(kc.engine, cursor, at_once)
    async with kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO event (stream, subject, version, at, data)"
                " SELECT 'refused', 'many:' || n, 1, clock_timestamp(), '{}' FROM generate_series(1, 5) n"
            )
        )
    id, arrival = arrive()
    await kc.desk.command(id, arrival)
    await everything_read(kc)
    assert id in kc.feed.live.interactions


async def test_rows_read_for_an_old_picture_are_not_put_into_a_new_one(quiet):
    kc, read, go_on = quiet.kc, asyncio.Event(), asyncio.Event()
    rows, places = kc.feed._read, []

    async def slow(cursor):
        places.append(cursor)
        found = await rows(cursor)
        if found[0] and not read.is_set():
            read.set()
            await go_on.wait()
        return found

    kc.feed._read = slow
    (one, arrival), (other, later) = arrive(), arrive()
    await kc.desk.command(one, arrival)
    reading = asyncio.create_task(kc.feed.catch_up())
    await read.wait()
    await kc.desk.command(other, later)
    anew = asyncio.create_task(kc.feed.reload())
    await asyncio.wait((anew,), timeout=0.3)  # long enough for a picture that is taken at once
    places.append(kc.feed.cursor)
    go_on.set()
    await asyncio.gather(reading, anew)
    assert places == sorted(places), "the place in the log does not go back"
    assert {one, other} <= kc.feed.live.interactions.keys()


async def test_settings_read_before_a_change_are_not_put_in_force_after_it(quiet, monkeypatch):
    kc, read, go_on = quiet.kc, asyncio.Event(), asyncio.Event()
    settings = kc.store.settings

    async def slow():
        found = await settings()
        if not read.is_set():
            read.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(kc.store, "settings", slow)
    first = asyncio.create_task(kc.reload_settings())
    await read.wait()
    async with kc.engine.begin() as connection:
        await connection.execute(text("UPDATE queue SET priority = 7 WHERE id = 3"))
    second = asyncio.create_task(kc.reload_settings())
    await asyncio.wait([second], timeout=0.5)
    go_on.set()
    await asyncio.gather(first, second)
    assert kc.settings.queues[3].priority == 7


async def test_old_picture_and_events_make_the_new_picture_for_every_command(quiet):
    kc, desk = quiet.kc, quiet.kc.desk
    jana = await user_id(quiet, "jana")
    id, arrival = arrive()
    second, second_arrival = arrive("+420602000000")
    steps = [
        lambda: desk.sign_in_agent(jana),
        lambda: desk.command_agent(jana, agents.OpenPhone(bridge="bridge-1", owner="t")),
        lambda: desk.command_agent(jana, agents.ConnectPhone()),
        lambda: desk.set_presence(jana, Presence.READY, None),
        lambda: desk.command(id, arrival),
        lambda: desk.command(id, c.BringUpLeg()),
        lambda: desk.run(lambda work: desk.destinations.enter(work, id)),
        lambda: desk.advance_ivr(id, PromptFinished(1)),
        lambda: desk.advance_ivr(id, KeyPressed("1")),
        lambda: desk.command(id, c.AnnouncePosition(position=1)),
        lambda: kc.router.route(),
        lambda: desk.accept(id, jana),
        lambda: desk.command(id, c.StartConversation()),
        lambda: desk.command(id, c.Hold(agent=jana)),
        lambda: desk.command(id, c.Resume(agent=jana)),
        lambda: desk.command(id, c.Mute(agent=jana)),
        lambda: desk.command(id, c.Unmute(agent=jana)),
        lambda: desk.command(id, c.PickClient(agent=jana, client=1)),
        lambda: desk.command(id, c.VerifyClient(agent=jana, items=("birth_date",))),
        lambda: desk.command(id, c.Categorise(category=1)),
        lambda: desk.command(id, c.WriteNote()),
        lambda: desk.command_agent(jana, agents.LosePhone()),
        lambda: desk.command_agent(jana, agents.ConnectPhone()),
        lambda: desk.leave(id),
        lambda: desk.command(id, c.FinishWrapUp(agent=jana)),
        lambda: desk.command(second, second_arrival),
        lambda: desk.command(second, c.BringUpLeg()),
        lambda: desk.run(lambda work: desk.destinations.enter(work, second)),
        lambda: desk.advance_ivr(second, KeyPressed("3")),
        lambda: kc.router.route(),
        lambda: desk.decline(second, jana),
        lambda: desk.leave(second, failed=True),
        lambda: desk.set_presence(jana, Presence.BREAK, "1"),
        lambda: desk.command_agent(jana, agents.ClosePhone()),
        lambda: desk.sign_out_agent(jana),
    ]
    for number, step in enumerate(steps):
        async with consistent(kc):
            answer = await step()
        assert not isinstance(answer, Refusal), (number, answer)


async def test_reader_never_skips_a_commit_that_comes_late(quiet):
    """Appends that overlap in time and commit in any order: each is read once, none is missed."""
    kc = quiet.kc
    seen: list[str] = []
    done = asyncio.Event()

    async def read() -> None:
        cursor = (0, 0)
        while True:
            rows, cursor = await read_log(kc.engine, cursor, 7)
            seen.extend(f"{r.subject}:{r.version}" for r in rows)
            # A transaction of somebody else may hold the horizon back: nothing to read now is not the end.
            if not rows and done.is_set() and len(seen) >= len(written):
                return
            await asyncio.sleep(0.001)

    rng = random.Random(1)

    async def write(n: int) -> None:
        for _ in range(20):
            id, arrival = arrive()
            written.append(f"{id}:1")

            async def slow(work, id=id, arrival=arrival):
                await work.command(id, arrival)
                await work.tx.connection.execute(text("SELECT pg_current_xact_id()"))
                await asyncio.sleep(rng.random() * 0.02)

            await kc.desk.run(slow)

    written: list[str] = []
    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(n) for n in range(8)))
    done.set()
    await asyncio.wait([reader], timeout=20)
    assert sorted(seen) == sorted(written)


@pytest.mark.parametrize("limit", [1, 1000], ids=["torn apart", "read at once"])
async def test_version_of_an_earlier_transaction_that_waited_for_the_lock_is_folded_in_order(quiet, limit):
    """A transaction may get its number, wait for a contact that another changes, and then write the later version."""
    kc, desk = quiet.kc, quiet.kc.desk
    id, arrival = arrive()
    await desk.command(id, arrival)
    before, cursor = await load_live(kc.engine, kc.settings, day_start_of(datetime.now(UTC), PRAGUE))
    numbered, other_done = asyncio.Event(), asyncio.Event()

    async def late(work) -> None:
        await work.tx.first_time(str(uuid.uuid4()), 1)
        numbered.set()
        await other_done.wait()
        await work.command(id, c.LeaveAsCustomer(wrap_up=timedelta()))

    first = asyncio.create_task(desk.run(late))
    await numbered.wait()
    assert not isinstance(await desk.command(id, c.Enqueue(queue=1, position=1)), Refusal)
    other_done.set()
    assert not isinstance(await first, Refusal)
    changes = Changes()
    while True:
        rows, cursor = await read_log(kc.engine, cursor, limit)
        if not rows:
            break
        for row in rows:
            before.apply(row, changes)
    assert id not in before.interactions and not before._parked
    fresh, _ = await load_live(kc.engine, kc.settings, day_start_of(datetime.now(UTC), PRAGUE))
    assert before.everything() == fresh.everything()


async def test_thousand_events_with_sockets_cut_at_random(quiet, server):
    """A client that is cut again and again ends with what the server has: nothing lost, nothing doubled."""
    kc, rng = quiet.kc, random.Random(7)
    client = quiet.client()
    await client.sign_in("dana", server.logins["dana"].password)
    view = await client.live("floor")
    events = 0

    async def work() -> None:
        nonlocal events
        open_: list[str] = []
        while events < 1000:
            if open_ and rng.random() < 0.45:
                await kc.desk.leave(open_.pop(rng.randrange(len(open_))))
                events += 1
            else:
                id, arrival = arrive()
                await kc.desk.command(id, arrival)
                await kc.desk.command(id, c.Enqueue(queue=rng.randint(1, 3), position=1))
                open_.append(id)
                events += 2

    async def cut() -> int:
        cuts = 0
        while events < 1000:
            await asyncio.sleep(rng.random() * 0.15)
            await view.cut()
            await view.connect(view.cursor)
            cuts += 1
        return cuts

    _, cuts = await asyncio.gather(work(), cut())
    await everything_read(kc)
    expected = {id: (s.phase.value.upper(), s.version) for id, s in kc.feed.live.interactions.items()}

    def shown(v) -> dict:
        return {i: (x["phase"], x["version"]) for i, x in v.contacts.items()}

    await view.until(lambda v: shown(v) == expected)
    waiting = {q: kc.feed.live.queue_now(q) for q in kc.settings.queues}
    await view.until(lambda v: all(v.queues[q]["waiting"] == now.waiting for q, now in waiting.items()))
    assert {q: v["abandoned"] for q, v in view.queues.items()} == {q: n.today.abandoned for q, n in waiting.items()}
    assert view.doubled == 0 and cuts >= 5
    assert view.snapshots <= 2, "cursors should resume, not start over"


async def test_two_agents_never_get_one_contact(quiet):
    desk = quiet.kc.desk
    id, arrival = arrive()
    await desk.command(id, arrival)
    await desk.command(id, c.Enqueue(queue=1, position=1))
    users = [await user_id(quiet, login) for login in ("jana", "petr")]
    for user in users:
        await desk.sign_in_agent(user)
        await desk.command_agent(user, agents.OpenPhone(bridge="bridge-1", owner="t"))
        await desk.command_agent(user, agents.ConnectPhone())
        await desk.set_presence(user, Presence.READY, None)
    offers = await asyncio.gather(
        *(desk.command(id, c.MakeOffer(agent=u, ring_timeout=timedelta(seconds=9))) for u in users)
    )
    assert sum(not isinstance(x, Refusal) for x in offers) == 1
    accepted = await asyncio.gather(*(desk.accept(id, user) for user in users))
    assert sum(not isinstance(x, Refusal) for x in accepted) == 1


async def test_due_timers_fire_once_also_when_two_processes_look(quiet):
    kc = quiet.kc
    id, arrival = arrive()
    await kc.desk.command(id, arrival)
    await kc.desk.command(id, c.Enqueue(queue=1, position=1))
    jana = await user_id(quiet, "jana")
    await kc.desk.sign_in_agent(jana)
    await kc.desk.command_agent(jana, agents.OpenPhone(bridge="bridge-1", owner="t"))
    await kc.desk.command_agent(jana, agents.ConnectPhone())
    await kc.desk.set_presence(jana, Presence.READY, None)
    await kc.desk.command(id, c.MakeOffer(agent=jana, ring_timeout=timedelta(seconds=-1)), now=datetime.now(UTC))
    await asyncio.gather(kc.timers.fire_due(), kc.timers.fire_due(), kc.timers.fire_due())
    s = await kc.readers.contact(id)
    assert s.offer is None and s.offers == 1
    steps = [type(event).__name__ for event, _ in await kc.readers.steps(id)]
    assert steps.count("OfferReturned") == 1
    async with kc.engine.connect() as connection:
        left = await connection.scalar(text("SELECT count(*) FROM timer WHERE key LIKE 'offer:%'"))
    assert left == 0
