"""A media worker dies, another takes its place: ports, who hears whom, plays and recordings go on without the peers being told."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from sip_bridge.media.client import MediaClient
from sip_bridge.media.ports import NoFreePort, PortRange
from sip_bridge.media.protocol import (
    Address,
    Done,
    Edge,
    Gap,
    Hello,
    MusicSource,
    OpenRtpLeg,
    PauseRecording,
    Play,
    RecordingStopped,
    Refused,
    ResumeRecording,
    RtpLegOpened,
    SetTopology,
    StartRecording,
    StopRecording,
    TakenUp,
    UpdateRtpLeg,
)
from sip_bridge.node.media import Media
from tests.media.test_recordings import channels
from tests.support.media_worker import WorkerProcess
from tests.support.rtp_phone import level


class Bridge:
    """What the control process does with a worker."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.media = Media(MediaClient(folder / "c.sock", on_hello=self._hello))
        self.taken_up = None
        self._instance = ""
        self._task: asyncio.Task | None = None

    def _hello(self, hello: Hello) -> None:
        if self._instance and hello.instance != self._instance:
            self.media.worker_was_replaced()
            self._task = asyncio.create_task(self.media.restore(self._recordings))
        self._instance = hello.instance

    async def _recordings(self, worker: MediaClient) -> None:
        if self.taken_up is not None:
            assert isinstance(await worker.request(self.taken_up()), Done)

    async def do(self, command, kind):
        result = await self.media.request(command, within=20)
        assert isinstance(result, kind), result
        return result


@pytest.fixture
async def bridge(tmp_path):
    made = Bridge(tmp_path)
    made.worker = WorkerProcess(tmp_path, ports="30600-30799")
    await made.media.client.connect()
    yield made
    await made.media.client.close()
    made.worker.stop()


async def replaced(bridge) -> None:
    bridge.worker.kill()
    bridge.worker = WorkerProcess(bridge.folder, ports="30600-30799")


async def test_phones_hear_each_other_again_at_the_same_ports(bridge, phones):
    shared, late, waiting = phones(450.0), phones(850.0), phones(None)
    a = await bridge.do(OpenRtpLeg(leg="a", remote=Address(*shared.address)), RtpLegOpened)
    b = await bridge.do(OpenRtpLeg(leg="b"), RtpLegOpened)  # its peer's address comes with the answer
    await bridge.do(UpdateRtpLeg(leg="b", remote=Address(*late.address)), Done)
    c = await bridge.do(OpenRtpLeg(leg="c", remote=Address(*waiting.address)), RtpLegOpened)
    for phone, opened in ((shared, a), (late, b), (waiting, c)):
        phone.start((opened.address, opened.port))
    await bridge.do(SetTopology(group="g", edges=(Edge("a", "b"), Edge("b", "a"))), Done)
    await bridge.do(Play(leg="c", play="music", sources=(MusicSource(None),)), Done)
    await shared.hears(850.0)
    await replaced(bridge)
    died = time.monotonic()
    again = await bridge.do(OpenRtpLeg(leg="d"), RtpLegOpened)  # asked while nobody was there: done by the new one
    assert again.port not in (a.port, b.port, c.port)
    for phone in (shared, late, waiting):
        phone.received.clear()
    await shared.hears(850.0)
    await late.hears(450.0)
    until = time.monotonic() + 5
    while np.abs(waiting.heard(200)).max(initial=0) < 200:
        assert time.monotonic() < until, "no music"
        await asyncio.sleep(0.05)
    assert time.monotonic() - died < 20
    assert isinstance(await bridge.media.request(OpenRtpLeg(leg="a")), Refused), "the leg is there"


async def test_who_left_while_no_worker_was_there_is_heard_no_more_however_long_that_took(bridge, phones):
    customer, colleague, left = phones(450.0), phones(850.0), phones(1150.0)
    for name, phone in (("a", customer), ("b", colleague), ("c", left)):
        opened = await bridge.do(OpenRtpLeg(leg=name, remote=Address(*phone.address)), RtpLegOpened)
        phone.start((opened.address, opened.port))
    await bridge.do(SetTopology(group="g", edges=(Edge("a", "b"), Edge("a", "c"))), Done)
    await customer.hears(850.0, 1150.0)
    bridge.worker.kill()
    asked = asyncio.create_task(bridge.media.request(SetTopology(group="g", edges=(Edge("a", "b"),)), within=0.2))
    with pytest.raises(TimeoutError):
        await bridge.media.request(OpenRtpLeg(leg="d"), within=0.5)  # a call that comes is told that there is no media
    bridge.worker = WorkerProcess(bridge.folder, ports="30600-30799")
    assert isinstance(await asked, Done)
    customer.received.clear()
    await customer.hears(850.0)


