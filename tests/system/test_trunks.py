"""Trunks saved on the API, in a running bridge: calls take the new ones at once, calls that are up do not notice."""

import asyncio
import os
import signal
import stat
import time

import pytest
import pytest_asyncio

from deploy.run import wait_for
from sip_bridge.node.dialling import SILENCE_S
from sip_bridge.sip.transport import udp_socket
from tests.scenarios.test_trunks import picture, remove, save, saved
from tests.support.callee import Callees
from tests.support.caller import Callers
from tests.support.registrar import Registrar
from tests.support.sipp import free_port
from tests.support.system import DIRECT, System, Workplace
from tests.system.test_call_control import idle, outside_phone
from tests.system.test_survival import bridge_again, kill

AGENT, FIRST, SECOND = 1150.0, 650.0, 850.0
NUMBER = "+420602333444"
LONGEST_SILENCE_S = 60
"""Until it is known that nobody answers (RFC 3261, timer F: 32 s), and what this machine takes for it."""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    """The bridge's own settings trust nobody that calls here: what works, works by what is saved."""
    async with System(agents=1, trusted="10.99.0.0/16") as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def admin(system):
    async with system.client() as client:
        await client.sign_in("spravce", system.logins["spravce"].password)
        yield client
        for trunk in (await picture(client))["trunks"]:
            await remove(client, trunk["id"])


async def used(admin, *names: str, given: bool = True, within: float = 10) -> dict[str, dict]:
    """Once the bridge says that it uses exactly these: what it finds of each."""
    until = time.monotonic() + within
    while True:
        bridges = (await picture(admin))["bridges"]
        if bridges and (bridges[0]["given"], [x["name"] for x in bridges[0]["trunks"]]) == (given, list(names)):
            return {x["name"]: x for x in bridges[0]["trunks"]}
        assert time.monotonic() < until, bridges
        await asyncio.sleep(0.05)


async def found(admin, name: str, within: float = 15, **wanted: object) -> dict:
    """Once the bridge finds this of the trunk."""
    until = time.monotonic() + within
    while True:
        states = {x["name"]: x for b in (await picture(admin))["bridges"] for x in b["trunks"]}
        if name in states and {k: states[name][k] for k in wanted} == wanted:
            return states[name]
        assert time.monotonic() < until, states
        await asyncio.sleep(0.05)


async def dial(agent: Workplace) -> str:
    made = (
        await agent.client.run(f'mutation {{ dial(number: "{NUMBER}") {{ __typename ... on Contact {{ id }} }} }}')
    )["dial"]
    assert made["__typename"] == "Contact"
    return made["id"]


async def over(system: System, agent: Workplace, contact: str) -> None:
    await agent.act("hangUp", contact)
    await idle(system)


async def test_calls_out_take_a_new_trunk_at_once_and_a_running_call_keeps_its_own(system, admin):
    async with (
        Callees(free_port(), {NUMBER: FIRST}) as first,
        Callees(free_port(), {NUMBER: SECOND}) as second,
        Workplace(system, "a0", system.password, AGENT) as agent,
    ):
        control = system.bridge_part("sip_bridge.node.control").pid
        await used(admin, "pbx", given=False)
        id = await saved(admin, name="Operátor", host="127.0.0.1", port=first.port, ping_s=5)
        await found(admin, "Operátor", reachable="UP", registered="UNKNOWN", calls=0)
        contact = await dial(agent)
        phone = await outside_phone(first)
        await agent.phone.hears(FIRST)
        await phone.hears(AGENT)
        await found(admin, "Operátor", calls=1)

        await saved(admin, id=id, name="Operátor", host="127.0.0.1", port=second.port, ping_s=5)
        await found(admin, "Operátor", reachable="UP", calls=1)
        since = len(phone.received)
        await phone.hears(AGENT)
        await agent.phone.hears(FIRST)
        assert phone.missing_packets(since) == 0 and not first.ended
        await over(system, agent, contact)
        assert first.ended == [NUMBER], "and it is hung up where it is"

        contact = await dial(agent)
        phone = await outside_phone(second)
        await agent.phone.hears(SECOND)
        await remove(admin, id)
        await used(admin, "pbx", given=False)
        await phone.hears(AGENT)
        await over(system, agent, contact)
        assert second.ended == [NUMBER], "also when its trunk is gone altogether"
        assert system.bridge_part("sip_bridge.node.control").pid == control


