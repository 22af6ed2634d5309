"""The whole system under garbage from everywhere while calls are in progress: nothing dies, nobody hears it, all is counted."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor

import httpx
import numpy as np
import psutil
import pytest
import websockets

from sip_bridge import contract as k
from sip_bridge.media import g711
from tests.media.test_garbage import mutate, seeds
from tests.support.caller import Call, Callers
from tests.support.rtp_phone import LOUD, RtpPhone, level
from tests.support.system import DIRECT, System, Workplace, raw_socket
from tests.unit.sip.test_fuzz import corpus, mutated

DATAGRAMS = 20_000
TRUSTED, STRANGERS = ("127.0.0.1", "127.0.1.7"), ("127.0.2.1", "127.9.9.9")
CALLER_TONE, AGENT_TONE = 850.0, 1650.0


class Undisturbed:
    """What two callers and an agent hear from here on, and what the processes hold."""

    def __init__(self, kc: System, talking: Call, waiting: Call, agent: RtpPhone) -> None:
        self.kc, self.talking, self.waiting, self.agent = kc, talking, waiting, agent
        self.processes = kc.processes()

    async def begin(self) -> None:
        self.files = {name: self.descriptors(p) for name, p in self.processes.items()}
        self.counters = await self.kc.bridge_counters()
        self.since = {id(p): len(p.received) for p in self.phones}
        self.late = {id(p): p.late for p in self.phones}

    @property
    def phones(self) -> tuple[RtpPhone, ...]:
        return self.talking.phone, self.waiting.phone, self.agent

    def descriptors(self, process: psutil.Process) -> int:
        """Open files and sockets but those of the database pool, which grows with the load and is bounded."""
        database = self.kc.here.postgres.port
        pooled = sum(1 for c in process.net_connections() if c.raddr and c.raddr.port == database)
        return process.num_fds() - pooled

    async def story(self, tone: float, course: list[float]) -> str:
        """What was heard second by second and what the system thinks of the call, for a failure."""
        seconds = [round(float(np.median(course[n : n + 50]))) for n in range(0, len(course), 50)]
        rows = await self.kc.sql("SELECT stream, subject, version, data::text FROM event ORDER BY id DESC LIMIT 12")
        return f"the level of {tone} has changed: {seconds}; last events: " + " | ".join(
            f"{r[0]} {r[1][:8]} {r[3][:120]}" for r in rows
        )

    async def check(self) -> dict[str, int]:
        """Everybody heard everything; what was counted meanwhile."""
        await asyncio.sleep(0.3)
        for name, process in self.kc.processes().items():
            assert process.pid == self.processes[name].pid, f"{name} was started anew"
        for phone in self.phones:
            assert phone.missing_packets(self.since[id(phone)]) == 0
            assert time.monotonic() - phone.received[-1][0] < 0.2, "silence"
        pairs = ((self.talking.phone, self.agent, AGENT_TONE), (self.agent, self.talking.phone, CALLER_TONE))
        for phone, other, tone in pairs:
            heard = [p for _, p in phone.received[self.since[id(phone)] :] if p.payload_type == 8]
            course = [level(g711.decode(p.payload, 0), tone) for p in heard]
            levels = sorted(course)
            assert abs(levels[len(levels) // 2] - LOUD) < 0.05 * LOUD, await self.story(tone, course)
            # A telephone of this test that speaks late is concealed: its process shares the cores with the load.
            weak = sum(x < 0.6 * LOUD for x in levels)
            late = other.late - self.late[id(other)]
            assert weak <= len(heard) * 0.1 + 4 * late, f"{weak} of {len(heard)} frames are not the tone, {late} late"
        assert not self.talking.ended.is_set() and not self.waiting.ended.is_set()
        now = await self.kc.bridge_counters()
        for name in ("sip_now.calls", "legs_now.known", "media_legs_now.open"):
            assert now[name] == self.counters[name], (name, self.counters[name], now[name])
        async with asyncio.timeout(15):  # connections of this test take a moment to close
            while any(self.descriptors(p) > self.files[name] for name, p in self.processes.items()):
                await asyncio.sleep(0.1)
        return {name: count - self.counters.get(name, 0) for name, count in now.items()}


async def elsewhere(send, *arguments):
    """In a process of its own: the telephones of this one keep their time."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, send, *arguments)


