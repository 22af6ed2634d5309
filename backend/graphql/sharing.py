"""One execution for many subscribers.

Subscriptions that show the same to everybody with the same right (``SHARED``) are executed once for each distinct
(operation, variables but the cursor, scope) and the bytes of each update are written to every socket. A subscriber first
gets a frame of its own, the picture or what it missed, then joins the group; frames carry whole items, so one that comes
twice changes nothing.
"""

import asyncio
from collections import deque
from typing import Any

import orjson
import structlog
from cross_web import HTTPException
from strawberry.fastapi import GraphQLRouter
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types.execution import ExecutionResult

from backend.domain.access.policy import Action, can
from backend.graphql.context import Context

log = structlog.get_logger()

SHARED = {
    "board": Action.SEE_BOARD,
    "floor": Action.SEE_FLOOR,
    "colleagues": Action.SEE_COLLEAGUES,
    "alerts": Action.SEE_ALERTS,
}
LONGEST_BACKLOG = 16
"""Updates waiting for one slow socket; beyond that they are dropped and it gets a new picture."""


class Member:
    """One subscriber of a group."""

    def __init__(self) -> None:
        self._queue: deque[str] = deque()
        self._woken = asyncio.Event()
        self.overflowed = False

    def push(self, payload: str) -> None:
        if len(self._queue) >= LONGEST_BACKLOG:
            self._queue.clear()
            self.overflowed = True
        self._queue.append(payload)
        self._woken.set()

    async def next(self) -> str:
        while not self._queue:
            self._woken.clear()
            await self._woken.wait()
        return self._queue.popleft()


class Group:
    def __init__(self, schema, operation, context: Context) -> None:
        self.members: set[Member] = set()
        shared = Context(
            context.services,
            context.actor,
            address="",
            trusted=False,
            token=None,
            set_session=lambda _: None,
            still_valid=_always,
        )
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
                        member.push(payload)
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
            await self.handle_invalid_message("not a message")
        elif subscribing and not (isinstance(message.get("id"), str) and payload and _is_operation(payload)):
            await self.handle_invalid_message("not an operation")
        else:
            await super().handle_message(message)

    async def run_operation(self, operation: Any) -> None:
        context: Context = self.context
        field = _root_field(operation.query)
        if field not in SHARED or not can(context.actor, SHARED[field]):
            return await super().run_operation(operation)
        variables = {k: v for k, v in (operation.variables or {}).items() if k != "after"}
        key = (operation.query, operation.operation_name, orjson.dumps(variables), context.actor.role)
        member = Member()
        group = _groups.get(key)
        if group is None or group.task.done():
            group = _groups[key] = Group(self.schema, operation, context)
        group.members.add(member)
        prefix = '{"id":' + orjson.dumps(operation.id).decode() + ',"type":"next","payload":'
        recheck_at = asyncio.get_running_loop().time() + 30
        try:
            # Joined before the picture is taken: nothing falls between.
            first = await self._first(operation)
            if first is None:
                return await super().run_operation(operation)
            await self._write(prefix + first + "}")
            while True:
                try:
                    async with asyncio.timeout(30):
                        payload = await member.next()
                except TimeoutError:
                    payload = None
                if member.overflowed:
                    member.overflowed = False
                    operation.variables = {**variables, "after": None}
                    payload = await self._first(operation)
                if payload is not None:
                    await self._write(prefix + payload + "}")
                if asyncio.get_running_loop().time() > recheck_at:
                    if not await context.still_valid():
                        await operation.send_operation_message({"id": operation.id, "type": "complete"})
                        return
                    recheck_at = asyncio.get_running_loop().time() + 30
        finally:
            group.members.discard(member)
            if not group.members:
                group.task.cancel()
                if _groups.get(key) is group:
                    del _groups[key]

    async def _first(self, operation: Any) -> str | None:
        """The subscriber's own first frame, executed with its own cursor; None when the operation is refused."""
        context = self.context
        context.first_frame_only = True
        try:
            results = await self.schema.stream(
                operation.query,
                variable_values=operation.variables,
                context_value=context,
                operation_name=operation.operation_name,
            )
            async for result in results:
                if isinstance(result, ExecutionResult) and not result.errors:
                    return orjson.dumps({"data": result.data}).decode()
                return None
        finally:
            context.first_frame_only = False
        return None

    async def _write(self, text: str) -> None:
        await self.websocket.ws.send_text(text)


class Router(GraphQLRouter):
    graphql_transport_ws_handler_class = SharingHandler

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)

    def parse_json(self, data: str | bytes) -> Any:
        """The body of a request. What is no operation is the client's mistake, not ours: 400, never 500."""
        try:
            body = super().parse_json(data)
        except UnicodeError:
            raise HTTPException(400, "not UTF-8") from None
        for operation in body if isinstance(body, list) else [body]:
            if not _is_operation(operation):
                raise HTTPException(400, "not an operation")
            if _root_field(operation.get("query") or "") is not None:
                raise HTTPException(400, "subscriptions are served over the websocket")
        return body


def _is_operation(body: object) -> bool:
    return isinstance(body, dict) and all(
        isinstance(body.get(name), kind | None)
        for name, kind in (("query", str), ("variables", dict), ("operationName", str), ("extensions", dict))
    )
