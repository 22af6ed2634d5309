"""More is asked than there are connections to the database: calls go on, everybody has their turn, nobody is refused."""

import asyncio
import contextlib

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.connections import AT_ONCE, OF_PEOPLE, SCREENS, Turns
from backend.application.origin import originating, request_of
from tests.integration.test_bridge_link import no_voice as no_voice
from tests.scenarios.test_inbound_call import walk_to_queue

FLOOD = 200


async def until(true) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.01)


async def test_call_comes_in_while_commands_of_people_take_all_the_connections_they_may_have(api, bridge):
    inside, go_on = [], asyncio.Event()

    async def command(n: int) -> int:
        async def do(_work) -> int:
            inside.append(n)
            await go_on.wait()
            return n

        with originating(request_of(None, None, "flood")):
            return await api.kc.desk.run(do)

    flood = [asyncio.create_task(command(n)) for n in range(FLOOD)]
    await until(lambda: len(inside) == OF_PEOPLE)
    async with asyncio.timeout(20):
        leg = await walk_to_queue(bridge)
    assert (await api.kc.readers.contact(leg)).queue is not None
    assert sorted(inside) == list(range(OF_PEOPLE))
    go_on.set()
    assert await asyncio.gather(*flood) == sorted(inside) == list(range(FLOOD)), "nobody is refused"


async def test_first_who_asks_after_the_database_was_away_is_answered(api, server, database_url):
    """However long nobody used a connection: that it is closed is seen before anything is asked over it."""
    owner = create_async_engine(server.owner(database_url))
    async with api.client() as jana:
        await jana.sign_in("jana", server.logins["jana"].password)
        for _ in range(3):
            async with owner.begin() as connection:
                closed = await connection.scalar(
                    text(
                        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            assert closed > 3
            assert (await jana.run("{ me { login } }"))["me"] == {"login": "jana"}
    await owner.dispose()


async def test_call_comes_in_while_screens_and_strangers_want_more_than_there_is(api, server, bridge):
    async with api.client() as jana, contextlib.AsyncExitStack() as held:
        await jana.sign_in("jana", server.logins["jana"].password)
        for _ in range(SCREENS):
            connection = await held.enter_async_context(api.kc.screens.connect())
            await connection.execute(text("SELECT 1"))
        strangers = [api.client() for _ in range(20)]
        for stranger in strangers:
            stranger.http.cookies.set("kc", "nobody's")
        asking = [asyncio.create_task(x.run("{ me { login } }")) for x in (jana, *strangers)]
        async with asyncio.timeout(20):
            await walk_to_queue(bridge)
        assert not any(x.done() for x in asking)
        await held.aclose()
        answers = [x["me"] for x in await asyncio.gather(*asking)]
        assert answers == [{"login": "jana"}] + [None] * len(strangers)
        for stranger in strangers:
            await stranger.http.aclose()


async def test_who_comes_as_one_leaves_does_not_overtake_who_waits():
    turns, order = Turns(all=1, people=1), []

    async def one(name: str, then=None) -> None:
        async with turns.turn(of_people=True):
            order.append(name)
            await asyncio.sleep(0)
        if then:
            await then

    await asyncio.gather(one("first", one("again")), one("second"), one("third"))
    assert order == ["first", "second", "third", "again"]


async def test_what_calls_need_waits_only_for_a_connection_and_not_for_the_turn_of_people():
    turns, inside = Turns(all=3, people=2), []
    async with turns.turn(of_people=True), turns.turn(of_people=True):
        person = asyncio.create_task(_enter(turns, inside, "person", of_people=True))
        await asyncio.sleep(0)
        await asyncio.wait_for(_enter(turns, inside, "bridge", of_people=False), 1)
        assert inside == ["bridge"]
    await person
    assert inside == ["bridge", "person"] and OF_PEOPLE < AT_ONCE


async def _enter(turns: Turns, inside: list[str], name: str, *, of_people: bool) -> None:
    async with turns.turn(of_people=of_people):
        inside.append(name)
