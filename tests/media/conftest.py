"""Real worker process and RTP phones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from sip_bridge.media.protocol import (
    CloseLeg,
    Done,
    LegClosed,
    RecordingStopped,
    SetTopology,
    Snapshot,
    StopRecording,
    TakeSnapshot,
)
from tests.support.media_worker import Control, WorkerProcess
from tests.support.rtp_phone import RtpPhone


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """One process for the tests of a file; `control` leaves it without legs."""
    process = WorkerProcess(tmp_path_factory.mktemp("worker"))
    yield process
    process.stop()


@pytest.fixture
def own_worker(tmp_path: Path) -> Iterator[WorkerProcess]:
    """A process that the test may kill."""
    process = WorkerProcess(tmp_path, ports="30400-30599")
    yield process
    process.stop()


@pytest.fixture
async def control(worker: WorkerProcess) -> AsyncIterator[Control]:
    async with Control(worker.control) as made:
        yield made
        snapshot = await made.do(TakeSnapshot(), Snapshot)
        for state in snapshot.recordings:
            await made.do(StopRecording(recording=state.command.recording), RecordingStopped)
        for group in snapshot.topology:
            await made.do(SetTopology(group=group, edges=()), Done)
        for leg in snapshot.legs:
            await made.do(CloseLeg(leg=leg), LegClosed)


@pytest.fixture
def phones() -> Iterator[Callable[..., RtpPhone]]:
    made: list[RtpPhone] = []

    def make(*args: object, **options: object) -> RtpPhone:
        made.append(RtpPhone(*args, **options))
        return made[-1]

    yield make
    for phone in made:
        phone.stop()
