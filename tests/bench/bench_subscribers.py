"""One update to many `board` subscribers over real websockets, and the latency of a small query.

    python -m tests.bench.bench_subscribers [subscribers] [updates]

See the section on subscribers in README.md.
"""

from __future__ import annotations

import asyncio
import base64
import json
import multiprocessing
import os
import sys
import time
import uuid
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection

import uvloop
from graphql import execute, parse
from starlette.routing import WebSocketRoute

from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from tests.bench.figures import goal, line, percentile, spread
from tests.support.api import QUEUE, Api
from tests.support.database import TestServer

BETWEEN_S = 0.5
SUBSCRIPTION = f"subscription {{ board {{ snapshot cursor queues {{ {QUEUE} }} gone }} }}"
SMALL_QUERY = "query { me { id name role } }"


class Screen(asyncio.Protocol):
    """A websocket client that only notes when something came: the load generator must not be what is measured."""

    def __init__(self, path: str, cookie: str, subscription: str | None) -> None:
        self.path, self.cookie, self.subscription = path, cookie, subscription
        self.came: list[float] = []
        self.ready = asyncio.get_running_loop().create_future()
        self._begun = False

    def connection_made(self, transport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"Cookie: {self.cookie}",
        ]
        if self.subscription:
            lines.append("Sec-WebSocket-Protocol: graphql-transport-ws")
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        self.came.append(time.monotonic())
        if not self._begun:
            self._begun = True
            if self.subscription:
                self._send({"type": "connection_init"})
                body = {"id": "1", "type": "subscribe", "payload": {"query": self.subscription}}
                self._send(body)
        waiting_for = b'"next"' if self.subscription else b"101"
        if not self.ready.done() and waiting_for in data:
            self.ready.set_result(None)

    def _send(self, message: dict) -> None:
        body = json.dumps(message).encode()
        size = bytes([0x80 | len(body)]) if len(body) < 126 else bytes([0x80 | 126]) + len(body).to_bytes(2, "big")
        self.transport.write(b"\x81" + size + b"\0\0\0\0" + body)  # a mask of zeros is a mask


def screens(pipe: Connection, port: int, cookie: str, count: int) -> None:
    uvloop.run(_screens(pipe, port, cookie, count))


async def _screens(pipe: Connection, port: int, cookie: str, count: int) -> None:
    loop = asyncio.get_running_loop()
    while (asked := await asyncio.to_thread(pipe.recv)) is not None:
        path, subscription = asked
        made: list[Screen] = []
        for _ in range(count):
            _, screen = await loop.create_connection(partial(Screen, path, cookie, subscription), "127.0.0.1", port)
            await screen.ready
            made.append(screen)
        pipe.send("ready")
        await asyncio.to_thread(pipe.recv)
        pipe.send([screen.came for screen in made])
        for screen in made:
            screen.transport.abort()


async def deliver(pipe: Connection, path: str, subscription: str | None, updates: int, update) -> tuple:
    """(time from update to each delivery, to the last delivery, CPU seconds a delivery)."""
    pipe.send((path, subscription))
    assert await asyncio.to_thread(pipe.recv) == "ready"
    await asyncio.sleep(0.5)
    moments = []
    cpu = 0.0
    for _ in range(updates):
        before = time.process_time()
        moments.append(await update())
        await asyncio.sleep(BETWEEN_S)
        cpu += time.process_time() - before
    pipe.send("enough")
    came = await asyncio.to_thread(pipe.recv)
    each, last = [], []
    for moment in moments:
        delays = [
            next((at - moment for at in screen if moment - 0.02 < at < moment + BETWEEN_S), None) for screen in came
        ]
        assert None not in delays, f"{delays.count(None)} screens were not told of update {moments.index(moment) + 1}"
        each += delays
        last.append(max(delays))
    return each, last, cpu / len(each)


