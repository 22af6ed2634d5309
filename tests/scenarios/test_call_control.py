"""Call control with a scripted bridge: what the backend decides and tells, requirement by requirement."""

import asyncio

import pytest
from sqlalchemy import text

from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.support.api import Api, Client
from tests.support.consistency import consistent
from tests.support.scripted_bridge import ScriptedBridge

FIELDS = (
    "phase agentId queueId outcome recordingId consultation parkedUntil members { n role state agentId number }"
    " segments { agentId endedAt wrapUpUntil wrappedUpAt } failedTransfer { cause agentId number }"
)
RESULT = f"{{ __typename ... on Contact {{ id {FIELDS} }} ... on Refused {{ code }} }}"


async def do(client: Client, what: str, contact: str | None = None, more: str = "", **values: object) -> dict:
    """Run a mutation on a contact; the contact after it, or the refusal."""
    arguments = (f'contact: "{contact}"' if contact else "") + (f", {more}" if contact and more else more)
    return (await client.run(f"mutation {{ {what}({arguments}) {RESULT} }}", **values))[what]


async def contact(api: Api, id: str):
    return await api.kc.readers.contact(id)


def me(client: Client) -> int:
    return next(iter(client.desk.agents))


def edges(topology: k.SetTopology) -> set[tuple[str, str]]:
    return {(e.listener, e.speaker) for e in topology.edges}


def both(*people: str) -> set[tuple[str, str]]:
    return {(a, b) for a in people for b in people if a != b}


async def talking(api: Api, server, bridge: ScriptedBridge, login: str = "jana") -> tuple[Client, str, str]:
    """An agent in conversation with a customer: (agent, contact, agent's leg)."""
    agent = await ready_agent(api, server, login)
    leg = await walk_to_queue(bridge)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    assert (await do(agent, "acceptOffer", leg))["phase"] == "ACTIVE"
    await bridge.command(k.StartRecording)
    await bridge.command(k.SetTopology, leg)
    await bridge.command(k.StopPlay, leg)
    await agent.desk.until(lambda v: v.contacts[leg]["connectedAt"])
    return agent, leg, f"agent-{me(agent)}"


async def colleague(api: Api, server, login: str = "petr") -> tuple[Client, int]:
    client = await ready_agent(api, server, login)
    return client, me(client)


async def contact_of(client: Client, id: str) -> dict:
    return await client.desk.until(lambda v: v.contacts.get(id))


def ended(leg: str, cause: k.EndCause = k.EndCause.NORMAL) -> k.LegEnded:
    return k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=cause)


async def test_in_36_blind_transfer_to_a_colleague_keeps_the_record_and_the_recording(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, _ = await talking(api, server, bridge)
        petr, his = await colleague(api, server)
        recording = (await contact(api, leg)).recording
        after = await do(jana, "transfer", leg, f"to: {{agent: {his}}}")
        assert (after["phase"], after["members"][0]["role"]) == ("TRANSFERRING", "TRANSFER")
        assert (await bridge.command(k.Play, leg)).sources == (k.ToneSource(k.Tone.RINGBACK),)
        assert isinstance(await bridge.command(k.PauseRecording), k.PauseRecording)
        assert edges(await bridge.command(k.SetTopology, leg)) == set()
        await petr.desk.until(lambda v: v.contacts.get(leg) and v.agents[his]["activity"] == "RINGING")
        assert (await do(petr, "acceptOffer", leg))["agentId"] == his
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, f"agent-{his}")
        # Jana wraps up her own part while Petr talks; the contact closes with the last part.
        await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "WRAP_UP")
        assert (await do(jana, "finishWrapUp", leg))["phase"] == "ACTIVE"
        await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "READY" and leg not in v.contacts)
        bridge.report(ended(leg))
        await petr.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
        assert (await do(petr, "finishWrapUp", leg))["phase"] == "CLOSED"
        s = await contact(api, leg)
        assert s.recording == recording and [x.agent for x in s.segments] == [me(jana), his]
    rows = await _sql(api, "SELECT agent, connected_at, ended_at, wrapped_up_at FROM segment ORDER BY n")
    assert [r.agent for r in rows] == [me(jana), his] and all(r.connected_at and r.wrapped_up_at for r in rows)


async def _sql(api: Api, statement: str) -> list:
    async with api.kc.engine.begin() as connection:
        done = await connection.execute(text(statement))
        return list(done.all()) if done.returns_rows else []


