"""One execution for many subscribers.

Subscriptions that show the same to everybody with the same right (``SHARED``) are executed once for each distinct
(operation, variables but the cursor, view of the policy) and the bytes of each update are written to every socket. A subscriber first
gets a frame of its own, the picture or what it missed, then what the group is told; frames carry whole items, so one that comes
twice changes nothing, and one that was made before the subscriber's own is dropped: it would bring back what is gone. Whose rights change moves to another group, with a new picture, before it is written to again.
"""

import asyncio
import random
import re
from collections import deque
from contextlib import suppress
from copy import copy
from json import JSONDecodeError
from typing import Any

import orjson
import structlog
from cross_web import HTTPException
from fastapi import Request
from fastapi.responses import JSONResponse
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import ExecutionResult

from backend.application.sign_in_ports import Visitor
from backend.domain.access.policy import Action, Actor, can
from backend.graphql.context import Context
from backend.graphql.limits import nesting
from backend.graphql.operations import UNKNOWN, Operations
from backend.graphql.refusals import note
from backend.projections.feed import Cursor

log = structlog.get_logger()

SHARED = {
    "board": Action.SEE_BOARD,
    "floor": Action.SEE_FLOOR,
    "colleagues": Action.SEE_COLLEAGUES,
    "alerts": Action.SEE_ALERTS,
}
RECHECK_S = 30.0
"""How soon at the latest a subscription ends after its session did."""
DEEPEST_BODY = 100
"""Brackets in each other, in a message and in the text of an operation: whatever reads them is recursive."""
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u(?:0000|\{0+\})")
"""NUL as JSON and literals of GraphQL escape it; a backslash that is escaped itself begins nothing."""

LONGEST_BACKLOG = 16
"""Updates waiting for one slow socket; beyond that they are dropped and it gets a new picture."""


def _recheck_in() -> float:
    """Not all screens at the same update: each look at a session is a query."""
    return RECHECK_S * random.uniform(0.4, 1.0)


class Member:
    """One subscriber of a group."""

    def __init__(self) -> None:
        self._queue: deque[tuple[Cursor, str]] = deque()
        self._woken = asyncio.Event()
        self.overflowed = False

    def push(self, made_at: Cursor, payload: str) -> None:
        if len(self._queue) >= LONGEST_BACKLOG:
            self._queue.clear()
            self.overflowed = True
        self._queue.append((made_at, payload))
        self._woken.set()

    def has_picture_of(self, cursor: Cursor) -> None:
        """Nothing older is of use any more."""
        self._queue = deque(item for item in self._queue if item[0] >= cursor)

    async def next(self) -> str:
        while not self._queue:
            self._woken.clear()
            await self._woken.wait()
        return self._queue.popleft()[1]


class Group:
    def __init__(self, schema, operation, context: Context, view: Actor) -> None:
        self.members: set[Member] = set()
        shared = Context(
            context.services,
            None,
            visitor=Visitor(address="", trusted=False),
            token=None,
            set_session=lambda _: None,
            still_valid=_always,
        )
        shared.acts_as = view
        shared.updates_only = context.services.feed.watch()
        self.task = asyncio.create_task(self._run(schema, operation, shared))

    async def _run(self, schema, operation, context: Context) -> None:
        try:
            results = await schema.stream(
                operation.query,
                variable_values={**(operation.variables or {}), "after": None},
                context_value=context,
                operation_name=operation.operation_name,
            )
            async for result in results:
                if isinstance(result, ExecutionResult) and not result.errors:
                    payload = orjson.dumps({"data": result.data}).decode()
                    for member in self.members:
                        member.push(context.pictured or context.services.feed.cursor, payload)
        finally:
            if context.updates_only is not None:
                context.services.feed.unwatch(context.updates_only)


async def _always() -> bool:
    return True


_groups: dict[tuple, Group] = {}


def _root_field(query: str) -> str | None:
    """The first field of a subscription, read without parsing the whole: a wrong guess only costs the sharing."""
    head, _, rest = query.partition("{")
    if not head.strip().startswith("subscription"):
        return None
    name = rest.strip()
    end = next((i for i, ch in enumerate(name) if not (ch.isalnum() or ch == "_")), len(name))
    return name[:end]


