"""kill -9 of each process during a conversation: nobody hears a gap, all come back, hang-up and hold work from both sides."""

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager

import numpy as np
import psutil
import pytest
import pytest_asyncio

from backend.application.spoken_ahead import FALLBACK_TEXT
from backend.application.voice import prompt_key
from tests.support.caller import Call, Callers
from tests.support.kept import kept, samples
from tests.support.rtp_phone import level
from tests.support.system import DIRECT, System, Workplace

CALLER_TONE, AGENT_TONE = 650.0, 1150.0
LONGEST_RETURN_S = 10.0


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=1) as running:
        yield running
    left = [
        p.cmdline()
        for p in psutil.process_iter(["cmdline"])
        if str(running.folder) in " ".join(p.info["cmdline"] or ())
    ]
    assert left == [], "a stopped system leaves no process behind, not even one that a killed supervisor had started"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def conversation(system: System, login: str = "a0"):
    """An agent and a caller who hear each other: (workplace, callers, call, contact id)."""
    async with Workplace(system, login, system.password, AGENT_TONE) as agent, Callers(system.sip_port) as callers:
        call = await callers.call(DIRECT, "+420602111222", CALLER_TONE)
        offer = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
        contact = offer[0]["id"]
        assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
        await call.phone.hears(AGENT_TONE)
        await agent.phone.hears(CALLER_TONE)
        yield agent, callers, call, contact


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


async def both_hear_without_a_gap(agent: Workplace, call: Call, since: tuple[int, int]) -> None:
    await call.phone.hears(AGENT_TONE)
    await agent.phone.hears(CALLER_TONE)
    assert call.phone.missing_packets(since[0]) == 0
    assert agent.phone.missing_packets(since[1]) == 0


def heard_so_far(agent: Workplace, call: Call) -> tuple[int, int]:
    return len(call.phone.received), len(agent.phone.received)


async def desk_again(agent: Workplace) -> None:
    """The agent's screen comes back by itself: subscribe again with the cursor until it works."""
    until = time.monotonic() + LONGEST_RETURN_S
    while True:
        try:
            await agent.desk.cut()
            await agent.desk.connect(agent.desk.cursor)
            return
        except OSError:
            assert time.monotonic() < until, "the API did not come back"
            await asyncio.sleep(0.1)


async def bridge_again(system: System) -> None:
    async with system.client() as client:
        until = time.monotonic() + LONGEST_RETURN_S
        while True:
            try:
                answer = await client.http.get("/health/ready")
                if answer.status_code == 200 and answer.json()["bridges"]:
                    return
            except Exception:
                pass
            assert time.monotonic() < until, "the system did not come back"
            await asyncio.sleep(0.05)


async def hold_works(agent: Workplace, call: Call, contact: str) -> None:
    assert (await agent.act("hold", contact))["__typename"] == "Contact"
    await agent.phone.hears()
    await _hears_music(call)
    assert (await agent.act("resume", contact))["__typename"] == "Contact"
    await call.phone.hears(AGENT_TONE)
    await agent.phone.hears(CALLER_TONE)


async def _hears_music(call: Call) -> None:
    until = time.monotonic() + 4
    while True:
        heard = call.phone.heard(200)
        if len(heard) and abs(heard).max() > 200 and AGENT_TONE not in _tones(heard):
            return
        assert time.monotonic() < until, "no music on hold"
        await asyncio.sleep(0.05)


def _tones(samples) -> set[float]:
    from tests.support.rtp_phone import tones_in

    return tones_in(samples)


async def history_is_complete(system: System, contact: str, ended_by: str, *, held: bool = True) -> None:
    steps: list[str] = []
    until = time.monotonic() + LONGEST_RETURN_S
    while time.monotonic() < until:
        rows = await system.sql(
            "SELECT data FROM event WHERE stream = 'interaction' AND subject = :id ORDER BY version", id=contact
        )
        steps = [r[0]["type"] for r in rows]
        if {"WrapUpFinished", "RecordingSaved"} <= set(steps):
            break
        await asyncio.sleep(0.1)
    expected = [
        "Arrived",
        "LegCameUp",
        "Routed",
        "IvrEntered",
        "IvrMoved",
        "Routed",
        "Queued",
        "Offered",
        "OfferAccepted",
        "ConversationStarted",
    ]
    expected += ["Held", "Resumed"] if held else []
    assert [s for s in steps if s not in ("RecordingSaved", "WrapUpFinished")] == [*expected, "Ended"]
    assert {"RecordingSaved", "WrapUpFinished"} <= set(steps)
    ended = next(r[0] for r in rows if r[0]["type"] == "Ended")
    assert (ended["outcome"], ended["by"]) == ("handled", ended_by)


async def agent_hangs_up(agent: Workplace, callers: Callers, call: Call, contact: str) -> str:
    assert (await agent.act("hangUp", contact))["__typename"] == "Contact"
    await asyncio.wait_for(call.ended.wait(), 5)
    return "agent"


async def customer_hangs_up(agent: Workplace, callers: Callers, call: Call, contact: str) -> str:
    await callers.hang_up(call)
    await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
    return "customer"


@pytest.mark.parametrize("hang_up", [agent_hangs_up, customer_hangs_up])
async def test_killed_control_process_is_not_noticed(system, hang_up):
    async with conversation(system) as (agent, callers, call, contact):
        since = heard_so_far(agent, call)
        kill(system.bridge_part("sip_bridge.node.control").pid)
        await asyncio.sleep(0.2)
        await bridge_again(system)
        await both_hear_without_a_gap(agent, call, since)
        await hold_works(agent, call, contact)
        by = await hang_up(agent, callers, call, contact)
        await history_is_complete(system, contact, by)


