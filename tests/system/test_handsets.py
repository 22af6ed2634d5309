"""Agents at a mobile and at an extension of the exchange: real SIP, the tones measured each way, keys as telephone events."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from tests.scenarios.test_handsets import choose
from tests.support.callee import Callees
from tests.support.caller import Call, Callers
from tests.support.people import give_telephones
from tests.support.rtp_phone import RtpPhone, tones_in
from tests.support.system import DIRECT, System, Workplace
from tests.system.test_call_control import fresh, idle
from tests.system.test_survival import bridge_again

CALLER, MINE, LINE, COLLEAGUE, ASKED = 650.0, 1450.0, 1050.0, 850.0, 450.0
TONES = (CALLER, MINE, LINE, COLLEAGUE, ASKED)
PEOPLE = (CALLER, MINE, LINE, COLLEAGUE)
"""Without the tone that lies beside the ringing tone of 425 Hz, which a caller may hear while it rings."""
MOBILE, EXTENSION, OTHER = "+420777888999", "4021", "4099"
KEYS = 101
"""The payload type of telephone events."""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=20, ring_timeout_s=5) as running:
        await running.sql("UPDATE queue SET options = options || '{\"autopause\": false}'")
        async with running.client() as admin:
            await admin.sign_in("spravce", running.logins["spravce"].password)
            for login in ("a0", "a1"):
                user = (await running.sql("SELECT id FROM user_account WHERE login = :l", l=login))[0].id
                await give_telephones(admin, user, ("MOBILE", MOBILE), ("EXTENSION", EXTENSION))
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def exchange(system):
    async with Callees(system.pbx_port, {MOBILE: MINE, EXTENSION: LINE, OTHER: ASKED}) as callees:
        yield callees


class Agent:
    """At a telephone of one's own: a screen without sound, and the telephone at the exchange."""

    def __init__(self, system: System, exchange: Callees, number: str) -> None:
        self.system, self.exchange, self.number = system, exchange, number
        self.client = system.client()

    async def begin(self, kind: str) -> "Agent":
        await self.client.sign_in("a0", self.system.password)
        self.desk = await self.client.live("desk")
        self.me = await self.desk.until(lambda v: next(iter(v.agents), None))
        assert (await choose(self.client, kind, self.number))["endpoint"]["number"] == self.number
        await self.client.run("mutation { setPresence(presence: READY) { __typename } }")
        return self

    async def do(self, what: str, contact: str, more: str = "") -> dict:
        query = f'mutation {{ {what}(contact: "{contact}"{more}) {{ __typename ... on Refused {{ code }} }} }}'
        return (await self.client.run(query))[what]

    async def telephone(self) -> RtpPhone:
        return await phone_at(self.exchange, self.number)

    async def press(self, keys: str) -> None:
        phone = await self.telephone()
        for key in keys:
            phone.press(key, KEYS)
        await until(lambda: not phone.pending, "the keys were not sent")


async def until(condition, why: str, within: float = 20) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, why
        await asyncio.sleep(0.03)


async def phone_at(exchange: Callees, number: str) -> RtpPhone:
    await until(lambda: number in exchange.phones, f"{number} was not called")
    return exchange.phones[number]


async def hear(wanted: dict[RtpPhone, set[float]], within: float = 20) -> None:
    """Every telephone hears exactly these of the people's tones."""
    end = time.monotonic() + within
    while True:
        await asyncio.sleep(0.05)
        found = {phone: tones_in(phone.heard(200), TONES) for phone in wanted}
        if all(found[p] == tones and fresh(p) for p, tones in wanted.items()):
            return
        assert time.monotonic() < end, [(sorted(found[p]), sorted(w)) for p, w in wanted.items()]


@asynccontextmanager
async def calling(system: System, exchange: Callees, kind: str, number: str) -> AsyncIterator[tuple[Agent, Call, str]]:
    """A caller in the queue, offered to an agent at this telephone."""
    async with Callers(system.sip_port) as callers:
        agent = await Agent(system, exchange, number).begin(kind)
        call = await callers.call(DIRECT, "+420602111222", CALLER)
        offered = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
        try:
            yield agent, call, offered[0]["id"]
        finally:
            await callers.hang_up(call)
            await agent.client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
            await idle(system)
            await until(lambda: not exchange.phones, "a telephone was left off the hook")
            await agent.desk.cut()
            await agent.client.__aexit__()


async def test_agt_04_a_mobile_takes_a_call_by_the_key_1_and_drives_it(system, exchange):
    async with calling(system, exchange, "MOBILE", MOBILE) as (agent, call, id):
        mobile = await agent.telephone()
        await until(lambda: fresh(mobile), "the mobile hears nothing")
        await asyncio.sleep(0.5)
        assert tones_in(call.phone.heard(200), PEOPLE) == set(), "nobody is heard before the key"
        assert tones_in(mobile.heard(200), (CALLER,)) == set()
        assert (await agent.do("acceptOffer", id))["code"] == "PHONE_RINGS"
        await agent.press("1")
        await hear({call.phone: {MINE}, mobile: {CALLER}})
        await agent.press("*1")
        await hear({call.phone: set(), mobile: set()})
        await agent.press("*1")
        await hear({call.phone: {MINE}, mobile: {CALLER}})
        await agent.do("mute", id)
        await hear({call.phone: set(), mobile: {CALLER}})
        await agent.do("unmute", id)
        await agent.press(f"*3{OTHER}#")
        asked = await phone_at(exchange, OTHER)
        await hear({call.phone: set(), mobile: {ASKED}, asked: {MINE}})
        await agent.press("*6")
        await hear({call.phone: {MINE, ASKED}, mobile: {CALLER, ASKED}, asked: {CALLER, MINE}})
        exchange.hang_up(OTHER)
        await hear({call.phone: {MINE}, mobile: {CALLER}})
        exchange.hang_up(MOBILE)
        await asyncio.wait_for(call.ended.wait(), 5)
        await agent.desk.until(lambda v: v.agents[agent.me]["activity"] == "WRAP_UP")


