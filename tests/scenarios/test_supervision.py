"""Listening in, whispering, barging in, taking over; calls to numbers outside."""

import json

import pytest

from backend.domain.routing.destination import HangUp, RoutingReason, ToNumber, ToQueue
from sip_bridge import contract as k
from tests.scenarios.test_call_control import _sql, both, contact, do, edges, ended, me, talking
from tests.scenarios.test_inbound_call import ready_agent, walk_to_queue
from tests.support.consistency import consistent


async def test_in_23_in_38_sup_12_supervisor_listens_whispers_barges_and_every_step_is_in_the_log(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, hers = await talking(api, server, bridge)
        dana = await ready_agent(api, server, "dana")
        hears = f"agent-{me(dana)}"
        listening = await do(dana, "supervise", leg, "mode: LISTEN")
        assert [m["role"] for m in listening["members"]] == ["LISTENING"]
        everything = {(hears, leg), (hears, hers)}
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, hers) | everything
        # The agent is shown a supervisor who whispers, not one who listens.
        assert (await do(jana, "mute", leg))["members"] == []
        await do(jana, "unmute", leg)
        await do(dana, "supervise", leg, "mode: WHISPER")
        whisper = both(leg, hers) | everything | {(hers, hears)}
        while edges(await bridge.command(k.SetTopology, leg)) != whisper:
            pass
        assert [m["role"] for m in (await do(jana, "mute", leg))["members"]] == ["WHISPERING"]
        await do(jana, "unmute", leg)
        await do(dana, "supervise", leg, "mode: BARGE")
        while edges(await bridge.command(k.SetTopology, leg)) != both(leg, hers, hears):
            pass
        assert (await bridge.command(k.ChangeRecording)).right == (hers, hears)
        await do(dana, "stopSupervising", leg)
        assert (await bridge.command(k.ChangeRecording)).right == (hers,)
        await dana.desk.until(lambda v: v.agents[me(dana)]["activity"] == "READY")
    rows = await _sql(api, "SELECT data->>'type', actor FROM event WHERE data->>'type' LIKE 'Supervision%' ORDER BY id")
    names = ["SupervisionStarted", "SupervisionSwitched", "SupervisionSwitched", "SupervisionEnded"]
    assert [(r[0], r[1]) for r in rows] == [(name, me(dana)) for name in names]
    seen = "query($c: ID!) { contact(id: $c) { steps { kind } } }"
    for who, count in ((jana, 0), (dana, 4)):
        steps = (await who.run(seen, c=leg))["contact"]["steps"]
        assert sum(s["kind"].startswith("Supervision") for s in steps) == count


async def test_sup_12_supervisor_takes_the_call_over(api, server, bridge):
    async with consistent(api.kc):
        jana, leg, _ = await talking(api, server, bridge)
        dana = await ready_agent(api, server, "dana")
        await do(dana, "supervise", leg, "mode: LISTEN")
        taken = await do(dana, "takeOverCall", leg)
        assert (taken["agentId"], taken["members"]) == (me(dana), [])
        await jana.desk.until(lambda v: v.agents[me(jana)]["activity"] == "WRAP_UP")
        await dana.desk.until(lambda v: v.agents[me(dana)]["activity"] == "IN_CALL")


async def test_sup_12_supervisor_without_telephone_or_beside_a_call_hears_nothing(api, server, bridge):
    _, leg, _ = await talking(api, server, bridge)
    dana = api.client()
    await dana.sign_in("dana", server.logins["dana"].password)
    assert (await do(dana, "supervise", leg, "mode: LISTEN"))["code"] == "PHONE_NOT_CONNECTED"
    dana = await ready_agent(api, server, "dana")
    await do(dana, "dial", more='number: "602333444"')
    assert (await do(dana, "supervise", leg, "mode: LISTEN"))["code"] == "AGENT_BUSY"


async def test_in_38_supervision_ends_with_the_agents_part_of_the_call(api, server, bridge):
    jana, leg, _ = await talking(api, server, bridge)
    dana = await ready_agent(api, server, "dana")
    await do(dana, "supervise", leg, "mode: WHISPER")
    await do(jana, "transfer", leg, 'to: {number: "602333444"}')
    await dana.desk.until(lambda v: v.agents[me(dana)]["activity"] == "READY")
    assert [m.role.value for m in (await contact(api, leg)).members] == ["transfer"]


async def routed(api, bridge, to: ToNumber) -> tuple[str, k.DialLeg]:
    """A customer in a queue is sent to a number."""
    leg = await walk_to_queue(bridge)
    await bridge.settled()
    await api.kc.desk.run(lambda work: api.kc.desk.destinations.send(work, leg, to, RoutingReason.OVERFLOW))
    return leg, await bridge.command(k.DialLeg)


@pytest.mark.parametrize(
    ("recorded", "prefixes", "made"), [(True, [], True), (False, [], False), (True, ["+420602"], False)]
)
async def test_in_09_in_10_call_to_an_outside_number_is_counted_and_recorded_unless_switched_off(
    api, server, bridge, recorded, prefixes, made
):
    async with consistent(api.kc):
        own = json.dumps({"not_recorded": [{"prefix": x, "only_to": True} for x in prefixes]})
        await _sql(api, f"INSERT INTO setting (name, value) VALUES ('calls', '{own}')")
        await api.kc.reload_settings()
        leg, dial = await routed(api, bridge, ToNumber(number="602 333 444", recorded=recorded))
        assert dial.to == "+420602333444"
        assert (await bridge.command(k.Play, leg)).sources == (k.ToneSource(k.Tone.RINGBACK),)
        bridge.report(k.LegAnswered(leg=dial.leg))
        assert edges(await bridge.command(k.SetTopology, leg)) == both(leg, dial.leg)
        await bridge.settled()
        starts = [c.body for c in bridge.commands if isinstance(c.body, k.StartRecording)]
        assert [(x.left, x.right) for x in starts] == ([((leg,), (dial.leg,))] if made else [])
        bridge.report(ended(leg))
        await bridge.command(k.HangUpLeg, dial.leg)
    s = await contact(api, leg)
    assert (s.phase.value, s.outcome.value, s.visits[0].result.value) == ("closed", "routed_out", "flowed_out")


@pytest.mark.parametrize(
    ("otherwise", "phase", "outcome"),
    [(ToQueue(queue=1, priority=3), "queued", None), (HangUp(), "closed", "ended_by_ivr"), (None, "queued", None)],
)
async def test_in_09_number_that_is_busy_sends_the_customer_on(api, server, bridge, otherwise, phase, outcome):
    leg, dial = await routed(api, bridge, ToNumber(number="602333444", otherwise=otherwise))
    place = (await contact(api, leg)).queued_at
    bridge.report(ended(dial.leg, k.EndCause.BUSY))
    await bridge.settled()
    s = await contact(api, leg)
    assert (s.phase.value, s.outcome and s.outcome.value) == (phase, outcome)
    if otherwise is None:
        assert s.queued_at == place, "the old place"