async def test_in_36_declined_transfer_brings_the_customer_back_at_once(api, server, bridge):
    jana, leg, hers = await talking(api, server, bridge)
    petr, his = await colleague(api, server)
    await do(jana, "transfer", leg, f"to: {{agent: {his}}}")
    await contact_of(petr, leg)
    assert edges(await bridge.command(k.SetTopology, leg)) == set()
    back = await do(petr, "declineOffer", leg)
    assert (back["phase"], back["agentId"]) == ("ACTIVE", me(jana))
    assert back["failedTransfer"] == {"cause": "DECLINED", "agentId": his, "number": None}
    assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, hers)
    await petr.desk.until(lambda v: v.agents[his]["activity"] == "READY" and leg not in v.contacts)


async def test_in_36_agent_on_a_break_gets_no_transfer_and_is_consulted_only_when_asked(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    petr, his = await colleague(api, server)
    await petr.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    assert (await do(jana, "transfer", leg, f"to: {{agent: {his}}}"))["code"] == "COLLEAGUE_AWAY"
    assert (await do(jana, "consult", leg, f"to: {{agent: {his}}}"))["code"] == "COLLEAGUE_AWAY"
    assert (await contact(api, leg)).held_since is None
    asked = await do(jana, "consult", leg, f"to: {{agent: {his}}}, evenIfAway: true")
    assert asked["consultation"] == "RINGING"


async def test_in_37_transfer_to_a_queue_is_a_second_visit(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, _ = await talking(api, server, bridge)
        petr, his = await colleague(api, server)
        rows = await _sql(
            api,
            "SELECT q.queue FROM queue_skill q JOIN agent_skill s ON s.skill = q.skill AND s.level >= q.level"
            f' WHERE s."user" = {his} AND q.queue <> 1 AND NOT EXISTS'
            " (SELECT 1 FROM queue x WHERE x.id = q.queue AND x.options->>'calendar' IS NOT NULL) ORDER BY q.queue",
        )
        other = rows[0].queue
        moved = await do(jana, "transfer", leg, f"to: {{queue: {other}}}")
        assert moved["queueId"] == other and moved["segments"][0]["wrapUpUntil"]
        await contact_of(petr, leg)
        assert (await do(petr, "acceptOffer", leg))["agentId"] == his
    visits = (await contact(api, leg)).visits
    assert [(v.result.value, v.agent) for v in visits] == [("answered", me(jana)), ("answered", his)]
    assert visits[1].queue == other


@pytest.mark.parametrize("written", ["602 333 444", "+420602333444", "00420 602 333 444"])
async def test_in_19_transfer_to_any_number(api, server, bridge, written):
    jana, leg, _ = await talking(api, server, bridge)
    await do(jana, "transfer", leg, f'to: {{number: "{written}"}}')
    dial = await bridge.command(k.DialLeg)
    assert (dial.to, dial.leg) == ("+420602333444", f"{leg}.1")
    bridge.report(k.LegRinging(leg=dial.leg))
    bridge.report(k.LegAnswered(leg=dial.leg))
    topology = await bridge.command(k.SetTopology, leg)
    while not topology.edges:
        topology = await bridge.command(k.SetTopology, leg)
    assert edges(topology) == both(leg, dial.leg)
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "WRAP_UP")
    await do(jana, "finishWrapUp", leg)
    bridge.report(ended(dial.leg))
    await bridge.command(k.HangUpLeg, leg)
    s = await contact(api, leg)
    assert (s.phase.value, s.outcome.value, s.ended_by.value) == ("closed", "handled", "other")


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (k.EndCause.BUSY, "BUSY"),
        (k.EndCause.NO_ANSWER, "NO_ANSWER"),
        (k.EndCause.REJECTED, "DECLINED"),
        (k.EndCause.UNREACHABLE, "FAILED"),
        (k.EndCause.ERROR, "FAILED"),
    ],
)
async def test_in_19_failed_transfer_comes_back_to_the_agent_who_made_it(api, server, bridge, cause, told):
    jana, leg, hers = await talking(api, server, bridge)
    await do(jana, "transfer", leg, 'to: {number: "602333444"}')
    dial = await bridge.command(k.DialLeg)
    bridge.report(ended(dial.leg, cause))
    topology = await bridge.command(k.SetTopology, leg)
    while not topology.edges:
        topology = await bridge.command(k.SetTopology, leg)
    assert edges(topology) == both(leg, hers)
    s = await contact(api, leg)
    assert (s.phase.value, s.transfer_failure.cause.name) == ("active", told)


