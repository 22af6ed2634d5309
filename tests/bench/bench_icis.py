"""Clients from ICIS: a first fill, the same again, and a week's changes, while commands of calls go on.

    python -m tests.bench.bench_icis [batches]

See the section on ICIS in README.md.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import asyncpg
import httpx
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.codec import to_json
from backend.adapters.postgres.migrate import migrate
from backend.demo import seed
from backend.domain.customer.fields import ICIS_ID
from tests.bench.bench_appends import life
from tests.bench.figures import line, postgres, spread
from tests.bench.population import People
from tests.support.api import Api

AT_ONCE = 1000


def batches(people: Iterable[dict]) -> list[list[dict]]:
    found = [{"id": p[ICIS_ID], "values": {k: v for k, v in p.items() if k != ICIS_ID}} for p in people]
    return [found[n : n + AT_ONCE] for n in range(0, len(found), AT_ONCE)]


async def sent(http: httpx.AsyncClient, all_: list[list[dict]], became: str) -> float:
    """Persons a second; whatever else became of one is an error."""
    begun = time.perf_counter()
    for batch in all_:
        answer = (await http.post("/icis/v1/clients", json={"clients": batch})).raise_for_status().json()
        if answer[became] != len(batch):
            raise RuntimeError(f"{became}: {answer}")
    return sum(map(len, all_)) / (time.perf_counter() - begun)


async def commands(kc, over: asyncio.Event) -> list[float]:
    """How long commands of one contact take, ten a second, until it is over."""
    took, step = [], life(kc.desk)(0)
    while not over.is_set():
        begun = time.perf_counter()
        await step()
        took.append(time.perf_counter() - begun)
        await asyncio.sleep(0.1)
    return took


async def beside(kc, work) -> tuple[float, list[float]]:
    over = asyncio.Event()
    calls = asyncio.create_task(commands(kc, over))
    figure = await work
    over.set()
    return figure, await calls


async def main(count: int) -> None:
    people = People(random.Random(7))
    week = [dict(people.one(n)) for n in range(count * AT_ONCE)]
    later = [p | {"city": f"{p['city']} {n % 9}"} for n, p in enumerate(week)]
    async with postgres(durable=True) as server:
        token = secrets.token_urlsafe(32)
        engine = create_async_engine(server.url())
        await migrate(engine)
        await seed(engine)
        await engine.dispose()
        async with Api(server.url(), icis_token=token) as api:
            connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
            await connection.execute("CREATE TABLE bare (id serial PRIMARY KEY, fields jsonb)")
            rows = [(to_json(p),) for p in week]
            begun = time.perf_counter()
            for n in range(0, len(rows), AT_ONCE):
                await connection.executemany("INSERT INTO bare (fields) VALUES ($1)", rows[n : n + AT_ONCE])
            floor = len(rows) / (time.perf_counter() - begun)
            await connection.close()
            line(f"bare INSERT of {AT_ONCE} cards a transaction (floor)", f"{floor:.0f}/s")
            over = asyncio.Event()
            asyncio.get_running_loop().call_later(5, over.set)
            line("a command of a call, nothing beside it", spread(await commands(api.kc, over)))
            http = httpx.AsyncClient(
                base_url=api.url, timeout=120, trust_env=False, headers={"Authorization": f"Bearer {token}"}
            )
            async with http:
                for what, all_, became in (
                    ("first fill: cards, versions, events, search terms", batches(week), "created"),
                    ("the same again", batches(week), "unchanged"),
                    ("one field of each changed", batches(later), "changed"),
                ):
                    figure, calls = await beside(api.kc, sent(http, all_, became))
                    line(what, f"{figure:.0f}/s, a million in {1e6 / figure / 60:.0f} min", floor / figure)
                    line("  a command of a call beside it", spread(calls))


if __name__ == "__main__":
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M}")
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
