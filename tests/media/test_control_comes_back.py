"""The control dies and returns: audio goes on without a missing packet, and a new control finds everything."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import subprocess
import sys
import wave

import msgspec
import numpy as np

from sip_bridge.media import protocol
from sip_bridge.media.protocol import (
    Address,
    CloseLeg,
    DigitPressed,
    Done,
    Edge,
    LegClosed,
    MusicSource,
    OpenRtpLeg,
    Play,
    PlayFinished,
    PlayOutcome,
    RefusalReason,
    Refused,
    RtpLegOpened,
    SetTopology,
    Snapshot,
    TakeSnapshot,
)
from tests.support.media_worker import ROOT, Control
from tests.support.rtp_phone import RtpPhone

VICTIM = """
import asyncio, sys
from sip_bridge.media.client import MediaClient
from sip_bridge.media.protocol import *
async def main(path, a, b):
    client = MediaClient(path)
    await client.connect()
    for leg, port in (("a", a), ("b", b)):
        print((await client.request(OpenRtpLeg(leg=leg, remote=Address("127.0.0.1", int(port)), telephone_event=101))).port)
    await client.request(SetTopology(group="call", edges=(Edge("a", "b"), Edge("b", "a"))))
    await client.request(StartRecording(recording="r", path="r.wav", left=("a",), right=("b",)))
    print("ready", flush=True)
    await asyncio.sleep(60)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_killed_control_loses_no_packet_and_its_successor_adopts(own_worker, phones):
    a, b = phones(450.0), phones(850.0)
    while not own_worker.control.exists():
        await asyncio.sleep(0.02)
    command = [sys.executable, "-c", VICTIM, str(own_worker.control), str(a.address[1]), str(b.address[1])]
    victim = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    lines = [await asyncio.to_thread(victim.stdout.readline) for _ in range(3)]
    assert lines[2] == "ready\n"
    a.start(("127.0.0.1", int(lines[0])))
    b.start(("127.0.0.1", int(lines[1])))
    await a.hears(850.0)
    since = len(a.received)
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    a.press("7", 101)  # while nobody is there to hear of it
    count = len(a.received)
    while len(a.received) < count + 50:
        await asyncio.sleep(0.02)
    async with Control(own_worker.control) as control:
        snapshot = await control.do(TakeSnapshot(), Snapshot)
        assert set(snapshot.legs) == {"a", "b"}
        assert snapshot.legs["a"].source == Address(*a.address)
        assert set(snapshot.topology["call"]) == {Edge("a", "b"), Edge("b", "a")}
        assert [state.command.recording for state in snapshot.recordings] == ["r"]
        assert (await control.event(DigitPressed)).digit == "7"
        await control.do(SetTopology(group="call", edges=(Edge("a", "b"),)), Done)
        await a.hears(850.0)
        await b.hears()
        assert a.missing_packets(since) == 0
        arrivals = [at for at, _ in a.received[since:]]
        assert max(later - earlier for earlier, later in itertools.pairwise(arrivals)) < 0.2


async def test_newer_control_takes_over_and_the_older_stays_away(worker):
    async with Control(worker.control) as older:
        await older.do(TakeSnapshot(), Snapshot)
        async with Control(worker.control) as newer:
            snapshot = await newer.do(TakeSnapshot(), Snapshot)
            assert snapshot.counters["control_taken_over"] == 1
            while not older.client.superseded:
                await asyncio.sleep(0.01)
            again = await newer.do(TakeSnapshot(), Snapshot)
            assert again.counters["control_taken_over"] == 1


async def test_repeated_request_is_done_once(control):
    command = OpenRtpLeg(leg="once")
    first = await control.client.request(command, id_="same")
    second = await control.client.request(command, id_="same")
    assert isinstance(first, RtpLegOpened) and first == second
    other = await control.do(command, Refused)
    assert other.reason is RefusalReason.LEG_EXISTS


async def test_unknown_and_malformed_commands_are_refused_and_counted(worker):
    reader, writer = await asyncio.open_unix_connection(str(worker.control))

    async def answer():
        length = int.from_bytes(await reader.readexactly(4), "big")
        return protocol.decode_from_worker(await reader.readexactly(length))

    assert (await answer()).version == protocol.PROTOCOL_VERSION
    for id_, body in (("x", {"type": "levitate"}), ("y", {"type": "play", "leg": 5})):
        writer.write(protocol.frame(protocol.Request(id=id_, command=msgspec.Raw(msgspec.msgpack.encode(body)))))
    refusals = {(frame := await answer()).id: frame.result.reason for _ in range(2)}
    assert refusals == {"x": RefusalReason.UNKNOWN_COMMAND, "y": RefusalReason.MALFORMED}
    writer.write(b"\0\0\0\5\x81\xa4typ")  # a frame that is no frame
    writer.write(protocol.request("z", TakeSnapshot()))
    counters = (await answer()).result.counters
    assert counters["frames_malformed"] == 1 and counters["commands_unknown"] == 2
    writer.close()


async def test_music_announcement_file_and_end_of_leg(control, phones, tmp_path):
    a: RtpPhone = phones(None)
    opened = await control.do(OpenRtpLeg(leg="a", remote=Address(*a.address)), RtpLegOpened)
    a.start((opened.address, opened.port))
    tone = protocol.ToneSource((1050.0,), duration_ms=1000)
    await control.do(Play(leg="a", play="music", sources=(MusicSource(),)), Done)
    await control.do(Play(leg="a", play="notice", sources=(tone,)), Done)
    await a.hears(1050.0)
    await control.event(PlayFinished, lambda e: e.play == "notice" and e.outcome is PlayOutcome.COMPLETED)
    file = protocol.FileSource(str(tmp_path / "prompt.wav"))
    with wave.open(file.path, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(44100)
        sound = 4000 * np.sin(2 * np.pi * 750 * np.arange(44100) / 44100)
        out.writeframes(np.repeat(sound.astype("<i2")[:, None], 2, axis=1).tobytes())
    await control.do(Play(leg="a", play="prompt", sources=(file,)), Done)
    await a.hears(750.0)
    await control.event(PlayFinished, lambda e: e.play == "prompt" and e.outcome is PlayOutcome.COMPLETED)
    missing = protocol.FileSource(str(tmp_path / "none.wav"))
    await control.do(Play(leg="a", play="file", sources=(missing,)), Done)
    await control.event(PlayFinished, lambda e: e.play == "file" and e.outcome is PlayOutcome.FAILED)
    await control.do(CloseLeg(leg="a"), LegClosed)
    await control.event(PlayFinished, lambda e: e.play == "music" and e.outcome is PlayOutcome.LEG_CLOSED)
