"""Commands per second through ``Desk.run``: state, events, timers and commands to the bridge in one transaction.

    python -m tests.bench.bench_appends [seconds]

See the section on appends in README.md.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from backend.domain.kernel.refusal import Refusal
from backend.process import Application
from tests.bench.figures import line, percentile, postgres
from tests.support.api import Api
from tests.support.database import TestServer

AT_ONCE = 16
Step = Callable[[], Awaitable[object]]


async def rate(make: Callable[[int], Step], at_once: int, seconds: float) -> tuple[float, float]:
    """Steps per second and their median duration; each of ``at_once`` workers has a step of its own."""
    until = time.perf_counter() + seconds
    took: list[float] = []

    async def worker(step: Step) -> None:
        while (begun := time.perf_counter()) < until:
            await step()
            took.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(worker(make(n)) for n in range(at_once)))
    return len(took) / (time.perf_counter() - begun), percentile(took, 0.5)


def insert(connections: list[asyncpg.Connection], notify: str = "") -> Callable[[int], Step]:
    """The floor: one INSERT in one transaction on a connection of its own."""

    def make(n: int) -> Step:
        connection = connections[n]

        async def step() -> None:
            async with connection.transaction():
                await connection.execute("INSERT INTO floor (data) VALUES ($1)", "x" * 200)
                if notify == "inside":
                    await connection.execute("SELECT pg_notify('floor', '')")

        return step

    return make


def life(desk) -> Callable[[int], Step]:
    """A contact goes on by one command at each step: arrives, comes up, queues, is announced, leaves; then the next."""

    def make(n: int) -> Step:
        def contact():
            id = str(uuid.uuid4())
            customer = Customer(f"+42060{n:07d}")
            yield (
                id,
                c.Arrive(
                    channel=Channel.VOICE,
                    direction=Direction.INBOUND,
                    customer=customer,
                    dialled="+420800100200",
                    bridge="bench",
                    leg=id,
                ),
            )
            yield id, c.BringUpLeg()
            yield id, c.Enqueue(queue=1, position=1)
            yield id, c.AnnouncePosition(position=2)
            yield id, c.LeaveAsCustomer(wrap_up=timedelta())

        steps = itertools.chain.from_iterable(contact() for _ in itertools.count())

        async def step() -> None:
            answer = await desk.command(*next(steps))
            assert not isinstance(answer, Refusal), answer

        return step

    return make


async def quiet_application(url: str) -> Application:
    """Everything but the loops: nobody routes, nothing is timed."""
    kc = Application(Api(url).config)
    kc._warm = _nothing  # type: ignore[method-assign]
    await kc.start()
    for task in kc._tasks:
        task.cancel()
    await asyncio.gather(*kc._tasks, return_exceptions=True)
    return kc


async def _nothing() -> None:
    return None


async def measure(url: str, seconds: float, kind: str) -> None:
    kc = await quiet_application(url)
    dsn = url.replace("+asyncpg", "")
    connections = [await asyncpg.connect(dsn) for _ in range(AT_ONCE)]
    await connections[0].execute("CREATE TABLE IF NOT EXISTS floor (id bigserial PRIMARY KEY, data text)")
    listener = await asyncpg.connect(dsn)
    await listener.add_listener("floor", lambda *_: None)
    for at_once in (1, AT_ONCE):
        label = f"{kind}, {at_once} at once"
        floor, floor_took = await rate(insert(connections), at_once, seconds)
        line(f"{label}: bare INSERT transactions (floor)", f"{floor:.0f}/s, p50 {1000 * floor_took:.2f} ms")
        cpu = time.process_time()
        commands, took = await rate(life(kc.desk), at_once, seconds)
        cpu = (time.process_time() - cpu) / (commands * seconds)
        line(
            f"{label}: commands through Desk.run",
            f"{commands:.0f}/s, p50 {1000 * took:.2f} ms, {1000 * cpu:.2f} ms CPU each here",
            floor / commands,
        )
        inside, _ = await rate(insert(connections, "inside"), at_once, seconds)
        line(f"{label}: INSERT with pg_notify inside", f"{inside:.0f}/s: {100 * (1 - inside / floor):.0f} % slower")
        after, _ = await rate(_ringing(insert(connections), kc.bell.ring), at_once, seconds)
        line(f"{label}: INSERT, our bell after commit", f"{after:.0f}/s: {100 * (1 - after / floor):.0f} % slower")
    for connection in (*connections, listener):
        await connection.close()
    await kc.stop()


def _ringing(make: Callable[[int], Step], ring: Callable[[], None]) -> Callable[[int], Step]:
    def made(n: int) -> Step:
        step = make(n)

        async def and_ring() -> None:
            await step()
            ring()

        return and_ring

    return made


def main(seconds: float = 2.0) -> None:
    asyncio.run(_durable(seconds))
    server = TestServer()
    try:
        asyncio.run(_on(server, seconds))
    finally:
        server.close()


async def _on(server: TestServer, seconds: float) -> None:
    await measure(server.owner(await server.fresh()), seconds, "commits not awaited")


async def _durable(seconds: float) -> None:
    from sqlalchemy.ext.asyncio import create_async_engine

    from backend.adapters.postgres.migrate import migrate
    from backend.demo import seed

    async with postgres(durable=True) as server:
        engine = create_async_engine(server.url())
        await migrate(engine)
        await seed(engine)
        await engine.dispose()
        await measure(server.url(), seconds, "durable")


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