@pytest.mark.parametrize("hang_up", [agent_hangs_up, customer_hangs_up])
async def test_killed_api_is_not_heard_and_the_desk_shows_the_call_again(system, hang_up):
    async with conversation(system) as (agent, callers, call, contact):
        since = heard_so_far(agent, call)
        kill(system.api.pid)
        await asyncio.sleep(0.1)
        await bridge_again(system)
        await desk_again(agent)
        shown = await agent.desk.until(lambda v: v.contacts.get(contact))
        assert (shown["phase"], shown["agentId"] is not None) == ("ACTIVE", True)
        await both_hear_without_a_gap(agent, call, since)
        await hold_works(agent, call, contact)
        by = await hang_up(agent, callers, call, contact)
        await history_is_complete(system, contact, by)


async def test_customer_who_hangs_up_while_the_api_is_away_is_known_afterwards(system):
    async with conversation(system) as (agent, callers, call, contact):
        kill(system.api.pid)
        await callers.hang_up(call)
        await bridge_again(system)
        await desk_again(agent)
        await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
        await history_is_complete(system, contact, "customer", held=False)


@pytest.mark.parametrize("hang_up", [agent_hangs_up, customer_hangs_up])
async def test_killed_database_is_not_heard(system, hang_up):
    async with conversation(system) as (agent, callers, call, contact):
        since = heard_so_far(agent, call)
        kill(system.here.postgres.pid())
        await asyncio.sleep(0.1)
        await asyncio.to_thread(start_again, system)
        await bridge_again(system)
        await both_hear_without_a_gap(agent, call, since)
        await hold_works(agent, call, contact)
        by = await hang_up(agent, callers, call, contact)
        await history_is_complete(system, contact, by)


def start_again(system: System) -> None:
    """What ``deploy.run`` does when it finds the server gone."""
    until = time.monotonic() + 20
    while True:
        try:
            return system.here.postgres.start()
        except RuntimeError:
            assert time.monotonic() < until
            time.sleep(0.2)


@pytest.mark.parametrize("hang_up", [agent_hangs_up, customer_hangs_up])
async def test_killed_media_worker_loses_no_call_and_the_recording_goes_on_with_a_gap(system, hang_up):
    async with conversation(system) as (agent, callers, call, contact):
        begun = time.monotonic()
        await asyncio.sleep(2.5)
        kill(system.bridge_part("sip_bridge.media").pid)
        await bridge_again(system)
        await agent.come_back()
        await call.phone.hears(AGENT_TONE)
        await agent.phone.hears(CALLER_TONE)
        back = time.monotonic()
        assert not call.ended.is_set()
        await asyncio.sleep(1.5)
        await hold_works(agent, call, contact)
        by = await hang_up(agent, callers, call, contact)
        whole = time.monotonic() - begun
        await history_is_complete(system, contact, by)
    rows = await system.sql("SELECT id::text FROM recording WHERE interaction = CAST(:id AS uuid)", id=contact)
    assert len(rows) == 1, "one recording for one conversation"
    found = await kept(system.here.postgres.url(), rows[0].id, LONGEST_RETURN_S)
    death, *_ = found.gaps_ms
    assert 1400 < death[0] <= 3000 and death[1] <= 1000 * (back - begun) + 500, found.gaps_ms
    assert abs(found.duration_ms / 1000 - whole) < 1.5, "the times on it are those of the conversation"
    sides = (await samples(system.folder, found)).astype(float)
    for channel, said in ((0, CALLER_TONE), (1, AGENT_TONE)):
        before = sides[4000:8000, channel]
        after = sides[8 * death[1] + 8000 : 8 * death[1] + 12000, channel]
        silent = sides[8 * death[0] : 8 * death[1], channel]
        assert level(before, said) > 2000 and level(after, said) > 2000
        assert np.abs(silent).max(initial=0) < 20, "nothing is made up"


async def test_killed_supervisor_leaves_the_call_alone(system):
    async with conversation(system) as (agent, callers, call, contact):
        since = heard_so_far(agent, call)
        kill(system.supervisor.pid)
        await asyncio.sleep(1.0)
        await bridge_again(system)
        await both_hear_without_a_gap(agent, call, since)
        await agent_hangs_up(agent, callers, call, contact)


async def test_new_caller_hears_the_announcement_while_the_api_is_away(system):
    """The bridge answers by itself with what it was last told, and the caller is not left in silence."""
    api = system.services[0]
    until = time.monotonic() + 30
    while not list((system.folder / "files" / "prompts").glob(f"{prompt_key(FALLBACK_TEXT)}.wav")):
        assert time.monotonic() < until, "the announcement is not rendered"
        await asyncio.sleep(0.2)
    os.kill(api.process.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(0.1)
        async with Callers(system.sip_port) as callers:
            call = await callers.call(DIRECT, "+420602111222")
            until = time.monotonic() + 5
            while abs(call.phone.heard(200)).max(initial=0) < 500:
                assert time.monotonic() < until, "silence"
                await asyncio.sleep(0.05)
            await asyncio.wait_for(call.ended.wait(), 20)
    finally:
        os.kill(api.process.pid, signal.SIGCONT)
    await bridge_again(system)
