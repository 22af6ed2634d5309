"""Agents log in to and out of queues; supervisors move them and send them on a break."""

from sqlalchemy import text

from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.scenarios.test_routing import call, to_queue

RESULT = "{ __typename ... on AgentNow { queues presence reason } ... on Refused { code } }"


async def choose(client, queues: list[int]) -> dict:
    answer = await client.run(f"mutation($q: [Int!]!) {{ setMyQueues(queues: $q) {RESULT} }}", q=queues)
    return answer["setMyQueues"]


async def leader(api, server):
    client = await api.client().__aenter__()
    await client.sign_in("dana", server.logins["dana"].password)
    return client


async def test_agt_05_agent_logs_out_of_a_queue_and_gets_its_calls_no_more(api, server, bridge, admin):
    first, _ = await admin.queue("Platby")
    second, _ = await admin.queue("Pojištění")
    await admin.rules(to_queue(first))
    jana = await ready_agent(api, server)
    mine = (await jana.run("{ myQueues { assigned mayChoose } }"))["myQueues"]
    assert mine["mayChoose"] and {first, second} <= set(mine["assigned"])
    left = [q for q in mine["assigned"] if q != first]
    assert (await choose(jana, left))["queues"] == left
    me = next(iter(jana.desk.agents))
    await jana.desk.until(lambda v: v.agents[me]["queues"] == left)
    waiting, _ = await call(bridge)
    await admin.rules(to_queue(second))
    other, _ = await call(bridge, "+420602000000")
    await jana.desk.until(lambda v: v.contacts.get(other))
    assert waiting not in jana.desk.contacts, "a call of the queue that was left is not offered, though it is older"
    bridge.report(k.LegEnded(leg=other, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await jana.desk.until(lambda v: other not in v.contacts)
    await choose(jana, mine["assigned"])
    await jana.desk.until(lambda v: v.contacts.get(waiting))


async def test_agt_05_only_assigned_queues_can_be_chosen(api, server, bridge):
    jana = await ready_agent(api, server)
    assert await choose(jana, [99]) == {"__typename": "Refused", "code": "NOT_FOUND"}


async def test_agt_06_choosing_can_be_forbidden_and_a_supervisor_chooses_instead(api, server, bridge):
    jana, dana = await ready_agent(api, server), await leader(api, server)
    me = next(iter(jana.desk.agents))
    assigned = (await jana.run("{ myQueues { assigned } }"))["myQueues"]["assigned"]
    forbidden = await dana.run("mutation($a: Int!) { letChooseQueues(agent: $a, allowed: false) { __typename } }", a=me)
    assert forbidden["letChooseQueues"]["__typename"] == "Done"
    assert await choose(jana, []) == {"__typename": "Refused", "code": "QUEUES_ARE_SET"}
    assert not (await jana.run("{ myQueues { mayChoose } }"))["myQueues"]["mayChoose"]
    moved = await dana.run(
        f"mutation($a: Int!, $q: [Int!]!) {{ setAgentQueues(agent: $a, queues: $q) {RESULT} }}", a=me, q=assigned[:1]
    )
    assert moved["setAgentQueues"]["queues"] == assigned[:1]
    await jana.desk.until(lambda v: v.agents[me]["queues"] == assigned[:1])
    choices = {
        x["userId"]: x for x in (await dana.run("{ queueChoices { userId mayChoose assigned } }"))["queueChoices"]
    }
    assert choices[me] == {"userId": me, "mayChoose": False, "assigned": assigned}
    async with api.kc.engine.connect() as connection:
        author = await connection.scalar(
            text("SELECT actor FROM event WHERE stream = 'agent' AND data->>'type' = 'QueuesChanged'")
        )
    assert author is not None and author != me, "the log knows whose hand it was"
    await dana.__aexit__()


async def test_supervisor_sends_an_agent_on_a_break_that_begins_after_the_call(api, server, bridge, admin):
    queue, _ = await admin.queue("Platby")
    await admin.rules(to_queue(queue))
    jana, dana = await ready_agent(api, server), await leader(api, server)
    me = next(iter(jana.desk.agents))
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    send = f"mutation($a: Int!, $r: String!) {{ sendOnBreak(agent: $a, reason: $r) {RESULT} }}"
    assert (await dana.run(send, a=me, r="99"))["sendOnBreak"] == {"__typename": "Refused", "code": "NOT_FOUND"}
    assert (await dana.run(send, a=me, r="1"))["sendOnBreak"]["presence"] == "BREAK"
    agent = await jana.desk.until(lambda v: v.agents[me] if v.agents[me]["presence"] == "BREAK" else None)
    assert agent["activity"] == "IN_CALL", "the call goes on"
    await dana.__aexit__()
