"""The table of tones with a customer at baresip: a telephone that shares no code with us is in hold, consultation, conference
and whisper, and every pair is measured by what it has decoded itself."""

import asyncio
import time

import numpy as np
import pytest
import pytest_asyncio

from tests.support.baresip import Baresip, write_wav
from tests.support.rtp_phone import level, tone, tones_in
from tests.support.system import DIRECT, System, Workplace
from tests.system.test_call_control import AGENT, CALLER, COLLEAGUE, FLOOR, SUPERVISOR, Scene, idle

pytestmark = pytest.mark.asyncio(loop_scope="module")
TONES = (CALLER, AGENT, COLLEAGUE, SUPERVISOR)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=20, ring_timeout_s=20) as running:
        yield running


def last_heard(who: Baresip | Workplace, milliseconds: int = 200) -> np.ndarray:
    if isinstance(who, Baresip):
        return who.heard()[-8 * milliseconds :].astype(float)
    return who.phone.heard(milliseconds)


async def table(wanted: dict[Baresip | Workplace, set[float]], within: float = 10) -> None:
    """Every pair at once: each hears exactly these tones of the people."""
    until = time.monotonic() + within
    while True:
        await asyncio.sleep(0.05)
        found = {who: tones_in(last_heard(who), TONES) for who in wanted}
        if found == wanted:
            return
        assert time.monotonic() < until, [(sorted(found[who]), sorted(tones)) for who, tones in wanted.items()]


def loudest(sound: np.ndarray, frequency: float) -> float:
    """Of a tenth of a second, anywhere; a telephone that loses a packet makes some of every frequency."""
    return max(level(sound[i : i + 800], frequency) for i in range(0, len(sound) - 800, 400))


async def test_in_20_in_21_in_34_in_35_in_38_every_pair_with_a_customer_at_baresip(system, tmp_path):
    source = write_wav(tmp_path / "caller.wav", tone(CALLER, 0, 8000 * 180))
    async with (
        Workplace(system, "a0", system.password, AGENT) as agent,
        Workplace(system, "a1", system.password, COLLEAGUE) as colleague,
        Workplace(system, "dana", system.logins["dana"].password, SUPERVISOR) as supervisor,
        Baresip(source) as customer,
    ):
        await colleague.client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
        await customer.call(DIRECT.removeprefix("+420"), system.sip_port)
        await customer.until("CALL_ESTABLISHED")
        ringing = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"], 15)
        scene = Scene(system, None)
        scene.id = ringing[0]["id"]
        await scene.do(agent, "acceptOffer")
        await table({customer: {AGENT}, agent: {CALLER}, colleague: set(), supervisor: set()})

        await scene.do(agent, "hold")
        await table({customer: set(), agent: set(), colleague: set(), supervisor: set()})
        await scene.do(agent, "resume")
        await table({customer: {AGENT}, agent: {CALLER}})

        user = next(iter(colleague.desk.agents))
        await scene.do(agent, "consult", f"to: {{agent: {user}}}, evenIfAway: true")
        colleague.me = user
        await scene.rung(colleague)
        await table({customer: set(), agent: {COLLEAGUE}, colleague: {AGENT}, supervisor: set()})
        await scene.do(agent, "makeConference")
        conference = {customer: {AGENT, COLLEAGUE}, agent: {CALLER, COLLEAGUE}, colleague: {CALLER, AGENT}}
        await table({**conference, supervisor: set()})

        await scene.do(supervisor, "supervise", "mode: WHISPER")
        whispered = {**conference, agent: {CALLER, COLLEAGUE, SUPERVISOR}, supervisor: {CALLER, AGENT, COLLEAGUE}}
        await table(whispered)
        since = len(customer.heard())
        await asyncio.sleep(1.5)
        sound = customer.heard()[since:].astype(float)
        assert len(sound) > 8000
        floor = max(FLOOR, *(loudest(sound, silent) for silent in (350.0, 550.0, 950.0)))
        assert loudest(sound, SUPERVISOR) <= 1.5 * floor, (
            "the whisper is at the noise floor of the customer's telephone"
        )
        assert np.median([level(sound[i : i + 800], SUPERVISOR) for i in range(0, len(sound) - 800, 400)]) < FLOOR
        await scene.do(supervisor, "supervise", "mode: BARGE")
        await table(
            {
                customer: {AGENT, COLLEAGUE, SUPERVISOR},
                agent: {CALLER, COLLEAGUE, SUPERVISOR},
                colleague: {CALLER, AGENT, SUPERVISOR},
                supervisor: {CALLER, AGENT, COLLEAGUE},
            }
        )
        await scene.do(supervisor, "stopSupervising")
        await table({**conference, supervisor: set()})
        await customer.hang_up()
        await customer.until("CALL_CLOSED")
        await idle(system)