async def test_agt_04_nobody_presses_and_the_next_agent_has_the_caller_at_the_same_place(system, exchange):
    async with calling(system, exchange, "MOBILE", MOBILE) as (agent, call, id):
        await agent.telephone()
        place = (await system.sql("SELECT queued_at FROM interaction WHERE id = CAST(:id AS uuid)", id=id))[0][0]
        async with Workplace(system, "a1", system.password, COLLEAGUE) as next_one:
            await agent.client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
            await next_one.desk.until(lambda v: v.contacts.get(id), timeout=15)
            again = (await system.sql("SELECT queued_at FROM interaction WHERE id = CAST(:id AS uuid)", id=id))[0][0]
            assert again == place
            await until(lambda: MOBILE not in exchange.phones, "the mobile's voicemail is still on the line")
            await next_one.act("acceptOffer", id)
            await hear({call.phone: {COLLEAGUE}, next_one.phone: {CALLER}})
            await next_one.act("hangUp", id)
            await next_one.client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')


async def test_in_18_an_extension_takes_a_call_by_lifting_and_hands_it_on_by_keys(system, exchange):
    async with calling(system, exchange, "EXTENSION", EXTENSION) as (agent, call, _id):
        handset = await agent.telephone()
        await hear({call.phone: {LINE}, handset: {CALLER}})
        await agent.press(f"*2{OTHER}#")
        other = await phone_at(exchange, OTHER)
        await hear({call.phone: {ASKED}, other: {CALLER}})
        await until(lambda: EXTENSION not in exchange.phones, "the handset was not let go")


async def test_agt_02_an_extensions_own_transfer_key_hands_the_caller_on(system, exchange):
    async with calling(system, exchange, "EXTENSION", EXTENSION) as (agent, call, _id):
        handset = await agent.telephone()
        await hear({call.phone: {LINE}, handset: {CALLER}})
        exchange.transfer(EXTENSION, OTHER)
        other = await phone_at(exchange, OTHER)
        await hear({call.phone: {ASKED}, other: {CALLER}})
        await until(lambda: exchange.transferred == [200], "the telephone was not told")
        exchange.transfer(OTHER, EXTENSION)
        await until(lambda: len(exchange.transferred) == 2, "the number outside was not told")
        assert exchange.transferred[1] == 603, "only an agent gives callers away"


async def test_agt_02_a_number_is_called_from_an_extension(system, exchange):
    async with calling(system, exchange, "EXTENSION", EXTENSION) as (agent, _call, id):
        await agent.telephone()
        await agent.desk.until(lambda v: v.contacts[id]["phase"] == "ACTIVE")
        await agent.do("hangUp", id)
        await agent.do("finishWrapUp", id)
        await until(lambda: not exchange.phones, "the handset was not hung up")
        await agent.desk.until(lambda v: not v.contacts)
        answer = await agent.client.run(f'mutation {{ dial(number: "{OTHER}") {{ __typename }} }}')
        assert answer["dial"]["__typename"] == "Done"
        handset, other = await agent.telephone(), await phone_at(exchange, OTHER)
        await hear({handset: {ASKED}, other: {LINE}})
        exchange.hang_up(EXTENSION)
        await until(lambda: OTHER not in exchange.phones, "who was called is still on the line")


@pytest.mark.parametrize("process", ["api", "control", "media"])
@pytest.mark.parametrize("when", ["ringing", "talking"])
async def test_agt_02_a_killed_process_loses_no_caller_of_a_mobile(system, exchange, process, when):
    async with calling(system, exchange, "MOBILE", MOBILE) as (agent, call, _id):
        mobile = await agent.telephone()
        if when == "talking":
            await agent.press("1")
            await hear({call.phone: {MINE}, mobile: {CALLER}})
        os.kill(system.processes()[process].pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        await bridge_again(system)
        end = time.monotonic() + 30
        while not (fresh(call.phone) and tones_in(call.phone.heard(200), TONES) == {MINE}):
            assert time.monotonic() < end and not call.ended.is_set(), "the caller was lost"
            if MOBILE in exchange.phones and not exchange.phones[MOBILE].pending:
                exchange.phones[MOBILE].press("1", KEYS)  # an offer whose time ran out meanwhile rings again
            await asyncio.sleep(0.5)
        await hear({exchange.phones[MOBILE]: {CALLER}})
        await agent.press("*1")
        await hear({call.phone: set()})
