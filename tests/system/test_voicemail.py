"""A message left by telephone: the caller's tone is found in what was sealed; who dies meanwhile loses none of it."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from backend.application.voice import prompt_key
from backend.application.voicemail import GREETING, THANKS
from tests.scenarios.test_routing import Admin
from tests.support.baresip import Baresip, write_wav
from tests.support.caller import Call, Callers
from tests.support.kept import kept, samples
from tests.support.rtp_phone import level, tone
from tests.support.system import DIRECT, System
from tests.system.test_survival import bridge_again, kill
from tests.system.test_waiting import LIKE, hears, likeness

pytestmark = pytest.mark.asyncio(loop_scope="module")
TONE = 650.0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System() as running:
        async with running.client() as client:
            await client.sign_in("spravce", running.logins["spravce"].password)
            admin = Admin(client)
            queue = await admin.change("Pojištění", voicemail={"quiet_s": 3})
            await admin.rules({"type": "voicemail", "queue": queue}, number=DIRECT)
        yield running


async def until(what: str, found, within: float = 20):
    """The first truthy answer of ``found()``."""
    limit = time.monotonic() + within
    while not (value := await found()):
        assert time.monotonic() < limit, what
        await asyncio.sleep(0.05)
    return value


async def newest(system: System, number: str):
    rows = await system.sql(
        "SELECT id::text, outcome, phase, state->'message'->>'stage' AS stage, state->'message'->>'recording' AS recording"
        " FROM interaction WHERE address = :n AND direction = 'inbound' ORDER BY arrived_at DESC LIMIT 1",
        n=number,
    )
    return rows[0] if rows else None


async def at_stage(system: System, number: str, stage: str):
    async def found():
        row = await newest(system, number)
        return row if row is not None and row.stage == stage else None

    return await until(f"the message is not {stage}", found)


async def messages(system: System, number: str) -> list:
    return await system.sql(
        "SELECT state, body->'messages' AS messages FROM callback WHERE number = :n ORDER BY requested_at", n=number
    )


async def stored_sound(system: System, recording: str) -> tuple[np.ndarray, np.ndarray]:
    found = await kept(system.here.postgres.url(), recording)
    both = (await samples(system.folder, found)).astype(float)
    return both[:, 0], both[:, 1]


def is_the_tone(left: np.ndarray, right: np.ndarray, seconds: float) -> None:
    """The caller's tone on the left for so long, and nothing on the right.

    A telephone that stumbles under load shifts the tone's phase: each tenth of a second is looked at by itself. None is
    silent, and at least nine of ten are the tone.
    """
    assert len(left) >= 8000 * seconds
    tenths = [left[begin : begin + 800] for begin in range(0, int(8000 * seconds) - 800, 800)]
    assert all(np.sqrt(np.mean(each**2)) > 700 for each in tenths), "a gap"
    levels = [level(each, TONE) for each in tenths]
    assert sum(each > 2000 for each in levels) >= 0.9 * len(levels), levels
    assert np.abs(right).max() < 20


def tone_of_a_minute(folder: Path) -> Path:
    return write_wav(folder / "caller.wav", tone(TONE, 0, 8000 * 60))


async def test_ivr_04_a_telephone_leaves_a_message_ended_by_the_key(system, tmp_path):
    number = "+420777123456"
    async with Baresip(tone_of_a_minute(tmp_path)) as phone:
        await phone.call(DIRECT.removeprefix("+420"), system.sip_port)
        await hears(system, phone, GREETING)
        row = await at_stage(system, number, "recording")
        await asyncio.sleep(3)  # what the caller says
        await phone.press("#")
        await phone.until("CALL_CLOSED")
        prompt = np.frombuffer(
            (system.folder / "files" / "prompts" / f"{prompt_key(THANKS)}.wav").read_bytes()[44:], np.int16
        )
        assert likeness(phone.heard(), prompt[:16000]) > LIKE, "the caller is thanked"
    left, right = await stored_sound(system, row.recording)
    is_the_tone(left, right, 2.5)
    assert len(left) < 8000 * 6, "the thanks is not on it"
    assert (await newest(system, number)).outcome == "message_left"
    ((state, (message,)),) = await messages(system, number)
    assert (state, message["recording"], message["interaction"]) == ("waiting", row.recording, row.id)


async def speaking(system: System, callers: Callers, number: str) -> tuple[Call, str]:
    """A caller whose message is being recorded; its recording."""
    call = await callers.call(DIRECT, number, TONE)
    return call, (await at_stage(system, number, "recording")).recording


async def left_one_message(system: System, number: str, recording: str) -> None:
    async def found():
        return await messages(system, number)

    rows = await until("no message", found)
    assert [m["recording"] for row in rows for m in row.messages] == [recording]


async def test_ivr_04_silence_ends_the_message(system):
    number = "+420602000001"
    async with Callers(system.sip_port) as callers:
        call, recording = await speaking(system, callers, number)
        await asyncio.sleep(2)
        call.phone.muted = True
        await asyncio.wait_for(call.ended.wait(), 20)
    await left_one_message(system, number, recording)
    left, right = await stored_sound(system, recording)
    is_the_tone(left, right, 1.5)
    assert 4.5 <= len(left) / 8000 <= 8, "three seconds of silence, looked for once a second"
    silent = "+420602000002"
    async with Callers(system.sip_port) as callers:
        call = await callers.call(DIRECT, silent, None)
        await asyncio.wait_for(call.ended.wait(), 40)
    assert (await newest(system, silent)).outcome == "abandoned_in_voicemail"
    assert await messages(system, silent) == []


@pytest.mark.parametrize("part", ["api", "control", "media"])
async def test_ivr_04_kill_9_in_the_middle_of_a_message_loses_nothing(system, part):
    number = {"api": "+420603000001", "control": "+420603000002", "media": "+420603000003"}[part]
    async with Callers(system.sip_port) as callers:
        call, recording = await speaking(system, callers, number)
        await asyncio.sleep(2.5)
        kill(system.processes()[part].pid)
        if part == "api":
            await callers.hang_up(call)  # while nobody is there to hear of it
        await bridge_again(system)
        if part in ("control", "media"):
            await asyncio.sleep(1)
            assert not call.ended.is_set(), "the message goes on"
            await callers.hang_up(call)
        await asyncio.wait_for(call.ended.wait(), 10)
    await left_one_message(system, number, recording)
    is_the_tone(*await stored_sound(system, recording), 1.5)
