"""Callers with telephones that are not ours (SIPp, baresip) against the whole system: keys, outcomes, recording, tones."""

import asyncio
import time

import numpy as np
import pytest
import pytest_asyncio

from backend.demo import NUMBER
from sip_bridge.media import g711
from tests.support.baresip import Baresip, write_wav
from tests.support.kept import kept, samples
from tests.support.rtp_phone import level, tones_in
from tests.support.sipp import Sipp
from tests.support.system import DIRECT, System, Workplace

CALLER_TONE, AGENT_TONE = 650.0, 1150.0
DTMF = {"1": (697.0, 1209.0), "3": (697.0, 1477.0)}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def system():
    async with System(agents=2, wrap_up_s=1, ring_timeout_s=3) as running:
        yield running


def sine(frequency: float, seconds: float, amplitude: float = 8000) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(int(8000 * seconds)) / 8000)


def keyed(digit: str, after: float, seconds: float) -> bytes:
    """Silence, the two tones of a key for 120 ms, silence: raw A-law."""
    sound = np.zeros(int(8000 * seconds))
    start, length = int(8000 * after), 960
    for frequency in DTMF[digit]:
        sound[start : start + length] += sine(frequency, 0.12, 5000)
    return g711.encode(sound.astype(np.int16)).tobytes()


def offers(view) -> list[dict]:
    """Contacts that ring; one of an earlier test may still be in wrap-up."""
    return [c for c in view.contacts.values() if c["phase"] == "OFFERED"]


async def outcome_of_last(system: System, within: float = 10) -> tuple[str, str]:
    """Outcome and id of the newest contact, once it has ended."""
    until = time.monotonic() + within
    while True:
        rows = await system.sql("SELECT outcome, id FROM interaction ORDER BY arrived_at DESC LIMIT 1")
        if rows and rows[0].outcome:
            return rows[0].outcome, str(rows[0].id)
        assert time.monotonic() < until, "the contact did not end"
        await asyncio.sleep(0.05)


async def sipp(scenario: str, system: System, number: str, *options: str, sound: bytes = b"") -> None:
    run = Sipp(scenario, system.sip_port, "-s", number.removeprefix("+420"), *options, sound=sound)
    await run.start()
    done = await run.finished()
    assert done.succeeded, done.trace[-2000:]


async def test_caller_gone_before_the_menu(system):
    await sipp("uac_cancel", system, NUMBER)
    assert (await outcome_of_last(system))[0] == "abandoned_before_ivr"


async def test_caller_gone_in_the_menu(system):
    await sipp("uac_sound", system, NUMBER, "-d", "1500", sound=bytes([0xD5]) * 8000)
    assert (await outcome_of_last(system))[0] == "abandoned_in_ivr"


async def test_caller_gone_in_the_queue_chosen_by_in_band_tones(system):
    await sipp("uac_sound", system, NUMBER, "-d", "4500", sound=keyed("3", after=2.0, seconds=20))
    outcome, id = await outcome_of_last(system)
    assert outcome == "abandoned_in_queue"
    rows = await system.sql(
        "SELECT q.name FROM queue_visit v JOIN queue q ON q.id = v.queue WHERE v.interaction = CAST(:id AS uuid)", id=id
    )
    assert [r.name for r in rows] == ["Platby"]


async def test_caller_gone_while_it_rings_at_the_agent(system):
    async with Workplace(system, "a0", system.password, AGENT_TONE):
        await sipp("uac_sound", system, DIRECT, "-d", "1500", sound=bytes([0xD5]) * 8000)
        assert (await outcome_of_last(system))[0] == "abandoned_ringing"


async def test_agent_who_does_not_answer_passes_the_caller_to_the_next_in_the_same_place(system):
    sound = g711.encode(sine(CALLER_TONE, 2).astype(np.int16)).tobytes()
    async with Workplace(system, "a0", system.password, None) as first:
        run = Sipp("uac_sound", system.sip_port, "-s", DIRECT.removeprefix("+420"), "-d", "9000", sound=sound)
        await run.start()
        offered = await first.desk.until(offers)
        contact = offered[0]["id"]
        await first.desk.until(lambda v: contact not in v.contacts)
        me = next(iter(first.desk.agents.values()))
        assert (me["presence"], me["reason"]) == ("NOT_READY", "missed_offer")
        async with Workplace(system, "a1", system.password, None) as second:
            await second.desk.until(lambda v: v.contacts.get(contact))
            assert (await second.act("acceptOffer", contact))["__typename"] == "Contact"
            await second.phone.hears(CALLER_TONE)
            assert (await run.finished()).succeeded
            await second.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
    visits = await system.sql("SELECT * FROM queue_visit WHERE interaction = CAST(:id AS uuid)", id=contact)
    assert len(visits) == 1 and visits[0].result == "answered"


