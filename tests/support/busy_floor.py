"""A contact centre at work without telephones: agents, queues and contacts that commands drive, by a seed.

What happens is decided by the product itself (its router, its rules); only what people would do is done here: they call,
answer, hold, hang up, go on a break.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime, timedelta

from sqlalchemy import text

from backend.domain.agent import messages as agents
from backend.domain.agent.model import Activity, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction, Phase
from backend.domain.kernel.refusal import Refusal
from backend.process import Application

FIRST = ("Adéla", "Bedřich", "Cyril", "Dita", "Eliška", "František", "Gabriela", "Hynek", "Ivana", "Jiří", "Klára",
         "Lukáš", "Markéta", "Norbert", "Olga", "Pavel", "Radka", "Šimon", "Tereza", "Vojtěch", "Žaneta")  # fmt: skip
LAST = ("Bartošová", "Čapek", "Doležalová", "Fiala", "Horáková", "Janda", "Kučerová", "Líbal", "Mareš", "Němcová",
        "Ostrý", "Pokorná", "Říha", "Sedláčková", "Šimek", "Tichá", "Urban", "Veselá", "Zeman", "Žáková")  # fmt: skip
MORE_QUEUES = ("Smlouvy", "Přeplatky a vrácení", "Zahraničí", "Lázně", "Prevence", "Stížnosti", "Firmy", "Registrace",
               "Úhrady léků", "Pobočka Brno", "Pobočka Ostrava", "Technická pomoc")  # fmt: skip
LOCATIONS = ("Praha, Roškotova", "Brno, Údolní", "Ostrava", "Z domova")
GROUPS = ("Ranní směna", "Odpolední směna", "Nováčci")


class BusyFloor:
    def __init__(self, kc: Application, seed: int = 1, *, legs: bool = True) -> None:
        self.kc, self.rng, self.legs = kc, random.Random(seed), legs
        self.users: list[int] = []
        self.queues: list[int] = []
        self.open: list[str] = []
        self.events = 0

    @property
    def desk(self):
        return self.kc.desk

    # ---- who is there

    async def people(self, agents_: int = 40, queues: int = 12) -> None:
        """Accounts, queues, places and groups; every agent assigned to a few queues. Nobody is signed in yet."""
        rng = self.rng
        async with self.kc.engine.begin() as connection:

            async def one(sql: str, **values) -> int:
                return await connection.scalar(text(sql), values)

            self.queues = [r[0] for r in await connection.execute(text("SELECT id FROM queue ORDER BY id LIMIT 3"))]
            for n in range(queues - len(self.queues)):
                name = MORE_QUEUES[n % len(MORE_QUEUES)] + (
                    f" {n // len(MORE_QUEUES) + 1}" if n >= len(MORE_QUEUES) else ""
                )
                self.queues.append(await one("INSERT INTO queue (name) VALUES (:name) RETURNING id", name=name))
            await connection.execute(text("DELETE FROM queue_skill"))
            places = [await one("INSERT INTO location (name) VALUES (:name) RETURNING id", name=x) for x in LOCATIONS]
            groups = [await one("INSERT INTO agent_group (name) VALUES (:name) RETURNING id", name=x) for x in GROUPS]
            for n in range(agents_):
                name = f"{FIRST[n % len(FIRST)]} {LAST[(n * 7 + n // len(FIRST)) % len(LAST)]}"
                user = await one(
                    "INSERT INTO user_account (login, name, password_hash, location)"
                    " VALUES (:login, :name, '!', :place) RETURNING id",
                    login=f"op{n + 1:03}", name=name, place=rng.choice(places),
                )  # fmt: skip
                self.users.append(user)
                await one("INSERT INTO user_role (\"user\", role) VALUES (:u, 'agent') RETURNING role", u=user)
                for queue in rng.sample(self.queues, min(len(self.queues), rng.choice((1, 2, 2, 3, 4)))):
                    await one(
                        'INSERT INTO agent_queue ("user", queue) VALUES (:u, :q) RETURNING queue', u=user, q=queue
                    )
                await one(
                    'INSERT INTO agent_group_member ("group", "user") VALUES (:g, :u) RETURNING "user"',
                    g=rng.choice(groups), u=user,
                )  # fmt: skip
                if rng.random() < 0.4:
                    await one(
                        "INSERT INTO agent_telephone (\"user\", number, kind) VALUES (:u, :n, 'extension') RETURNING \"user\"",
                        u=user, n=str(4100 + n),
                    )  # fmt: skip
            await connection.execute(text("UPDATE settings_version SET version = version + 1"))
        await self.kc.reload_settings()

    async def sign_in(self, user: int) -> None:
        await self.desk.sign_in_agent(user)
        await self.desk.command_agent(user, agents.OpenPhone(bridge="bridge-1", owner="t"))
        await self.desk.command_agent(user, agents.ConnectPhone())
        await self.desk.set_presence(user, Presence.READY, None)

    async def open_doors(self) -> None:
        """Most come to work."""
        for user in self.users:
            if self.rng.random() < 0.9:
                await self.sign_in(user)

    # ---- what people do

    async def call(self, queue: int | None = None, at: datetime | None = None) -> str:
        id = str(uuid.uuid4())
        number = f"+4206{self.rng.randrange(10_000_000, 99_999_999)}"
        leg = {"bridge": "bridge-1", "leg": id} if self.legs else {}
        chosen = queue if queue is not None else self.rng.choice(self.queues)

        async def do(work) -> None:
            await work.command(
                id,
                c.Arrive(
                    channel=Channel.VOICE,
                    direction=Direction.INBOUND,
                    customer=Customer(number),
                    dialled="+420800100200",
                    **leg,
                ),
            )
            if self.legs:
                await work.command(id, c.BringUpLeg())
            await work.command(id, c.Enqueue(queue=chosen, position=1))

        await self.desk.run(do, None, at)
        self.open.append(id)
        self.events += 2
        return id

    async def offer(self, id: str, user: int, at: datetime | None = None) -> bool:
        made = await self.desk.command(id, c.MakeOffer(agent=user, ring_timeout=timedelta(seconds=20)), now=at)
        return not isinstance(made, Refusal)

    async def ask_for_callback(self, queue: int) -> None:
        number = f"+4207{self.rng.randrange(10_000_000, 99_999_999)}"
        due = self.desk.clock() + timedelta(hours=3)
        await self.desk.run(lambda work: self.desk.callbacks.ask_for(work, number, queue, due))

    async def step(self) -> None:
        """One thing that somebody does, whatever comes to hand."""
        rng = self.rng
        if len(self.open) < max(4, len(self.users) * 2 // 3) and rng.random() < 0.35:
            await self.call()
            return
        if rng.random() < 0.06:
            await self._presence()
            return
        if not self.open:
            return
        id = rng.choice(self.open)
        s = self.kc.feed.live.interactions.get(id)
        if s is None:
            await self.kc.feed.catch_up()
            if id not in self.kc.feed.live.interactions and id in self.open:
                self.open.remove(id)
            return
        await self._with(id, s)
        self.events += 1

    async def _with(self, id: str, s) -> None:
        chance, desk = self.rng.random(), self.desk
        if s.phase is Phase.OFFERED and s.offer is not None:
            if chance < 0.75:
                await desk.accept(id, s.offer.agent)
                await desk.command(id, c.StartConversation())
            elif chance < 0.85:
                await desk.decline(id, s.offer.agent)
                await desk.set_presence(s.offer.agent, Presence.READY, None)
            elif chance < 0.95:
                await desk.leave(id)
        elif s.phase is Phase.QUEUED and chance < 0.08:
            await desk.leave(id)
        elif s.phase is Phase.ACTIVE:
            if chance < 0.35:
                await desk.leave(id)
            elif chance < 0.55 and s.agent is not None:
                kind = c.Resume if s.held_since else c.Hold
                await desk.command(id, kind(agent=s.agent))
        elif s.phase is Phase.WRAP_UP and chance < 0.6:
            await desk.command(id, c.FinishWrapUp(agent=s.agent))

    async def _presence(self) -> None:
        a = self.kc.feed.live.agents.get(self.rng.choice(self.users))
        if a is None:
            return
        if a.activity is Activity.READY:
            await self.desk.set_presence(a.user, Presence.BREAK, str(self.rng.choice((1, 2, 3, 4))))
        elif a.activity in (Activity.BREAK, Activity.NOT_READY):
            await self.desk.set_presence(a.user, Presence.READY, None)

    async def day(self, steps: int, *, route: bool = False) -> None:
        """``route``: pairs contacts with agents itself, where the product's router has been stopped."""
        for n in range(steps):
            await self.step()
            if route and n % 3 == 0:
                await self.kc.router.route()
