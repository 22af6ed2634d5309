"""A supervisor at the floor: alerts, agents signed out, contacts put first or handed on; and all of it in the log."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.application.desk import utc_now
from backend.domain.agent.model import Presence
from backend.domain.alerts.limits import AlertKind
from backend.domain.interaction import commands as c
from backend.domain.kernel.refusal import Refusal
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.scenarios.test_routing import call, to_queue
from tests.support.api import Api, GraphQLFailed
from tests.support.busy_floor import BusyFloor
from tests.support.consistency import consistent, everything_read

ALERT = "id kind queueId agentId contactId limitSeconds acknowledgedBy snoozedUntil"
LIMITED = {"limits": [{"kind": "waiting", "after_s": 60}, {"kind": "waiting", "after_s": 5, "queue": 1}]}


@pytest.fixture
async def floor(api):
    """No router, timers or watch beside the feed: the test decides what happens."""
    for task in api.kc._tasks[1:]:
        task.cancel()
    await asyncio.gather(*api.kc._tasks[1:], return_exceptions=True)
    floor = BusyFloor(api.kc, seed=2)
    await floor.people(4, 3)
    return floor


@pytest.fixture
async def dana(api, server):
    async with api.client() as client:
        await client.sign_in("dana", server.logins["dana"].password)
        yield client


async def log_of(api, stream: str, subject: str | None = None) -> list:
    async with api.kc.engine.connect() as connection:
        return [
            tuple(r)
            for r in await connection.execute(
                text(
                    "SELECT data->>'type', actor, data FROM event WHERE stream = :stream"
                    " AND (CAST(:subject AS text) IS NULL OR subject = :subject) ORDER BY id"
                ),
                {"stream": stream, "subject": subject},
            )
        ]


async def user_id(api, login: str) -> int:
    async with api.kc.engine.connect() as connection:
        return await connection.scalar(text("SELECT id FROM user_account WHERE login = :l"), {"l": login})


def later(kc, seconds: float) -> None:
    """For commands and the watch it is so much later than now."""
    kc.desk.clock = lambda: utc_now() + timedelta(seconds=seconds)


async def limits(client, settings: dict) -> dict:
    answer = await client.run(
        "mutation($s: JSON!) { saveAlertSettings(settings: $s) { __typename ... on SettingRefused"
        " { problems { field kind } } } }",
        s=settings,
    )
    return answer["saveAlertSettings"]


# ---- SUP-11


async def test_sup_11_who_waits_too_long_is_alerted_of_once_by_the_limit_of_the_queue_and_it_ends_with_the_wait(
    floor, dana, api
):
    kc = api.kc
    assert (await limits(dana, LIMITED))["__typename"] == "SettingSaved"
    view = await dana.live("alerts", whole=f"alerts {{ {ALERT} }} goneAlerts")
    first, second = await floor.call(1), await floor.call(2)
    told = []

    async def tell(alert) -> None:
        told.append(alert.about.interaction)

    kc.alerts.tell(tell)
    later(kc, 6)
    await everything_read(kc)
    async with consistent(kc):
        raised = await kc.alerts.look()
    assert [(x.about.kind, x.about.interaction, x.limit) for x in raised] == [
        (AlertKind.WAITING, first, timedelta(seconds=5))
    ]
    await everything_read(kc)
    assert await kc.alerts.look() == [], "once"
    shown = await view.until(lambda v: next(iter(v.alerts.values()), None))
    assert (shown["kind"], shown["queueId"], shown["contactId"], shown["limitSeconds"]) == ("WAITING", 1, first, 5)
    later(kc, 61)
    assert [x.about.interaction for x in await kc.alerts.look()] == [second]
    assert told == [first, second]
    await kc.desk.leave(first)
    await everything_read(kc)
    async with consistent(kc):
        await kc.alerts.look()
    await view.until(lambda v: [x["contactId"] for x in v.alerts.values()] == [second])
    assert [x[0] for x in await log_of(api, "alert", raised[0].key)] == ["Raised", "Over"]
    await view.cut()


async def test_sup_11_two_processes_and_a_restart_raise_it_once(floor, dana, api, database_url):
    kc = api.kc
    await limits(dana, LIMITED)
    id = await floor.call(1)
    async with Api(database_url) as other:
        for task in other.kc._tasks[1:]:
            task.cancel()
        await asyncio.gather(*other.kc._tasks[1:], return_exceptions=True)
        for each in (kc, other.kc):
            await everything_read(each)
            later(each, 6)
        found = await asyncio.gather(kc.alerts.look(), other.kc.alerts.look())
        assert sum(map(len, found)) == 1
    async with Api(database_url) as restarted:
        later(restarted.kc, 7)
        assert [x.about.interaction for x in restarted.kc.feed.live.alerts.values()] == [id], "still there"
        assert await restarted.kc.alerts.look() == []
    assert [x[0] for x in await log_of(api, "alert")] == ["Raised"]


async def test_sup_11_acknowledged_or_put_off_it_is_everybodys_and_stands_in_the_log(floor, dana, api):
    kc = api.kc
    await limits(dana, LIMITED)
    await floor.call(1)
    await everything_read(kc)
    later(kc, 6)
    key = (await kc.alerts.look())[0].key
    snooze = f"mutation($id: ID!, $m: Int!) {{ snoozeAlert(id: $id, minutes: $m) {{ __typename ... on Alert {{ {ALERT} }} ... on Refused {{ code }} }} }}"  # fmt: skip
    assert (await dana.run(snooze, id=key, m=0))["snoozeAlert"]["code"] == "BAD_INPUT"
    assert (await dana.run(snooze, id="waiting:nic", m=5))["snoozeAlert"]["code"] == "NOT_FOUND"
    assert (await dana.run(snooze, id=key, m=5))["snoozeAlert"]["snoozedUntil"]
    acknowledge = f"mutation($id: ID!) {{ acknowledgeAlert(id: $id) {{ ... on Alert {{ {ALERT} }} }} }}"
    me = await user_id(api, "dana")
    assert (await dana.run(acknowledge, id=key))["acknowledgeAlert"]["acknowledgedBy"] == me
    assert [(x[0], x[1]) for x in await log_of(api, "alert", key)] == [
        ("Raised", None),
        ("Snoozed", me),
        ("Acknowledged", me),
    ]
    assert [(x[1], x[2]["action"], x[2]["code"]) for x in await log_of(api, "refused")] == [
        (me, "snooze_alert", "bad_input"),
        (me, "snooze_alert", "not_found"),
    ]


async def test_sup_11_limits_that_make_no_sense_are_refused_and_the_old_ones_stay(floor, dana, api):
    await limits(dana, LIMITED)
    refused = await limits(
        dana,
        {
            "limits": [
                {"kind": "waiting", "after_s": 0},
                {"kind": "waiting", "after_s": 9, "queue": 99},
                {"kind": "not_ready", "after_s": 9, "queue": 1},
                {"kind": "waiting", "after_s": 8},
            ]
        },
    )
    assert refused["problems"] == [
        {"field": "limits.0.after_s", "kind": "OUT_OF_RANGE"},
        {"field": "limits.1.queue", "kind": "UNKNOWN"},
        {"field": "limits.2.queue", "kind": "UNKNOWN"},
        {"field": "limits.3.kind", "kind": "TAKEN"},
    ]
    assert (await limits(dana, {"limits": "x"}))["problems"][0]["kind"] == "MALFORMED"
    assert [x["after_s"] for x in (await dana.run("{ alertSettings }"))["alertSettings"]["limits"]] == [60, 5]


# ---- agents


SIGN_OUT = "mutation($a: Int!) { signAgentOut(agent: $a) { __typename ... on AgentNow { activity leaving } ... on Refused { code } } }"  # fmt: skip


async def test_supervisor_signs_out_an_idle_agent_whose_telephone_and_sessions_end(api, server, bridge, dana):
    jana = await ready_agent(api, server)
    me = next(iter(jana.desk.agents))
    assert (await dana.run(SIGN_OUT, a=me))["signAgentOut"] == {
        "__typename": "AgentNow",
        "activity": "OFFLINE",
        "leaving": False,
    }
    assert isinstance(await bridge.command(k.CloseBrowserLeg, f"agent-{me}"), k.CloseBrowserLeg)
    with pytest.raises(GraphQLFailed) as refused:
        await jana.run("{ settings { queues { id } } }")
    assert refused.value.code == "UNAUTHENTICATED"
    kind, actor, data = (await log_of(api, "agent", str(me)))[-1]
    assert (kind, actor, data["forced"]) == ("SignedOut", await user_id(api, "dana"), True)


async def test_supervisor_signs_out_an_agent_in_a_call_who_finishes_it_first_and_gets_no_other(
    api, server, bridge, admin, dana
):
    queue, _ = await admin.queue("Platby")
    await admin.rules(to_queue(queue))
    jana = await ready_agent(api, server)
    me = next(iter(jana.desk.agents))
    leg, _ = await call(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    await jana.run("mutation($c: ID!) { acceptOffer(contact: $c) { __typename } }", c=leg)
    answer = (await dana.run(SIGN_OUT, a=me))["signAgentOut"]
    assert answer == {"__typename": "AgentNow", "activity": "IN_CALL", "leaving": True}, "the client is not cut off"
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    assert not isinstance(await api.kc.desk.command(leg, c.FinishWrapUp(agent=me)), Refusal)
    await everything_read(api.kc)
    assert api.kc.feed.live.agents[me].presence is Presence.OFFLINE
    kinds = [x[0] for x in await log_of(api, "agent", str(me))]
    assert kinds[-3:] == ["ContactInWrapUp", "ContactReleased", "SignedOut"] and "SignOutAsked" in kinds


async def test_signing_out_somebody_who_is_ringing_gives_the_contact_to_another_and_is_nobodys_miss(floor, api, dana):
    first, second = floor.users[:2]
    await floor.sign_in(first)
    id = await floor.call(1)
    assert await floor.offer(id, first)
    await dana.run(SIGN_OUT, a=first)
    s = await api.kc.readers.contact(id)
    assert s.phase.value == "queued" and s.offer is None
    await everything_read(api.kc)
    assert api.kc.feed.live.work(first).missed == 0
    await floor.sign_in(second)
    assert await floor.offer(id, second)


async def test_refused_supervision_stands_in_the_log_and_changes_nothing(floor, api, dana):
    assert (await dana.run(SIGN_OUT, a=9999))["signAgentOut"]["code"] == "NOT_FOUND"
    await dana.run('mutation { sendOnBreak(agent: 9999, reason: "1") { __typename } }')
    await dana.run("mutation { setAgentQueues(agent: 9999, queues: []) { __typename } }")
    assert [x[2]["action"] for x in await log_of(api, "refused")] == ["sign_out", "send_on_break", "set_queues"]
    assert await log_of(api, "agent") == [x for x in await log_of(api, "agent") if x[1] is not None]


# ---- contacts that wait


HAND = (
    "mutation($c: ID!, $q: Int, $a: Int) { handWaiting(contact: $c, queue: $q, agent: $a)"
    " { __typename ... on Contact { phase queueId offeredTo priority } ... on Refused { code detail } } }"
)


async def test_a_waiting_contact_put_first_is_offered_before_those_who_came_before_it(floor, api, dana):
    first, second = await floor.call(1), await floor.call(1)
    put = "mutation($c: ID!, $p: Int!) { prioritiseContact(contact: $c, priority: $p) { __typename ... on Contact { priority } ... on Refused { code } } }"  # fmt: skip
    assert (await dana.run(put, c=second, p=9))["prioritiseContact"]["priority"] == 9
    assert (await dana.run(put, c=second, p=5000))["prioritiseContact"]["code"] == "BAD_INPUT"
    line = (await dana.run("{ waitingLine(queue: 1) { contact { id } position } }"))["waitingLine"]
    await everything_read(api.kc)
    line = (await dana.run("{ waitingLine(queue: 1) { contact { id } position } }"))["waitingLine"]
    assert [x["contact"]["id"] for x in line] == [second, first]
    user = next(u for u in floor.users if 1 in api.kc.settings.agents[u].queues)
    await floor.sign_in(user)
    await api.kc.router.route()
    assert (await api.kc.readers.contact(second)).offer.agent == user
    assert (await api.kc.readers.contact(first)).offer is None
    await api.kc.desk.accept(second, user)
    assert (await dana.run(put, c=second, p=1))["prioritiseContact"]["code"] == "WRONG_PHASE"


async def test_a_queue_put_first_is_served_before_another(floor, api, dana):
    first, second = await floor.call(1), await floor.call(2)
    put = "mutation($q: Int!, $p: Int!) { prioritiseQueue(queue: $q, priority: $p) { __typename ... on Refused { code } } }"  # fmt: skip
    assert (await dana.run(put, q=2, p=7))["prioritiseQueue"] == {"__typename": "Done"}
    assert (await dana.run(put, q=99, p=7))["prioritiseQueue"]["code"] == "NOT_FOUND"
    assert api.kc.settings.queues[2].priority == 7
    user = floor.users[0]
    async with api.kc.engine.begin() as connection:
        await connection.execute(text('INSERT INTO agent_queue ("user", queue) VALUES (:u, 1), (:u, 2) ON CONFLICT DO NOTHING'), {"u": user})  # fmt: skip
    await api.kc.reload_settings()
    await floor.sign_in(user)
    await api.kc.router.route()
    assert (await api.kc.readers.contact(second)).offer.agent == user
    assert (await api.kc.readers.contact(first)).offer is None
    settings = [(x[1], x[2]) for x in await log_of(api, "settings", "queue_priority:2")]
    assert [(who, said["what"]) for who, said in settings] == [
        (await user_id(api, "dana"), {"queue": 2, "priority": 7})
    ]


async def test_a_waiting_contact_is_handed_to_another_queue_with_its_place_and_priority(floor, api, dana):
    id = await floor.call(1)
    before = await api.kc.readers.contact(id)
    await api.kc.desk.command(id, c.Reprioritise(priority=4))
    answer = (await dana.run(HAND, c=id, q=2))["handWaiting"]
    assert answer == {"__typename": "Contact", "phase": "QUEUED", "queueId": 2, "offeredTo": None, "priority": 4}
    after = await api.kc.readers.contact(id)
    assert after.queued_at == before.queued_at and [v.queue for v in after.visits] == [1, 2]
    routed = [x for x in await log_of(api, "interaction", id) if x[0] == "Routed"]
    assert routed[-1][2]["reason"] == "supervisor" and routed[-1][1] == await user_id(api, "dana")
    assert (await dana.run(HAND, c=id))["handWaiting"]["code"] == "BAD_INPUT"
    assert (await dana.run(HAND, c=id, q=99))["handWaiting"]["code"] == "NOT_FOUND"


async def test_a_contact_that_rings_at_one_agent_is_handed_to_another_who_is_ready(floor, api, dana):
    first, second = floor.users[:2]
    id = await floor.call(1)
    await floor.sign_in(first)
    assert await floor.offer(id, first)
    assert (await dana.run(HAND, c=id, a=second))["handWaiting"]["code"] == "AGENT_NOT_READY"
    assert (await api.kc.readers.contact(id)).offer.agent == first, "refused: it still rings where it rang"
    await floor.sign_in(second)
    answer = (await dana.run(HAND, c=id, a=second))["handWaiting"]
    assert (answer["phase"], answer["offeredTo"]) == ("OFFERED", second)
    await everything_read(api.kc)
    assert api.kc.feed.live.work(first).missed == 0
    accepted = await api.kc.desk.accept(id, second)
    assert not isinstance(accepted, Refusal) and accepted.agent == second
    assert (await dana.run(HAND, c=id, q=1))["handWaiting"]["code"] == "WRONG_PHASE"


# ---- SUP-01, SUP-03


async def test_sup_01_agents_by_place_and_group_with_number_and_what_they_did_today(floor, api, dana, admin):
    user = floor.users[0]
    saved = await admin.client.run(
        "mutation($l: JSON!) { saveLocation(location: $l) { __typename ... on SettingSaved { id } } }",
        l={"name": "Plzeň", "members": [user]},
    )
    place = saved["saveLocation"]["id"]
    view = await dana.live(
        "floor", fields={"agents": "userId name number locationId groupIds handledToday missedToday"}
    )
    id = await floor.call(1)
    await floor.sign_in(user)
    assert await floor.offer(id, user)
    await api.kc.desk.decline(id, user)
    await api.kc.desk.set_presence(user, Presence.READY, None)
    assert await floor.offer(id, user)
    await api.kc.desk.accept(id, user)
    await api.kc.desk.command(id, c.StartConversation())
    agent = await view.until(lambda v: v.agents[user] if v.agents[user]["handledToday"] else None)
    known = api.kc.settings.agents[user]
    assert agent == {
        "userId": user,
        "name": known.name,
        "number": known.number,
        "locationId": place,
        "groupIds": sorted(known.groups),
        "handledToday": 1,
        "missedToday": 1,
    }
    body = (await admin.client.run("{ routingSettings { locations { id body } } }"))["routingSettings"]["locations"]
    assert {"id": place, "body": {"name": "Plzeň", "members": [user]}} in body
    await view.cut()
