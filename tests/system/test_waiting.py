"""What a waiting caller hears on a telephone that is not ours: the very prompts, found in the sound that came."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from backend.application.voice import prompt_key
from backend.demo import CLOSED, NUMBER
from backend.domain.voice.waiting_words import position_text
from tests.scenarios.test_routing import Admin, to_queue
from tests.support.baresip import Baresip, write_wav
from tests.support.system import DIRECT, System

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIKE = 0.8
"""Correlation from which a prompt counts as heard; music and other prompts stay below 0.3."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def admin(system):
    async with system.client() as client:
        await client.sign_in("spravce", system.logins["spravce"].password)
        yield Admin(client)


def likeness(heard: np.ndarray, prompt: np.ndarray) -> float:
    """The best normalised correlation of the prompt with any part of what was heard, 0 to 1."""
    if len(heard) < len(prompt):
        return 0.0
    sound, wanted = heard.astype(np.float64), prompt.astype(np.float64)
    size = 1 << (len(sound) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size)), size)
    matches = product[: len(sound) - len(wanted) + 1]
    energy = np.concatenate(([0.0], np.cumsum(sound**2)))
    windows = energy[len(wanted) :] - energy[: len(sound) - len(wanted) + 1]
    return float(np.max(np.abs(matches) / np.sqrt(np.maximum(windows, 1.0) * (wanted**2).sum())))


def in_pieces(heard: np.ndarray, prompt: np.ndarray, size: int = 16000) -> float:
    """The likeness of the least heard two seconds: a packet that the telephone's buffer adds or drops shifts the rest, and
    the whole would no longer match although every word was heard."""
    pieces = [prompt[i : i + size] for i in range(0, max(1, len(prompt) - size // 2), size)]
    return min(likeness(heard, piece) for piece in pieces)


async def hears(system: System, phone: Baresip, words: str, within: float = 25) -> None:
    """The telephone hears the whole of this text."""
    file = system.folder / "files" / "prompts" / f"{prompt_key(words)}.wav"
    until = time.monotonic() + within
    best = 0.0
    while time.monotonic() < until:
        if file.exists():
            prompt = np.frombuffer(file.read_bytes()[44:], np.int16)
            best = max(best, in_pieces(phone.heard(), prompt))
            if best > LIKE:
                return
        await asyncio.sleep(0.2)
    raise AssertionError(f"not heard, likeness {best:.2f}: {words}")


def silence(folder: Path) -> Path:
    return write_wav(folder / "caller.wav", np.zeros(8000 * 60))


async def test_in_26_callers_hear_their_place_and_the_better_one(system, admin, tmp_path):
    await admin.change("Pojištění", announcements={"min_every_s": 2})
    async with Baresip(silence(tmp_path)) as first, Baresip(silence(tmp_path), "777123457") as second:
        await first.call(DIRECT.removeprefix("+420"), system.sip_port)
        await hears(system, first, position_text(1))
        await second.call(DIRECT.removeprefix("+420"), system.sip_port)
        await hears(system, second, position_text(2))
        prompt = np.frombuffer(
            (system.folder / "files" / "prompts" / f"{prompt_key(position_text(1))}.wav").read_bytes()[44:], np.int16
        )
        assert likeness(second.heard(), prompt) < LIKE, "not yet the first"
        await first.hang_up()
        await hears(system, second, position_text(1))
        await second.hang_up()


async def test_in_06_closed_queue_tells_its_hours_and_hangs_up(system, admin, tmp_path):
    shut = await admin.calendar(name="zavřeno", week=[[], [], [], [], [], [], []])
    queue = await admin.change("Pobočky", calendar=shut)
    await admin.rules(to_queue(queue), number=NUMBER)
    async with Baresip(silence(tmp_path)) as phone:
        await phone.call(NUMBER.removeprefix("+420"), system.sip_port)
        await phone.until("CALL_ESTABLISHED")
        await hears(system, phone, CLOSED)
        await phone.until("CALL_CLOSED")
    rows = await system.sql("SELECT outcome, queue, state->>'ended_by' AS by FROM interaction ORDER BY arrived_at DESC")
    assert (rows[0].outcome, rows[0].queue, rows[0].by) == ("ended_by_ivr", None, "system")
    assert await system.sql("SELECT 1 FROM queue_visit WHERE queue = :q", q=queue) == []
