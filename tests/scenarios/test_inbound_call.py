"""A call from the first ring to the end of wrap-up, with a scripted bridge: what the backend decides and tells."""

import asyncio

from sqlalchemy import text

from backend.demo import CALLER, NUMBER
from sip_bridge import contract as k
from tests.support.api import Api, Client
from tests.support.scripted_bridge import ScriptedBridge


async def ready_agent(api: Api, server, login: str = "jana") -> Client:
    client = api.client()
    assert (await client.sign_in(login, server.logins[login].password))["__typename"] == "SignedIn"
    opened = await client.run(
        'mutation { openSoftphone(owner: "tab-1", offerSdp: "v=0") { __typename ... on SoftphoneOpened { answerSdp } } }'
    )
    assert opened["openSoftphone"]["__typename"] == "SoftphoneOpened"
    desk = await client.live("desk")
    await desk.until(lambda v: any(a["phoneConnected"] for a in v.agents.values()))
    answer = await client.run(
        "mutation { setPresence(presence: READY) { __typename ... on AgentNow { presence } ... on Refused { code } } }"
    )
    assert answer["setPresence"] == {"__typename": "AgentNow", "presence": "READY"}
    client.desk = desk
    return client


async def walk_to_queue(bridge: ScriptedBridge, caller: str | None = CALLER, digit: str = "1") -> str:
    leg = bridge.call(caller, NUMBER)
    await bridge.command(k.AnswerLeg, leg)
    bridge.report(k.LegAnswered(leg=leg))
    welcome = await bridge.command(k.Play, leg)
    bridge.report(k.PlayFinished(leg=leg, play=welcome.play, outcome=k.PlayOutcome.COMPLETED))
    await bridge.command(k.Play, leg)
    bridge.report(k.DigitPressed(leg=leg, digit=digit, source=k.DigitSource.RFC4733))
    waiting = await bridge.command(k.Play, leg)
    assert waiting.loop_last and isinstance(waiting.sources[-1], k.Music)
    return leg


ACT = "mutation($c: ID!) {{ {0}(contact: $c) {{ __typename ... on Contact {{ phase }} ... on Refused {{ code }} }} }}"


async def act(client: Client, what: str, contact: str) -> dict:
    return (await client.run(ACT.format(what), c=contact))[what]


async def test_call_is_answered_held_resumed_ended_and_wrapped_up(api, server, bridge):
    agent = await ready_agent(api, server)
    board = await agent.live("board")
    leg = await walk_to_queue(bridge)
    offered = await agent.desk.until(lambda v: v.contacts.get(leg))
    assert offered["phase"] == "OFFERED" and offered["customerNumber"] == CALLER
    assert await act(agent, "acceptOffer", leg) == {"__typename": "Contact", "phase": "ACTIVE"}
    await bridge.command(k.StopPlay, leg)
    mixed = await bridge.command(k.SetTopology, leg)
    me = next(iter(agent.desk.agents))
    assert set(mixed.edges) == {k.Edge(f"agent-{me}", leg), k.Edge(leg, f"agent-{me}")}
    recording = await bridge.command(k.StartRecording, leg)
    assert (recording.left, recording.right) == ((leg,), (f"agent-{me}",))
    await agent.desk.until(lambda v: v.contacts[leg]["connectedAt"])

    await act(agent, "hold", leg)
    assert (await bridge.command(k.SetTopology, leg)).edges == ()
    assert isinstance((await bridge.command(k.Play, leg)).sources[0], k.Music)
    await act(agent, "resume", leg)
    await bridge.command(k.StopPlay, leg)
    assert len((await bridge.command(k.SetTopology, leg)).edges) == 2

    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    assert agent.desk.agents[me]["activity"] == "WRAP_UP"
    note = await agent.run(
        'mutation($c: ID!) { writeNote(contact: $c, text: "Chce nový průkaz.", key: "k1") { __typename } }', c=leg
    )
    assert note["writeNote"]["__typename"] == "Contact"
    await act(agent, "finishWrapUp", leg)
    await agent.desk.until(lambda v: leg not in v.contacts)
    await agent.desk.until(lambda v: v.agents[me]["activity"] == "READY")
    await board.until(lambda v: any(q["answered"] == 1 and q["serviceLevel"] == 1.0 for q in v.queues.values()))
    detail = await agent.run(
        "query($c: ID!) { contact(id: $c) { contact { outcome talkSeconds } notes { text } steps { kind } } }", c=leg
    )
    kinds = [s["kind"] for s in detail["contact"]["steps"]]
    assert kinds == [
        "Arrived", "LegCameUp", "Routed", "IvrEntered", "IvrMoved", "IvrMoved", "IvrMoved", "Routed", "Queued", "Offered",
        "OfferAccepted", "ConversationStarted", "Held", "Resumed", "Ended", "NoteWritten", "WrapUpFinished",
    ]  # fmt: skip
    assert detail["contact"]["contact"]["outcome"] == "HANDLED"
    assert detail["contact"]["notes"] == [{"text": "Chce nový průkaz."}]
    assert await offers(api) == [("jana", leg, "accepted")]
    found = await agent.run(
        "query($n: String) { history(number: $n) { contacts { id agentId categoryId } notes { contact text authorId } } }",
        n=CALLER,
    )
    assert [x["id"] for x in found["history"]["contacts"]] == [leg]
    assert found["history"]["contacts"][0]["agentId"] == me
    assert found["history"]["notes"] == [{"contact": leg, "text": "Chce nový průkaz.", "authorId": me}]
    day = (await agent.run("{ myFigures { handled lost queuesHandled queuesLost serviceLevel } }"))["myFigures"][0]
    assert day == {"handled": 1, "lost": 0, "queuesHandled": 1, "queuesLost": 0, "serviceLevel": 1.0}


