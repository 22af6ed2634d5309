"""A call between a telephone that is not ours (baresip) and an agent in headless Chromium, heard on both sides."""

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager
from datetime import datetime

import pytest
import pytest_asyncio
from playwright.async_api import expect

from backend.demo import NUMBER
from tests.support.agent_browser import AgentBrowser
from tests.support.baresip import Baresip, write_wav
from tests.support.rtp_phone import level, tone, tones_in
from tests.support.system import DIRECT, System
from tests.system.test_callers import check_recording
from tests.system.test_survival import bridge_again, start_again

CALLER_TONE, AGENT_TONE = 650.0, 1150.0
RECEIVED = """async () => {
  for (const [, s] of await window.kcPhone.stats())
    if (s.type === 'inbound-rtp') return {received: s.packetsReceived, lost: s.packetsLost};
}"""
COUNTED_AT = """(number, wanted) => new MutationObserver(() => {
  if (Number(number.textContent) === wanted) window.kcCountedAt ??= Date.now();
}).observe(number, {characterData: true, childList: true, subtree: true})"""
"""The browser's clock, which is that of this machine, when the number on the wall is the wanted one."""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=30) as running:
        yield running


@asynccontextmanager
async def talking(system: System, folder, number: str = DIRECT):
    """An agent in the browser and a caller, who hear each other."""
    source = write_wav(folder / "caller.wav", tone(CALLER_TONE, 0, 8000 * 120, 8000))
    async with AgentBrowser(system.url, AGENT_TONE, folder) as agent, Baresip(source) as phone:
        await agent.sign_in("a0", system.password)
        await agent.start_shift()
        await phone.call(number.removeprefix("+420"), system.sip_port)
        await phone.until("CALL_ESTABLISHED")
        if number == NUMBER:
            await asyncio.sleep(1)
            await phone.press("1")
        await agent.phase("OFFERED")
        await agent.page.get_by_test_id("offer").wait_for()
        await agent.page.keyboard.press("Alt+a")
        await agent.phase("ACTIVE")
        await agent.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        yield agent, phone
        assert agent.problems == []


async def hears(phone: Baresip, frequency: float | None, within: float = 8) -> None:
    until = time.monotonic() + within
    while True:
        heard = phone.heard()[-2400:]
        found = tones_in(heard)
        if frequency is not None and found == {frequency}:
            return
        if frequency is None and len(heard) and abs(heard).max() > 200 and AGENT_TONE not in found:
            return
        assert time.monotonic() < until, (frequency, found)
        await asyncio.sleep(0.05)


async def contact_of(system: System) -> str:
    rows = await system.sql("SELECT id FROM interaction ORDER BY arrived_at DESC LIMIT 1")
    return str(rows[0].id)


async def outcome(system: System, contact: str, within: float = 8) -> tuple[str, str]:
    until = time.monotonic() + within
    while True:
        row = (await system.sql("SELECT outcome, state FROM interaction WHERE id = CAST(:i AS uuid)", i=contact))[0]
        if row.outcome:
            return row.outcome, row.state["ended_by"]
        assert time.monotonic() < until
        await asyncio.sleep(0.05)


async def test_whole_call_by_keyboard(system, tmp_path):
    """Menu, queue, offer, talk with tones measured both ways, hold, mute, hang-up, wrap-up, ready again, recording."""
    async with talking(system, tmp_path, NUMBER) as (agent, phone):
        await asyncio.sleep(0.5)
        amplitude = (await agent.hears(CALLER_TONE))[CALLER_TONE]
        assert 0.15 < amplitude < 0.35, "8000 of 32768 is 0.24"
        assert 4000 < level(phone.heard()[-3200:], AGENT_TONE) < 12000
        contact = await contact_of(system)

        await agent.page.keyboard.press("Alt+h")
        await agent.page.get_by_test_id("hold-timer").wait_for()
        await agent.hears()
        await hears(phone, None)
        await agent.page.keyboard.press("Alt+h")
        await agent.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)

        await agent.page.keyboard.press("Alt+m")
        until = time.monotonic() + 5
        while AGENT_TONE in tones_in(phone.heard()[-1600:]):
            assert time.monotonic() < until
            await asyncio.sleep(0.05)
        await agent.page.keyboard.press("Alt+m")
        await hears(phone, AGENT_TONE)

        await agent.page.keyboard.press("Alt+z")
        await phone.until("CALL_CLOSED")
        await agent.phase("WRAP_UP")
        assert await outcome(system, contact) == ("handled", "agent")
        await agent.page.keyboard.press("Alt+n")
        await agent.page.keyboard.type("Klientka chce nový průkaz.")
        await agent.page.keyboard.press("Control+Enter")
        await expect(agent.page.get_by_test_id("note-state")).to_have_attribute("data-state", "saved")
        await agent.page.keyboard.press("Alt+w")
        await agent.activity("READY")
        await check_recording(system, contact, within_s=0.25)
        url = (await system.sql("SELECT recording FROM interaction WHERE id = CAST(:i AS uuid)", i=contact))[0][0]
        played = await agent.page.evaluate(
            """async (url) => { const a = new Audio(url); a.muted = true; await a.play();
               await new Promise(r => setTimeout(r, 400)); return [a.duration, a.currentTime, a.error]; }""",
            f"/recordings/{url}/audio",
        )
        assert played[0] > 1 and played[1] > 0 and played[2] is None


