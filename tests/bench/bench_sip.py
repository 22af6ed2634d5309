"""Two-leg call set-ups per second through the real driver on loopback.

    python -m tests.bench.bench_sip [calls] [rate]

A caller and a callee run in a process of their own. One two-leg call is: INVITE in, 100, INVITE out, 200, ACK, 200, ACK, then
BYE in and BYE out. The floor, measured in the same run, is a raw UDP echo between the same two processes: as many datagrams
each way as a call has. More are offered than the aim asks for. Figures: calls per second, CPU seconds of the bridge per call, and the ratio to the floor.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import socket
import sys
import time
from multiprocessing.connection import Connection

from sip_bridge.sip.core import EndpointConfig
from sip_bridge.sip.endpoint import SipEndpoint
from sip_bridge.sip.events import CallAnswered, CallEnded, CallOffered, Event
from sip_bridge.sip.flow import HostPort, Transport
from sip_bridge.sip.limits import Limits
from sip_bridge.sip.transport import Application, udp_socket
from sip_bridge.sip.trunk import Trunk
from tests.bench.figures import goal

SDP = (
    b"v=0\r\no=kc 42 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 8 0 101\r\n"
    b"a=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
    b"a=ptime:20\r\na=sendrecv\r\n"
)
DATAGRAMS = 7  # that the bridge receives per two-leg call


def endpoint_at(sock: socket.socket, trunks: tuple[Trunk, ...]) -> SipEndpoint:
    local = HostPort(*sock.getsockname()[:2])
    limits = Limits(source_rate=1e9, source_burst=1e9, source_calls=100_000, total_calls=100_000)
    return SipEndpoint(EndpointConfig(listen={Transport.UDP: local}, trunks=trunks, limits=limits))


def trunk(name: str, port: int) -> Trunk:
    return Trunk(name, "127.0.0.1", port, rate=1e9, calls=100_000)


def peer(pipe: Connection, calls: int, rate: float) -> None:
    """The other process: caller and callee on one socket, then an echo."""
    asyncio.run(_peer(pipe, calls, rate))


async def _peer(pipe: Connection, calls: int, rate: float) -> None:
    sock = udp_socket("127.0.0.1", 0)
    pipe.send(sock.getsockname()[1])
    port = pipe.recv()
    done = asyncio.Event()
    set_up: list[float] = []
    started: dict[str, float] = {}
    ended = 0

    def dialplan(event: Event) -> None:
        nonlocal ended
        if isinstance(event, CallOffered):
            endpoint.accept(event.leg, SDP, app.now())
        elif isinstance(event, CallAnswered):
            set_up.append(app.now() - started[event.leg])
            endpoint.bye(event.leg, app.now())
        elif isinstance(event, CallEnded):
            ended += 1
            if ended == 2 * calls:
                done.set()

    endpoint = endpoint_at(sock, (trunk("bridge", port),))
    app = Application(endpoint, dialplan)
    app.listen_udp(sock)
    begun = time.perf_counter()
    for number in range(calls):
        leg = endpoint.invite("bridge", "210000001", SDP, app.now())
        assert isinstance(leg, str), leg
        started[leg] = app.now()
        app.flush()
        await asyncio.sleep(max(0.0, begun + (number + 1) / rate - time.perf_counter()))
    async with asyncio.timeout(60):
        await done.wait()
    elapsed = time.perf_counter() - begun
    set_up.sort()
    pipe.send((elapsed, len(set_up), set_up[len(set_up) // 2], set_up[int(len(set_up) * 0.95)]))
    await app.close()


def echo(pipe: Connection, datagrams: int) -> None:
    """The floor: the same datagrams, answered by nobody's protocol."""
    sock = udp_socket("127.0.0.1", 0)
    pipe.send(sock.getsockname()[1])
    address = ("127.0.0.1", pipe.recv())
    data = bytes(700)
    begun = time.perf_counter()
    for _ in range(datagrams):
        sock.sendto(data, address)
        sock.recv(2048)
    pipe.send(time.perf_counter() - begun)


async def bridge(calls: int, rate: float) -> None:
    sock = udp_socket("127.0.0.1", 0)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=peer, args=(theirs, calls, rate))
    process.start()
    port = ours.recv()
    endpoint = endpoint_at(sock, (trunk("peer", port),))
    other: dict[str, str] = {}

    def dialplan(event: Event) -> None:
        now = app.now()
        if isinstance(event, CallOffered):
            leg = endpoint.invite("peer", event.dialled, event.sdp, now)
            assert isinstance(leg, str), leg
            other[leg], other[event.leg] = event.leg, leg
        elif isinstance(event, CallAnswered):
            endpoint.accept(other[event.leg], event.sdp, now)
        elif isinstance(event, CallEnded) and (leg := other.pop(event.leg, "")):
            other.pop(leg, None)
            endpoint.hang_up(leg, now)

    journalled = 0

    def journal(entries: object) -> None:
        nonlocal journalled
        journalled += 1

    app = Application(endpoint, dialplan, journal)
    app.listen_udp(sock)
    cpu = time.process_time()
    ours.send(sock.getsockname()[1])
    while not ours.poll():
        await asyncio.sleep(0.05)
    cpu = time.process_time() - cpu
    elapsed, answered, median, p95 = ours.recv()
    process.join()
    await app.close()
    floor = _floor(calls * DATAGRAMS)
    per_call = cpu / calls
    print(
        f"two-leg calls            {calls} at {rate:.0f}/s offered, {answered} answered, {calls / elapsed:.0f}/s through"
    )
    goal("200 two-leg set-ups a second", answered == calls and calls / elapsed >= 200)
    print(f"set-up, median / p95     {median * 1000:.2f} / {p95 * 1000:.2f} ms")
    print(f"CPU of the bridge        {per_call * 1000:.2f} ms a call: one core carries {1 / per_call:.0f}/s")
    print(
        f"floor (UDP echo)         {floor / calls * 1000:.3f} ms CPU for the datagrams of a call; ratio {per_call / (floor / calls):.1f}"
    )
    print(
        f"journal writes           {journalled / calls:.1f} a call; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB"
    )


def _floor(datagrams: int) -> float:
    sock = udp_socket("127.0.0.1", 0)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=echo, args=(theirs, datagrams))
    process.start()
    ours.recv()
    ours.send(sock.getsockname()[1])
    cpu = time.process_time()
    for _ in range(datagrams):
        data, address = sock.recvfrom(2048)
        sock.sendto(data, address)
    cpu = time.process_time() - cpu
    ours.recv()
    process.join()
    return cpu


if __name__ == "__main__":
    arguments = sys.argv[1:]
    asyncio.run(bridge(int(arguments[0]) if arguments else 2_000, float(arguments[1]) if len(arguments) > 1 else 300.0))
