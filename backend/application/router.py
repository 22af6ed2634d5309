"""The router: whenever a contact or an agent changes, pair those who wait with those who are free.

One process at a time routes (a lease with a fencing token); the claim itself is checked again under lock, so even two
routers at once would never offer a contact twice or an agent twice.
"""

import asyncio
import random
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import structlog

from backend.application.desk import Desk
from backend.application.ports import WaitingContact
from backend.application.settings import AgentSettings, QueueSettings, Settings
from backend.application.work import Refused, Work
from backend.domain.agent.model import Agent, Presence
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Phase
from backend.domain.kernel.ids import QueueId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE
from backend.domain.routing.matching import Candidate, Manner, Pairing, Place, Record, Waiting, aged, match
from backend.domain.routing.queue_options import EmptyWhen, Strategy

log = structlog.get_logger()

LEASE = "router"
LEASE_LENGTH = timedelta(seconds=5)
RENEW_AFTER_S = 1.5
BY_RECORD = {Strategy.LEAST_RECENT, Strategy.FEWEST_CALLS, Strategy.LEAST_TALK_TIME}
IDLE_PASS_S = 1.0
"""A pass at least this often: whatever woke nobody is found by it."""


class Router:
    def __init__(
        self,
        desk: Desk,
        holder: str | None = None,
        engaged: Callable[[datetime], frozenset[str]] = lambda _at: frozenset(),
    ) -> None:
        """``engaged``: numbers of the exchange's lines that are in use, as far as it tells."""
        self.desk = desk
        self.engaged = engaged
        self._empty_since: dict[QueueId, datetime] = {}
        """Since when nobody serves a queue, as far as this process has seen: its death only lengthens the grace."""
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
                    async with asyncio.timeout(IDLE_PASS_S):
                        await self._woken.wait()
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
        settings, now = self.desk.settings, self.desk.clock()
        known = [x for x in await self.desk.store.waiting() if x.queue in settings.queues]
        contacts = [x for x in known if not x.ringing or _rings_on(settings.queues[x.queue])]
        if not contacts:
            return 0
        await self._leave_empty([x for x in contacts if not x.ringing], now)
        signed_in = await self.desk.store.signed_in_agents()
        engaged = self.engaged(now)
        agents = [a for a in signed_in if a.available_for(Channel.VOICE) and not _on_the_phone(a, engaged)]
        if not agents:
            return 0
        asked = {x.queue for x in contacts}
        strategies = {settings.queues[queue].options.strategy for queue in asked}
        records = await self.desk.store.records(_today(now)) if strategies & BY_RECORD else {}
        turns = await self.desk.store.asked_last() if Strategy.ROUND_ROBIN in strategies else {}
        waiting = [waiting_of(x, settings, now) for x in contacts]
        candidates = [candidate_of(a, settings.agents[a.user], records) for a in agents if a.user in settings.agents]
        manners = {
            queue: Manner(
                strategy=options.strategy,
                asked_last=turns.get(queue),
                penalty_step_s=options.penalty_step_s,
                lowest_penalty=_lowest_penalty(queue, signed_in, settings) if options.penalty_no_wait else 0,
                progressive_s=options.progressive_s,
            )
            for queue in asked
            if (options := settings.queues[queue].options)
        }
        pairs = match(waiting, candidates, manners, random.getrandbits(32))
        if not pairs:
            return 0
        return await self._claim(pairs, {x.id: settings.queues[x.queue] for x in contacts})

    async def _leave_empty(self, contacts: list[WaitingContact], now: datetime) -> None:
        """Contacts of queues that nobody serves any more, where the queue says so."""
        line, settings = self.desk.line, self.desk.settings
        empty = {
            queue
            for queue in {x.queue for x in contacts}
            if settings.queues[queue].options.leave_when_empty is not EmptyWhen.NEVER
            and line.destinations.figures(queue, now).empty(settings.queues[queue].options.leave_when_empty)
        }
        self._empty_since = {queue: self._empty_since.get(queue, now) for queue in empty}
        for contact in contacts:
            grace = timedelta(seconds=settings.queues[contact.queue].options.empty_grace_s)
            if contact.queue in empty and now >= self._empty_since[contact.queue] + grace:
                await self.desk.run(partial(line.leave_empty, id=contact.id, at=now))

    async def _claim(self, pairs: list[Pairing], queue_of: dict[str, QueueSettings]) -> int:
        made = 0

        async def do(work: Work) -> None:
            nonlocal made
            made = 0
            if self._token is not None and not await work.tx.holds_lease(LEASE, self._token):
                raise Refused(Refusal(RefusalCode.NOT_ALLOWED, "lease"))
            contacts = await work.tx.interactions({p.interaction for p in pairs}, skip_locked=True)
            agents = await work.tx.agents([p.agent for p in pairs])
            work.adopt(contacts, agents)
            ringing = {s.id for s in contacts if s.phase is Phase.OFFERED and _rings_on(queue_of[s.id])}
            queued = {s.id: s.queue for s in contacts if s.phase is Phase.QUEUED or s.id in ringing}
            free: set[UserId] = {a.user for a in agents if a.available_for(Channel.VOICE)}
            for pair in pairs:
                queue = queue_of[pair.interaction]
                if queued.get(pair.interaction) == queue.id and pair.agent in free:
                    beside = pair.interaction in ringing
                    await work.command(
                        pair.interaction,
                        c.MakeOffer(agent=pair.agent, ring_timeout=queue.ring_timeout, beside=beside),
                    )
                    ringing.add(pair.interaction)
                    if queue.options.strategy is Strategy.ROUND_ROBIN:
                        await work.tx.asked(queue.id, pair.agent)
                    made += 1

        answer = await self.desk.run(do)
        if isinstance(answer, Refusal):
            self._token = None
            return 0
        if made < len(pairs):
            self.wake()
        return made