async def bench(url: str, logins: dict, subscribers: int, updates: int) -> None:
    async with Api(url) as api:
        client = api.client()
        await client.sign_in("tabule", logins["tabule"].password)
        ours, theirs = multiprocessing.Pipe()
        arguments = (theirs, api.port, client.cookie_header(), subscribers)
        process = multiprocessing.get_context("spawn").Process(target=screens, args=arguments)
        process.start()
        sample: list[str] = []

        async def change_a_queue() -> float:
            id = str(uuid.uuid4())
            arrive = c.Arrive(
                channel=Channel.VOICE,
                direction=Direction.INBOUND,
                customer=Customer("+420777123456"),
                dialled="+420800100200",
            )

            async def do(work) -> None:
                await work.command(id, arrive)
                await work.command(id, c.Enqueue(queue=1, position=1))

            await api.kc.desk.run(do)
            return time.monotonic()

        each, last, cpu = await deliver(ours, "/graphql", SUBSCRIPTION, updates, change_a_queue)
        board = await client.live("board")
        sample.append(
            json.dumps({"id": "1", "type": "next", "payload": {"data": {"board": list(board.queues.values())}}})
        )
        await board.cut()
        floor_each, floor_last, floor_cpu = await floor(api, ours, updates, sample[0][:600])
        ours.send(None)
        process.join(10)
        line(f"bare websocket writes to {subscribers} (floor), each", spread(floor_each))
        line(f"bare websocket writes to {subscribers} (floor), last", spread(floor_last))
        line("  CPU of the server a delivery", f"{1e6 * floor_cpu:.0f} us")
        line(f"commit -> {subscribers} boards, each", spread(each), percentile(each, 0.5) / percentile(floor_each, 0.5))
        line(f"commit -> {subscribers} boards, last", spread(last), percentile(last, 0.5) / percentile(floor_last, 0.5))
        line("  CPU of the server a delivery, all included", f"{1e6 * cpu:.0f} us", cpu / floor_cpu)
        goal("every board p95 < 100 ms after the commit", percentile(each, 0.95) < 0.1)
        await small_query(api, client)


async def floor(api: Api, pipe: Connection, updates: int, text: str):
    """The same server stack writes the same bytes to as many sockets, and does nothing else."""
    sockets = []

    async def endpoint(socket) -> None:
        await socket.accept()
        sockets.append(socket)
        await socket.receive()

    api.server.config.app.router.routes.insert(0, WebSocketRoute("/floor", endpoint))

    async def write() -> float:
        begun = time.monotonic()
        for socket in sockets:
            await socket.send_text(text)
        return begun

    return await deliver(pipe, "/floor", None, updates, write)


async def small_query(api: Api, client, rounds: int = 300) -> None:
    from backend.graphql.schema import build

    document, schema = parse(SMALL_QUERY), build()
    context = await api.kc.context(_connection(client), None)

    async def timed(step: Callable) -> float:
        took = []
        for _ in range(rounds):
            begun = time.perf_counter()
            await step()
            took.append(time.perf_counter() - begun)
        return percentile(took, 0.5)

    async def bare() -> None:
        result = execute(schema._schema, document, context_value=context)
        if asyncio.iscoroutine(result) or hasattr(result, "__await__"):
            result = await result

    async def ours() -> None:
        result = await schema.execute(SMALL_QUERY, context_value=context)
        assert not result.errors

    async def http() -> None:
        await client.run(SMALL_QUERY)

    floor_s, executed, whole = await timed(bare), await timed(ours), await timed(http)
    line("small query, bare graphql-core (floor)", f"p50 {1e6 * floor_s:.0f} us")
    line("small query, our schema with its limits", f"p50 {1e6 * executed:.0f} us", executed / floor_s)
    line("small query over HTTP, session looked up, client included", f"p50 {1000 * whole:.2f} ms", whole / floor_s)


def _connection(client):
    from starlette.requests import HTTPConnection

    cookie = client.cookie_header().encode()
    scope = {"type": "http", "scheme": "http", "path": "/graphql", "query_string": b"", "server": ("127.0.0.1", 80)}
    return HTTPConnection({**scope, "headers": [(b"cookie", cookie)], "client": ("127.0.0.1", 1)})


def main(subscribers: int = 500, updates: int = 20) -> None:
    server = TestServer()
    try:
        uvloop.run(_on(server, subscribers, updates))
    finally:
        server.close()


async def _on(server: TestServer, subscribers: int, updates: int) -> None:
    await bench(await server.fresh(), server.logins, subscribers, updates)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