async def ring_for(api: Api, seconds: int) -> None:
    """Offers made from now on ring this long."""
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE queue SET ring_timeout_s = :s"), {"s": seconds})
    await api.kc.reload_settings()


async def offers(api: Api) -> list[tuple[str, str, str | None]]:
    """Whom a contact was offered to and how that ended."""
    async with api.kc.engine.connect() as connection:
        rows = await connection.execute(
            text(
                "SELECT u.login, o.interaction::text, o.result FROM offer o JOIN user_account u ON u.id = o.agent"
                " ORDER BY u.login, o.offered_at DESC"
            )
        )
        return [tuple(r) for r in rows]


async def test_offer_returns_to_its_place_when_agent_does_not_answer(api, server, bridge):
    await ring_for(api, 4)
    jana = await ready_agent(api, server, "jana")
    first = await walk_to_queue(bridge)
    await jana.desk.until(lambda v: v.contacts.get(first))
    await ring_for(api, 60)
    second = await walk_to_queue(bridge, "+420602000000")
    petr = await ready_agent(api, server, "petr")
    # Petr is offered the second while the first rings at Jana; when it comes back, nobody younger is before it.
    await petr.desk.until(lambda v: v.contacts.get(second))
    await petr.run("mutation($c: ID!) { declineOffer(contact: $c) { __typename } }", c=second)
    await jana.desk.until(lambda v: first not in v.contacts)
    me = next(iter(jana.desk.agents.values()))
    assert (me["presence"], me["reason"]) == ("NOT_READY", "missed_offer")
    await petr.run("mutation { setPresence(presence: READY) { __typename } }")
    offered = await petr.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
    assert [c["id"] for c in offered] == [first]
    assert await offers(api) == [("jana", first, "no_answer"), ("petr", first, None), ("petr", second, "declined")]
    for agent in (jana, petr):
        assert (await agent.run("{ myFigures { lost } }"))["myFigures"][0]["lost"] == 1


async def test_four_ways_of_leaving_are_four_outcomes(api, server, bridge):
    agent = await ready_agent(api, server)
    before = bridge.call(CALLER, NUMBER)
    await bridge.command(k.RingLeg, before)
    bridge.report(k.LegEnded(leg=before, by=k.EndedBy.PEER, cause=k.EndCause.CANCELLED))
    menu = bridge.call(CALLER, NUMBER)
    await bridge.command(k.AnswerLeg, menu)
    bridge.report(k.LegAnswered(leg=menu))
    await bridge.command(k.Play, menu)
    bridge.report(k.LegEnded(leg=menu, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    ringing = await walk_to_queue(bridge)
    await agent.desk.until(lambda v: v.contacts.get(ringing))
    queued = await walk_to_queue(bridge)
    for leg in (ringing, queued):
        bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    await asyncio.sleep(0)
    outcomes = {}
    for leg in (before, menu, ringing, queued):
        outcomes[leg] = (await api.kc.readers.contact(leg)).outcome.value
    assert [outcomes[x] for x in (before, menu, queued)] == [
        "abandoned_before_ivr",
        "abandoned_in_ivr",
        "abandoned_in_queue",
    ]
    assert outcomes[ringing] == "abandoned_ringing"
    assert await offers(api) == [("jana", ringing, "abandoned")]
    assert (await agent.run("{ myFigures { lost handled } }"))["myFigures"][0] == {"lost": 1, "handled": 0}
