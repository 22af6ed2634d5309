"""kill -9 of each process in the middle of each action of call control: no call lost, no agent stuck.

The click may or may not have been carried out when its process died; the agent clicks again if it was not.
"""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

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
After = Callable[[], Awaitable[None]]


class Plan(NamedTuple):
    """A click, what the customer hears when it is carried out, and what must work afterwards."""

    click: Click
    wanted: list[set[float]]
    after: After | None = None


async def hold(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        await s.do(s.agent, "resume")
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})

    return Plan(lambda: s.do(s.agent, "hold"), [set()], after)


async def resume(s: Scene, outside: Callees) -> Plan:
    await s.do(s.agent, "hold")
    await s.hear({s.customer: set()})
    return Plan(lambda: s.do(s.agent, "resume"), [{AGENT}])


async def mute(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        await s.do(s.agent, "unmute")
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})

    return Plan(lambda: s.do(s.agent, "mute"), [set()], after)


async def keys(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        await s.do(s.agent, "sendDigits", 'digits: "5"')
        until = time.monotonic() + 5
        while not any(p.payload_type == 101 for _, p in s.customer.received):
            assert time.monotonic() < until, "no key came"
            await asyncio.sleep(0.05)

    return Plan(lambda: s.do(s.agent, "sendDigits", 'digits: "7"'), [{AGENT}], after)


async def pause_recording(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        await s.do(s.agent, "pauseRecording")
        await s.do(s.agent, "resumeRecording")

    return Plan(lambda: s.do(s.agent, "pauseRecording"), [{AGENT}], after)


async def transfer(s: Scene, outside: Callees) -> Plan:
    """A dial that died with its process brings the customer back, and the agent tries again."""
    return Plan(lambda: s.do(s.agent, "transfer", f'to: {{number: "{NUMBER}"}}'), [{OUTSIDE}])


async def transfer_to_colleague(s: Scene, outside: Callees) -> Plan:
    b = await s.with_colleague()

    async def click() -> None:
        await asyncio.gather(
            s.do(s.agent, "transfer", f"to: {{agent: {b.me}}}"), s.do(b, "acceptOffer"), return_exceptions=True
        )

    return Plan(click, [{COLLEAGUE}])


async def transfer_to_queue(s: Scene, outside: Callees) -> Plan:
    b = await s.with_colleague()
    queue = (await s.system.sql("SELECT id FROM queue ORDER BY id LIMIT 1"))[0].id

    async def click() -> None:
        await asyncio.gather(
            s.do(s.agent, "transfer", f"to: {{queue: {queue}}}"), s.do(b, "acceptOffer"), return_exceptions=True
        )

    return Plan(click, [{COLLEAGUE}])


async def consult(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        """Whom the agent asked may be gone with the process: then the customer is only held."""
        await asyncio.gather(s.do(s.agent, "endConsultation"), s.do(s.agent, "resume"), return_exceptions=True)
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}}, within=10)

    return Plan(lambda: s.do(s.agent, "consult", f'to: {{number: "{NUMBER}"}}'), [set()], after)


async def consulting(s: Scene) -> None:
    b = await s.with_colleague()
    await s.do(s.agent, "consult", f"to: {{agent: {b.me}}}")
    await s.rung(b)
    await s.hear({s.customer: set(), s.agent.phone: {COLLEAGUE}})


async def back(s: Scene, outside: Callees) -> Plan:
    await consulting(s)
    return Plan(lambda: s.do(s.agent, "endConsultation"), [{AGENT}])


async def complete(s: Scene, outside: Callees) -> Plan:
    await consulting(s)
    return Plan(lambda: s.do(s.agent, "completeTransfer"), [{COLLEAGUE}])


async def conference(s: Scene, outside: Callees) -> Plan:
    await consulting(s)
    return Plan(lambda: s.do(s.agent, "makeConference"), [{AGENT, COLLEAGUE}])


async def leave(s: Scene, outside: Callees) -> Plan:
    await consulting(s)
    await s.do(s.agent, "makeConference")
    await s.hear({s.customer: {AGENT, COLLEAGUE}})
    return Plan(lambda: s.do(s.agent, "leaveConference"), [{COLLEAGUE}])


