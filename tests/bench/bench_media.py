"""How many calls one core carries before 1 % of the ticks are late. See the section on media in README.md.

python tests/bench/bench_media.py [--seconds 8] [--only bridged-shared,bridged-own,srtp,prompts,conference,whisper]
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import socket
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sip_bridge.media.client import MediaClient
from sip_bridge.media.protocol import (
    Address,
    Edge,
    MusicSource,
    OpenRtpLeg,
    Play,
    PortMode,
    RtpLegOpened,
    SetTopology,
    SrtpKeys,
    StartRecording,
    Statistics,
    TakeSnapshot,
)
from sip_bridge.media.udp import _MESSAGE, BATCH, BatchSocket, _libc, pack_address
from tests.support.media_worker import WorkerProcess

SOURCE_PORT = 40000
KEY = bytes(range(30))


def source_host(index: int) -> str:
    """Each phone has a loopback address of its own, all on one socket."""
    return f"127.1.{index // 250}.{index % 250 + 1}"


def generate(targets: list[tuple[str, int]], srtp_from: int, seconds: float, ready: object) -> None:
    """The load: a packet of 20 ms from every phone, spread over the tick; answers are read and thrown away."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    count = len(targets)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("0.0.0.0", SOURCE_PORT))
    sock.setblocking(False)
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
    packets = np.zeros((count, 192), np.uint8)
    packets[:, 0], packets[:, 1] = 0x80, 8
    packets[:, 8:12] = (np.arange(count) + 1).astype(">u4").view(np.uint8).reshape(-1, 4)
    packets[:, 12:172] = np.random.default_rng(1).integers(0, 256, (count, 160))
    lengths = np.full(count, 172)
    names = np.array([np.frombuffer(pack_address(target), np.uint8) for target in targets])
    control = np.zeros((count, 32), np.uint8)  # IP_PKTINFO: the source address of each packet
    for index in range(count):
        body = struct.pack("=QiiI4s4s", 28, socket.IPPROTO_IP, 8, 0, socket.inet_aton(source_host(index)), b"\0" * 4)
        control[index, : len(body)] = np.frombuffer(body, np.uint8)
    vectors = np.zeros(count, [("base", "<u8"), ("length", "<u8")])
    vectors["base"] = packets.ctypes.data + np.arange(count) * 192
    headers = np.zeros(count, _MESSAGE)
    headers["name"], headers["name_length"] = names.ctypes.data + np.arange(count) * 16, 16
    headers["vector"], headers["vectors"] = vectors.ctypes.data + np.arange(count) * 16, 1
    headers["control"], headers["control_length"] = control.ctypes.data + np.arange(count) * 32, 32
    protect = pointers = None
    if srtp_from < count:
        from sip_bridge.media.srtp import SDES_SUITES, SrtpPair, pointer

        profile = SDES_SUITES["AES_CM_128_HMAC_SHA1_80"]
        protect = {i: SrtpPair(profile, KEY, KEY) for i in range(srtp_from, count)}
        pointers = {i: pointer(packets.ctypes.data + i * 192) for i in protect}
    trash = BatchSocket.__new__(BatchSocket)
    adopt(trash, sock)
    ready.set()
    payload = packets[:, 12:172].copy()
    start, parts = time.monotonic() + 0.05, 4
    edges = np.linspace(0, count, parts + 1).astype(int)
    for tick in range(int(seconds / 0.02)):
        packets[:, 2:4] = np.frombuffer(struct.pack("!H", tick & 0xFFFF), np.uint8)
        packets[:, 4:8] = np.frombuffer(struct.pack("!I", tick * 160), np.uint8)
        if protect:
            packets[srtp_from:, 12:172] = payload[srtp_from:]
            for index, pair in protect.items():
                lengths[index] = pair.protect_at(pointers[index], 172)
        vectors["length"] = lengths
        for part in range(parts):
            time.sleep(max(0.0, start + (tick + part / parts) * 0.02 - time.monotonic()))
            first, last = int(edges[part]), int(edges[part + 1])
            while first < last:
                done = _libc.sendmmsg(sock.fileno(), headers.ctypes.data + first * _MESSAGE.itemsize, last - first, 0)
                first += max(done, 1)
            while trash.receive() == BATCH:
                pass


def adopt(batch: BatchSocket, sock: socket.socket) -> None:
    """A BatchSocket around a socket that exists, for reading only."""
    temporary = BatchSocket("127.0.0.1", 0)
    batch.__dict__.update(temporary.__dict__)
    temporary.socket.close()
    batch.socket, batch._descriptor = sock, sock.fileno()


@dataclass(frozen=True)
class Case:
    """One kind of call: `size` legs a call, the first of them the customer on a plain RTP leg."""

    title: str
    size: int = 2
    mode: PortMode = PortMode.SHARED
    srtp: bool = False
    """All legs but the customer's are SRTP, as browser legs are."""
    edges: Callable[[list[str]], tuple[Edge, ...]] | None = None
    """None: no bridge, a prompt is played to every leg."""


def room(legs: list[str]) -> tuple[Edge, ...]:
    """Everybody hears everybody."""
    return tuple(Edge(a, b) for a in legs for b in legs if a != b)