async def test_in_19_failed_transfer_waits_in_the_old_place_when_the_agent_has_gone_on(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    place = (await contact(api, leg)).queued_at
    await do(jana, "transfer", leg, 'to: {number: "602333444"}')
    dial = await bridge.command(k.DialLeg)
    await do(jana, "finishWrapUp", leg)
    await jana.run('mutation { closeSoftphone(owner: "tab-1") { __typename } }')
    bridge.report(ended(dial.leg, k.EndCause.BUSY))
    await bridge.settled()
    s = await contact(api, leg)
    assert (s.phase.value, s.queued_at) == ("queued", place)
    assert [v.result.value if v.result else None for v in s.visits] == ["answered", None]


async def test_in_34_consultation_swaps_and_returns_to_the_client(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, hers = await talking(api, server, bridge)
        petr, his = await colleague(api, server)
        asked = await do(jana, "consult", leg, f"to: {{agent: {his}}}")
        assert asked["consultation"] == "RINGING"
        assert isinstance((await bridge.command(k.Play, leg)).sources[0], k.Music)
        assert (await bridge.command(k.Play, hers)).sources == (k.ToneSource(k.Tone.RINGBACK),)
        assert edges(await bridge.command(k.SetTopology, leg)) == set()
        await contact_of(petr, leg)
        assert (await do(petr, "acceptOffer", leg))["consultation"] == "WITH_COLLEAGUE"
        assert edges(await bridge.command(k.SetTopology, leg)) == both(hers, f"agent-{his}")
        assert (await do(jana, "resume", leg))["consultation"] == "WITH_CUSTOMER"
        assert edges(await bridge.command(k.SetTopology, leg)) == both(hers, leg)
        assert isinstance((await bridge.command(k.Play, f"agent-{his}")).sources[0], k.Music)
        await do(jana, "hold", leg)
        assert edges(await bridge.command(k.SetTopology, leg)) == both(hers, f"agent-{his}")
        back = await do(jana, "endConsultation", leg)
        assert (back["consultation"], back["members"]) == (None, [])
        assert edges(await bridge.command(k.SetTopology, leg)) == both(hers, leg)
        await petr.desk.until(lambda v: v.agents[his]["activity"] == "READY")


async def test_in_34_consultation_ends_with_the_transfer(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    petr, his = await colleague(api, server)
    await do(jana, "consult", leg, f"to: {{agent: {his}}}")
    await contact_of(petr, leg)
    await do(petr, "acceptOffer", leg)
    done = await do(jana, "completeTransfer", leg)
    assert (done["phase"], done["agentId"], done["members"]) == ("ACTIVE", his, [])
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "WRAP_UP")
    await petr.desk.until(lambda v: v.agents[his]["activity"] == "IN_CALL")


async def test_in_35_consultation_becomes_a_conference_that_goes_on_without_its_agent(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, hers = await talking(api, server, bridge)
        petr, his = await colleague(api, server)
        await do(jana, "consult", leg, f"to: {{agent: {his}}}")
        await contact_of(petr, leg)
        await do(petr, "acceptOffer", leg)
        await do(jana, "makeConference", leg)
        await do(jana, "addToConference", leg, 'to: {number: "602333444"}')
        dial = await bridge.command(k.DialLeg)
        bridge.report(k.LegAnswered(leg=dial.leg))
        everybody = both(leg, hers, f"agent-{his}", dial.leg)
        while edges(await bridge.command(k.SetTopology, leg)) != everybody:
            pass
        left = await do(jana, "leaveConference", leg)
        assert (left["agentId"], len(left["members"])) == (his, 1)
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, f"agent-{his}", dial.leg)
        assert (await do(petr, "dropMember", leg, "n: 2"))["members"] == []
        await bridge.command(k.HangUpLeg, dial.leg)


async def test_in_21_conference_holds_eight(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    for n in range(6):
        assert (await do(jana, "addToConference", leg, f'to: {{number: "60233344{n}"}}'))["__typename"] == "Contact"
    assert (await do(jana, "addToConference", leg, 'to: {number: "602333450"}'))["code"] == "CONFERENCE_FULL"


async def test_in_21_member_who_is_dropped_or_does_not_answer_leaves_the_others(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    await do(jana, "addToConference", leg, 'to: {number: "602333444"}')
    dial = await bridge.command(k.DialLeg)
    bridge.report(ended(dial.leg, k.EndCause.NO_ANSWER))
    await bridge.settled()
    s = await contact(api, leg)
    assert (s.phase.value, s.members) == ("active", ())


async def test_agt_02_keys_go_to_the_customer_and_to_a_member(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    assert (await do(jana, "sendDigits", leg, 'digits: "12#"'))["__typename"] == "Contact"
    assert (await bridge.command(k.SendDigits, leg)).digits == "12#"
    forgotten = "SELECT 1 FROM bridge_command WHERE body->>'type' = 'SendDigits' AND NOT body ? 'digits'"
    async with asyncio.timeout(5):
        while not await _sql(api, forgotten):
            await asyncio.sleep(0.05)
    assert (await do(jana, "sendDigits", leg, 'digits: "x"'))["code"] == "BAD_INPUT"
    assert (await do(jana, "sendDigits", leg, 'digits: "1", n: 4'))["code"] == "NOT_FOUND"


async def test_agt_02_parked_call_is_taken_by_a_colleague(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, _ = await talking(api, server, bridge)
        petr, his = await colleague(api, server)
        parked = await do(jana, "park", leg)
        assert (parked["phase"], bool(parked["parkedUntil"])) == ("PARKED", True)
        await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "READY")
        await petr.desk.until(lambda v: v.contacts.get(leg, {}).get("phase") == "PARKED")
        assert (await do(petr, "takeParked", leg))["agentId"] == his
        assert (await do(jana, "takeParked", leg))["code"] == "OFFER_GONE"


async def test_agt_02_parked_call_comes_back_to_who_parked_it(api, server, bridge):
    await _sql(api, "INSERT INTO setting (name, value) VALUES ('calls', '{\"park_limit_s\": 1, \"ring_s\": 1}')")
    await api.kc.reload_settings()
    jana, leg, _ = await talking(api, server, bridge)
    await do(jana, "park", leg)
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "RINGING")
    # She does not answer either: then it waits in its queue.
    await jana.desk.until(lambda v: v.contacts.get(leg, {}).get("phase") in ("QUEUED", "OFFERED"))


CLOSED = "INSERT INTO calendar (name, body) VALUES ('nikdy', '{\"name\": \"nikdy\"}') RETURNING id"


@pytest.mark.parametrize(
    "instead", [None, '{"type": "queue", "queue": 1}', '{"type": "number", "number": "602333444"}']
)
async def test_in_37_queue_that_is_closed_sends_the_customer_on_or_refuses_them(api, server, bridge, instead):
    jana, leg, _ = await talking(api, server, bridge)
    calendar = (await _sql(api, CLOSED))[0].id
    to = f', "when_closed": {instead}' if instead else ""
    await _sql(api, f"UPDATE queue SET options = '{{\"calendar\": {calendar}{to}}}' WHERE id = 2".replace(": ", "\\: "))
    await api.kc.reload_settings()
    before = await contact(api, leg)
    answer = await do(jana, "transfer", leg, "to: {queue: 2}")
    after = await contact(api, leg)
    if instead is None:
        assert (answer["code"], after) == ("DESTINATION_UNAVAILABLE", before), "the agent is told, the call goes on"
        return
    assert after.segments[0].in_wrap_up
    if "number" in instead:
        assert (after.phase.value, (await bridge.command(k.DialLeg)).to) == ("transferring", "+420602333444")
    else:
        assert (after.queue, after.queued_at) == (1, after.visits[-1].entered_at), "its place counts anew"
        assert after.queued_at > before.queued_at


async def test_agt_23_agent_calls_a_number_that_sees_the_number_of_the_group(api, server, bridge):
    async with consistent(api.kc):
        jana = await ready_agent(api, server)
        await _sql(api, "INSERT INTO agent_group (name, caller_number) VALUES ('Odchozí', '+420800100200')")
        await _sql(
            api,
            'INSERT INTO agent_group_member ("group", "user")'
            f" SELECT id, {me(jana)} FROM agent_group WHERE name = 'Odchozí'",
        )
        await api.kc.reload_settings()
        made = await do(jana, "dial", more='number: "602 333 444"')
        assert (made["phase"], made["agentId"]) == ("DIALLING", me(jana))
        dial = await bridge.command(k.DialLeg)
        assert (dial.to, dial.caller, dial.leg) == ("+420602333444", "+420800100200", made["id"])
        bridge.report(k.LegRinging(leg=dial.leg))
        ringback = await bridge.command(k.Play, f"agent-{me(jana)}")
        assert ringback.sources == (k.ToneSource(k.Tone.RINGBACK),)
        bridge.report(k.LegRinging(leg=dial.leg, early_media=True))
        await bridge.command(k.StopPlay, f"agent-{me(jana)}")
        assert edges(await bridge.command(k.SetTopology)) == {(f"agent-{me(jana)}", dial.leg)}
        bridge.report(k.LegAnswered(leg=dial.leg))
        assert edges(await bridge.command(k.SetTopology)) == both(f"agent-{me(jana)}", dial.leg)
        await bridge.command(k.StartRecording)
        await jana.desk.until(lambda v: v.contacts[made["id"]]["connectedAt"])
        bridge.report(ended(dial.leg))
        await jana.desk.until(lambda v: v.contacts[made["id"]]["phase"] == "WRAP_UP")


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (k.EndCause.BUSY, "busy"),
        (k.EndCause.NO_ANSWER, "no_answer"),
        (k.EndCause.REJECTED, "rejected"),
        (k.EndCause.UNREACHABLE, "failed"),
    ],
)
async def test_agt_23_number_that_is_not_reached_is_counted_by_why(api, server, bridge, cause, outcome):
    jana = await ready_agent(api, server)
    made = await do(jana, "dial", more='number: "602333444"')
    dial = await bridge.command(k.DialLeg)
    bridge.report(ended(dial.leg, cause))
    await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "READY" and made["id"] not in v.contacts)
    s = await contact(api, made["id"])
    assert (s.phase.value, s.outcome.value) == ("closed", outcome)


async def test_agt_23_agent_gives_up_before_the_answer_or_may_not_dial(api, server, bridge):
    jana = await ready_agent(api, server)
    assert (await do(jana, "dial", more='number: "prosím"'))["code"] == "BAD_NUMBER"
    made = await do(jana, "dial", more='number: "602333444"')
    assert (await do(jana, "dial", more='number: "602333445"'))["code"] == "AGENT_BUSY"
    await do(jana, "hangUp", made["id"])
    await bridge.command(k.HangUpLeg, made["id"])
    assert (await contact(api, made["id"])).outcome.value == "cancelled"
    await jana.run('mutation { closeSoftphone(owner: "tab-1") { __typename } }')
    assert (await do(jana, "dial", more='number: "602333444"'))["code"] == "PHONE_NOT_CONNECTED"


async def test_agt_02_colleague_who_signs_out_stops_ringing_but_stays_in_a_call(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    petr, his = await colleague(api, server)
    await do(jana, "consult", leg, f"to: {{agent: {his}}}")
    await contact_of(petr, leg)
    await do(petr, "acceptOffer", leg)
    assert (await api.kc.desk.sign_out_agent(his)).code.value == "agent_busy"
    await do(jana, "endConsultation", leg)
    await do(jana, "transfer", leg, f"to: {{agent: {his}}}")
    await petr.desk.until(lambda v: v.agents[his]["activity"] == "RINGING")
    assert (await api.kc.desk.sign_out_agent(his)).presence.value == "offline"
    s = await contact(api, leg)
    assert (s.phase.value, s.agent, s.transfer_failure.cause.value) == ("active", me(jana), "agent_gone")


async def test_in_34_a_free_colleague_of_a_queue_is_asked_and_has_the_call(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, _ = await talking(api, server, bridge)
        queue = (await contact(api, leg)).queue
        refused = await do(jana, "consult", leg, f"to: {{queue: {queue}}}")
        assert refused["code"] == "COLLEAGUE_BUSY", "nobody of the queue is ready"
        assert (await do(jana, "consult", leg, "to: {queue: 9999}"))["code"] == "NOT_FOUND"
        assert (await contact(api, leg)).members == ()
        petr, his = await colleague(api, server)
        asked = await do(jana, "consult", leg, f"to: {{queue: {queue}}}")
        assert [(m["role"], m["agentId"]) for m in asked["members"]] == [("CONSULTED", his)]
        await contact_of(petr, leg)
        await do(petr, "acceptOffer", leg)
        after = await do(jana, "completeTransfer", leg)
        assert after["agentId"] == his
