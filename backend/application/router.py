"""The router: whenever a contact or an agent changes, pair those who wait with those who are free.

One process at a time routes (a lease with a fencing token); the claim itself is checked again under lock, so even two
routers at once would never offer a contact twice or an agent twice.
"""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta

import structlog

from backend.application.desk import Desk
from backend.application.work import Refused, Work
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Phase
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.routing.matching import Candidate, Pairing, Waiting, match

log = structlog.get_logger()

LEASE = "router"
LEASE_LENGTH = timedelta(seconds=5)
RENEW_AFTER_S = 1.5
IDLE_PASS_S = 1.0
"""A pass at least this often: whatever woke nobody is found by it."""


class Router:
    def __init__(self, desk: Desk, holder: str | None = None) -> None:
        self.desk = desk
        self.holder = holder or str(uuid.uuid4())
        self._woken = asyncio.Event()
        self._token: int | None = None
        self._renew_at = 0.0

    def wake(self) -> None:
        self._woken.set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    await asyncio.wait_for(self._woken.wait(), IDLE_PASS_S)
                except TimeoutError:
                    pass
                self._woken.clear()
                try:
                    if await self._may_route():
                        await self.route()
                except Exception:
                    log.exception("routing_failed")
                    self._token = None
                    await asyncio.sleep(0.2)
        finally:
            if self._token is not None:
                await self.desk.store.release_lease(LEASE, self.holder)

    async def _may_route(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._token is None or now >= self._renew_at:
            self._token = await self.desk.store.acquire_lease(LEASE, self.holder, LEASE_LENGTH)
            self._renew_at = now + RENEW_AFTER_S
        return self._token is not None

    async def route(self) -> int:
        """One pass; the number of offers made."""
        settings = self.desk.settings
        rows = await self.desk.store.waiting()
        if not rows:
            return 0
        agents = [a for a in await self.desk.store.signed_in_agents() if a.available_for(Channel.VOICE)]
        if not agents:
            return 0
        waiting = [
            Waiting(id, queue, queued_at, priority, settings.needs(queue, own))
            for id, queue, queued_at, priority, own in rows
            if queue in settings.queues
        ]
        candidates = [
            Candidate(a.user, a.idle_since, frozenset(a.queues), settings.agents[a.user].skills)
            for a in agents
            if a.user in settings.agents
        ]
        pairs = match(waiting, candidates)
        if not pairs:
            return 0
        queue_of: dict[str, QueueId] = {w.interaction: w.queue for w in waiting}
        return await self._claim(pairs, lambda pair: settings.queues[queue_of[pair.interaction]].ring_timeout)

    async def _claim(self, pairs: list[Pairing], ring_timeout: Callable[[Pairing], timedelta]) -> int:
        made = 0

        async def do(work: Work) -> None:
            nonlocal made
            made = 0
            if self._token is not None and not await work.tx.holds_lease(LEASE, self._token):
                raise Refused(Refusal(RefusalCode.NOT_ALLOWED, "lease"))
            contacts = await work.tx.interactions([p.interaction for p in pairs], skip_locked=True)
            agents = await work.tx.agents([p.agent for p in pairs])
            work.adopt(contacts, agents)
            queued = {s.id for s in contacts if s.phase is Phase.QUEUED}
            free: set[UserId] = {a.user for a in agents if a.available_for(Channel.VOICE)}
            for pair in pairs:
                if pair.interaction in queued and pair.agent in free:
                    command = c.MakeOffer(agent=pair.agent, ring_timeout=ring_timeout(pair))
                    await work.command(pair.interaction, command)
                    made += 1

        answer = await self.desk.run(do)
        if isinstance(answer, Refusal):
            self._token = None
            return 0
        if made < len(pairs):
            self.wake()
        return made