def whisper(legs: list[str]) -> tuple[Edge, ...]:
    """Customer and agent talk; a supervisor hears both and is heard by the agent alone."""
    customer, agent, supervisor = legs
    return (*room([customer, agent]), Edge(supervisor, customer), Edge(supervisor, agent), Edge(agent, supervisor))


async def carry(case: Case, calls: int, seconds: float) -> dict[str, float]:
    """Run a worker with so many calls; returns share of late ticks and CPU."""
    streams = calls * case.size
    with tempfile.TemporaryDirectory() as folder:
        worker = WorkerProcess(Path(folder), ports="20000-29998")
        os.sched_setaffinity(worker.process.pid, {min(os.sched_getaffinity(0))})
        client = MediaClient(worker.control)
        await client.connect()
        srtp_from = calls if case.srtp else streams
        targets: list[tuple[str, int]] = []
        for index in range(streams):
            keys = SrtpKeys(receive=KEY, send=KEY) if index >= srtp_from else None
            opened = await client.request(
                OpenRtpLeg(
                    leg=f"l{index}",
                    telephone_event=101,
                    remote=Address(source_host(index), SOURCE_PORT),
                    port_mode=case.mode,
                    srtp=keys,
                )
            )
            assert isinstance(opened, RtpLegOpened), opened
            targets.append((opened.address, opened.port))
        for call in range(calls):
            legs = [f"l{call + place * calls}" for place in range(case.size)]
            if case.edges is None:
                for leg in legs:
                    await client.request(Play(leg=leg, play="p", sources=(MusicSource(),)))
                continue
            await client.request(SetTopology(group=legs[0], edges=case.edges(legs)))
            right = tuple(legs[1:2] if case.edges is whisper else legs[1:])
            recording = StartRecording(recording=legs[0], path=f"{legs[0]}.wav", left=(legs[0],), right=right)
            await client.request(recording)
        context = multiprocessing.get_context("spawn")
        ready = context.Event()
        load = context.Process(target=generate, args=(targets, srtp_from, seconds + 3, ready))
        load.start()
        await asyncio.to_thread(ready.wait)
        await asyncio.sleep(1.5)
        before = (await client.request(TakeSnapshot(), within=60)).counters
        at = time.monotonic()
        await asyncio.sleep(seconds)
        after = (await client.request(TakeSnapshot(), within=60)).counters
        wall = time.monotonic() - at
        figures = await client.request(Statistics(leg="l1"))
        ticks = after["ticks"] - before["ticks"]
        await client.close()
        load.terminate()
        worker.kill()
        worker.stop()
        cpu = (after["cpu_ms"] - before["cpu_ms"]) / 1000
        return {
            "late": (after.get("late_ticks", 0) - before.get("late_ticks", 0)) / max(ticks, 1),
            "cpu": cpu / wall,
            "us": 1e6 * cpu / max(ticks, 1) / streams,
            "received": figures.packets_received,
            "lost": figures.packets_lost,
        }


def floor(seconds: float = 3.0, streams: int = 800) -> float:
    """Raw echo of the same packets with recvmmsg and sendmmsg alone: µs of CPU a stream and tick."""
    echo = BatchSocket("127.0.0.1", 0)
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    load = context.Process(target=generate, args=([("127.0.0.1", echo.port)] * streams, streams, seconds + 2, ready))
    load.start()
    ready.wait()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    end, cpu, seen = time.monotonic() + seconds, time.process_time(), 0
    while time.monotonic() < end:
        time.sleep(0.005)
        while count := echo.receive():
            seen += count
            echo.send_rows(np.arange(count), echo.data, echo.lengths.astype(np.int32), echo._names)
            if count < BATCH:
                break
    spent = time.process_time() - cpu
    load.terminate()
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)))
    return 1e6 * spent / max(seen, 1)


CASES = {
    "bridged-shared": Case("bridged and recorded, shared port", edges=room),
    "bridged-own": Case("bridged and recorded, socket per leg", mode=PortMode.OWN, edges=room),
    "srtp": Case("bridged and recorded, one SRTP leg", srtp=True, edges=room),
    "prompts": Case("menu playbacks: a prompt to every leg"),
    "conference": Case("recorded conferences of 8", size=8, edges=room),
    "whisper": Case("recorded calls with a whispering supervisor, two SRTP legs", size=3, srtp=True, edges=whisper),
}


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--streams", default="400,800,1000,1200,1400")
    parser.add_argument("--only", default=",".join(CASES))
    args = parser.parse_args()
    base = floor()
    print(f"floor: raw UDP echo {base:.2f} µs a packet in and out", flush=True)
    for name in args.only.split(","):
        case = CASES[name]
        for calls in sorted({int(streams) // case.size for streams in args.streams.split(",")}):
            got = await carry(case, calls, args.seconds)
            print(
                f"{case.title}: {calls} calls, {calls * case.size} streams, late {100 * got['late']:.2f} %, core {100 * got['cpu']:.0f} %, "
                f"{got['us']:.1f} µs a stream and tick = {got['us'] / base:.2f} x floor; leg 1 got {got['received']}, lost {got['lost']}",
                flush=True,
            )
            if got["late"] > 0.01:
                break


if __name__ == "__main__":
    asyncio.run(main())
