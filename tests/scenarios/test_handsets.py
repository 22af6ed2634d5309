"""Agents on an extension of the PBX or on an outside mobile, with a scripted bridge: what rings, what accepts, what ends."""

import asyncio

from sqlalchemy import text

from sip_bridge import contract as k
from tests.scenarios.test_call_control import both, colleague, contact, do, edges, ended, me, talking
from tests.scenarios.test_inbound_call import walk_to_queue
from tests.support.api import Api, Client
from tests.support.people import give_telephones
from tests.support.scripted_bridge import ScriptedBridge

EXTENSION, MOBILE = "4021", "+420777888999"
CHOOSE = (
    "mutation($k: EndpointKind!, $n: String) { chooseEndpoint(kind: $k, number: $n) { __typename"
    " ... on AgentNow { endpoint { kind number stage } } ... on Refused { code } } }"
)


async def allow(api: Api, server, user: int, *telephones: tuple[str, str]) -> dict:
    async with api.client() as admin:
        await admin.sign_in("spravce", server.logins["spravce"].password)
        return await give_telephones(admin, user, *telephones)


async def choose(client: Client, kind: str, number: str | None = None) -> dict:
    return (await client.run(CHOOSE, k=kind, n=number))["chooseEndpoint"]


async def on_telephone(api: Api, server, kind: str, number: str, login: str = "jana") -> Client:
    """An agent who is ready at a telephone, without any browser's leg."""
    client = api.client()
    await client.sign_in(login, server.logins[login].password)
    client.desk = await client.live("desk")
    user = await client.desk.until(lambda v: next(iter(v.agents), None))
    await allow(api, server, user, (kind, number))
    assert (await choose(client, kind, number))["endpoint"] == {"kind": kind, "number": number, "stage": None}
    await ready(client)
    return client


async def ready(client: Client) -> None:
    answer = await client.run("mutation { setPresence(presence: READY) { ... on AgentNow { presence } } }")
    assert answer["setPresence"] == {"presence": "READY"}


def press(bridge: ScriptedBridge, leg: str, digits: str) -> None:
    for digit in digits:
        bridge.report(k.DigitPressed(leg=leg, digit=digit, source=k.DigitSource.RFC4733))


async def at_mobile(api: Api, server, bridge: ScriptedBridge) -> tuple[Client, str, str]:
    """In conversation on a mobile: (agent, contact, agent's leg)."""
    jana = await on_telephone(api, server, "MOBILE", MOBILE)
    leg, mine = await walk_to_queue(bridge), f"agent-{me(jana)}"
    await bridge.command(k.DialLeg, mine)
    bridge.report(k.LegAnswered(leg=mine))
    await bridge.command(k.Play, mine)
    press(bridge, mine, "1")
    await bridge.command(k.StopPlay, mine)
    await bridge.command(k.SetTopology, leg)
    await jana.desk.until(lambda v: v.contacts[leg]["connectedAt"])
    return jana, leg, mine


async def test_in_18_lifting_the_handset_of_an_extension_accepts(api, server, bridge):
    jana = await on_telephone(api, server, "EXTENSION", EXTENSION)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    dialled = await bridge.command(k.DialLeg, mine)
    assert dialled.to == EXTENSION
    assert (await do(jana, "acceptOffer", leg))["code"] == "PHONE_RINGS", "only the telephone can"
    bridge.report(k.LegRinging(leg=mine))
    bridge.report(k.LegAnswered(leg=mine))
    assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)
    assert (await bridge.command(k.StartRecording)).right == (mine,)
    await jana.desk.until(lambda v: v.contacts[leg]["connectedAt"])
    await do(jana, "hold", leg)
    assert edges(await bridge.command(k.SetTopology, leg)) == set()
    await do(jana, "resume", leg)
    assert (await do(jana, "hangUp", leg))["phase"] == "WRAP_UP"
    assert await bridge.command(k.HangUpLeg, leg) and await bridge.command(k.HangUpLeg, mine)


