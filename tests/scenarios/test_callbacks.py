"""Callbacks: asked for by a key while waiting, at the place in the queue or at a chosen time; tried again; missed calls."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from backend.domain.callback.dialogue import FLOWS, REFUSED, THANKS
from backend.domain.kernel.working_time import PRAGUE
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import act, ready_agent
from tests.scenarios.test_routing import Admin, call, contact, ended, finished, said, says

ASK_TEXT = FLOWS[-1].nodes["ask"].text
TIME_TEXT = FLOWS[-1].nodes["time"].text
LISTED = "{ callbacks { id kind number state dueAt attempts lastOutcome attemptId contactId queueId } }"


def press(bridge, leg: str, keys: str) -> None:
    for key in keys:
        bridge.report(k.DigitPressed(leg=leg, digit=key, source=k.DigitSource.RFC4733))


async def waiting_calls(bridge, admin: Admin, *numbers: str, **options) -> tuple[int, list[str]]:
    """Callers who wait in a queue with a key for a callback; the queue and their legs, each settled in its place."""
    queue, _ = await admin.queue("Pojištění")
    await admin.change("Pojištění", exit_keys=[{"key": "1", "to": {"type": "callback", "queue": queue}}], **options)
    await admin.rules({"type": "queue", "queue": queue})
    legs = []
    for number in numbers:
        leg, _ = await call(bridge, number)
        legs.append(leg)
    return queue, legs


async def plays(bridge, leg: str, words: str) -> k.Play:
    """The play that says this; others before it (places that became better) are heard out."""
    async with asyncio.timeout(15):
        while True:
            play = await bridge.command(k.Play, leg)
            if said(play) == says(words):
                return play


async def leaves_a_wish(bridge, leg: str) -> None:
    press(bridge, leg, "1")
    await plays(bridge, leg, ASK_TEXT)
    press(bridge, leg, "1")
    finished(bridge, await plays(bridge, leg, THANKS))
    await bridge.command(k.HangUpLeg, leg)


async def listed(client) -> list[dict]:
    return (await client.run(LISTED))["callbacks"]


async def test_in_24_a_callback_asked_for_at_place_three_is_offered_before_those_who_came_later(
    api, server, bridge, admin
):
    numbers = [f"+42060100000{n}" for n in range(3)]
    queue, legs = await waiting_calls(bridge, admin, *numbers)
    await leaves_a_wish(bridge, legs[2])
    assert (await contact(api, legs[2])).outcome.value == "callback_requested"
    later = [(await call(bridge, f"+42060200000{n}"))[0] for n in range(2)]
    (wish,) = await listed(admin.client)
    assert (wish["number"], wish["state"], wish["contactId"]) == (numbers[2], "WAITING", legs[2])
    for leg in legs[:2]:
        bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    agent = await ready_agent(api, server)
    offered = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
    assert [c["id"] for c in offered] == [wish["attemptId"]], "before the two who came later"
    assert offered[0]["customerNumber"] == numbers[2]
    await act(agent, "acceptOffer", wish["attemptId"])
    dial = await bridge.command(k.DialLeg)
    assert (dial.to, dial.leg) == (numbers[2], wish["attemptId"])
    bridge.report(k.LegAnswered(leg=dial.leg))
    await agent.desk.until(lambda v: v.contacts[dial.leg]["connectedAt"])
    assert (await bridge.command(k.StartRecording)).left == (dial.leg,)
    bridge.report(k.LegEnded(leg=dial.leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[dial.leg]["phase"] == "WRAP_UP")
    assert await listed(admin.client) == []
    done = (await admin.client.run("{ callbacks(states: [DONE]) { id attempts lastOutcome doneById } }"))["callbacks"]
    assert done == [
        {"id": wish["id"], "attempts": 1, "lastOutcome": "HANDLED", "doneById": next(iter(agent.desk.agents))}
    ]
    assert queue
    for leg in later:
        assert (await contact(api, leg)).ended_at is None


async def test_in_24_who_is_not_reached_is_called_again_by_the_rule_and_then_given_up(api, server, bridge, admin):
    _, (leg,) = await waiting_calls(bridge, admin, "+420601000001", callback_attempts=2, callback_retry_s=10)
    async with api.kc.engine.begin() as connection:  # sooner than an administrator may set it
        await connection.execute(text("UPDATE queue SET options = jsonb_set(options, '{callback_retry_s}', '1')"))
    await api.kc.reload_settings()
    await leaves_a_wish(bridge, leg)
    agent = await ready_agent(api, server)
    for outcome in (k.EndCause.NO_ANSWER, k.EndCause.BUSY):
        (offered,) = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
        await act(agent, "acceptOffer", offered["id"])
        dial = await bridge.command(k.DialLeg)
        bridge.report(k.LegEnded(leg=dial.leg, by=k.EndedBy.PEER, cause=outcome))
        await agent.desk.until(lambda v, id=dial.leg: id not in v.contacts)
    assert await listed(admin.client) == []
    (failed,) = (await admin.client.run("{ callbacks(states: [FAILED]) { attempts lastOutcome } }"))["callbacks"]
    assert failed == {"attempts": 2, "lastOutcome": "BUSY"}


async def test_in_25_a_time_outside_working_hours_is_refused_with_the_next_possible_one(api, server, bridge, admin):
    # an hour that is not now, never over midnight
    closed = 14 if api.kc.desk.clock().astimezone(PRAGUE).hour < 12 else 8
    spans = [{"start": 0, "end": closed * 60}, {"start": (closed + 1) * 60, "end": 1440}]
    calendar = await admin.calendar(name="Kromě hodiny", week=[spans] * 7)
    _, (leg,) = await waiting_calls(bridge, admin, "+420601000001", calendar=calendar)
    press(bridge, leg, "1")
    await plays(bridge, leg, ASK_TEXT)
    press(bridge, leg, "2")
    await plays(bridge, leg, TIME_TEXT)
    press(bridge, leg, f"{closed:02}30")
    refused = await bridge.command(k.Play, leg)
    async with api.kc.engine.connect() as connection:
        words = await connection.scalar(text("SELECT text FROM prompt WHERE key = :k"), {"k": said(refused)[0]})
    assert words.startswith("V tuto dobu nepracujeme. Nejbližší možný čas je ")
    press(bridge, leg, "1")
    thanks = await bridge.command(k.Play, leg)
    finished(bridge, thanks)
    assert (await ended(api, bridge, leg)).outcome.value == "callback_requested"
    (wish,) = await listed(admin.client)
    due = wish["dueAt"]
    assert wish["state"] == "SCHEDULED" and due is not None
    state = await contact(api, leg)
    assert state.ivr.flow == REFUSED
    async with api.kc.engine.connect() as connection:
        at = (await connection.scalar(text("SELECT due_at FROM callback"))).astimezone(PRAGUE)
    assert (at.hour, at.minute) == (closed + 1, 0)


async def test_in_25_a_chosen_time_comes_and_the_contact_takes_its_old_place(api, server, bridge, admin):
    _, (leg,) = await waiting_calls(bridge, admin, "+420601000001")
    press(bridge, leg, "1")
    await plays(bridge, leg, ASK_TEXT)
    press(bridge, leg, "2")
    await plays(bridge, leg, TIME_TEXT)
    later = api.kc.desk.clock().astimezone(PRAGUE) + timedelta(hours=2)
    press(bridge, leg, f"{later:%H%M}")
    finished(bridge, await bridge.command(k.Play, leg))
    await bridge.command(k.HangUpLeg, leg)
    (wish,) = await listed(admin.client)
    assert wish["state"] == "SCHEDULED" and wish["attemptId"] is None
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text("UPDATE timer SET due_at = due_at - interval '3 hours' WHERE key LIKE 'callback:%'")
        )
        await connection.execute(
            text("UPDATE callback SET body = jsonb_set(body, '{due_at}', to_jsonb(now() - interval '1 second'))")
        )
    async with asyncio.timeout(10):
        while (await listed(admin.client))[0]["state"] != "WAITING":
            await asyncio.sleep(0.05)
    (wish,) = await listed(admin.client)
    attempt = await contact(api, wish["attemptId"])
    assert attempt.queued_at == (await contact(api, leg)).queued_at
    assert not [c for c in bridge.commands if getattr(c.body, "leg", None) == wish["attemptId"]], "nobody is rung yet"


async def test_agt_33_34_35_callbacks_are_listed_dialled_and_marked_as_done(api, server, bridge, admin):
    queue, (leg, other) = await waiting_calls(bridge, admin, "+420601000001", "+420601000002")
    await leaves_a_wish(bridge, leg)
    await leaves_a_wish(bridge, other)
    again = bridge.call("+420601000001", (await contact(api, leg)).dialled)
    await bridge.command(k.AnswerLeg, again)
    bridge.report(k.LegAnswered(leg=again))
    await bridge.command(k.Play, again)
    await leaves_a_wish(bridge, again)
    wishes = await listed(admin.client)
    assert sorted(w["number"] for w in wishes) == ["+420601000001", "+420601000002"], "a number is listed once"
    agent = await ready_agent(api, server, "jana")
    (offered,) = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
    await act(agent, "declineOffer", offered["id"])
    second = next(w for w in wishes if w["number"] == "+420601000002")
    answer = await agent.run(
        "mutation($i: ID!) { dialCallback(id: $i) { __typename ... on Refused { code } ... on Contact { phase } } }",
        i=second["id"],
    )
    assert answer["dialCallback"]["code"] == "AGENT_NOT_READY"
    await agent.run("mutation { setPresence(presence: READY) { __typename } }")
    (offered,) = await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"])
    first = next(w for w in await listed(admin.client) if w["attemptId"] == offered["id"])
    done = await agent.run(
        "mutation($i: ID!) { finishCallback(id: $i) { __typename ... on CallbackWish { state } } }", i=second["id"]
    )
    assert done["finishCallback"] == {"__typename": "CallbackWish", "state": "DONE"}
    if first["id"] != second["id"]:
        assert [w["id"] for w in await listed(admin.client)] == [first["id"]]
    assert (await contact(api, second["attemptId"])).ended_at is not None or first["id"] == second["id"]
    asked = await agent.run(
        'mutation($q: Int!) { requestCallback(number: "602 333 444", queue: $q, dueAt: "2030-01-02T09:00:00Z")'
        " { __typename ... on CallbackWish { id number state } } }",
        q=queue,
    )
    assert (asked["requestCallback"]["number"], asked["requestCallback"]["state"]) == ("+420602333444", "SCHEDULED")
    bad = await agent.run(
        'mutation($q: Int!) { requestCallback(number: "nikdo", queue: $q) { __typename ... on Refused { code } } }',
        q=queue,
    )
    assert bad["requestCallback"]["code"] == "BAD_NUMBER"


async def test_in_05_missed_calls_are_listed_once_a_number_until_somebody_talked_or_saw_to_it(
    api, server, bridge, admin
):
    _, legs = await waiting_calls(bridge, admin, "+420601000001", "+420601000001", "+420601000002", "+420601000003")
    for leg in legs[:3]:
        bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await leaves_a_wish(bridge, legs[3])
    await bridge.settled()
    ask = "{ missedCalls { number calls contactId outcome } }"
    missed = (await admin.client.run(ask))["missedCalls"]
    assert sorted((m["number"], m["calls"]) for m in missed) == [("+420601000001", 2), ("+420601000002", 1)]
    assert {m["outcome"] for m in missed} == {"ABANDONED_IN_QUEUE"}
    await admin.client.run('mutation { finishMissedCall(number: "+420601000002") { __typename } }')
    assert [m["number"] for m in (await admin.client.run(ask))["missedCalls"]] == ["+420601000001"]
    fresh, _ = await call(bridge, "+420601000001")
    assert (await admin.client.run(ask))["missedCalls"] == [], "the caller is here again"
    bridge.report(k.LegEnded(leg=fresh, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    assert [(m["number"], m["calls"]) for m in (await admin.client.run(ask))["missedCalls"]] == [("+420601000001", 3)]
    again, _ = await call(bridge, "+420601000002")
    bridge.report(k.LegEnded(leg=again, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    assert len((await admin.client.run(ask))["missedCalls"]) == 2, "a new call is to be seen to anew"


async def test_in_27_star_leads_back_to_the_same_place_and_a_withheld_number_goes_on_waiting(
    api, server, bridge, admin
):
    queue, (leg, hidden) = await waiting_calls(bridge, admin, "+420601000001", None)
    place = (await contact(api, leg)).queued_at
    press(bridge, leg, "1")
    await plays(bridge, leg, ASK_TEXT)
    press(bridge, leg, "*")
    await bridge.command(k.Play, leg)
    back = await contact(api, leg)
    assert (back.phase.value, back.queue, back.queued_at) == ("queued", queue, place)
    press(bridge, hidden, "1")
    from backend.domain.callback.dialogue import NO_NUMBER

    finished(bridge, await plays(bridge, hidden, NO_NUMBER))
    await bridge.command(k.Play, hidden)
    assert (await contact(api, hidden)).phase.value == "queued"
    assert await listed(admin.client) == []
