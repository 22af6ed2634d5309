"""kill -9 of each process in the middle of each action of call control: no call lost, no agent stuck.

The click may or may not have been carried out when its process died; the agent clicks again if it was not.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable

import pytest
import pytest_asyncio

from tests.support.callee import Callees
from tests.support.rtp_phone import tones_in
from tests.support.system import System
from tests.system.test_call_control import (
    AGENT,
    CALLER,
    COLLEAGUE,
    NUMBER,
    OUTSIDE,
    SUPERVISOR,
    TONES,
    Scene,
    fresh,
    idle,
    scene,
)
from tests.system.test_survival import bridge_again

pytestmark = pytest.mark.asyncio(loop_scope="module")
KILL_AFTER_S = 0.03
"""After the click left: the request is on its way, its effects are not all there."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=20, ring_timeout_s=20) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def outside(system):
    async with Callees(system.pbx_port, {NUMBER: OUTSIDE}) as callees:
        yield callees


Click = Callable[[], Awaitable[object]]


async def transfer(s: Scene, outside: Callees) -> tuple[Click, list[set[float]]]:
    """A dial that died with its process brings the customer back, and the agent tries again."""
    return lambda: s.do(s.agent, "transfer", f'to: {{number: "{NUMBER}"}}'), [{OUTSIDE}]


async def consult(s: Scene, outside: Callees) -> tuple[Click, list[set[float]]]:
    return lambda: s.do(s.agent, "consult", f'to: {{number: "{NUMBER}"}}'), [set()]


async def conference(s: Scene, outside: Callees) -> tuple[Click, list[set[float]]]:
    b = await s.with_colleague()
    await s.do(s.agent, "consult", f"to: {{agent: {b.me}}}")
    await s.rung(b)
    return lambda: s.do(s.agent, "makeConference"), [{AGENT, COLLEAGUE}]


async def supervise(s: Scene, outside: Callees) -> tuple[Click, list[set[float]]]:
    d = await s.with_supervisor()
    return lambda: s.do(d, "supervise", "mode: BARGE"), [{AGENT, SUPERVISOR}]


async def park(s: Scene, outside: Callees) -> tuple[Click, list[set[float]]]:
    return lambda: s.do(s.agent, "park"), [set()]


ACTIONS = [transfer, consult, conference, supervise, park]


async def click_and_kill(system: System, click: Click, process: str) -> None:
    clicked = asyncio.ensure_future(click())
    await asyncio.sleep(KILL_AFTER_S)
    os.kill(system.processes()[process].pid, signal.SIGKILL)
    await asyncio.gather(clicked, return_exceptions=True)
    await asyncio.sleep(0.2)
    await bridge_again(system)


async def customer_hears(s: Scene, wanted: list[set[float]], click: Click, within: float = 20) -> None:
    """One of these; the agent clicks again while it was plainly not carried out."""
    until = time.monotonic() + within
    repeat_at = time.monotonic() + 2
    while True:
        heard = tones_in(s.customer.heard(200), TONES)
        if fresh(s.customer) and heard in wanted:
            return
        assert time.monotonic() < until, (heard, wanted)
        assert not s.call.ended.is_set(), "the call was lost"
        if time.monotonic() > repeat_at:
            await asyncio.gather(click(), return_exceptions=True)
            repeat_at = time.monotonic() + 2
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("process", ["api", "control"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_agt_02_killed_process_loses_no_call_and_holds_no_agent(system, outside, action, process):
    async with scene(system) as s:
        click, wanted = await action(s, outside)
        await click_and_kill(system, click, process)
        await customer_hears(s, wanted, click)
        if action is park:
            await s.do(s.agent, "takeParked")
            await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})
        if action is consult:
            await s.do(s.agent, "endConsultation")
            await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})
    await nothing_is_left(system, outside)


@pytest.mark.parametrize("action", ACTIONS)
async def test_agt_02_killed_media_worker_ends_the_call_and_holds_no_agent(system, outside, action):
    async with scene(system) as s:
        click, _ = await action(s, outside)
        await click_and_kill(system, click, "media")
        await asyncio.wait_for(s.call.ended.wait(), 10)
    await nothing_is_left(system, outside)


async def nothing_is_left(system: System, outside: Callees, within: float = 15) -> None:
    """No open contact, no busy agent, no leg at the PBX, no timer of a contact that is over."""
    await idle(system)
    until = time.monotonic() + within
    while True:
        rows = await system.sql("SELECT id, phase FROM interaction WHERE phase <> 'closed'")
        if not rows and not outside.phones:
            break
        assert time.monotonic() < until, (rows, outside.phones)
        await asyncio.sleep(0.1)
    assert [r.key for r in await system.sql("SELECT key FROM timer WHERE key NOT LIKE 'phone:%'")] == []