async def test_baresip_talks_holds_is_recorded_and_hangs_up(system, tmp_path):
    source = write_wav(tmp_path / "caller.wav", sine(CALLER_TONE, 60))
    async with Workplace(system, "a0", system.password, AGENT_TONE) as agent, Baresip(source) as phone:
        await phone.call(NUMBER.removeprefix("+420"), system.sip_port)
        await phone.until("CALL_ESTABLISHED")
        await asyncio.sleep(1.0)
        await phone.press("1")
        offered = await agent.desk.until(offers, 15)
        contact = offered[0]["id"]
        assert offered[0]["customerNumber"] == "+420777123456"
        assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
        await agent.phone.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        await asyncio.sleep(0.5)
        assert 7000 < level(agent.phone.heard(400), CALLER_TONE) < 9000
        assert 3500 < level(phone.heard()[-3200:], AGENT_TONE) < 4500

        await agent.act("hold", contact)
        await agent.phone.hears()
        await hears(phone, None)
        await agent.act("resume", contact)
        await hears(phone, AGENT_TONE)
        await agent.phone.hears(CALLER_TONE)
        await phone.hang_up()
        await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
        await check_recording(system, contact)


async def test_recording_is_as_long_as_both_heard_each_other_when_the_agent_hangs_up(system, tmp_path):
    """Measured in the agent's browser leg: from the first to the last packet with the customer's tone."""
    source = write_wav(tmp_path / "caller.wav", sine(CALLER_TONE, 60))
    async with Workplace(system, "a0", system.password, AGENT_TONE) as agent, Baresip(source) as phone:
        await phone.call(DIRECT.removeprefix("+420"), system.sip_port)
        contact = (await agent.desk.until(offers, 15))[0]["id"]
        assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
        await agent.phone.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        assert (await agent.act("hangUp", contact))["__typename"] == "Contact"
        await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
        id = (await system.sql("SELECT recording FROM interaction WHERE id = CAST(:id AS uuid)", id=contact))[0][0]
        stored = await kept(system.here.postgres.url(), str(id))
    with_tone = [
        (at, p.timestamp)
        for at, p in agent.phone.received
        if p.payload_type == 8 and level(g711.decode(p.payload, 0), CALLER_TONE) > 2000
    ]
    heard_s = ((with_tone[-1][1] - with_tone[0][1]) & 0xFFFFFFFF) / 8000 + 0.02
    assert heard_s > 0.2
    assert abs((stored.duration_ms or 0) / 1000 - heard_s) < 0.1


async def test_rec_05_what_is_said_while_recording_is_paused_is_on_no_disk(system, tmp_path):
    """Both talk on, and hear each other; the recording has silence there and names the gap."""
    source = write_wav(tmp_path / "caller.wav", sine(CALLER_TONE, 60))
    async with Workplace(system, "a0", system.password, AGENT_TONE) as agent, Baresip(source) as phone:
        await phone.call(DIRECT.removeprefix("+420"), system.sip_port)
        contact = (await agent.desk.until(offers, 15))[0]["id"]
        assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
        await agent.phone.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        await asyncio.sleep(0.6)
        assert (await agent.act("pauseRecording", contact))["__typename"] == "Contact"
        await asyncio.sleep(1.5)
        await agent.phone.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        plain = list((system.folder / "files" / "recordings").rglob("*.wav"))
        assert plain, "it is being recorded"
        assert (await agent.act("resumeRecording", contact))["__typename"] == "Contact"
        await asyncio.sleep(0.6)
        await phone.hang_up()
        await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])
        await check_recording(system, contact)
    id = (await system.sql("SELECT recording FROM interaction WHERE id = CAST(:id AS uuid)", id=contact))[0][0]
    stored = await kept(system.here.postgres.url(), str(id))
    ((start, end),) = stored.gaps_ms
    assert 1400 < end - start < 3500
    stereo = await samples(system.folder, stored)
    assert abs(stereo[8 * start : 8 * end]).max() < 50
    assert tones_in(stereo[8 * end + 400 : 8 * end + 3600, 0]) == {CALLER_TONE}


