"""Flows as administrators edit them: a draft that may be wrong, published versions that are not, roll-back, and a caller who
walks a draft without a telephone. Prompts that people recorded, and announcements of general problems.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import msgspec
from msgspec.structs import replace

from backend.application.administration import Administration
from backend.application.desk import Desk
from backend.application.destinations import notices_on, queue_facts
from backend.domain.ivr.flow import Flow, Frame, Return, SubFlow
from backend.domain.ivr.interpreter import (
    BrokenFlow,
    Facts,
    Input,
    Returned,
    Started,
    Step,
    step,
)
from backend.domain.ivr.validation import Problem, ProblemKind, World, called, validate
from backend.domain.kernel.ids import FlowId, UserId
from backend.domain.kernel.refusal import Refusal, RefusalCode
from backend.domain.kernel.working_time import PRAGUE

MOST_SIMULATED = 500


class FlowVersion(msgspec.Struct, frozen=True, kw_only=True):
    flow: FlowId
    version: int
    name: str
    published_at: datetime | None
    author: UserId | None
    note: str


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """``revision`` grows with every save and is never used twice."""

    flow: FlowId
    body: Flow
    author: UserId
    saved_at: datetime
    revision: int = 0


class FlowState(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed a flow last, and ``mark``: it differs after every save and publishing."""

    mark: str
    author: UserId | None
    at: datetime | None


class FlowChanged(Exception):
    """Somebody has saved or published the flow since it was read."""

    def __init__(self, found: FlowState) -> None:
        super().__init__(found.mark)
        self.found = found


class PromptAudio(msgspec.Struct, frozen=True, kw_only=True):
    """Audio that somebody recorded or uploaded; ``key`` names the file."""

    key: str
    name: str
    duration_ms: int
    author: UserId
    at: datetime


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement of a general problem; on from ``on_since`` until ``on_until`` (None: until switched off)."""

    id: int
    name: str
    text: str
    prompt: str | None
    on_since: datetime | None
    on_until: datetime | None
    switched_by: UserId | None


class FlowStore(Protocol):
    async def drafts(self) -> list[Draft]: ...
    async def draft(self, flow: FlowId) -> Draft | None: ...
    async def versions(self, flow: FlowId) -> list[FlowVersion]: ...
    async def version(self, flow: FlowId, version: int) -> Flow | None: ...
    async def state(self, flow: FlowId) -> FlowState: ...
    async def save_draft(
        self, flow: FlowId | None, body: Flow, actor: UserId, at: datetime, base: str | None
    ) -> tuple[FlowId, str]:
        """The id and the mark afterwards. Raises FlowChanged when ``base`` is given and is not the mark before."""
        ...

    async def drop_draft(self, flow: FlowId, actor: UserId) -> bool: ...
    async def publish(self, body: Flow, note: str, actor: UserId, at: datetime, base: str | None = None) -> int:
        """Raises FlowChanged as ``save_draft`` does."""
        ...

    async def prompts(self) -> list[PromptAudio]: ...
    async def save_prompt(self, prompt: PromptAudio) -> None: ...
    async def drop_prompt(self, key: str, actor: UserId) -> bool: ...
    async def notices(self) -> list[NoticeRow]: ...
    async def save_notice(self, id: int | None, name: str, text: str, prompt: str | None, actor: UserId) -> int: ...
    async def switch_notice(
        self, id: int, since: datetime | None, until: datetime | None, actor: UserId, at: datetime
    ) -> bool: ...


class Simulated(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a caller who is not there."""

    flow: FlowId
    given: str
    path: tuple[str, ...]
    node: str
    says: str | None
    prompt: str | None
    awaits: str
    """``prompt`` its end, ``key``, ``digits``, ``look_up``, or nothing more: ``end``."""
    step: int
    """Number of what is said or awaited: inputs name it."""
    listening: bool
    """The prompt has ended and the time-out runs."""
    digits: str
    variables: dict[str, str]
    attributes: dict[str, str]
    answers: dict[str, int]
    exit: Any = None


