"""Offers per second with many agents ready and many contacts waiting; whole passes with their commit, and pure matching.

    python -m tests.bench.bench_router [agents] [contacts]

See the section on the router in README.md.
"""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from backend.adapters.postgres.codec import to_json
from backend.application.desk import PRAGUE
from backend.application.router import candidate_of, waiting_of
from backend.domain.agent.model import Agent, Phone, Presence
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Phase, QueueVisit, VoiceLeg
from backend.domain.routing.matching import match
from backend.process import Application
from backend.projections.live import day_start_of
from tests.bench.bench_appends import quiet_application
from tests.bench.figures import line, percentile
from tests.support.database import TestServer

QUEUES = 40


async def fill(kc: Application, agents: int, contacts: int) -> None:
    """Rows in bulk: queues, agents ready in half of the queues, contacts waiting in all."""
    now = datetime.now(UTC)
    async with kc.engine.begin() as connection:
        await connection.execute(text("DELETE FROM queue_skill"))
        await connection.execute(
            text("INSERT INTO queue (name) SELECT 'Q' || n FROM generate_series(1, :n) n"), {"n": QUEUES - 4}
        )
        queues = [r[0] for r in await connection.execute(text("SELECT id FROM queue ORDER BY id"))]
        users = [
            r[0]
            for r in await connection.execute(
                text(
                    "INSERT INTO user_account (login, name, password_hash)"
                    " SELECT 'b' || n, 'B ' || n, '' FROM generate_series(1, :n) n RETURNING id"
                ),
                {"n": agents},
            )
        ]
        states = [
            Agent(
                user=user,
                version=4,
                presence=Presence.READY,
                since=now,
                idle_since=now - timedelta(seconds=i),
                queues=tuple(q for j, q in enumerate(queues) if (i + j) % 2),
                phone=Phone(bridge="bench", owner="t", connected=True),
            )
            for i, user in enumerate(users)
        ]
        await connection.execute(
            text(
                'INSERT INTO agent ("user", version, presence, state)'
                " VALUES (:user, 4, 'ready', CAST(:state AS jsonb))"
            ),
            [{"user": a.user, "state": to_json(a)} for a in states],
        )
        rows = []
        for i in range(contacts):
            id, queued = str(uuid.uuid4()), now - timedelta(seconds=contacts - i)
            queue = queues[i % QUEUES]
            state = Interaction(
                id=id,
                version=5,
                channel=Channel.VOICE,
                direction=Direction.INBOUND,
                phase=Phase.QUEUED,
                customer=Customer(f"+42060{i:07d}"),
                dialled="+420800100200",
                arrived_at=queued,
                voice=VoiceLeg(bridge="bench", leg=id, up=True),
                queue=queue,
                queued_at=queued,
                visits=(QueueVisit(queue=queue, entered_at=queued),),
            )
            rows.append({"id": id, "queue": queue, "at": queued, "state": to_json(state)})
        await connection.execute(
            text(
                "INSERT INTO interaction (id, version, channel, direction, phase, queue, priority, queued_at, arrived_at,"
                " bridge, leg, state) VALUES (CAST(:id AS uuid), 5, 'voice', 'inbound', 'queued', :queue, 0, :at, :at,"
                " 'bench', :id, CAST(:state AS jsonb))"
            ),
            rows,
        )
        await connection.execute(text("ANALYZE"))


async def single_offers(kc: Application, rounds: int) -> list[float]:
    """One agent comes free again and again: what a caller at the head of a long line waits for."""
    took = []
    for _ in range(rounds):
        async with kc.engine.begin() as connection:
            await connection.execute(
                text(
                    'UPDATE agent SET state = state || \'{"contacts": []}\' WHERE "user" ='
                    " (SELECT max(\"user\") FROM agent WHERE presence = 'ready')"
                )
            )
        begun = time.perf_counter()
        made = await kc.router.route()
        took.append(time.perf_counter() - begun)
        assert made == 1, made
    return took


async def bench(url: str, agents: int, contacts: int) -> None:
    kc = await quiet_application(url)
    await fill(kc, agents, contacts)
    await kc.reload_settings()
    live = kc.feed.live
    begun = time.perf_counter()
    pictures = [live.queue_now(q) for q in kc.settings.queues]
    everything = time.perf_counter() - begun
    assert sum(p.waiting for p in pictures) == contacts
    line(f"{QUEUES} queues' numbers with {contacts} contacts waiting", f"{1000 * everything:.2f} ms")

    begun = time.perf_counter()
    lines = {q: live.line(q) for q in kc.settings.queues}
    places = time.perf_counter() - begun
    for found in lines.values():
        ahead = sorted(found, key=lambda x: (-x[0].priority, x[0].queued_at, x[0].id))
        assert [n for _, n, _ in ahead] == list(range(1, len(ahead) + 1))
    line(f"place and expected wait of all {contacts}, checked against a direct count", f"{1000 * places:.1f} ms")

    begun = time.perf_counter()
    rows = await kc.store.waiting()
    line(f"reading {contacts} waiting contacts", f"{1000 * (time.perf_counter() - begun):.1f} ms")
    now = datetime.now(UTC)
    waiting = [waiting_of(row, kc.settings, now) for row in rows]
    ready = await kc.store.signed_in_agents()
    candidates = [candidate_of(a, kc.settings.agents[a.user], {}) for a in ready]
    pure = []
    for _ in range(20):
        begun = time.perf_counter()
        pairs = match(waiting, candidates)
        pure.append(time.perf_counter() - begun)
    assert len(pairs) == agents
    floor = percentile(pure, 0.5)
    line(f"pure match, {agents} agents x {contacts} contacts (floor)", f"{1000 * floor:.1f} ms: {agents / floor:.0f}/s")
    begun = time.perf_counter()
    made = await kc.router.route()
    whole = time.perf_counter() - begun
    assert made == agents
    line("one pass that offers to all of them, commit included", f"{1000 * whole:.0f} ms", whole / floor)
    line("  offers per second", f"{made / whole:.0f}/s")
    took = await single_offers(kc, 20)
    line(f"pass for one free agent, {contacts - agents} still waiting", f"p50 {1000 * percentile(took, 0.5):.1f} ms")
    begun = time.perf_counter()
    assert await kc.router.route() == 0
    line("pass with nobody free", f"{1000 * (time.perf_counter() - begun):.1f} ms")
    assert live.day_start == day_start_of(datetime.now(UTC), PRAGUE)
    await kc.stop()


def main(agents: int = 200, contacts: int = 2000) -> None:
    server = TestServer()
    try:
        asyncio.run(_on(server, agents, contacts))
    finally:
        server.close()


async def _on(server: TestServer, agents: int, contacts: int) -> None:
    await bench(await server.fresh(), agents, contacts)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