class SharingHandler(BaseGraphQLTransportWSHandler):
    async def handle_message(self, message: Any) -> None:
        """Anything may come from a socket; what is no message of the protocol closes it with 4400."""
        payload = message.get("payload") if isinstance(message, dict) else None
        subscribing = isinstance(message, dict) and message.get("type") == "subscribe"
        if not isinstance(message, dict) or not isinstance(payload, dict | None):
            note("no_message")
            await self.handle_invalid_message("not a message")
        elif subscribing and not (isinstance(message.get("id"), str) and payload and _is_operation(payload)):
            note("no_operation")
            await self.handle_invalid_message("not an operation")
        elif subscribing and payload is not None:
            operations: Operations = self.view.operations  # type: ignore[attr-defined]
            await operations.ready(payload)
            if (operation := operations.resolve(payload)) is None:
                note("unknown_operation")
                await self.send_message({"id": message["id"], "type": "error", "payload": [UNKNOWN]})  # type: ignore[list-item]
            else:
                await super().handle_message({**message, "payload": operation})
        else:
            await super().handle_message(message)

    async def run_operation(self, operation: Any) -> None:
        context: Context = self.context
        field = _root_field(operation.query)
        if not await context.still_valid():
            context.signed_in = None
        if field not in SHARED or not can(context.actor, SHARED[field]):
            return await super().run_operation(operation)
        variables = {k: v for k, v in (operation.variables or {}).items() if k != "after"}
        while (actor := context.actor) is not None and can(actor, SHARED[field]) and await context.still_valid():
            if await self._share(operation, variables, actor):
                return
            operation.variables = {**variables, "after": None}
        await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _share(self, operation: Any, variables: dict, actor: Actor) -> bool:
        """Until the session is over or the actor sees something else; True when the operation has been answered alone."""
        context: Context = self.context
        looked, view = actor, actor.view
        key = (operation.query, operation.operation_name, orjson.dumps(variables), view)
        member = Member()
        group = _groups.get(key)
        if group is None or group.task.done():
            group = _groups[key] = Group(self.schema, operation, context, view)
        group.members.add(member)
        prefix = '{"id":' + orjson.dumps(operation.id).decode() + ',"type":"next","payload":'
        loop = asyncio.get_running_loop()
        recheck_at = loop.time() + _recheck_in()
        try:
            # Joined before the picture is taken: nothing falls between.
            first = await self._first(operation, member)
            if first is None:
                await super().run_operation(operation)
                return True
            await self._write(prefix + first + "}")
            while True:
                try:
                    async with asyncio.timeout(RECHECK_S):
                        payload = await member.next()
                except TimeoutError:
                    payload = None
                now = context.actor
                if now is not looked or loop.time() > recheck_at:
                    if now is None or now.view != view or not await context.still_valid():
                        return False
                    looked, recheck_at = now, loop.time() + _recheck_in()
                if member.overflowed:
                    member.overflowed = False
                    operation.variables = {**variables, "after": None}
                    payload = await self._first(operation, member)
                if payload is not None:
                    await self._write(prefix + payload + "}")
        finally:
            group.members.discard(member)
            if not group.members:
                group.task.cancel()
                if _groups.get(key) is group:
                    del _groups[key]

    async def _first(self, operation: Any, member: Member) -> str | None:
        """The subscriber's own first frame, executed with its own cursor; None when the operation is refused."""
        context: Context = copy(self.context)  # a socket may begin several subscriptions at once
        context.first_frame_only = True
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async for result in results:
            if isinstance(result, ExecutionResult) and not result.errors:
                if context.pictured is not None:
                    member.has_picture_of(context.pictured)
                return orjson.dumps({"data": result.data}).decode()
            return None
        return None

    async def _write(self, text: str) -> None:
        await self.websocket.ws.send_text(text)


class Router(GraphQLRouter):
    graphql_transport_ws_handler_class = SharingHandler

    def __init__(self, schema: Any, operations: Operations, **options: Any) -> None:
        super().__init__(schema, **options)
        self.operations = operations

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        """Raises JSONDecodeError, also for what nobody could carry out: nested too deep, or with the character NUL, which no
        text of the database can hold."""
        text = data if isinstance(data, str) else data.decode()
        if nesting(text) > DEEPEST_BODY:
            raise JSONDecodeError("nested too deep", "", 0)
        if _has_nul(text):
            raise JSONDecodeError("the character NUL", "", 0)
        return orjson.loads(text)

    async def run(self, request: Any, *arguments: Any, **named: Any) -> Any:
        """A request that is none of GraphQL, whatever is wrong with it, is counted, too."""
        if isinstance(request, Request):
            with suppress(ValueError):
                await self.operations.ready(self.decode_json(await request.body()))
        try:
            return await super().run(request, *arguments, **named)
        except UnknownOperation:
            note("unknown_operation")
            return JSONResponse({"errors": [UNKNOWN]}, 400)
        except HTTPException:
            note("bad_request")
            raise

    def parse_json(self, data: str | bytes) -> Any:
        """The body of a request. What is no operation is the client's mistake, not ours: 400, never 500."""
        try:
            body = super().parse_json(data)
        except UnicodeError:
            raise HTTPException(400, "not UTF-8") from None
        if isinstance(body, list):
            raise HTTPException(400, "one operation at a time")
        if not _is_operation(body):
            raise HTTPException(400, "not an operation")
        if (operation := self.operations.resolve(body)) is None:
            raise UnknownOperation
        if _root_field(operation.get("query") or "") is not None:
            raise HTTPException(400, "subscriptions are served over the websocket")
        return operation


class UnknownOperation(Exception):
    """It is none of ours, and the installation carries out no other."""


def _has_nul(text: str) -> bool:
    return ("u0000" in text or "u{0" in text) and _NUL.search(text) is not None


def _is_operation(body: object) -> bool:
    if not isinstance(body, dict):
        return False
    query = body.get("query")
    if isinstance(query, str) and (nesting(query) > DEEPEST_BODY or _has_nul(query)):
        return False
    return all(
        isinstance(body.get(name), kind | None)
        for name, kind in (
            ("query", str),
            ("documentId", str),
            ("variables", dict),
            ("operationName", str),
            ("extensions", dict),
        )
    )
