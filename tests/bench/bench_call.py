"""The whole system, as ``make run`` starts it: from INVITE to the ring on the screen, from the click to two-way audio.

    python -m tests.bench.bench_call [calls]

See the section on calls in README.md.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import psutil

from sip_bridge.media import g711
from tests.bench.figures import goal, line, percentile, spread
from tests.support.api import LiveView
from tests.support.caller import Callers
from tests.support.rtp_phone import RtpPhone, level
from tests.support.system import DIRECT, System, Workplace

CALLER_TONE, AGENT_TONE = 850.0, 1650.0
LOUD = 1500.0
WORKING = 6
"""Agents who take calls side by side in the throughput part."""


def first_heard(phone: RtpPhone, frequency: float, after: float) -> float | None:
    """When the first frame with this tone arrived."""
    for at, packet in list(phone.received):
        if at > after and packet.payload_type == 8 and level(g711.decode(packet.payload, 0), frequency) > LOUD:
            return at
    return None


async def heard(phone: RtpPhone, frequency: float, after: float) -> float:
    async with asyncio.timeout(5):
        while (at := first_heard(phone, frequency, after)) is None:
            await asyncio.sleep(0.01)
        return at


def offered(view: LiveView) -> dict | None:
    return next((x for x in view.contacts.values() if x["phase"] == "OFFERED"), None)


def answered_today(view: LiveView) -> int:
    return sum(q["answered"] for q in view.queues.values())


async def spoken(kc: System) -> float:
    """Wait until the announcements of a first start are spoken; how long that took."""
    begun = still = time.monotonic()
    while time.monotonic() - still < 2:
        await asyncio.sleep(0.1)
        if kc.api.children():
            still = time.monotonic()
    return still - begun


@contextmanager
def neighbours(kc: System) -> Iterator[None]:
    """Print what programs that are not ours took meanwhile: figures of a busy machine are not comparable."""

    def ours() -> float:
        mine = [psutil.Process(), *kc.processes().values(), kc.supervisor]
        return sum(sum(p.cpu_times()[:2]) for p in mine) + kc.postgres_cpu()

    def all_() -> float:
        t = psutil.cpu_times()
        return t.user + t.nice + t.system + t.irq + t.softirq + t.steal

    before, begun = all_() - ours(), time.monotonic()
    yield
    took = max(0.0, all_() - ours() - before) / (time.monotonic() - begun)
    line("other programs on this machine meanwhile", f"{100 * took:.0f} % of a core")


async def seen(view: LiveView, condition) -> float:
    await view.until(condition)
    return time.monotonic()


async def sequential(kc: System, calls: int) -> None:
    answer, ring, click, to_caller, to_agent, board_after = [], [], [], [], [], []
    password = kc.logins["jana"].password
    async with Callers(kc.sip_port) as callers, Workplace(kc, "jana", password, AGENT_TONE) as jana:
        board = await jana.client.live("board")
        for n in range(calls):
            call = callers.place(DIRECT, "+420777123456", CALLER_TONE)
            contact = await jana.desk.until(offered)
            ring.append(time.monotonic() - call.invited_at)
            answer.append(call.answered_at - call.invited_at)
            await asyncio.sleep(0.2 + 0.02 * (n % 10) / 10)  # clicks fall anywhere in a tick
            before = answered_today(board)
            clicked = time.monotonic()
            on_board = asyncio.create_task(seen(board, lambda v, before=before: answered_today(v) > before))
            result = await jana.act("acceptOffer", contact["id"])
            click.append(time.monotonic() - clicked)
            assert result["__typename"] == "Contact", result
            to_caller.append(await heard(call.phone, AGENT_TONE, clicked) - clicked)
            to_agent.append(await heard(jana.phone, CALLER_TONE, clicked) - clicked)
            board_after.append(await on_board - clicked)
            await callers.hang_up(call)
            await jana.desk.until(lambda v, id=contact["id"]: id not in v.contacts)
        await board.cut()
    both = [max(pair) for pair in zip(to_caller, to_agent, strict=True)]
    floor = await asyncio.to_thread(echo_floor)
    line("floor: UDP echo between two processes on loopback", f"{1e6 * floor:.0f} us a round trip")
    line("INVITE -> 200 OK", spread(answer), percentile(answer, 0.5) / floor)
    line("INVITE -> offer on the agent's screen", spread(ring), percentile(ring, 0.5) / floor)
    goal("ring on screen p95 < 150 ms", percentile(ring, 0.95) < 0.15)
    line("click -> acceptOffer answered", spread(click), percentile(click, 0.5) / floor)
    line("click -> agent heard by caller", spread(to_caller))
    line("click -> caller heard by agent", spread(to_agent))
    line("click -> two-way audio", spread(both), percentile(both, 0.5) / floor)
    goal("two-way audio p95 < 60 ms", percentile(both, 0.95) < 0.06)
    line("click -> wallboard shows it", spread(board_after))
    goal("wallboard < 1 s", max(board_after) < 1.0)


def echo_floor(rounds: int = 500) -> float:
    """Seconds of a datagram there and back through another process."""
    import subprocess

    code = (
        "import socket,sys\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);s.bind(('127.0.0.1',0))\n"
        "print(s.getsockname()[1],flush=True)\n"
        f"for _ in range({rounds}):\n d,a=s.recvfrom(2048);s.sendto(d,a)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as echo:
        port = int(echo.stdout.readline())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            took = []
            for _ in range(rounds):
                begun = time.perf_counter()
                sock.sendto(b"x" * 700, ("127.0.0.1", port))
                sock.recv(2048)
                took.append(time.perf_counter() - begun)
    return percentile(took, 0.5)


async def throughput(kc: System, seconds: float) -> None:
    """Callers come as fast as agents take them: INVITE, queue, offer, accept, connected, BYE, closed."""
    async with AsyncExitStack() as stack:
        callers = await stack.enter_async_context(Callers(kc.sip_port))
        places = [await stack.enter_async_context(Workplace(kc, f"a{n}", kc.password, None)) for n in range(WORKING)]
        taken = 0
        set_up: list[float] = []
        until = time.monotonic() + seconds

        async def caller(n: int) -> None:
            while time.monotonic() < until:
                call = callers.place(DIRECT, f"+42060{n:07d}", sound=False)
                await asyncio.wait_for(call.ended.wait(), 20)

        async def agent(place: Workplace) -> None:
            nonlocal taken
            while True:
                id = (await place.desk.until(offered, 30))["id"]
                begun = time.monotonic()
                await place.act("acceptOffer", id)
                await place.desk.until(lambda v, id=id: v.contacts.get(id, {"connectedAt": 1})["connectedAt"])
                set_up.append(time.monotonic() - begun)
                taken += 1
                await place.act("hangUp", id)
                await place.desk.until(lambda v, id=id: id not in v.contacts)

        parts = kc.processes()
        before = {name: sum(p.cpu_times()[:2]) for name, p in parts.items()}
        database = kc.postgres_cpu()
        begun = time.monotonic()
        agents = [asyncio.create_task(agent(place)) for place in places]
        await asyncio.gather(*(caller(n) for n in range(WORKING + 2)))
        took = time.monotonic() - begun
        for task in agents:
            task.cancel()
        await asyncio.gather(*agents, return_exceptions=True)
        line(
            f"calls through the whole system, {WORKING} agents at once",
            f"{taken / took:.1f} two-leg calls/s for {took:.0f} s, load generator on the same cores",
        )
        line("  accept -> connected on the screen, under that load", spread(set_up))
        used = {name: sum(p.cpu_times()[:2]) - before[name] for name, p in parts.items()}
        used["postgres"] = kc.postgres_cpu() - database
        each = "  ".join(f"{name} {1000 * cpu / max(taken, 1):.1f}" for name, cpu in used.items())
        line("  CPU ms a call (media: its fixed tick included)", each)
        line("  so one core of API carries", f"{taken / max(used['api'], 1e-9):.0f} calls/s")


async def idle(kc: System, seconds: float = 5.0) -> None:
    parts = kc.processes() | {"supervisor": kc.supervisor}
    before = {name: sum(p.cpu_times()[:2]) for name, p in parts.items()}
    database = kc.postgres_cpu()
    await asyncio.sleep(seconds)
    used = {name: sum(p.cpu_times()[:2]) - before[name] for name, p in parts.items()}
    used["postgres"] = kc.postgres_cpu() - database
    line("CPU while idle, % of a core", "  ".join(f"{n} {100 * cpu / seconds:.1f}" for n, cpu in used.items()))


async def restart(kc: System) -> None:
    """kill -9 of the API until it listens again, its pause before the restart included."""
    old = kc.api.pid
    begun = time.monotonic()
    process = kc.api
    process.kill()
    await asyncio.to_thread(process.wait)
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", kc.port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.01)
    line("API killed -> listening again", f"{time.monotonic() - begun:.2f} s")
    assert kc.api.pid != old


async def main(calls: int = 60, seconds: float = 12.0) -> None:
    async with System(agents=WORKING) as kc:
        line("first start: API and bridge ready, database prepared", f"{kc.started_in:.2f} s")
        line("announcements of a first start spoken", f"{await spoken(kc):.0f} s")
        await idle(kc)
        with neighbours(kc):
            await sequential(kc, calls)
        await throughput(kc, seconds)
        await restart(kc)


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:2])))