async def test_agt_04_a_mobile_must_press_1_so_that_its_voicemail_takes_nobody(api, server, bridge):
    jana = await on_telephone(api, server, "MOBILE", MOBILE)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    assert (await bridge.command(k.DialLeg, mine)).to == MOBILE
    bridge.report(k.LegAnswered(leg=mine))
    asked = await bridge.command(k.Play, mine)
    assert asked.loop_last
    queue = next(q["name"] for q in jana.desk.queues.values() if q["id"] == jana.desk.contacts[leg]["queueId"])
    async with api.kc.engine.connect() as connection:
        said = await connection.scalar(text("SELECT text FROM prompt WHERE key = :key"), {"key": asked.sources[0].key})
    assert said == f"Příchozí hovor z fronty {queue}, přijměte stisknutím jedničky."
    press(bridge, mine, "52#*")
    await bridge.settled()
    assert (await contact(api, leg)).phase.value == "offered", "another key is no yes"
    assert (await do(jana, "acceptOffer", leg))["code"] == "PHONE_RINGS"
    press(bridge, mine, "1")
    assert isinstance(await bridge.command(k.StopPlay, mine), k.StopPlay)
    assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "ACTIVE")


async def test_agt_04_nobody_presses_and_the_next_agent_gets_the_same_place(api, server, bridge):
    jana = await on_telephone(api, server, "MOBILE", MOBILE)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    await bridge.command(k.DialLeg, mine)
    bridge.report(k.LegAnswered(leg=mine))
    await bridge.command(k.Play, mine)
    place = (await contact(api, leg)).queued_at
    petr, his = await colleague(api, server)
    await expire(api, "offer")
    await bridge.command(k.HangUpLeg, mine)
    await petr.desk.until(lambda v: v.contacts.get(leg) and v.agents[his]["activity"] == "RINGING")
    assert (await contact(api, leg)).queued_at == place
    agent = jana.desk.agents[me(jana)]
    await jana.desk.until(lambda v: v.agents[agent["userId"]]["reason"] == "missed_offer")
    bridge.report(ended(mine))
    await do(petr, "acceptOffer", leg)


async def expire(api: Api, kind: str) -> None:
    async with api.kc.engine.begin() as connection:
        done = await connection.execute(
            text("UPDATE timer SET due_at = clock_timestamp() WHERE key LIKE :kind"), {"kind": f"{kind}:%"}
        )
        assert done.rowcount
    api.kc.bell.ring()


async def test_agt_04_a_mobile_that_rejects_or_is_not_reached_sends_the_caller_on(api, server, bridge, watch):
    jana = await on_telephone(api, server, "MOBILE", MOBILE)
    mine = f"agent-{me(jana)}"
    leg = await walk_to_queue(bridge)
    await bridge.command(k.DialLeg, mine)
    bridge.report(ended(mine, k.EndCause.REJECTED))
    await jana.desk.until(lambda v: v.agents[me(jana)]["reason"] == "declined_offer")
    assert (await contact(api, leg)).phase.value == "queued"
    await ready(jana)
    watch.over = True
    await expire_not_to(api, leg)
    await bridge.command(k.DialLeg, mine, timeout=20)
    bridge.report(ended(mine, k.EndCause.UNREACHABLE))
    await jana.desk.until(lambda v: v.agents[me(jana)]["reason"] == "missed_offer")


async def expire_not_to(api: Api, leg: str) -> None:
    """Who declined is asked again at once."""
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text("UPDATE interaction SET state = jsonb_set(state, '{not_to}', '[]') WHERE id = CAST(:id AS uuid)"),
            {"id": leg},
        )
    api.kc.bell.ring()