async def test_calls_out_pass_trunks_that_are_down_or_may_not_call_there(system, admin):
    async with (
        Registrar("kc", "jine heslo") as refusing,
        Callees(free_port(), {NUMBER: FIRST}) as good,
        Workplace(system, "a0", system.password, AGENT) as agent,
    ):
        here = {"host": "127.0.0.1", "ping_s": 0}
        await saved(
            admin, **here, name="A", priority=1, port=refusing.port, login="kc", password="heslo", register=True
        )
        await saved(admin, **here, name="B", priority=2, port=free_port(), allowed_prefixes=["4"])
        await saved(admin, **here, name="C", priority=3, port=free_port(), outgoing=False)
        await saved(admin, **here, name="D", priority=4, port=good.port)
        await used(admin, "A", "B", "C", "D")
        await found(admin, "A", registered="DOWN")
        contact = await dial(agent)
        await outside_phone(good)
        await agent.phone.hears(FIRST)
        await over(system, agent, contact)


async def ended(callees: Callees) -> None:
    """Once its one call is over."""
    until = time.monotonic() + 5
    while callees.ended != [NUMBER]:
        assert time.monotonic() < until, callees.ended
        await asyncio.sleep(0.05)


async def two_trunks(admin, first: int, second: int, **more: object) -> None:
    here = {"host": "127.0.0.1", "ping_s": 0}
    await saved(admin, **here, name="První", priority=1, port=first, **more)
    await saved(admin, **here, name="Druhý", priority=2, port=second)
    await used(admin, "První", "Druhý")


async def test_call_that_the_first_trunk_refuses_with_503_goes_on_by_the_second_and_survives_the_bridge(system, admin):
    """The first wants SRTP, and the second is offered none."""
    async with (
        Callees(free_port(), {NUMBER: 503}) as first,
        Callees(free_port(), {NUMBER: SECOND}) as second,
        Workplace(system, "a0", system.password, AGENT) as agent,
    ):
        await two_trunks(admin, first.port, second.port, srtp="required")
        contact = await dial(agent)
        phone = await outside_phone(second)
        await agent.phone.hears(SECOND)
        await phone.hears(AGENT)
        await ended(first)
        kill(system.bridge_part("sip_bridge.node.control").pid)
        await bridge_again(system)
        since = len(phone.received)
        await phone.hears(AGENT)
        assert phone.missing_packets(since) == 0
        await over(system, agent, contact)
        await ended(second)
        assert list(first.shown) == [NUMBER]


@pytest.mark.parametrize("refusal", [486, 404, 500, 603, (180, 503), (183, 503)], ids=str)
async def test_call_that_may_have_rung_somebody_goes_to_no_second_trunk(system, admin, refusal):
    async with (
        Callees(free_port(), {NUMBER: refusal}) as first,
        Callees(free_port(), {NUMBER: SECOND}) as second,
        Workplace(system, "a0", system.password, AGENT) as agent,
    ):
        await two_trunks(admin, first.port, second.port)
        contact = await dial(agent)
        await ended(first)
        await over(system, agent, contact)
        assert second.shown == {}


async def test_call_that_the_first_trunk_says_nothing_to_goes_on_by_the_second(system, admin):
    with udp_socket("127.0.0.1", 0) as deaf:
        async with (
            Callees(free_port(), {NUMBER: SECOND}) as second,
            Workplace(system, "a0", system.password, AGENT) as agent,
        ):
            await two_trunks(admin, deaf.getsockname()[1], second.port)
            begun = time.monotonic()
            contact = await dial(agent)
            await outside_phone(second, within=SILENCE_S + 5)
            assert time.monotonic() - begun > SILENCE_S - 1
            await agent.phone.hears(SECOND)
            kill(system.bridge_part("sip_bridge.node.control").pid)
            await bridge_again(system)
            assert second.ended == [], "the next process knows which of the two calls it is"
            await agent.phone.hears(SECOND)
            await over(system, agent, contact)
            await ended(second)


async def test_call_that_is_hung_up_while_it_rings_by_the_second_trunk_ends_there(system, admin):
    async with (
        Callees(free_port(), {NUMBER: 503}) as first,
        Callees(free_port(), {NUMBER: None}) as second,
        Workplace(system, "a0", system.password, AGENT) as agent,
    ):
        await two_trunks(admin, first.port, second.port)
        contact = await dial(agent)
        until = time.monotonic() + 5
        while not second.shown:
            assert time.monotonic() < until, "it did not go on"
            await asyncio.sleep(0.05)
        await over(system, agent, contact)
        await ended(second)
        assert list(first.shown) == [NUMBER]


@pytest.mark.parametrize("killed", [False, True], ids=["", "after the control process was killed"])
async def test_call_that_is_hung_up_while_the_first_trunk_says_nothing_goes_nowhere(system, admin, killed):
    with udp_socket("127.0.0.1", 0) as deaf:
        async with (
            Callees(free_port(), {NUMBER: SECOND}) as second,
            Workplace(system, "a0", system.password, AGENT) as agent,
        ):
            await two_trunks(admin, deaf.getsockname()[1], second.port)
            begun = time.monotonic()
            contact = await dial(agent)
            deaf.setblocking(False)
            assert (await asyncio.get_running_loop().sock_recv(deaf, 9)).startswith(b"INVITE ")
            if killed:
                kill(system.bridge_part("sip_bridge.node.control").pid)
                await bridge_again(system)
            await agent.act("hangUp", contact)
            await asyncio.sleep(max(0.0, begun + SILENCE_S + 2 - time.monotonic()))  # nothing is to happen
            assert second.shown == {}
            await idle(system)


