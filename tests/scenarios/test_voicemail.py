"""Messages of callers, from the greeting to the agent who calls back, and the survey after a call."""

import msgspec
from sqlalchemy import text

from backend.adapters.postgres.codec import to_json
from backend.application.voicemail import FAILED, GREETING, NOTHING, THANKS
from backend.domain.voice.waiting_words import key_texts, position_text
from sip_bridge import contract as k
from tests.scenarios.test_callbacks import plays, press
from tests.scenarios.test_inbound_call import act, ready_agent
from tests.scenarios.test_recordings import LEFT, hears_both_sides, kept, sides, signed_in, written
from tests.scenarios.test_routing import Admin, call, contact, ended, finished, said, says, user_id
from tests.support.api import Api
from tests.support.rtp_phone import level

NEVER = [[], [], [], [], [], [], []]
ANNA, BOB = "+420601000001", "+420601000002"
LISTED = "{ callbacks { id kind number state dueAt attempts lastOutcome attemptId contactId assignedToId messages { recordingId contactId durationMs } } }"
RESULT = "{ __typename ... on Refused { code } ... on CallbackWish { state assignedToId } }"


async def to_voicemail(admin: Admin, **options) -> int:
    """The number leads to the voicemail of a queue; the queue."""
    queue = await admin.change("Pojištění", **options)
    await admin.rules({"type": "voicemail", "queue": queue})
    return queue


async def speaks(bridge, leg: str, greeting: str | None = GREETING) -> k.StartRecording:
    """The caller has heard the greeting; the beep sounds and the recording runs."""
    finished(bridge, await plays(bridge, leg, greeting))
    beep = await bridge.command(k.Play, leg)
    assert beep.sources == (k.ToneSource(k.Tone.BEEP),)
    started = await bridge.command(k.StartRecording, leg)
    assert (started.left, started.right, started.quiet_s) == ((leg,), (), 8.0)
    bridge.report(k.RecordingStarted(recording=started.recording))
    return started


def closed(bridge, api: Api, recording: str, heard_ms: int | None = 3000) -> None:
    """What the bridge reports when a recording has ended, by whatever."""
    report = written(api.config.recordings, recording)
    bridge.report(msgspec.structs.replace(report, gaps_ms=(), heard_ms=heard_ms))


async def leaves(bridge, api: Api, leg: str, greeting: str | None = GREETING) -> str:
    """A whole message, ended by the key; its recording."""
    started = await speaks(bridge, leg, greeting)
    press(bridge, leg, "#")
    assert (await bridge.command(k.StopRecording)).recording == started.recording
    closed(bridge, api, started.recording)
    finished(bridge, await plays(bridge, leg, THANKS))
    await bridge.command(k.HangUpLeg, leg)
    return started.recording


async def listed(client) -> list[dict]:
    return (await client.run(LISTED))["callbacks"]


async def command(client, name: str, arguments: str, **variables) -> dict:
    declared = {"id": "ID!", "to": "Int"}
    given = ", ".join(f"${n}: {declared[n]}" for n in variables)
    return (await client.run(f"mutation({given}) {{ {name}({arguments}) {RESULT} }}", **variables))[name]


async def offered_to(agent) -> dict:
    return (await agent.desk.until(lambda v: [c for c in v.contacts.values() if c["phase"] == "OFFERED"]))[0]