async def supervise(s: Scene, outside: Callees) -> Plan:
    d = await s.with_supervisor()
    return Plan(lambda: s.do(d, "supervise", "mode: BARGE"), [{AGENT, SUPERVISOR}])


async def take_over(s: Scene, outside: Callees) -> Plan:
    d = await s.with_supervisor()
    await s.do(d, "supervise", "mode: LISTEN")
    return Plan(lambda: s.do(d, "takeOverCall"), [{SUPERVISOR}])


async def park(s: Scene, outside: Callees) -> Plan:
    async def after() -> None:
        await s.do(s.agent, "takeParked")
        await s.hear({s.customer: {AGENT}, s.agent.phone: {CALLER}})

    return Plan(lambda: s.do(s.agent, "park"), [set()], after)


ACTIONS = [
    hold, resume, mute, keys, pause_recording, transfer, transfer_to_colleague, transfer_to_queue, consult, back, complete,
    conference, leave, supervise, take_over, park,
]  # fmt: skip
PROCESSES = ["api", "control", "media"]


async def click_and_kill(system: System, click: Click, process: str) -> None:
    clicked = asyncio.ensure_future(click())
    await asyncio.sleep(KILL_AFTER_S)
    os.kill(system.processes()[process].pid, signal.SIGKILL)
    await asyncio.gather(clicked, return_exceptions=True)
    await asyncio.sleep(0.2)
    await bridge_again(system)


async def customer_hears(s: Scene, wanted: list[set[float]], click: Click, within: float = 30) -> None:
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


async def browsers_come_back(s: Scene) -> None:
    """What the page does by itself when its packets stop."""
    await asyncio.gather(*(person.come_back() for person in s.people))


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("action", ACTIONS)
async def test_agt_02_killed_process_loses_no_call_and_holds_no_agent(system, outside, action, process):
    async with scene(system) as s:
        click, wanted, after = await action(s, outside)
        await click_and_kill(system, click, process)
        if process == "media":
            await browsers_come_back(s)
        await customer_hears(s, wanted, click)
        if after is not None:
            await after()
    await nothing_is_left(system, outside)


@pytest.mark.parametrize("process", PROCESSES)
async def test_agt_02_killed_process_while_the_agent_accepts_dials_or_hangs_up(system, outside, process):
    async with scene(system, accept=False) as s:
        accept = lambda: s.do(s.agent, "acceptOffer")  # noqa: E731
        await click_and_kill(system, accept, process)
        if process == "media":
            await browsers_come_back(s)
        await customer_hears(s, [{AGENT}], accept)
        await s.hear({s.agent.phone: {CALLER}})

        def hang_up() -> Awaitable[object]:
            return s.do(s.agent, "hangUp")

        await click_and_kill(system, hang_up, process)
        if process == "media":
            await browsers_come_back(s)
        until = time.monotonic() + 20
        while not s.call.ended.is_set():
            assert time.monotonic() < until, "the call goes on although the agent hung up"
            await asyncio.gather(hang_up(), return_exceptions=True)
            await asyncio.sleep(0.5)
        await idle(system)

        async def dial() -> None:
            await s.agent.ready()
            made = await s.agent.client.run(f'mutation {{ dial(number: "{NUMBER}") {{ ... on Contact {{ id }} }} }}')
            s.id = made["dial"].get("id", s.id)

        await click_and_kill(system, dial, process)
        if process == "media":
            await browsers_come_back(s)
        until = time.monotonic() + 30
        again_at = time.monotonic() + 5
        while True:  # a dial that died with its process has failed, and the agent dials again
            x = outside.phones.get(NUMBER)
            if x is not None and fresh(x) and tones_in(x.heard(200), TONES) == {AGENT}:
                break
            assert time.monotonic() < until, "the number does not hear the agent"
            if x is None and time.monotonic() > again_at:
                await asyncio.gather(dial(), return_exceptions=True)
                again_at = time.monotonic() + 5
            await asyncio.sleep(0.05)
        outside.hang_up(NUMBER)
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