class Flows:
    def __init__(
        self,
        desk: Desk,
        store: FlowStore,
        administration: Administration,
        reload: Callable[[], Awaitable[None]],
        hosts: frozenset[str] = frozenset(),
    ) -> None:
        """``hosts``: where look-ups may go (``host`` or ``host:port``); nowhere by default."""
        self.desk = desk
        self.store = store
        self.hosts = hosts
        self._administration = administration
        self._reload = reload

    async def world(self) -> World:
        settings = self.desk.settings
        return World(
            routing=self._administration.world(),
            prompts=frozenset(p.key for p in await self.store.prompts()),
            notices=frozenset(settings.notices),
            calls={id: called(flow) for id, flow in settings.flows.items()},
            hosts=self.hosts,
        )

    # ---- drafts and versions

    async def save_draft(
        self, flow: FlowId | None, given: Any, actor: UserId, base: str | None = None
    ) -> tuple[FlowId, str, list[Problem]] | FlowState | Refusal:
        """Saved whatever is wrong with it, as long as it is a flow at all; what would stop its publishing comes back.

        ``base``: the mark of what the editor began with. Nothing is saved when it has changed since: who did it comes
        back."""
        body = read_flow(given, flow)
        if isinstance(body, Refusal):
            return body
        known = flow in self.desk.settings.flows if flow is not None else True
        if flow is not None and not known and await self.store.draft(flow) is None:
            return Refusal(RefusalCode.NOT_FOUND, "flow")
        try:
            id, mark = await self.store.save_draft(flow, body, actor, self.desk.clock(), base)
        except FlowChanged as changed:
            return changed.found
        return id, mark, validate(replace(body, id=id), await self.world())

    async def check(self, flow: FlowId | None, given: Any) -> list[Problem] | Refusal:
        body = read_flow(given, flow)
        return body if isinstance(body, Refusal) else validate(body, await self.world())

    async def problems(self, bodies: dict[FlowId, Flow]) -> dict[FlowId, list[Problem]]:
        """Of many flows, against one picture of the world."""
        world = await self.world()
        return {id: validate(replace(body, id=id), world) for id, body in bodies.items()}

    async def publish(
        self, flow: FlowId, note: str, actor: UserId, base: str | None = None
    ) -> int | list[Problem] | Refusal:
        """The number of the version now in force. Callers who are in an older one end in it."""
        draft = await self.store.draft(flow)
        if draft is None:
            return Refusal(RefusalCode.NOT_FOUND, "draft")
        try:
            return await self._publish(replace(draft.body, id=flow), note, actor, base)
        except FlowChanged:
            return Refusal(RefusalCode.CHANGED_MEANWHILE, "draft")

    async def roll_back(self, flow: FlowId, version: int, actor: UserId) -> int | list[Problem] | Refusal:
        """An older version is published anew, under a new number: history only grows."""
        old = await self.store.version(flow, version)
        if old is None:
            return Refusal(RefusalCode.NOT_FOUND, "version")
        return await self._publish(old, f"← {version}", actor)

    async def _publish(self, body: Flow, note: str, actor: UserId, base: str | None = None) -> int | list[Problem]:
        if problems := validate(body, await self.world()):
            return problems
        version = await self.store.publish(body, note, actor, self.desk.clock(), base)
        await self._reload()
        return version

    # ---- notices

    async def save_notice(
        self, id: int | None, name: str, text: str, prompt: str | None, actor: UserId
    ) -> int | list[Problem] | Refusal:
        if id is not None and id not in self.desk.settings.notices:
            return Refusal(RefusalCode.NOT_FOUND, "notice")
        if not name.strip() or len(name) > 100:
            return [Problem(ProblemKind.BAD_NAME, "name")]
        if not text.strip() and prompt is None:
            return [Problem(ProblemKind.EMPTY_TEXT, "text")]
        if prompt is not None and prompt not in {p.key for p in await self.store.prompts()}:
            return [Problem(ProblemKind.UNKNOWN_PROMPT, "prompt")]
        saved = await self.store.save_notice(id, name.strip(), text.strip()[:2000], prompt, actor)
        await self._reload()
        return saved

    async def switch_notice(self, id: int, on: bool, until: datetime | None, actor: UserId) -> int | Refusal:
        """Heard by the next caller who comes to it, in every process."""
        now = self.desk.clock()
        if on and until is not None and until <= now:
            return Refusal(RefusalCode.BAD_INPUT, "until")
        if not await self.store.switch_notice(id, now if on else None, until if on else None, actor, now):
            return Refusal(RefusalCode.NOT_FOUND, "notice")
        await self._reload()
        return id

    # ---- without a telephone

    def simulate(
        self,
        flow: FlowId | None,
        given: Any,
        inputs: Any,
        *,
        caller: str = "",
        at: datetime | None = None,
        variables: dict[str, str] | None = None,
        client_status: str = "",
    ) -> list[Simulated] | Refusal:
        """Walk a draft: after each input (tagged as in ``interpreter.Input``) what the caller would hear. Inputs that mean
        nothing where they come are left out. Sub-flows are walked as published."""
        body = read_flow(given, flow)
        if isinstance(body, Refusal):
            return body
        try:
            asked = msgspec.convert(inputs, list[Input], strict=False)[:MOST_SIMULATED]
        except msgspec.ValidationError as error:
            return Refusal(RefusalCode.BAD_INPUT, str(error)[:200])
        now, settings = at or self.desk.clock(), self.desk.settings
        facts = Facts(
            local=now.astimezone(PRAGUE),
            caller=caller,
            client_status=client_status,
            variables=variables or {},
            queues={
                id: queue_facts(self.desk.destinations.figures(id, now), settings.open_at(id, now))
                for id in settings.queues
            },
            notices=notices_on(settings, now),
        )
        try:
            return self._walk(body, asked, facts)
        except BrokenFlow as error:
            return Refusal(RefusalCode.BAD_INPUT, str(error))

    def _walk(self, body: Flow, inputs: list[Input], facts: Facts) -> list[Simulated]:
        flows = self.desk.settings.flows | {body.id: body}
        seen: list[Simulated] = []
        moved = step(body, None, Started(), facts)
        given = "start"
        at, todo = body, list(inputs)
        while moved is not None:
            seen.append(_simulated(at, moved, given))
            again = self._across(flows, at, moved, facts)
            if again is not None:
                at, moved, given = again
                continue
            after: Step | None = None
            while todo and after is None and not moved.run.finished:
                after, given = step(at, moved.run, todo[0], facts), msgspec.to_builtins(todo[0])["type"]
                given = getattr(todo[0], "key", given)
                todo.pop(0)
            moved = after  # type: ignore[assignment]
        return seen

    @staticmethod
    def _across(flows: dict[int, Flow], at: Flow, moved: Step, facts: Facts) -> tuple[Flow, Step, str] | None:
        """Into a sub-flow, or back from it."""
        match moved.exit:
            case SubFlow(flow=flow, next=next) if flow in flows:
                stack = (*moved.run.stack, Frame(at.id, at.version, next))
                entered = step(flows[flow], moved.run, Started(stack), facts)
                return (flows[flow], entered, "sub_flow") if entered else None
            case Return() if moved.run.stack:
                frame = moved.run.stack[-1]
                back = step(flows[frame.flow], moved.run, Returned(frame.next), facts)
                return (flows[frame.flow], back, "return") if back else None
        return None


def _simulated(flow: Flow, moved: Step, given: str) -> Simulated:
    run = moved.run
    awaits = "prompt" if run.saying is not None or run.prompt else "end"
    if run.looking_up:
        awaits = "look_up"
    elif run.digits:
        awaits = "digits"
    elif run.awaiting_key:
        awaits = "key"
    return Simulated(
        flow=flow.id,
        given=given,
        path=moved.path,
        node=run.node,
        says=run.saying,
        prompt=run.prompt,
        awaits=awaits,
        step=run.step,
        listening=run.listening,
        digits=run.digits,
        variables=run.variables,
        attributes=run.attributes,
        answers=run.answers,
        exit=msgspec.to_builtins(moved.exit) if moved.exit is not None else None,
    )


def read_flow(given: Any, id: FlowId | None) -> Flow | Refusal:
    """A flow of JSON, or why it is none."""
    try:
        return msgspec.convert({**given, "id": id or 0, "version": 0}, Flow)
    except (msgspec.ValidationError, TypeError) as error:
        return Refusal(RefusalCode.BAD_INPUT, str(error)[:300])
