"""What the audit costs: a command with and without it, a view that waits for its entry, sealing, verifying, and 1,000 writers at once.

Commits are not awaited here: the disk would hide what the audit itself costs.

    python -m tests.bench.bench_audit [seconds]

See the section on the audit in README.md.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.audit.checkpoints import CheckpointFolder
from backend.adapters.audit.journal import Journal
from backend.adapters.audit.keys import Signer, Trusted
from backend.adapters.audit.sealer import Sealer
from backend.adapters.audit.verify import verify
from backend.adapters.postgres import rows as table_rows
from backend.adapters.postgres.migrate import migrate
from backend.application.origin import Origin, asking, originating, request_of
from backend.demo import seed
from backend.domain.audit.trail import Entry, Kind
from tests.bench.bench_appends import life, quiet_application, rate
from tests.bench.figures import goal, line, percentile, postgres

WITHOUT_ORIGIN = text(table_rows.APPEND_ALL.text.replace(", origin)", ")").replace(", CAST(:origin AS jsonb)", ""))
WRITERS = 1000
EACH = 5


def entry(n: int) -> Entry:
    return Entry(
        kind=Kind.COMMAND,
        action="acceptOffer",
        at=datetime.now(UTC),
        source="user",
        actor=n,
        session="0123456789abcdef",
        address="10.1.2.3",
        request=uuid.uuid4().hex[:16],
        subject=f"contact:{uuid.uuid4()}",
        parameters={"contact": str(uuid.uuid4())},
    )


class Way(StrEnum):
    NONE = "without any audit (floor)"
    APART = "with origin, sealer, and the entry by the journal"
    JOINED = "with origin, sealer, and the entry in the command's transaction"


async def overhead(kc, journal: Journal, sealer: Sealer, at_once: int, seconds: float) -> None:
    """The same commands by turns: without anything of the audit, with an entry as refusals have it, and as commands have it."""
    with_origin = table_rows.APPEND_ALL
    figures: dict[Way, list] = {way: [] for way in Way}
    plain = life(kc.desk)

    def audited(way: Way) -> Callable[[int], Callable[[], Awaitable[object]]]:
        def of(n: int) -> Callable[[], Awaitable[object]]:
            step = plain(n)

            async def and_write() -> None:
                with originating(request_of("0123456789abcdef", "10.1.2.3", "bench")):
                    if way is Way.APART:
                        await step()
                        journal.post(entry(n))
                        return
                    with asking(lambda: entry(n)) as asked:
                        await step()
                    if not asked.written:
                        journal.post(entry(n))

            return and_write

        return of

    for turn in range(3 * len(Way)):
        way = list(Way)[turn % len(Way)]
        table_rows.APPEND_ALL = WITHOUT_ORIGIN if way is Way.NONE else with_origin
        working = asyncio.create_task(_sealing(sealer)) if way is not Way.NONE else None
        figures[way].append(await rate(plain if way is Way.NONE else audited(way), at_once, seconds))
        if working:
            working.cancel()
    table_rows.APPEND_ALL = with_origin
    reached = {way: [sum(x[i] for x in figures[way]) / len(figures[way]) for i in (0, 1)] for way in Way}
    floor_rate, floor_took = reached[Way.NONE]
    for way, (a_second, took) in reached.items():
        fewer = "" if way is Way.NONE else f": {100 * (1 - a_second / floor_rate):.0f} % fewer"
        line(
            f"commands, {at_once} at once, {way}",
            f"{a_second:.0f}/s, p50 {1000 * took:.2f} ms{fewer}",
            None if way is Way.NONE else took / floor_took,
        )


async def _sealing(sealer: Sealer) -> None:
    while True:
        await sealer.catch_up()
        await asyncio.sleep(1)


async def views(journal: Journal, seconds: float) -> None:
    def reader(n: int) -> Callable[[], Awaitable[object]]:
        return lambda: journal.note(entry(n))

    for at_once in (1, 16, 200):
        reached, took = await rate(reader, at_once, seconds)
        line(f"views that wait for their entry, {at_once} at once", f"{reached:.0f}/s, p50 {1000 * took:.1f} ms")


async def sealing(engine, sealer: Sealer, folder: Path, rows: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO audit (at, kind, action, source, address, parameters, outcome)"
                " SELECT clock_timestamp(), 'command', 'acceptOffer', 'user', '10.1.2.3',"
                " jsonb_build_object('contact', gen_random_uuid()), 'done' FROM generate_series(1, :n)"
            ),
            {"n": rows},
        )
    begun = time.perf_counter()
    async with engine.connect() as connection:
        read = len((await connection.execute(text("SELECT *, parameters::text FROM audit ORDER BY xid, id"))).all())
    floor = (time.perf_counter() - begun) / read
    line("reading the rows of the audit (floor)", f"{1 / floor:.0f} rows/s")
    begun = time.perf_counter()
    await sealer.catch_up()
    took = (time.perf_counter() - begun) / rows
    line("sealing a backlog", f"{1 / took:.0f} rows/s", took / floor)
    begun = time.perf_counter()
    verdict = await verify(engine, Trusted.of(folder), await CheckpointFolder(folder).all())
    took = (time.perf_counter() - begun) / verdict.rows
    line(f"verifying {verdict.rows} rows in {verdict.blocks} blocks", f"{1 / took:.0f} rows/s", took / floor)
    goal("the chain is whole", verdict.broken is None)


async def writers(kc, journal: Journal, sealer: Sealer, folder: Path) -> None:
    """A thousand people who give commands and are shown cards, all at once, while blocks are sealed; and beside them one call
    after the other, as a bridge reports it."""
    before = (await verify(kc.engine, Trusted.of(folder), [])).rows
    working = asyncio.create_task(_sealing(sealer))
    took: list[float] = []
    of_calls: list[float] = []

    async def calls() -> None:
        step = life(kc.desk)(WRITERS)
        while True:
            begun = time.perf_counter()
            with originating(Origin("bridge:bench")):
                await step()
            of_calls.append(time.perf_counter() - begun)

    async def writer(n: int) -> None:
        step = life(kc.desk)(n)
        for _ in range(EACH):
            begun = time.perf_counter()
            with originating(request_of(None, None, "bench")):
                await step()
            took.append(time.perf_counter() - begun)
            await journal.note(entry(n))

    begun = time.perf_counter()
    calling = asyncio.create_task(calls())
    await asyncio.gather(*(writer(n) for n in range(WRITERS)))
    seconds = time.perf_counter() - begun
    for task in (working, calling):
        task.cancel()
    await asyncio.gather(working, calling, return_exceptions=True)
    await sealer.catch_up()
    verdict = await verify(kc.engine, Trusted.of(folder), await CheckpointFolder(folder).all())
    async with kc.engine.connect() as connection:
        waits = await connection.scalar(
            text(
                "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IN ('event'::regclass, 'audit'::regclass)"
            )
        )
    line(
        f"{WRITERS} writers at once, {EACH} commands and views each",
        f"{WRITERS * EACH / seconds:.0f} commands/s beside as many views",
    )
    for what, each in (("a command of theirs", took), ("a command of a call beside them", of_calls)):
        shown = ", ".join(f"{name} {1000 * percentile(each, p):.0f} ms" for name, p in (("p50", 0.5), ("p95", 0.95)))
        line(f"{what}, with waiting for its turn", f"{shown}, longest {1000 * max(each):.0f} ms")
    goal(f"one chain of {verdict.rows} rows, {verdict.rows - before} of them now, is whole", verdict.broken is None)
    goal("no writer waits for a lock of the audit", waits == 0)


async def measure(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "audit"
        async with postgres(durable=False) as server:
            engine = create_async_engine(server.url())
            await migrate(engine)
            await seed(engine)
            await engine.dispose()
            kc = await quiet_application(server.application_url())
            journal = kc.journal
            sealer = Sealer(kc.engine, Signer.of(folder), CheckpointFolder(folder), timedelta(seconds=1))
            for at_once in (1, 16):
                await overhead(kc, journal, sealer, at_once, seconds)
            await views(journal, seconds)
            await sealer.catch_up()
            await sealing(kc.engine, sealer, folder, 100_000)
            await writers(kc, journal, sealer, folder)
            await kc.stop()


if __name__ == "__main__":
    asyncio.run(measure(*map(float, sys.argv[1:2] or ["2"])))