async def test_caller_hangs_up(system, tmp_path):
    async with talking(system, tmp_path) as (agent, phone):
        contact = await contact_of(system)
        await phone.hang_up()
        await agent.phase("WRAP_UP")
        assert await outcome(system, contact) == ("handled", "customer")
        await agent.page.keyboard.press("Alt+w")
        await agent.activity("READY")


async def test_reload_in_mid_call_talks_again_within_3_seconds(system, tmp_path):
    async with talking(system, tmp_path) as (agent, phone):
        before = len(phone.heard())
        begun = time.monotonic()
        await agent.page.reload(wait_until="commit")
        await agent.phone_connected(5)
        await agent.hears(CALLER_TONE, within=5)
        await hears(phone, AGENT_TONE, within=5)
        assert time.monotonic() - begun < 3.0
        await agent.phase("ACTIVE")
        assert len(phone.heard()) > before
        await agent.page.keyboard.press("Alt+z")
        await phone.until("CALL_CLOSED")


async def test_wallboard_counts_within_a_second(system, tmp_path):
    wall = system.logins["tabule"]
    async with AgentBrowser(system.url, AGENT_TONE, tmp_path) as board:
        await board.sign_in(wall.login, wall.password)
        queue = (await system.sql("SELECT id FROM queue ORDER BY id LIMIT 1"))[0].id
        answered = board.page.get_by_test_id(f"wall-answered-{queue}")
        before = int(await answered.inner_text())
        await answered.evaluate(COUNTED_AT, before + 1)
        async with talking(system, tmp_path) as (agent, _):
            contact = await contact_of(system)
            state = (await system.sql("SELECT state FROM interaction WHERE id = CAST(:i AS uuid)", i=contact))[0].state
            accepted = datetime.fromisoformat(state["accepted_at"]).timestamp()
            await board.until("() => window.kcCountedAt", 5)
            shown = (await board.page.evaluate("window.kcCountedAt")) / 1000 - accepted
            assert 0 < shown < 1, f"counted on the wall {shown:.3f} s after the click"
            await agent.page.keyboard.press("Alt+z")


@pytest.mark.parametrize("victim", ["api", "control", "postgres"])
async def test_desk_shows_the_call_again_after_kill_9(system, tmp_path, victim):
    async with talking(system, tmp_path) as (agent, phone):
        contact = await contact_of(system)
        lost_before = (await agent.page.evaluate(RECEIVED))["lost"]
        if victim == "postgres":
            os.kill(system.here.postgres.pid(), signal.SIGKILL)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(start_again, system)
        else:
            process = system.api if victim == "api" else system.bridge_part("sip_bridge.node.control")
            process.kill()
        await asyncio.sleep(1)
        await agent.hears(CALLER_TONE, within=1)
        await hears(phone, AGENT_TONE, within=1)
        await bridge_again(system)
        await agent.page.get_by_test_id("connection-banner").wait_for(state="detached", timeout=10000)
        await agent.phase("ACTIVE")
        await agent.page.keyboard.press("Alt+h")
        await agent.page.get_by_test_id("hold-timer").wait_for()
        await hears(phone, None)
        await agent.page.keyboard.press("Alt+h")
        await hears(phone, AGENT_TONE)
        await agent.hears(CALLER_TONE)
        assert (await agent.page.evaluate(RECEIVED))["lost"] == lost_before
        await agent.page.keyboard.press("Alt+z")
        await phone.until("CALL_CLOSED")
        assert await outcome(system, contact) == ("handled", "agent")