async def test_encrypted_telephone_leg(system, tmp_path):
    """SDES-SRTP (RFC 4568) with a telephone that insists on it: both hear each other."""
    source = write_wav(tmp_path / "caller.wav", sine(CALLER_TONE, 60))
    async with Workplace(system, "a0", system.password, AGENT_TONE) as agent, Baresip(source, srtp=True) as phone:
        await phone.call(DIRECT.removeprefix("+420"), system.sip_port)
        await phone.until("CALL_ESTABLISHED")
        contact = (await agent.desk.until(offers))[0]["id"]
        assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
        await agent.phone.hears(CALLER_TONE)
        await hears(phone, AGENT_TONE)
        assert "RTP/SAVP" in (phone.folder / "log").read_text()
        await phone.hang_up()
        await agent.desk.until(lambda v: contact not in v.contacts or v.contacts[contact]["endedAt"])


QUALITY = "query($c: ID!) { contact(id: $c) { quality { leg received lost jitterMs roundTripMs mos } } }"


async def test_figures_of_both_legs_are_kept_for_each_call(system, tmp_path):
    """Reception, loss, jitter and round trip (RTCP) of caller and agent; the agent's leg lives on, its figures do not."""
    source = write_wav(tmp_path / "caller.wav", sine(CALLER_TONE, 60))
    found = []
    async with Workplace(system, "a0", system.password, AGENT_TONE) as agent:
        for seconds in (6.0, 1.0):  # the first is long enough for reports of both sides
            async with Baresip(source) as phone:
                await phone.call(DIRECT.removeprefix("+420"), system.sip_port)
                contact = (await agent.desk.until(offers, 15))[0]["id"]
                assert (await agent.act("acceptOffer", contact))["__typename"] == "Contact"
                await hears(phone, AGENT_TONE)
                await asyncio.sleep(seconds)
                await phone.hang_up()
                await agent.desk.until(lambda v, id=contact: id not in v.contacts)
            found.append(await kept_figures(agent, contact, int(50 * seconds)))
    first, second = found
    for figures in found:
        assert {name: x["lost"] for name, x in figures.items()} == {"customer": 0, "agent": 0}
        assert all(x["mos"] > 4 and x["jitterMs"] < 20 for x in figures.values())
    assert 0 <= first["customer"]["roundTripMs"] < 100
    assert second["agent"]["received"] < first["agent"]["received"], "what it heard before is not of this call"


async def kept_figures(agent: Workplace, contact: str, packets: int) -> dict[str, dict]:
    """By leg, once at least so many packets are told of each; the last figures come when the legs are closed."""
    until = time.monotonic() + 5
    while True:
        shown = (await agent.client.run(QUALITY, c=contact))["contact"]["quality"]
        if sorted(x["leg"] for x in shown if x["received"] >= packets) == ["agent", "customer"]:
            return {x["leg"]: x for x in shown}
        assert time.monotonic() < until, shown
        await asyncio.sleep(0.05)


async def hears(phone: Baresip, frequency: float | None, within: float = 5) -> None:
    """The telephone hears this tone; None: it hears something, but not the agent."""
    until = time.monotonic() + within
    while True:
        heard = phone.heard()[-2400:]
        if frequency is not None and tones_in(heard) == {frequency}:
            return
        if frequency is None and len(heard) and abs(heard).max() > 200 and AGENT_TONE not in tones_in(heard):
            return
        assert time.monotonic() < until, (frequency, tones_in(heard))
        await asyncio.sleep(0.05)


async def check_recording(system: System, contact: str, within_s: float = 0.1) -> None:
    """Left only the customer, right only the agent, as long as the talk to within 100 ms, silent while on hold.

    When the agent hangs up, the talk ends with the click and the recording when the bridge has heard of it.
    """
    id = (await system.sql("SELECT recording FROM interaction WHERE id = CAST(:id AS uuid)", id=contact))[0][0]
    stored = await kept(system.here.postgres.url(), str(id))
    state = (await system.sql("SELECT state FROM interaction WHERE id = CAST(:id AS uuid)", id=contact))[0].state
    talk = _seconds(state["connected_at"], state["ended_at"])
    assert abs((stored.duration_ms or 0) / 1000 - talk) < within_s
    stereo = await samples(system.folder, stored)
    begin = slice(800, 4000)
    assert tones_in(stereo[begin, 0]) == {CALLER_TONE}, "the conversation is there from its start, left the customer"
    assert tones_in(stereo[begin, 1]) == {AGENT_TONE}
    gaps = [slice(int(a * 8) + 800, int(b * 8) - 800) for a, b in stored.gaps_ms]
    assert gaps and all(abs(stereo[g]).max() < 50 for g in gaps if g.stop > g.start)


def _seconds(start: str, end: str) -> float:
    from datetime import datetime

    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
