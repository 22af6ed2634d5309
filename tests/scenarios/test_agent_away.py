"""The telephone of an agent who talks is gone, or is changed for another: the customer hears music and is not lost."""

import asyncio
from datetime import timedelta

import pytest

from sip_bridge import contract as k
from tests.scenarios.test_call_control import both, contact, do, edges, ended, me, talking
from tests.scenarios.test_handsets import MOBILE, allow, at_mobile, choose, press
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.support.consistency import consistent


@pytest.fixture(autouse=True)
def sooner(monkeypatch):
    monkeypatch.setattr("backend.domain.agent.deadlines.AWAY_AFTER", timedelta(seconds=0.2))


async def open_softphone(client) -> dict:
    asked = """mutation { openSoftphone(owner: "t", offerSdp: "v=0") {
        ... on SoftphoneOpened { answerSdp } ... on Refused { code } } }"""
    return (await client.run(asked))["openSoftphone"]


async def music(bridge, leg: str) -> None:
    assert isinstance((await bridge.command(k.Play, leg)).sources[0], k.Music)


async def test_agt_04_the_caller_hears_music_while_the_telephone_is_gone_and_talks_on_when_it_is_back(
    api, server, bridge
):
    async with consistent(api.kc):
        jana, leg, mine = await talking(api, server, bridge)
        bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.DISCONNECTED))
        assert edges(await bridge.command(k.SetTopology, leg)) == set()
        await music(bridge, leg)
        await bridge.command(k.PauseRecording)
        await jana.desk.until(lambda v: v.contacts[leg]["awaySince"])
        bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.UP))
        assert isinstance(await bridge.command(k.StopPlay, leg), k.StopPlay)
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)
        await bridge.command(k.ResumeRecording)
        s = await contact(api, leg)
        assert s.away_since is None and s.held_total == timedelta(), "nobody has put the caller on hold"


async def test_agt_04_a_short_cut_is_nobodys_business(api, server, bridge, monkeypatch):
    monkeypatch.setattr("backend.domain.agent.deadlines.AWAY_AFTER", timedelta(seconds=30))
    jana, leg, mine = await talking(api, server, bridge)
    before = len(bridge.commands)
    bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.DISCONNECTED))
    await jana.desk.until(lambda v: not v.agents[me(jana)]["phoneConnected"])
    bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.UP))
    await jana.desk.until(lambda v: v.agents[me(jana)]["phoneConnected"])
    assert (await contact(api, leg)).phase.value == "active" and len(bridge.commands) == before


async def test_agt_04_a_held_caller_keeps_the_music_of_the_hold(api, server, bridge):
    jana, leg, mine = await talking(api, server, bridge)
    await do(jana, "hold", leg)
    await music(bridge, leg)
    plays = sum(isinstance(x.body, k.Play) for x in bridge.commands)
    bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.DISCONNECTED))
    await jana.desk.until(lambda v: v.contacts[leg]["awaySince"])
    bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.UP))
    await jana.desk.until(lambda v: not v.contacts[leg]["awaySince"])
    assert sum(isinstance(x.body, k.Play) for x in bridge.commands) == plays
    assert (await contact(api, leg)).held_since is not None


async def test_agt_04_who_does_not_come_back_loses_the_call_to_the_queue_at_its_old_place(
    api, server, bridge, monkeypatch
):
    monkeypatch.setattr("backend.domain.interaction.deadlines.AWAY_LIMIT", timedelta(seconds=0.5))
    jana, leg, mine = await talking(api, server, bridge)
    queued_at = (await contact(api, leg)).queued_at
    bridge.report(k.BrowserLegChanged(leg=mine, state=k.LegState.DISCONNECTED))
    await jana.desk.until(lambda v: v.contacts.get(leg, {}).get("phase") != "ACTIVE")
    s = await contact(api, leg)
    assert (s.phase.value, s.queued_at) == ("queued", queued_at)


async def test_agt_04_a_call_moves_to_the_mobile_and_back_while_the_caller_stays(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, mine = await talking(api, server, bridge)
        await allow(api, server, me(jana), ("MOBILE", MOBILE))
        assert (await choose(jana, "MOBILE", MOBILE))["endpoint"]["stage"] == "ENDING"
        await bridge.command(k.CloseBrowserLeg, mine)
        assert edges(await bridge.command(k.SetTopology, leg)) == set()
        await music(bridge, leg)
        bridge.report(ended(mine))
        assert (await bridge.command(k.DialLeg, mine)).to == MOBILE
        bridge.report(k.LegAnswered(leg=mine))
        await bridge.command(k.Play, mine)
        assert (await contact(api, leg)).away_since is not None, "it may be a voicemail that answers"
        press(bridge, mine, "1")
        await bridge.command(k.StopPlay, mine)
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)

        assert (await choose(jana, "BROWSER"))["endpoint"]["kind"] == "BROWSER"
        await bridge.command(k.HangUpLeg, mine)
        assert edges(await bridge.command(k.SetTopology, leg)) == set()
        bridge.report(ended(mine))
        async with asyncio.timeout(5):
            while "answerSdp" not in (opened := await open_softphone(jana)):
                assert opened["code"] == "TELEPHONE_CHOSEN", "the mobile is not hung up yet: the app tries again"
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)
        assert (await do(jana, "hangUp", leg))["phase"] == "WRAP_UP"
        assert (await contact(api, leg)).outcome.value == "handled"


async def test_agt_04_a_mobile_that_is_not_picked_up_gives_the_caller_back_to_the_queue(api, server, bridge):
    jana, leg, mine = await talking(api, server, bridge)
    queued_at = (await contact(api, leg)).queued_at
    await allow(api, server, me(jana), ("MOBILE", MOBILE))
    await choose(jana, "MOBILE", MOBILE)
    await bridge.command(k.CloseBrowserLeg, mine)
    bridge.report(ended(mine))
    await bridge.command(k.DialLeg, mine)
    bridge.report(ended(mine, k.EndCause.NO_ANSWER))
    await jana.desk.until(lambda v: v.contacts.get(leg, {}).get("phase") != "ACTIVE")
    s = await contact(api, leg)
    assert s.ended_at is None and s.queued_at == queued_at


async def test_agt_04_a_call_that_rings_is_answered_before_the_telephone_is_changed(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    await do(jana, "hangUp", leg)
    await do(jana, "finishWrapUp", leg)
    bridge.report(ended(mine))
    await jana.desk.until(lambda v: v.agents[me(jana)]["phoneConnected"])
    await walk_to_queue(bridge)
    await bridge.command(k.DialLeg, mine)
    assert (await choose(jana, "BROWSER"))["code"] == "AGENT_BUSY"


async def test_agt_01_the_sound_is_checked_over_the_way_of_a_callers_voice_but_never_in_a_call(api, server, bridge):
    jana = await ready_agent(api, server)
    mine = f"agent-{me(jana)}"
    check = "mutation { checkSound { __typename ... on Refused { code } } }"
    assert (await jana.run(check))["checkSound"]["__typename"] == "AgentNow"
    said = await bridge.command(k.Play, mine)
    assert isinstance(said.sources[0], k.Prompt) and not said.loop_last
    async with api.client() as petr:
        await petr.sign_in("petr", server.logins["petr"].password)
        assert (await petr.run(check))["checkSound"]["code"] == "PHONE_NOT_CONNECTED"
    await walk_to_queue(bridge)
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "RINGING")
    assert (await jana.run(check))["checkSound"]["code"] == "AGENT_BUSY"