def sip_garbage(sip_port: int) -> int:
    """Mutations of real calls from trusted and other addresses; a dialog of the calls in progress is never guessed."""
    rng, messages = random.Random(20_000), corpus()
    sockets = [raw_socket(a) for a in (*TRUSTED, *STRANGERS)]
    for number in range(DATAGRAMS):
        data = mutated(rng.choice(messages), rng, messages)[:60_000]
        try:
            sockets[number % len(sockets)].sendto(data, ("127.0.0.1", sip_port))
        except BlockingIOError:
            pass
        if number % 32 == 31:
            time.sleep(0.01)
    for sock in sockets:
        sock.close()
    return DATAGRAMS


def media_garbage(webrtc_port: int, ports: list[int]) -> None:
    rng, stranger = random.Random(7), raw_socket("127.0.3.3")
    samples = seeds("nobody")
    for number in range(8000):
        data = mutate(rng, rng.choice(samples))
        port = webrtc_port if number % 2 else rng.choice(ports)
        try:
            stranger.sendto(data, ("127.0.0.1", port))
        except BlockingIOError:
            pass
        if number % 32 == 31:
            time.sleep(0.01)
    stranger.close()


async def api_garbage(kc: System, cookie: str) -> None:
    rng = random.Random(5)
    bodies: list[bytes] = [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{" * 5000,
        b"[" * 100_000,
        b'{"query": 5}',
        b'{"query": "query { me { id } }", "variables": []}',
        b'{"query": "query { " }',
        b'{"query": "subscription { desk { cursor } }"}',
        json.dumps({"query": "query " + "{ a " * 3000}).encode(),
        json.dumps({"query": "{ " + "me { id } " * 3000 + "}"}).encode(),
        json.dumps([{"query": "query { me { id } }"}] * 50).encode(),
        rng.randbytes(3000),
        b'{"query": "query($x: ID!) { contact(id: $x) { contact { id } } }", "variables": {"x": "\\u0000\\ud800"}}',
        b'{"query": "query { history(first: 99999999999999) { more } }"}',
    ]
    async with httpx.AsyncClient(base_url=kc.url, trust_env=False, timeout=20, headers={"Cookie": cookie}) as http:
        for body in bodies:
            for kind in ("application/json", "text/plain", "multipart/form-data; boundary=x"):
                answer = await http.post("/graphql", content=body, headers={"Content-Type": kind})
                assert answer.status_code < 500, (body[:60], kind, answer.status_code, answer.text[:200])
                assert "Traceback" not in answer.text
    frames: list[str | bytes] = [
        "",
        "x",
        "[]",
        "null",
        "5",
        "{}",
        b"\xff\xfe",
        '{"type":"nonsense"}',
        '{"type":"subscribe"}',
        '{"type":"subscribe","id":5,"payload":5}',
        '{"type":"subscribe","id":"1","payload":{"query":"subscription { board {"}}',
        '{"type":"subscribe","id":"1","payload":{"query":"subscription { board { cursor } }","variables":[]}}',
        '{"type":"complete","id":"none"}',
        "[" * 50_000,
    ]
    for frame in frames:
        for started in (False, True):
            async with websockets.connect(
                f"ws://127.0.0.1:{kc.port}/graphql",
                subprotocols=["graphql-transport-ws"],
                additional_headers={"Cookie": cookie},
                proxy=None,
            ) as socket:
                if started:
                    await socket.send('{"type":"connection_init"}')
                    await socket.recv()
                try:
                    await socket.send(frame)
                    await asyncio.wait_for(socket.recv(), 0.2)
                except (TimeoutError, websockets.ConnectionClosed):
                    pass


async def link_garbage(kc: System) -> None:
    """A second bridge with the token, and strangers without: the real one goes on."""
    url, token = f"ws://127.0.0.1:{kc.port}/bridge", kc.here.secrets["link_token"]
    for header in ({}, {"Authorization": "Bearer guess"}):
        with pytest.raises((websockets.InvalidStatus, websockets.ConnectionClosed)):
            async with websockets.connect(url, additional_headers=header, proxy=None) as socket:
                await socket.recv()
    report = '{"type":"Report","seq":%d,"at":"2026-01-01T00:00:00Z","event":{"type":"LegEnded","leg":"00000000-0000-4000-8000-%012d","by":"peer","cause":"normal"}}'
    async with websockets.connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None) as socket:
        await socket.send(k.encode(k.Hello(version=1, bridge="garbage", boot="b0000000", next_seq=1)))
        await socket.recv()
        rng = random.Random(3)
        for number in range(300):
            whole = report % (number // 3 + 1, number // 3)
            cut = whole[: rng.randrange(len(whole))] if number % 3 else whole
            await socket.send(cut)
        for frame in (
            b"\xff\xff",
            "[" * 50_000,
            "null",
            '{"type":"Report","seq":-5}',
            '{"type":"Hello"}',
            report % (1, 1),
        ):
            await socket.send(frame)
        last = 0
        async with asyncio.timeout(20):
            while last < 100:
                frame = k.decode_backend_frame(await socket.recv())
                last = frame.seq if isinstance(frame, k.Acknowledge) else last


def sample(metrics: str, name: str) -> float:
    return next((float(line.split(" ")[1]) for line in metrics.splitlines() if line.startswith(name + " ")), 0.0)


async def refusals_logged(kc: System, *wanted: str) -> set[str]:
    """Names of all that was logged, once the bridge's log has told of these refusals."""
    async with asyncio.timeout(10):
        while True:
            lines = [
                json.loads(line)
                for path in kc.here.logs.iterdir()
                for line in path.read_text().splitlines()
                if line.startswith("{") and line.endswith("}")
            ]
            told = {name for line in lines if line["event"] == "refused" for name in line}
            if set(wanted) <= told:
                return {line["event"] for line in lines}
            await asyncio.sleep(0.1)


@pytest.mark.timeout(300)
async def test_garbage_from_everywhere_disturbs_no_call():
    trusted = " ".join(f"{a}/32" for a in TRUSTED)
    async with System(trusted=trusted) as kc, Callers(kc.sip_port) as callers:
        async with Workplace(kc, "jana", kc.logins["jana"].password, AGENT_TONE) as jana:
            talking = await callers.call(DIRECT, "+420777123456", CALLER_TONE)
            offered = await jana.desk.until(lambda v: next(iter(v.contacts), None))
            assert (await jana.act("acceptOffer", offered))["__typename"] == "Contact"
            await talking.phone.hears(AGENT_TONE)
            await jana.phone.hears(CALLER_TONE)
            waiting = await callers.call(DIRECT, "+420602000000", 450.0)
            async with asyncio.timeout(15):
                while len(waiting.phone.received) < 20:
                    await asyncio.sleep(0.02)
            watch = Undisturbed(kc, talking, waiting, jana.phone)

            await watch.begin()
            sent = await elsewhere(sip_garbage, kc.sip_port)
            async with asyncio.timeout(45):  # calls that a mutation began are let go as their timers say
                while (await kc.bridge_counters())["sip_now.calls"] > watch.counters["sip_now.calls"]:
                    await asyncio.sleep(0.2)
            counted = await watch.check()
            refused = sum(n for name, n in counted.items() if name.startswith("sip_refusals."))
            assert refused > sent / 5, counted
            assert counted["sip_refusals.unknown_source"] > 100

            await watch.begin()
            await elsewhere(media_garbage, kc.webrtc_port, [talking.agreed.send_to[1], waiting.agreed.send_to[1]])
            counted = await watch.check()
            assert counted["media.strangers"] > 500 and counted["media.dtls_unknown"] > 100
            assert counted["media.stun_malformed"] > 100

            await watch.begin()
            await api_garbage(kc, jana.client.cookie_header())
            await watch.check()

            await watch.begin()
            await link_garbage(kc)
            await watch.check()
            metrics = (await jana.client.http.get("/metrics/")).text
            assert 'kc_link_refused_total{why="token"} 2.0' in metrics
            for kind, least in {"unknown": 2, "malformed": 100}.items():
                assert sample(metrics, f'kc_link_bad_frames_total{{kind="{kind}"}}') >= least, kind
            for why, least in {"bad_request": 30, "no_operation": 3, "no_message": 3, "invalid": 2}.items():
                assert sample(metrics, f'kc_graphql_refused_total{{why="{why}"}}') >= least, why

            logged = await refusals_logged(
                kc, "sip_malformed_header", "sip_unknown_source", "media_strangers", "media_stun_malformed"
            )
            assert {"graphql_refused", "malformed_frame", "unknown_frame"} <= logged
            logs = "".join(path.read_text() for path in kc.here.logs.iterdir())
            for secret in ("777123456", "602000000", kc.here.secrets["link_token"], "nobody"):
                assert secret not in logs, f"{secret} stands in a log"
            assert "Traceback" not in logs, logs[logs.index("Traceback") :][-6000:]