def _rings_on(queue: QueueSettings) -> bool:
    """Whether more agents are rung for a contact that rings."""
    return queue.options.strategy is Strategy.RING_PROGRESSIVELY


def _on_the_phone(a: Agent, engaged: frozenset[str]) -> bool:
    """The agent's own telephone is in use for something that is not ours (skip-agents-with-external-calls)."""
    return a.handset is not None and a.handset.idle and a.handset.number in engaged


def _lowest_penalty(queue: QueueId, signed_in: list[Agent], settings: Settings) -> int:
    """Of the agents who work in the queue now, busy ones too."""
    places = [
        known.places.get(queue, Place()).penalty
        for a in signed_in
        if a.presence is Presence.READY and queue in a.queues and (known := settings.agents.get(a.user)) is not None
    ]
    return min(places, default=0)


def waiting_of(contact: WaitingContact, settings: Settings, now: datetime) -> Waiting:
    queue = settings.queues[contact.queue]
    options = queue.options
    return Waiting(
        contact.id,
        contact.queue,
        contact.queued_at,
        contact.priority,
        settings.needs(contact.queue, contact.skills),
        aged(contact.priority + queue.priority, options.ageing, now - contact.queued_at),
        options.weight,
        now - contact.entered_at,
        (*contact.steps, *options.widen),
        contact.prefers,
        frozenset(agent for agent, until in contact.not_to if until > now),
        frozenset(agent for agent, _ in contact.ringing),
        max((now - since for _, since in contact.ringing), default=timedelta()),
    )


def candidate_of(a: Agent, known: AgentSettings, records: dict[UserId, dict[QueueId, Record]]) -> Candidate:
    return Candidate(
        a.user,
        a.idle_since,
        frozenset(a.queues),
        known.skills,
        known.groups,
        known.places,
        records.get(a.user, {}),
    )


def _today(now: datetime) -> datetime:
    return now.astimezone(PRAGUE).replace(hour=0, minute=0, second=0, microsecond=0)
