"""Recordings on disk: channels, pauses, hash, disk trouble, and what is left when the worker is killed."""

from __future__ import annotations

import asyncio
import hashlib
import wave

import numpy as np
import pytest

from sip_bridge.media import wav
from sip_bridge.media.files import load
from sip_bridge.media.protocol import (
    Address,
    Done,
    Edge,
    OpenRtpLeg,
    PauseRecording,
    RecordingStopped,
    RefusalReason,
    Refused,
    ResumeRecording,
    RtpLegOpened,
    SetTopology,
    Snapshot,
    StartRecording,
    StopRecording,
    TakeSnapshot,
)
from tests.support.media_worker import Control
from tests.support.rtp_phone import tones_in


async def call(control, phones, first=450.0, second=850.0):
    made = []
    for name, frequency in (("caller", first), ("agent", second)):
        phone = phones(frequency)
        opened = await control.do(OpenRtpLeg(leg=name, remote=Address(*phone.address)), RtpLegOpened)
        made.append(phone.start((opened.address, opened.port)))
    edges = (Edge("caller", "agent"), Edge("agent", "caller"))
    await control.do(SetTopology(group="call", edges=edges), Done)
    await made[0].hears(second)
    return made


async def duration(control):
    snapshot = await control.do(TakeSnapshot(), Snapshot)
    return snapshot.recordings[0].duration_ms


async def until(control, milliseconds):
    while await duration(control) < milliseconds:
        await asyncio.sleep(0.05)


def channels(path):
    """Left and right samples of a recording."""
    target = path.with_suffix(".pcm.wav")
    wav.to_pcm16(path, target)
    with wave.open(str(target)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return samples[:, 0].astype(float), samples[:, 1].astype(float)


async def test_caller_left_agent_right_with_hash(control, worker, phones):
    await call(control, phones)
    await control.do(StartRecording(recording="r", path="2026/r.wav", left=("caller",), right=("agent",)), Done)
    await until(control, 1500)
    stopped = await control.do(StopRecording(recording="r"), RecordingStopped)
    path = worker.recordings / "2026/r.wav"
    data = path.read_bytes()
    assert stopped.sha256 == hashlib.sha256(data).hexdigest() and stopped.size == len(data)
    assert len(data) == wav.HEADER_SIZE + 16 * stopped.duration_ms
    left, right = channels(path)
    assert tones_in(left[-4000:]) == {450.0} and tones_in(right[-4000:]) == {850.0}
    assert tones_in(load(path).astype(float)[-4000:]) == {450.0, 850.0}


async def test_pause_leaves_silence_and_is_told(control, worker, phones):
    await call(control, phones)
    await control.do(StartRecording(recording="r", path="pause.wav", left=("caller",), right=("agent",)), Done)
    await until(control, 600)
    await control.do(PauseRecording(recording="r"), Done)
    await until(control, 1200)
    await control.do(ResumeRecording(recording="r"), Done)
    await until(control, 1800)
    stopped = await control.do(StopRecording(recording="r"), RecordingStopped)
    (gap,) = stopped.gaps
    left, right = channels(worker.recordings / "pause.wav")
    inside = slice(gap.start_ms * 8, gap.end_ms * 8)
    assert np.abs(left[inside]).max() <= 8 and np.abs(right[inside]).max() <= 8
    assert tones_in(left[gap.end_ms * 8 + 160 :]) == {450.0}


async def test_side_of_two_legs_is_mixed(control, worker, phones):
    await call(control, phones)
    third = phones(1250.0)
    opened = await control.do(OpenRtpLeg(leg="third", remote=Address(*third.address)), RtpLegOpened)
    third.start((opened.address, opened.port))
    await control.do(StartRecording(recording="r", path="mix.wav", left=("caller",), right=("agent", "third")), Done)
    await until(control, 1200)
    await control.do(StopRecording(recording="r"), RecordingStopped)
    left, right = channels(worker.recordings / "mix.wav")
    assert tones_in(left[-3200:]) == {450.0} and tones_in(right[-3200:]) == {850.0, 1250.0}


async def test_muted_agent_is_not_recorded_where_only_what_is_heard_shall_be(control, worker, phones):
    await call(control, phones)
    start = StartRecording(recording="r", path="mute.wav", left=("caller",), right=("agent",), only_heard=True)
    await control.do(start, Done)
    await until(control, 800)
    await control.do(SetTopology(group="call", edges=(Edge("agent", "caller"),)), Done)
    await until(control, 2000)
    await control.do(StopRecording(recording="r"), RecordingStopped)
    left, right = channels(worker.recordings / "mute.wav")
    assert tones_in(left[-4000:]) == {450.0} and tones_in(right[2400:4800]) == {850.0}
    assert np.abs(right[-4000:]).max() <= 8


@pytest.mark.parametrize("path", ["../outside.wav", "/tmp/outside.wav", ""])
async def test_path_outside_the_folder_is_refused(control, path):
    command = StartRecording(recording="r", path=path, left=(), right=())
    assert (await control.do(command, Refused)).reason is RefusalReason.BAD_PARAMETER


async def test_existing_file_is_not_overwritten(control, worker):
    (worker.recordings / "old.wav").write_bytes(b"precious")
    command = StartRecording(recording="r", path="old.wav", left=(), right=())
    assert (await control.do(command, Refused)).reason is RefusalReason.RECORDING_EXISTS
    assert (worker.recordings / "old.wav").read_bytes() == b"precious"


async def test_killed_worker_leaves_everything_up_to_the_last_second(own_worker, phones):
    async with Control(own_worker.control) as control:
        await call(control, phones)
        await control.do(StartRecording(recording="r", path="cut.wav", left=("caller",), right=("agent",)), Done)
        await until(control, 3000)
        recorded = await duration(control)
        own_worker.kill()
    path = own_worker.recordings / "cut.wav"
    before = channels(path)[0]
    milliseconds = wav.repair(path)
    assert milliseconds >= recorded - 1000
    left, right = channels(path)
    assert len(left) == milliseconds * 8 >= len(before)
    assert tones_in(left[-4000:]) == {450.0} and tones_in(right[-4000:]) == {850.0}


def test_repair_mends_sizes_and_a_half_sample(tmp_path):
    path = tmp_path / "r.wav"
    path.write_bytes(wav.header(0) + b"\xd5" * 1601)
    assert wav.repair(path) == 100
    assert path.read_bytes() == wav.header(1600) + b"\xd5" * 1600


def test_repair_refuses_what_is_no_recording(tmp_path):
    path = tmp_path / "r.wav"
    path.write_bytes(b"not a recording" * 10)
    with pytest.raises(wav.Unrepairable):
        wav.repair(path)


def test_full_disk_fails_the_recording_and_nothing_else():
    import os
    import time
    from pathlib import Path

    from sip_bridge.media.storage import RecordingFile, Storage, StorageFailed

    storage = Storage()
    storage.write(RecordingFile("r", Path("/dev/full"), os.open("/dev/full", os.O_RDWR)), b"\xd5" * 320)
    deadline = time.monotonic() + 5
    while not storage.reports and time.monotonic() < deadline:
        time.sleep(0.01)
    (report,) = storage.reports
    assert isinstance(report, StorageFailed) and report.name == "r" and "space" in report.detail
    storage.close()