async def test_agt_02_hanging_the_handset_up_ends_the_agents_part(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    bridge.report(ended(mine))
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    assert (await contact(api, leg)).ended_by.value == "agent"
    await bridge.command(k.HangUpLeg, leg)
    await do(jana, "finishWrapUp", leg)
    again = await walk_to_queue(bridge)
    assert (await bridge.command(k.DialLeg, mine)).to == MOBILE, "the next call rings it again"
    await jana.desk.until(lambda v: v.contacts.get(again))


async def test_agt_02_the_next_call_waits_until_the_last_ones_leg_is_gone(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    await do(jana, "hangUp", leg)
    await bridge.command(k.HangUpLeg, mine)
    await do(jana, "finishWrapUp", leg)
    second = await walk_to_queue(bridge)
    assert (await contact(api, second)).phase.value == "queued"
    assert not [x for x in bridge.commands if isinstance(x.body, k.DialLeg)]
    bridge.report(ended(mine))
    await bridge.command(k.DialLeg, mine)
    await jana.desk.until(lambda v: v.contacts.get(second))


async def test_agt_02_a_leg_of_which_no_end_is_told_does_not_keep_the_agent(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    await do(jana, "hangUp", leg)
    await do(jana, "finishWrapUp", leg)
    await walk_to_queue(bridge)
    await bridge.command(k.HangUpLeg, mine)
    await expire(api, "handset")
    await bridge.command(k.DialLeg, mine)


async def test_agt_02_codes_on_the_handset_hold_consult_and_transfer(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    press(bridge, mine, "7*1")
    await jana.desk.until(lambda v: v.contacts[leg]["heldSince"])
    assert edges(await bridge.command(k.SetTopology, leg)) == set()
    press(bridge, mine, "*1")
    await jana.desk.until(lambda v: not v.contacts[leg]["heldSince"])
    assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, mine)
    press(bridge, mine, "*34022#")
    asked = await bridge.command(k.DialLeg)
    assert asked.to == "4022"
    bridge.report(k.LegAnswered(leg=asked.leg))
    async with asyncio.timeout(5):
        while both(mine, asked.leg) != edges(await bridge.command(k.SetTopology, leg)):
            pass
    press(bridge, mine, "*6")
    await jana.desk.until(lambda v: [m["role"] for m in v.contacts[leg]["members"]] == ["CONFERENCE"])
    bridge.report(ended(asked.leg))
    await jana.desk.until(lambda v: not v.contacts[leg]["members"])
    press(bridge, mine, "*3*24")
    press(bridge, mine, "*24023#")
    rung = await bridge.command(k.DialLeg)
    assert rung.to == "4023", "a star begins anew"
    assert (await bridge.command(k.HangUpLeg, mine)).leg == mine, "a blind transfer frees the agent"
    bridge.report(ended(mine))
    bridge.report(k.LegAnswered(leg=rung.leg))
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "WRAP_UP")


async def test_agt_02_keys_outside_a_code_are_kept_nowhere(api, server, bridge):
    _jana, _leg, mine = await at_mobile(api, server, bridge)
    async with api.kc.engine.begin() as connection:
        before = await connection.scalar(text("SELECT count(*) FROM event"))
    press(bridge, mine, "4111111111111111#")
    await bridge.settled()
    async with api.kc.engine.begin() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM event")) == before
        state = await connection.scalar(
            text('SELECT state::text FROM agent WHERE "user" = :u'), {"u": int(mine.partition("-")[2])}
        )
    assert "4111" not in state


async def test_agt_02_a_number_is_called_after_the_own_handset_was_lifted(api, server, bridge):
    jana = await on_telephone(api, server, "EXTENSION", EXTENSION)
    mine = f"agent-{me(jana)}"
    answer = await jana.run('mutation { dial(number: "602 333 444") { __typename ... on Refused { code } } }')
    assert answer["dial"]["__typename"] == "Done"
    assert (await bridge.command(k.DialLeg)).to == EXTENSION
    bridge.report(k.LegAnswered(leg=mine))
    called = await bridge.command(k.DialLeg)
    assert called.to == "+420602333444"
    bridge.report(k.LegAnswered(leg=called.leg))
    assert edges(await bridge.command(k.SetTopology, called.leg)) == both(mine, called.leg)
    bridge.report(ended(mine))
    await bridge.command(k.HangUpLeg, called.leg)


async def test_agt_02_a_handset_that_is_not_lifted_calls_nobody(api, server, bridge):
    jana = await on_telephone(api, server, "EXTENSION", EXTENSION)
    mine = f"agent-{me(jana)}"
    await jana.run('mutation { dial(number: "602 333 444") { __typename } }')
    await bridge.command(k.DialLeg, mine)
    bridge.report(ended(mine, k.EndCause.NO_ANSWER))
    leg = await walk_to_queue(bridge)
    assert (await bridge.command(k.DialLeg)).to == EXTENSION, "free for callers again, and nobody else was called"
    await jana.desk.until(lambda v: v.contacts.get(leg))


async def test_in_36_a_colleagues_transfer_rings_the_telephone(api, server, bridge):
    petr = await on_telephone(api, server, "MOBILE", MOBILE, "petr")
    his = f"agent-{me(petr)}"
    await petr.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    jana, leg, _ = await talking(api, server, bridge)
    await ready(petr)
    await do(jana, "transfer", leg, f"to: {{agent: {me(petr)}}}")
    assert (await bridge.command(k.DialLeg, his)).to == MOBILE
    bridge.report(k.LegAnswered(leg=his))
    await bridge.command(k.Play, his)
    press(bridge, his, "1")
    async with asyncio.timeout(5):
        while edges(await bridge.command(k.SetTopology, leg)) != both(leg, his):
            pass
    await petr.desk.until(lambda v: v.contacts[leg]["agentId"] == me(petr))


async def test_agt_02_a_failing_leg_of_the_agent_loses_no_caller(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    place = (await contact(api, leg)).queued_at
    bridge.report(ended(mine, k.EndCause.MEDIA_LOST))
    await jana.desk.until(lambda v: leg not in v.contacts or v.contacts[leg]["phase"] in ("QUEUED", "OFFERED"))
    s = await contact(api, leg)
    assert s.phase.value in ("queued", "offered") and s.queued_at == place
    await bridge.command(k.DialLeg, mine)


async def test_agt_02_a_bridge_that_comes_back_without_the_leg_frees_the_agent(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    bridge.legs[leg] = k.LegStatus(leg=leg, kind=k.LegKind.SIP, state=k.LegState.UP)
    await bridge.cut()
    await bridge.connect()
    await jana.desk.until(lambda v: leg not in v.contacts or v.contacts[leg]["phase"] in ("QUEUED", "OFFERED"))
    await bridge.command(k.DialLeg, mine)


async def test_agt_02_which_telephones_an_agent_may_choose(api, server, bridge):
    async with api.client() as jana:
        await jana.sign_in("jana", server.logins["jana"].password)
        user = (await jana.run("{ me { id } }"))["me"]["id"]
        assert (await choose(jana, "MOBILE", MOBILE))["code"] == "NOT_ALLOWED"
        wrong = await allow(api, server, user, ("MOBILE", "nic"), ("BROWSER", "4021"), ("MOBILE", MOBILE))
        assert [p["field"] for p in wrong["problems"]] == ["telephones.0.number", "telephones.1.kind"]
        await allow(api, server, user, ("MOBILE", "777 888 999"), ("EXTENSION", EXTENSION))
        mine = (await jana.run("{ myTelephones { mayType telephones { kind number } } }"))["myTelephones"]
        assert mine == {
            "mayType": False,
            "telephones": [{"kind": "EXTENSION", "number": EXTENSION}, {"kind": "MOBILE", "number": MOBILE}],
        }
        assert (await choose(jana, "EXTENSION", MOBILE))["code"] == "NOT_ALLOWED", "a mobile is no extension"
        assert (await choose(jana, "MOBILE", "777888999"))["endpoint"]["kind"] == "MOBILE"
        opened = await jana.run('mutation { openSoftphone(owner: "t", offerSdp: "v=0") { ... on Refused { code } } }')
        assert opened["openSoftphone"]["code"] == "TELEPHONE_CHOSEN"
        assert (await choose(jana, "BROWSER"))["endpoint"] == {"kind": "BROWSER", "number": None, "stage": None}


async def test_agt_02_the_browsers_leg_goes_before_the_telephone_is_rung(api, server, bridge):
    jana, leg, mine = await talking(api, server, bridge)
    await allow(api, server, me(jana), ("EXTENSION", EXTENSION))
    await do(jana, "hangUp", leg)
    await do(jana, "finishWrapUp", leg)
    assert (await choose(jana, "EXTENSION", EXTENSION))["endpoint"]["stage"] == "ENDING"
    await bridge.command(k.CloseBrowserLeg, mine)
    await walk_to_queue(bridge)
    assert not [x for x in bridge.commands if isinstance(x.body, k.DialLeg)]
    bridge.report(ended(mine))
    assert (await bridge.command(k.DialLeg, mine)).to == EXTENSION


async def test_agt_02_a_leg_that_stays_up_takes_call_after_call(api, server, bridge):
    jana = api.client()
    await jana.sign_in("jana", server.logins["jana"].password)
    jana.desk = await jana.live("desk")
    user = await jana.desk.until(lambda v: next(iter(v.agents), None))
    mine = f"agent-{user}"
    await allow(api, server, user, ("EXTENSION", EXTENSION))
    await jana.run(
        "mutation($n: String) { chooseEndpoint(kind: EXTENSION, number: $n, staysUp: true) { __typename } }",
        n=EXTENSION,
    )
    await ready(jana)
    await bridge.command(k.DialLeg, mine)
    leg = await walk_to_queue(bridge)
    await bridge.settled()
    assert (await contact(api, leg)).phase.value == "queued", "not before it is lifted"
    bridge.report(k.LegAnswered(leg=mine))
    assert (await bridge.command(k.Play, mine)).sources == (k.ToneSource(k.Tone.RINGBACK),)
    assert (await do(jana, "acceptOffer", leg))["phase"] == "ACTIVE", "in the browser"
    await bridge.command(k.StopPlay, mine)
    bridge.report(ended(leg))
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    await do(jana, "finishWrapUp", leg)
    second = await walk_to_queue(bridge)
    await bridge.command(k.Play, mine)
    press(bridge, mine, "1")
    await jana.desk.until(lambda v: v.contacts[second]["phase"] == "ACTIVE")
    legs = [x.body for x in bridge.commands if isinstance(x.body, k.DialLeg | k.HangUpLeg)]
    assert not [x for x in legs if x.leg == mine], "the leg stayed"
    bridge.report(ended(mine))
    await jana.desk.until(lambda v: v.contacts[second]["phase"] == "WRAP_UP")
    await jana.desk.until(lambda v: v.agents[user]["reason"] == "phone_lost")
    assert not [x for x in bridge.commands if isinstance(x.body, k.DialLeg)], "who hung up is not rung again"
    await do(jana, "finishWrapUp", second)
    await ready(jana)
    await bridge.command(k.DialLeg, mine)
    bridge.report(k.LegAnswered(leg=mine))
    await bridge.settled()
    await choose(jana, "BROWSER")
    await bridge.command(k.HangUpLeg, mine)
    opened = await jana.run('mutation { openSoftphone(owner: "t", offerSdp: "v=0") { ... on Refused { code } } }')
    assert opened["openSoftphone"]["code"] == "TELEPHONE_CHOSEN", "the leg has the browser's name"
    bridge.report(ended(mine))
    await bridge.settled()
    opened = await jana.run('mutation { openSoftphone(owner: "t", offerSdp: "v=0") { __typename } }')
    assert opened["openSoftphone"]["__typename"] == "SoftphoneOpened"


async def test_agt_02_the_telephones_own_keys_hold_and_transfer_and_a_wrong_code_beeps(api, server, bridge):
    jana, leg, mine = await at_mobile(api, server, bridge)
    bridge.report(k.LegHeldByPeer(leg=mine, held=True))
    await jana.desk.until(lambda v: v.contacts[leg]["heldSince"])
    bridge.report(k.LegHeldByPeer(leg=mine, held=False))
    await jana.desk.until(lambda v: not v.contacts[leg]["heldSince"])
    press(bridge, mine, "*5")
    assert (await bridge.command(k.Play, mine)).sources == (k.ToneSource(k.Tone.BEEP),), (
        "there is nobody to hand over to"
    )
    bridge.report(k.TransferAsked(leg=leg, transfer="c", to="4022"))
    assert not (await bridge.command(k.AnswerTransfer, leg)).accepted, "a customer sends nobody anywhere"
    bridge.report(k.TransferAsked(leg=mine, transfer="t", to="4022"))
    assert (await bridge.command(k.AnswerTransfer, mine)).accepted
    assert (await bridge.command(k.DialLeg)).to == "4022"
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "TRANSFERRING")
    bridge.report(k.TransferAsked(leg=mine, transfer="again", to="4023"))
    assert not (await bridge.command(k.AnswerTransfer, mine)).accepted
