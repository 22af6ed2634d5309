"""One command and everything that follows from it, in one transaction.

``Work`` loads states under lock, lets the domain decide, carries the consequences to the agents, and at the end writes
states, events, commands to the bridge and timers together. Nothing is sent from here; what was written is sent by others.
"""

import uuid
from datetime import datetime, timedelta

from backend.application import origin
from backend.application.attempts import after_attempt
from backend.application.built_in import BUILT_IN
from backend.application.ports import Transaction
from backend.application.settings import Settings
from backend.application.voice import difference, handset_difference, prompt_key, spoken, spoken_on
from backend.domain.agent import deadlines as agent_deadlines
from backend.domain.agent import machine as agent_machine
from backend.domain.agent import messages as agents
from backend.domain.agent.consequences import consequences
from backend.domain.agent.model import Agent
from backend.domain.interaction import events as e
from backend.domain.interaction import machine
from backend.domain.interaction.commands import InteractionCommand
from backend.domain.interaction.deadlines import Deadlines, Timer, deadlines
from backend.domain.interaction.model import Interaction
from backend.domain.ivr.flow import Flow
from backend.domain.kernel.ids import InteractionId, UserId, agent_leg
from backend.domain.kernel.refusal import Refusal
from backend.domain.voice.handsets import handset_plan
from backend.domain.voice.plan import plan
from backend.domain.voice.toll import Tripped
from sip_bridge.contract import CloseBrowserLeg, DialLeg, LegCommand, Play, Prompt

SAY_PATIENCE = timedelta(seconds=5)
HANDSET_PATIENCE = timedelta(seconds=10)
"""A handset is not rung by a bridge that comes back later than this."""