async def test_a_recording_goes_on_in_its_file_with_a_gap(bridge, phones):
    phone, other = phones(450.0), phones(850.0)
    for name, each in (("a", phone), ("b", other)):
        opened = await bridge.do(OpenRtpLeg(leg=name, remote=Address(*each.address)), RtpLegOpened)
        each.start((opened.address, opened.port))
    await bridge.do(SetTopology(group="g", edges=(Edge("a", "b"), Edge("b", "a"))), Done)
    await phone.hears(850.0)
    command = StartRecording(recording="r", path="r.wav", left=("a",), right=("b",))
    await bridge.do(command, Done)
    begun = time.time()
    await asyncio.sleep(1.2)
    await bridge.do(PauseRecording(recording="r"), Done)
    await asyncio.sleep(0.6)
    await bridge.do(ResumeRecording(recording="r"), Done)
    paused = Gap(1200, 1800)
    await asyncio.sleep(1.5)

    def go_on() -> StartRecording:
        was = TakenUp(int(1000 * (time.time() - begun)), (paused,))
        return StartRecording(recording="r", path="r.wav", left=("a",), right=("b",), taken_up=was)

    bridge.taken_up = go_on
    await replaced(bridge)
    phone.received.clear()
    await phone.hears(850.0, within=20)
    await asyncio.sleep(1.5)
    stopped = await bridge.do(StopRecording(recording="r"), RecordingStopped)
    whole = 1000 * (time.time() - begun)
    first, death = stopped.gaps
    assert first == paused and 2200 < death.start_ms <= 3400 and death.end_ms > death.start_ms
    assert abs(stopped.duration_ms - whole) < 400
    left, right = channels(bridge.folder / "recordings" / "r.wav")
    assert len(left) == 8 * stopped.duration_ms
    for side, tone in ((left, 450.0), (right, 850.0)):
        assert level(side[2000:6000], tone) > 3000
        assert level(side[-4000:-800], tone) > 3000
        assert np.abs(side[8 * death.start_ms : 8 * death.end_ms]).max() < 20


async def test_a_paused_recording_stays_paused(bridge, phones):
    phone = phones(450.0)
    opened = await bridge.do(OpenRtpLeg(leg="a", remote=Address(*phone.address)), RtpLegOpened)
    phone.start((opened.address, opened.port))
    await bridge.do(StartRecording(recording="p", path="p.wav", left=("a",), right=()), Done)
    begun = time.time()
    await asyncio.sleep(1.2)
    await bridge.do(PauseRecording(recording="p"), Done)
    await asyncio.sleep(1.2)
    bridge.taken_up = lambda: StartRecording(
        recording="p",
        path="p.wav",
        left=("a",),
        right=(),
        taken_up=TakenUp(int(1000 * (time.time() - begun)), (), 1200),
    )
    await replaced(bridge)
    await bridge.do(OpenRtpLeg(leg="other"), RtpLegOpened)
    await asyncio.sleep(1.0)
    stopped = await bridge.do(StopRecording(recording="p"), RecordingStopped)
    assert stopped.gaps == (Gap(1200, stopped.duration_ms),)
    left, _ = channels(bridge.folder / "recordings" / "p.wav")
    assert np.abs(left[8 * 1300 :]).max() < 20, "nothing of the pause is on disk"


def test_a_wanted_port_is_given_or_none():
    ports = PortRange(30800, 30804)
    first, rtp, rtcp = ports.open_pair("127.0.0.1", 30802)
    assert first == 30802
    with pytest.raises(NoFreePort):
        ports.open_pair("127.0.0.1", 30802)
    with pytest.raises(NoFreePort):
        ports.open_pair("127.0.0.1", 40000)
    assert ports.open_pair("127.0.0.1")[0] == 30800
    rtp.close()
    rtcp.close()