async def test_ivr_04_a_message_is_left_heard_and_the_caller_called_back(api, server, bridge, admin):
    await to_voicemail(admin)
    leg, greeting = await call(bridge, ANNA)
    assert said(greeting) == says(GREETING)
    bridge.report(k.PlayFinished(leg=leg, play=greeting.play, outcome=k.PlayOutcome.COMPLETED))
    await bridge.command(k.Play, leg)
    started = await bridge.command(k.StartRecording, leg)
    press(bridge, leg, "5#")
    await bridge.command(k.StopRecording)
    assert await listed(admin.client) == [], "nothing is promised before the recording is there"
    closed(bridge, api, started.recording)
    finished(bridge, await plays(bridge, leg, THANKS))
    left = await ended(api, bridge, leg)
    assert (left.outcome.value, left.messages, left.recording) == (
        "message_left",
        (started.recording,),
        started.recording,
    )
    (wish,) = await listed(admin.client)
    assert (wish["kind"], wish["number"], wish["state"], wish["contactId"]) == ("VOICEMAIL", ANNA, "WAITING", leg)
    assert wish["messages"] == [{"recordingId": started.recording, "contactId": leg, "durationMs": 3000}]

    agent = await ready_agent(api, server)
    offer = await offered_to(agent)
    assert (offer["id"], offer["customerNumber"]) == (wish["attemptId"], ANNA)
    assert (await act(agent, "acceptOffer", offer["id"]))["phase"] == "PREVIEW"
    assert next(iter(agent.desk.agents.values()))["activity"] in ("RINGING", "IN_CALL")
    heard = await agent.run(
        "query($i: ID!) { callback(id: $i) { messages { recording { url wavUrl } } } }", i=wish["id"]
    )
    (message,) = heard["callback"]["messages"]
    played = await agent.http.get(message["recording"]["url"])
    assert played.status_code in (200, 206) and message["recording"]["wavUrl"] is None
    assert not [c for c in bridge.commands if isinstance(c.body, k.DialLeg)], "nobody is rung before"

    assert (await act(agent, "dialBack", offer["id"]))["phase"] == "DIALLING"
    dial = await bridge.command(k.DialLeg)
    assert (dial.to, dial.leg) == (ANNA, wish["attemptId"])
    bridge.report(k.LegAnswered(leg=dial.leg))
    await agent.desk.until(lambda v: v.contacts[dial.leg]["connectedAt"])
    conversation = await bridge.command(k.StartRecording)
    assert conversation.recording != started.recording and conversation.quiet_s is None
    bridge.report(k.LegEnded(leg=dial.leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[dial.leg]["phase"] == "WRAP_UP")
    assert await listed(admin.client) == []


async def test_ivr_04_the_message_is_sealed_and_who_heard_it_is_audited(api, server, bridge, admin):
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    bridge.report(k.DigitPressed(leg=leg, digit="#", source=k.DigitSource.RFC4733))  # passes over the greeting
    started = await bridge.command(k.StartRecording, leg)
    bridge.report(k.RecordingStarted(recording=started.recording))
    press(bridge, leg, "#")
    closed(bridge, api, started.recording)
    finished(bridge, await plays(bridge, leg, THANKS))
    found = await kept(api, started.recording)
    assert found.message and not list(api.config.recordings.rglob("*.wav"))
    assert b"fLaC" not in (api.files / "kept" / found.name).read_bytes()
    agent = await signed_in(api, server, "petr")
    (wish,) = await listed(agent)
    heard = await agent.run(
        "query($i: ID!) { callback(id: $i) { messages { recording { url peaks } } } }", i=wish["id"]
    )
    recording = heard["callback"]["messages"][0]["recording"]
    assert recording["peaks"]
    played = await agent.http.get(recording["url"])
    assert level(sides(played.content)[0][:8000], LEFT) > 3000
    hears_both_sides(played.content)
    wall = await signed_in(api, server, "tabule")
    assert (await wall.http.get(recording["url"])).status_code == 404
    assert (await agent.http.get(f"/recordings/{started.recording}.wav")).status_code == 404, "an agent takes none away"
    accesses = await api.kc.catalogue.accesses(started.recording)
    assert [(a.action, a.allowed) for a in accesses][-2:] == [("listen", False), ("listen", True)]


async def test_ivr_05_outside_working_hours_a_message_waits_for_the_opening(api, bridge, admin):
    shut = await admin.calendar(name="zavřeno", week=NEVER)
    queue, _ = await admin.queue("Pojištění")
    now = api.kc.desk.clock()
    opens = await admin.calendar(
        name="zítra", week=[[{"start": 480, "end": 1080}] if d != now.isoweekday() - 1 else [] for d in range(7)]
    )
    await admin.change("Pojištění", calendar=shut, when_closed={"type": "voicemail", "queue": queue})
    await admin.rules({"type": "queue", "queue": queue})
    leg, greeting = await call(bridge, ANNA)
    assert said(greeting) == says(GREETING)
    await admin.change("Pojištění", calendar=opens)
    finished(bridge, greeting)
    await bridge.command(k.Play, leg)
    started = await bridge.command(k.StartRecording, leg)
    closed(bridge, api, started.recording)  # the caller fell silent: the bridge ended it by itself
    finished(bridge, await plays(bridge, leg, THANKS))
    assert (await ended(api, bridge, leg)).outcome.value == "message_left"
    (wish,) = await listed(admin.client)
    assert (wish["state"], wish["attemptId"]) == ("SCHEDULED", None) and wish["dueAt"] > now.isoformat()
    steps = (await admin.client.run("query($c: ID!) { contact(id: $c) { steps { kind detail } } }", c=leg))["contact"]
    assert {"kind": "Routed", "detail": "closed:voicemail:"} in steps["steps"]


async def test_ivr_04_who_hangs_up_has_left_the_message_and_who_says_nothing_has_not(api, bridge, admin):
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    finished_greeting = k.DigitPressed(leg=leg, digit="#", source=k.DigitSource.RFC4733)
    bridge.report(finished_greeting)
    started = await bridge.command(k.StartRecording, leg)
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    closed(bridge, api, started.recording)  # the bridge reports the leg first, then the recording
    await bridge.settled()
    assert (await contact(api, leg)).outcome.value == "message_left"
    assert [w["number"] for w in await listed(admin.client)] == [ANNA]

    silent, _ = await call(bridge, BOB)
    bridge.report(k.DigitPressed(leg=silent, digit="#", source=k.DigitSource.RFC4733))
    second = await bridge.command(k.StartRecording, silent)
    closed(bridge, api, second.recording, heard_ms=300)
    finished(bridge, await plays(bridge, silent, NOTHING))
    assert (await ended(api, bridge, silent)).outcome.value == "abandoned_in_voicemail"
    early, _ = await call(bridge, "+420601000003")
    bridge.report(k.LegEnded(leg=early, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await bridge.settled()
    state = await contact(api, early)
    assert (state.outcome.value, state.recording) == ("abandoned_in_voicemail", None)
    assert [w["number"] for w in await listed(admin.client)] == [ANNA]
    missed = (await admin.client.run("{ missedCalls { number outcome } }"))["missedCalls"]
    assert {m["number"] for m in missed} == {BOB, "+420601000003"}, "who left nothing is a missed call"


async def test_ivr_04_a_number_has_one_item_and_a_withheld_one_waits_to_be_heard(api, server, bridge, admin):
    await to_voicemail(admin, voicemail={"greeting": "Oddělení smluv, nechte nám vzkaz."})
    legs = []
    for number in (ANNA, ANNA, None, None):
        leg, _ = await call(bridge, number)
        bridge.report(k.DigitPressed(leg=leg, digit="#", source=k.DigitSource.RFC4733))
        started = await bridge.command(k.StartRecording, leg)
        press(bridge, leg, "#")
        closed(bridge, api, started.recording)
        finished(bridge, await plays(bridge, leg, THANKS))
        await bridge.command(k.HangUpLeg, leg)
        legs.append(leg)
    wishes = await listed(admin.client)
    assert sorted((w["number"], len(w["messages"])) for w in wishes) == [("", 1), ("", 1), (ANNA, 2)]
    anna = next(w for w in wishes if w["number"])
    assert [m["contactId"] for m in anna["messages"]] == legs[:2]
    hidden = next(w for w in wishes if not w["number"])
    agent = await ready_agent(api, server)
    assert (await offered_to(agent))["id"] == anna["attemptId"], "who cannot be called is not in the queue"
    dial = "mutation($i: ID!) { dialCallback(id: $i) { __typename ... on Refused { code } } }"
    assert (await agent.run(dial, i=hidden["id"]))["dialCallback"]["code"] == "BAD_NUMBER"
    assert (await command(agent, "finishCallback", "id: $id", id=hidden["id"]))["state"] == "DONE"


async def test_ivr_04_a_message_is_assigned_done_and_undone(api, server, bridge, admin):
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    await leaves_at_once(bridge, api, leg)
    (wish,) = await listed(admin.client)
    petr = await user_id(api, "petr")
    given = await command(admin.client, "assignCallback", "id: $id, to: $to", id=wish["id"], to=petr)
    assert given == {"__typename": "CallbackWish", "state": "SCHEDULED", "assignedToId": petr}
    assert (await contact(api, wish["attemptId"])).ended_at is not None, "it left the queue"
    jana = await ready_agent(api, server)
    assert not jana.desk.contacts
    back = await command(admin.client, "assignCallback", "id: $id, to: $to", id=wish["id"], to=None)
    assert (back["state"], back["assignedToId"]) == ("WAITING", None)
    offer = await offered_to(jana)
    busy = await command(admin.client, "assignCallback", "id: $id, to: $to", id=wish["id"], to=petr)
    assert busy["code"] == "WRONG_PHASE", "an agent is being asked about it"
    await act(jana, "acceptOffer", offer["id"])
    assert (await command(jana, "finishCallback", "id: $id", id=wish["id"]))["state"] == "DONE"
    await jana.desk.until(lambda v: offer["id"] not in v.contacts)
    assert await listed(admin.client) == []
    undone = await command(jana, "reopenCallback", "id: $id", id=wish["id"])
    assert undone["state"] == "WAITING"
    (again,) = await listed(admin.client)
    assert again["messages"] == wish["messages"] and again["attempts"] == 0
    assert (await contact(api, again["attemptId"])).queued_at == (await contact(api, wish["attemptId"])).queued_at


async def leaves_at_once(bridge, api: Api, leg: str) -> str:
    """A message without hearing the greeting out."""
    bridge.report(k.DigitPressed(leg=leg, digit="#", source=k.DigitSource.RFC4733))
    started = await bridge.command(k.StartRecording, leg)
    press(bridge, leg, "#")
    closed(bridge, api, started.recording)
    finished(bridge, await plays(bridge, leg, THANKS))
    await bridge.command(k.HangUpLeg, leg)
    return started.recording


async def test_ivr_04_heard_but_not_called_comes_again_and_the_lease_of_hearing_ends(api, server, bridge, admin):
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    await leaves_at_once(bridge, api, leg)
    agent = await ready_agent(api, server)
    offer = await offered_to(agent)
    await act(agent, "acceptOffer", offer["id"])
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE timer SET due_at = now() WHERE key LIKE 'preview:%'"))
    await agent.desk.until(lambda v: offer["id"] not in v.contacts)
    (wish,) = await listed(admin.client)
    assert (wish["state"], wish["attempts"]) == ("SCHEDULED", 0) and wish["dueAt"]
    assert next(iter(agent.desk.agents.values()))["contacts"] == []


async def test_in_27_waiting_callers_are_told_both_keys_and_the_second_leads_to_a_message(api, bridge, admin):
    queue, _ = await admin.queue("Pojištění")
    keys = [
        {"key": "1", "to": {"type": "callback", "queue": queue}},
        {"key": "2", "to": {"type": "voicemail", "queue": queue, "text": "Řekněte nám, co potřebujete."}},
    ]
    await admin.change("Pojištění", exit_keys=keys, announcements={})
    await admin.rules({"type": "queue", "queue": queue})
    leg, waiting = await call(bridge, ANNA)
    exits = api.kc.desk.settings.queues[queue].options.exit_keys
    assert said(waiting) == says(position_text(1), *key_texts(exits))
    press(bridge, leg, "2")
    await leaves(bridge, api, leg, "Řekněte nám, co potřebujete.")
    left = await contact(api, leg)
    assert (left.outcome.value, left.visits[0].result.value) == ("message_left", "flowed_out")
    (wish,) = await listed(admin.client)
    assert wish["kind"] == "VOICEMAIL"
    assert (await contact(api, wish["attemptId"])).queued_at == left.queued_at, "the place is kept"


async def test_ivr_04_a_recording_that_fails_is_told_to_the_caller(api, bridge, admin):
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    started = await speaks_after_key(bridge, leg)
    bridge.report(k.RecordingFailed(recording=started.recording, reason="storage"))
    finished(bridge, await plays(bridge, leg, FAILED))
    assert (await ended(api, bridge, leg)).outcome.value == "abandoned_in_voicemail"
    assert await listed(admin.client) == []


async def speaks_after_key(bridge, leg: str) -> k.StartRecording:
    bridge.report(k.DigitPressed(leg=leg, digit="#", source=k.DigitSource.RFC4733))
    return await bridge.command(k.StartRecording, leg)


async def test_ivr_04_the_longest_message_is_ended_and_a_bridge_that_keeps_silent_loses_nothing(api, bridge, admin):
    await to_voicemail(admin, voicemail={"limit_s": 10})
    leg, _ = await call(bridge, ANNA)
    started = await speaks_after_key(bridge, leg)
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE timer SET due_at = now() WHERE key LIKE 'message:%'"))
    assert (await bridge.command(k.StopRecording)).recording == started.recording
    await bridge.settled()
    async with api.kc.engine.begin() as connection:
        await connection.execute(text("UPDATE timer SET due_at = now() WHERE key LIKE 'message_end:%'"))
    finished(bridge, await plays(bridge, leg, THANKS))
    await bridge.command(k.HangUpLeg, leg)
    assert await listed(admin.client) == []
    closed(bridge, api, started.recording, heard_ms=None)
    await bridge.settled()
    assert (await contact(api, leg)).outcome.value == "message_left"
    assert [w["number"] for w in await listed(admin.client)] == [ANNA]


async def test_ivr_04_an_api_that_dies_in_the_message_loses_nothing(api, database_url, bridge, admin):
    """The API is cut off in the middle; what the bridge reports meanwhile is applied by the next one, once."""
    await to_voicemail(admin)
    leg, _ = await call(bridge, ANNA)
    started = await speaks_after_key(bridge, leg)
    await bridge.cut()
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    closed(bridge, api, started.recording)
    bridge.legs.clear()
    async with Api(database_url) as second:
        second.kc.desk._bell.ring()
        bridge.url = second.bridge_url
        bridge.token = second.link_token
        await bridge.connect()
        await bridge.settled()
        assert (await contact(second, leg)).outcome.value == "message_left"
    (wish,) = await listed(admin.client)
    assert [m["recordingId"] for m in wish["messages"]] == [started.recording]


# ---- after the call


async def survey(admin: Admin, api: Api) -> int:
    """A published survey; its flow."""
    nodes = {
        "otazka": {
            "type": "survey",
            "text": "Ohodnoťte nás od nuly do devíti.",
            "question": "nps",
            "next": "diky",
            "otherwise": "konec",
            "timeout_s": 6,
        },
        "diky": {"type": "speak", "text": "Děkujeme za hodnocení.", "next": "konec"},
        "konec": {"type": "hang_up"},
    }
    body = to_json({"id": 50, "version": 1, "name": "Spokojenost", "start": "otazka", "nodes": nodes})
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO flow_version (flow, version, name, body, published_at)"
                " VALUES (50, 1, 'Spokojenost', CAST(:body AS jsonb), clock_timestamp())"
            ),
            {"body": body},
        )
    await api.kc.reload_settings()
    return 50


async def talks(api: Api, server, bridge, admin: Admin) -> tuple:
    """An agent in a conversation of a queue with a survey after it."""
    flow = await survey(admin, api)
    queue = await admin.change("Pojištění", after_call=flow, top={"wrap_up_s": 60})
    await admin.rules({"type": "queue", "queue": queue})
    agent = await ready_agent(api, server)
    leg, _ = await call(bridge, ANNA)
    await agent.desk.until(lambda v: v.contacts.get(leg))
    await act(agent, "acceptOffer", leg)
    started = await bridge.command(k.StartRecording, leg)
    await agent.desk.until(lambda v: v.contacts[leg]["connectedAt"])
    return agent, leg, started.recording


async def test_rep_04_the_client_is_asked_after_the_agent_hangs_up(api, server, bridge, admin):
    agent, leg, recording = await talks(api, server, bridge, admin)
    await act(agent, "hangUp", leg)
    assert (await bridge.command(k.StopRecording)).recording == recording
    await plays(bridge, leg, "Ohodnoťte nás od nuly do devíti.")
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "IN_IVR")
    assert next(iter(agent.desk.agents.values()))["activity"] == "WRAP_UP"
    assert await act(agent, "hangUp", leg) == {"__typename": "Contact", "phase": "IN_IVR"}, (
        "a second press means nothing"
    )
    talked = (await contact(api, leg)).talk_time
    press(bridge, leg, "9")
    finished(bridge, await plays(bridge, leg, "Děkujeme za hodnocení."))
    over = await ended(api, bridge, leg)
    assert (over.outcome.value, over.ivr.answers, over.talk_time) == ("handled", {"nps": 9}, talked)
    assert over.phase.value == "wrap_up", "the agent is still at it"
    await act(agent, "finishWrapUp", leg)
    await agent.desk.until(lambda v: leg not in v.contacts)
    found = (await admin.client.run("{ searchCalls(criteria: {}) { calls { contactId lengthSeconds } } }"))[
        "searchCalls"
    ]
    assert [(x["contactId"], x["lengthSeconds"]) for x in found["calls"]] == [(leg, talked.total_seconds())]


async def test_rep_04_a_client_may_hang_up_in_the_survey_and_one_who_hung_up_first_is_not_asked(
    api, server, bridge, admin
):
    agent, leg, _ = await talks(api, server, bridge, admin)
    await act(agent, "hangUp", leg)
    await plays(bridge, leg, "Ohodnoťte nás od nuly do devíti.")
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    over = await contact(api, leg)
    assert (over.outcome.value, over.ivr.answers) == ("handled", {})
    await act(agent, "finishWrapUp", leg)
    second, _ = await call(bridge, BOB)
    await agent.desk.until(lambda v: v.contacts.get(second))
    await act(agent, "acceptOffer", second)
    await agent.desk.until(lambda v: v.contacts[second]["connectedAt"])
    bridge.report(k.LegEnded(leg=second, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await agent.desk.until(lambda v: v.contacts[second]["phase"] == "WRAP_UP")
    assert (await contact(api, second)).talked_until is None