class Refused(Exception):
    """Rolls the transaction back; carries the refusal to the edge of the use case."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class _Contact:
    """An interaction as it was, and as it has become in this work."""

    def __init__(self, before: Interaction | None) -> None:
        self.before = before
        self.after = before
        self.events: list[e.InteractionEvent] = []


class _Person:
    """An agent likewise; one who has never signed in is a blank."""

    def __init__(self, before: Agent | None, now: datetime, user: UserId) -> None:
        self.before = before
        self.after = before or Agent(user=user, since=now, idle_since=now)
        self.events: list[agents.AgentEvent] = []


class Work:
    def __init__(self, tx: Transaction, settings: Settings, now: datetime, actor: UserId | None = None) -> None:
        self.tx = tx
        self.settings = settings
        self.now = now
        self.actor = actor
        self._interactions: dict[InteractionId, _Contact] = {}
        self._agents: dict[UserId, _Person] = {}
        self._flows: dict[tuple[int, int], Flow] = {}
        self._bridge_commands: list[tuple[str, str, LegCommand, datetime | None]] = []
        self._speech: dict[str, str] = {}
        self._rearmed: Deadlines = {}
        self.news = False
        """Something changed that is no contact and no agent, and that others want to hear of."""
        self.asked: origin.Asked | None = None
        """The command whose entry of the audit goes with this work."""
        self.tripped: list[Tripped] = []
        """Limits that kept a call from going out: told of whether or not anything else of this work is kept."""

    async def interaction(self, id: InteractionId) -> Interaction | None:
        return (await self._interaction(id)).after

    async def agent(self, user: UserId) -> Agent:
        return (await self._agent(user)).after

    def adopt(self, interactions: list[Interaction], agent_states: list[Agent]) -> None:
        """States already loaded under lock, in bulk."""
        self._interactions |= {s.id: _Contact(s) for s in interactions}
        self._agents |= {a.user: _Person(a, self.now, a.user) for a in agent_states}

    async def command(self, id: InteractionId, command: InteractionCommand) -> Interaction:
        """Raises Refused; then nothing of this work is kept."""
        loaded = await self._interaction(id)
        await self._lock_agents(loaded.after, command)
        decided = machine.decide(loaded.after, command, self.now)
        if isinstance(decided, Refusal):
            raise Refused(decided)
        for event in decided:
            before = loaded.after
            if before is None:
                assert isinstance(event, e.Arrived)
                loaded.after = machine.born(id, event)
            else:
                loaded.after = machine.evolve(before, event)
            loaded.events.append(event)
            if isinstance(event, e.Ended) and before is not None and before.callback is not None:
                await after_attempt(self, loaded.after)
            for follow in consequences(before, event) if before is not None else ():
                await self.command_agent(*follow)
        assert loaded.after is not None
        return loaded.after

    async def command_agent(self, user: UserId, command: agents.AgentCommand) -> Agent:
        """Raises Refused."""
        loaded = await self._agent(user)
        decided = agent_machine.decide(loaded.after, command, self.now)
        if isinstance(decided, Refusal):
            raise Refused(decided)
        for event in decided:
            loaded.after = agent_machine.evolve(loaded.after, event)
            loaded.events.append(event)
        return loaded.after

    def tell_bridge(self, bridge: str, command: LegCommand, deadline: datetime | None = None) -> str:
        """Have a command sent once this work is committed; its id."""
        id = str(uuid.uuid4())
        self._bridge_commands.append((id, bridge, command, deadline))
        return id

    def say(self, bridge: str, leg: str, play: str, words: str) -> None:
        """Have something said once on a leg that is in no call."""
        key = prompt_key(words)
        self._speech[key] = words
        self.tell_bridge(bridge, Play(leg=leg, play=play, sources=(Prompt(key),)), self.now + SAY_PATIENCE)

    def set_timer(self, key: str, at: datetime, timer: Timer) -> None:
        """Beside those that follow from the states of contacts and agents."""
        self._rearmed[key] = (at, timer)

    def rearm(self, key: str, at: datetime, timer: Timer) -> None:
        """Set a timer that has just fired once more: nothing has happened yet."""
        self._rearmed[key] = (at, timer)

    async def flow(self, flow: int, version: int) -> Flow:
        """The version a caller walks, published or not any more."""
        if flow in BUILT_IN:
            return BUILT_IN[flow]
        current = self.settings.flows.get(flow)
        if current and current.version == version:
            return current
        if (flow, version) not in self._flows:
            found = await self.tx.flow(flow, version)
            if found is None:
                raise LookupError(f"flow {flow} version {version} is gone")
            self._flows[flow, version] = found
        return self._flows[flow, version]

    async def _lock_agents(self, s: Interaction | None, command: InteractionCommand) -> None:
        """All agents of a call that has several, in order of id, so that two calls never wait for each other."""
        named = (getattr(command, "agent", None), getattr(getattr(command, "whom", None), "agent", None))
        wanted = {user for user in named if user is not None} | (s.people if s is not None else set())
        missing = wanted - self._agents.keys()
        if len(missing) > 1:
            for a in await self.tx.agents(sorted(missing)):
                self._agents[a.user] = _Person(a, self.now, a.user)

    async def finish(self) -> bool:
        """Write everything; whether anything changed."""
        changed = [
            (x.before, x.after, x.events) for x in self._interactions.values() if x.events and x.after is not None
        ]
        moved = [(x.before, x.after, x.events) for x in self._agents.values() if x.events]
        speech = dict(self._speech)
        due: Deadlines = dict(self._rearmed)
        gone: set[str] = set()
        for before, after, _ in changed:
            if after.voice is not None:
                was, shall = plan(before) if before else None, plan(after)
                for command in difference(after.id, was, shall, self.settings.way_out):
                    # A number whose ringing is over is not called by a bridge that comes back later.
                    late = timedelta(seconds=command.ring_timeout_s) if isinstance(command, DialLeg) else None
                    self.tell_bridge(after.voice.bridge, command, self.now + late if late else None)
                speech |= spoken(shall)
            self._schedule(await self._deadlines(before), await self._deadlines(after), due, gone)
        for was_agent, agent, happened in moved:
            if any(isinstance(event, agents.SignedOut) and event.forced for event in happened):
                await self._put_out(was_agent, agent.user)
            speech |= self._tell_handset(was_agent, agent)
            self._schedule(agent_deadlines.deadlines(was_agent), agent_deadlines.deadlines(agent), due, gone)
        if changed:
            await self.tx.save_interactions(changed, self.actor)
        if moved:
            await self.tx.save_agents(moved, self.actor)
        if self._bridge_commands:
            await self.tx.add_bridge_commands(self._bridge_commands, speech)
        if due or gone:
            await self.tx.set_timers(due, gone)
        done = bool(changed or moved or self._bridge_commands or self._rearmed or self.news)
        self.asked = origin.asked() if done else None
        await self.tx.write_log(self.asked.entry() if self.asked is not None else None)
        return done

    async def _put_out(self, was: Agent | None, user: UserId) -> None:
        """Of an agent whom a supervisor has signed out: the browser's telephone is hung up, the sessions end."""
        if was is not None and was.phone is not None:
            self.tell_bridge(was.phone.bridge, CloseBrowserLeg(leg=agent_leg(user)))
        await self.tx.end_sessions(user)

    def _tell_handset(self, before: Agent | None, after: Agent) -> dict[str, str]:
        """Texts that must be spoken for it."""
        handset = after.handset or (before.handset if before is not None else None)
        if handset is None:
            return {}
        shall = handset_plan(after)
        for command in handset_difference(handset_plan(before), shall, self.settings.way_out):
            late = self.now + HANDSET_PATIENCE if isinstance(command, DialLeg) else None
            self.tell_bridge(handset.bridge, command, late)
        return spoken_on(shall)

    @staticmethod
    def _schedule(was: Deadlines, shall: Deadlines, due: Deadlines, gone: set[str]) -> None:
        due |= {key: when for key, when in shall.items() if key not in was}
        gone |= was.keys() - shall.keys()

    async def _deadlines(self, s: Interaction | None) -> Deadlines:
        if s is None:
            return {}
        flow = await self.flow(s.ivr.flow, s.ivr.version) if s.ivr and not s.ivr.finished else None
        entry = self.settings.entry_points.get(s.dialled)
        queue = self.settings.queues.get(s.queue) if s.queue is not None else None
        return deadlines(
            s,
            self.now,
            flow=flow,
            answer_after=entry.answer_after if entry else timedelta(),
            announce_every=queue.announce_every if queue else timedelta(),
            options=queue.options if queue else None,
        )

    async def _interaction(self, id: InteractionId) -> _Contact:
        if id not in self._interactions:
            self._interactions[id] = _Contact(await self.tx.interaction(id))
        return self._interactions[id]

    async def _agent(self, user: UserId) -> _Person:
        if user not in self._agents:
            self._agents[user] = _Person(await self.tx.agent(user), self.now, user)
        return self._agents[user]