async def test_wrong_password_is_shown_and_the_right_one_registers_withdrawn_with_the_trunk(system, admin):
    async with Registrar("kc", "spravne heslo") as registrar:
        values = {
            "name": "Operátor",
            "host": "127.0.0.1",
            "port": registrar.port,
            "login": "kc",
            "register": True,
            "ping_s": 0,
        }
        id = await saved(admin, **values, password="spatne heslo")
        await found(admin, "Operátor", registered="DOWN", status=403)
        assert registrar.bound == {} and ("kc", 300, 403) in registrar.answered
        await saved(admin, id=id, **values, password="spravne heslo")
        await found(admin, "Operátor", registered="UP", status=None)
        assert list(registrar.bound.values()) == [300]
        await saved(admin, id=id, **values, register_expires_s=600)
        await registrar.until(lambda r: list(r.bound.values()) == [600])
        await remove(admin, id)
        await registrar.until(lambda r: r.bound == {})
        assert registrar.answered[-1] == ("kc", 0, 200)
        logs = "".join(path.read_text() for path in system.here.logs.glob("*.log"))
        assert "heslo" not in logs


async def test_callers_get_through_after_the_api_was_killed_and_the_bridge_started_anew(system, admin):
    await saved(admin, name="Ústředna", host="127.0.0.1", port=free_port(), networks=["127.0.0.0/8"], ping_s=0)
    await used(admin, "Ústředna")
    kept = system.folder / "bridge" / "trunks.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with Workplace(system, "a0", system.password, AGENT) as agent, Callers(system.sip_port) as callers:
        kill(system.api.pid)
        kill(system.supervisor.pid)
        assert await wait_for(system.port) is not None
        await agent.desk.cut()
        await agent.desk.connect(agent.desk.cursor)
        await agent.come_back()
        call = await callers.call(DIRECT, "+420602111222", FIRST)
        offer = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
        assert (await agent.act("acceptOffer", offer[0]["id"]))["__typename"] == "Contact"
        await call.phone.hears(AGENT)
        await callers.hang_up(call)
        await idle(system)


async def test_bridge_that_starts_while_the_api_is_away_answers_by_the_trunks_that_it_was_told(system, admin):
    await saved(admin, name="Ústředna", host="127.0.0.1", port=free_port(), networks=["127.0.0.0/8"], ping_s=0)
    await used(admin, "Ústředna")
    api = system.api.pid
    os.kill(api, signal.SIGSTOP)
    try:
        kill(system.bridge_part("sip_bridge.node.control").pid)
        await asyncio.sleep(1.5)
        async with Callers(system.sip_port) as callers:
            call = await callers.call(DIRECT, "+420602111222", sound=False)
            assert call.answered_at > 0 or call.ended.is_set(), (
                "its trunk is known: it is no stranger, who would hear nothing"
            )
    finally:
        os.kill(api, signal.SIGCONT)
    await bridge_again(system)


async def test_trunk_that_does_not_answer_is_alerted_of_once_though_bridge_and_api_are_killed(system, admin):
    async with Callees(free_port(), {}) as peer:
        here = {"host": "127.0.0.1", "port": peer.port, "ping_s": 5}
        await saved(admin, name="Operátor", **here, networks=["127.0.0.0/8"])
        await found(admin, "Operátor", reachable="UP")
    await found(admin, "Operátor", within=LONGEST_SILENCE_S, reachable="DOWN", status=0)
    kill(system.api.pid)
    kill(system.bridge_part("sip_bridge.node.control").pid)
    assert await wait_for(system.port) is not None
    await bridge_again(system)
    desk = await admin.live("alerts", whole="alerts { id trunk { name } } goneAlerts")
    shown = await desk.until(lambda v: list(v.alerts.values()), timeout=2 * LONGEST_SILENCE_S)
    assert [x["trunk"]["name"] for x in shown] == ["Operátor"]
    await desk.cut()
    kill(system.api.pid)
    assert await wait_for(system.port) is not None
    await bridge_again(system)
    desk = await admin.live("alerts", whole="alerts { id trunk { name } } goneAlerts")
    assert await desk.until(lambda v: list(v.alerts.values())) == shown, "the same, and only that"
    await desk.cut()


async def test_wrong_trunks_change_nothing(system, admin):
    answer = await save(admin, name="Špatný", host="bez mezer prosím", networks=["10.0.0.0/33"])
    assert answer["problems"] == [
        {"field": "host", "kind": "MALFORMED"},
        {"field": "networks.0", "kind": "MALFORMED"},
    ]
    await used(admin, "pbx", given=False)
