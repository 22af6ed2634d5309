"""People who call and answer, many steps at once: so many events a second as a test of load asks for, from a process of its own.

Whom to offer is the product's router to say, in the process under test; here is only what people do. A tick changes many
contacts in one transaction, each step by the product's own commands, so what arrives in the log is what calls leave there.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.bell import Bell
from backend.adapters.postgres.store import PostgresStore
from backend.application.desk import Desk
from backend.application.work import Work
from backend.domain.agent import messages as agents
from backend.domain.agent.model import Activity, Agent, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, Interaction, Phase
from backend.domain.kernel.refusal import Refusal

TICK_S = 0.05
AT_ONCE = 40
"""Contacts of one transaction."""
A_STEP = 2.0
"""Events that a step leaves in the log on average, consequences included: only for how many steps a tick takes."""


class Crowd:
    def __init__(self, desk: Desk, users: list[int], queues: list[int], seed: int = 1) -> None:
        self.desk, self.users, self.queues = desk, users, queues
        self.rng = random.Random(seed)
        self.open: list[str] = []

    async def tick(self, steps: int) -> None:
        rng = self.rng
        coming = [str(uuid.uuid4()) for _ in range(min(steps, max(0, len(self.users) * 4 // 5 - len(self.open))))]
        ids = rng.sample(self.open, min(len(self.open), steps - len(coming), AT_ONCE))
        resting = rng.sample(self.users, 1 + steps // 12)
        over: list[str] = []

        async def do(work: Work) -> None:
            over.clear()
            contacts = await work.tx.interactions(sorted(ids), skip_locked=True)
            people = {user for s in contacts for user in s.people} | set(resting)
            known = await work.tx.agents(sorted(people))
            work.adopt(contacts, known)
            free = [a for a in known if a.user in resting and not a.contacts]
            for s in contacts:
                await self._step(work, s)
                after = await work.interaction(s.id)
                if after is not None and after.phase is Phase.CLOSED:
                    over.append(s.id)
            for a in free:
                await self._rest(work, a)
            for id in coming:
                await self._call(work, id)

        if isinstance(refused := await self.desk.run(do), Refusal):
            raise RuntimeError(f"the product refuses what people do: {refused.code}")
        self.open = [*(set(self.open) - set(over)), *coming]

    async def _call(self, work: Work, id: str) -> None:
        customer = Customer(f"+4206{self.rng.randrange(10_000_000, 99_999_999)}")
        await work.command(
            id,
            c.Arrive(channel=Channel.VOICE, direction=Direction.INBOUND, customer=customer, dialled="+420800100200"),
        )
        await work.command(id, c.Enqueue(queue=self.rng.choice(self.queues), position=1))

    async def _step(self, work: Work, s: Interaction) -> None:
        chance, desk = self.rng.random(), self.desk
        if s.phase is Phase.OFFERED and s.offer is not None:
            if chance < 0.9:
                await desk.accept_in(work, s.id, s.offer.agent)
                await work.command(s.id, c.StartConversation())
            elif chance < 0.95:
                user = s.offer.agent
                await desk.return_offer_in(work, s.id, user, c.ReturnReason.DECLINED)
                await work.command_agent(user, agents.SetPresence(presence=Presence.READY, reason=None))
            else:
                await desk.leave_in(work, s.id)
        elif s.phase is Phase.QUEUED and chance < 0.05:
            await desk.leave_in(work, s.id)
        elif s.phase is Phase.ACTIVE and s.agent is not None:
            if chance < 0.25:
                await desk.leave_in(work, s.id)
            else:
                await work.command(s.id, (c.Resume if s.held_since else c.Hold)(agent=s.agent))
        elif s.phase is Phase.WRAP_UP and s.agent is not None:
            await work.command(s.id, c.FinishWrapUp(agent=s.agent))

    async def _rest(self, work: Work, a: Agent) -> None:
        if a.activity is Activity.READY:
            reason = str(self.rng.choice((1, 2, 3, 4)))
            await work.command_agent(a.user, agents.SetPresence(presence=Presence.BREAK, reason=reason))
        elif a.activity in (Activity.BREAK, Activity.NOT_READY):
            await work.command_agent(a.user, agents.SetPresence(presence=Presence.READY, reason=None))


async def _run(url: str, users: list[int], queues: list[int], rate: float, seed: int) -> None:
    engine = create_async_engine(url, pool_size=4)
    store, bell = PostgresStore(engine), Bell(url.replace("postgresql+asyncpg://", "postgresql://"))
    settings = await store.settings()
    await bell.start()
    crowd = Crowd(Desk(store, lambda: settings, bell), users, queues, seed)

    async def written() -> int:
        """Whatever stands in the log, also by others; the sequence says it without counting."""
        async with engine.connect() as connection:
            return await connection.scalar(text("SELECT last_value FROM event_id_seq"))

    begun, before = time.monotonic(), await written()
    while True:
        owed = rate * (time.monotonic() - begun) - (await written() - before)
        if owed > 5 * rate:  # what the machine did not manage in five seconds is not made up for in a burst
            begun, before, owed = time.monotonic(), await written(), rate * TICK_S
        if owed >= 1:
            await crowd.tick(max(1, min(AT_ONCE, round(owed / A_STEP))))
        await asyncio.sleep(TICK_S)


def _main(url: str, users: list[int], queues: list[int], rate: float, seed: int) -> None:
    asyncio.run(_run(url, users, queues, rate, seed))


@contextmanager
def crowd_at(url: str, users: list[int], queues: list[int], rate: float, seed: int = 9) -> Iterator[None]:
    """Signed-in ``users`` work, ``rate`` events a second altogether, in another process until the block is left."""
    process = multiprocessing.get_context("spawn").Process(
        target=_main, args=(url, users, queues, rate, seed), daemon=True
    )
    process.start()
    try:
        yield
        assert process.is_alive(), "the load has died"
    finally:
        process.terminate()
        process.join()
