"""Whose things: a member of another workplace sees and steers nothing of it, in lists, in detail, live, in files, on the board."""

import asyncio
import itertools
import json
import random
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
import websockets
from sqlalchemy import text

from backend.adapters.postgres.reach import callbacks_within, contacts_within
from backend.domain.access import subjects
from backend.domain.access.policy import SCOPES, Narrowing, Reach, Scope
from backend.domain.alerts.alert import Raised
from backend.domain.alerts.limits import AlertKind, Lasting
from backend.domain.callback.model import Callback, CallbackKind, CallbackState
from backend.domain.interaction import commands as c
from backend.domain.interaction.model import Channel, Customer, Direction
from tests.integration.test_access import FIELDS, action_of
from tests.support.api import GraphQLFailed
from tests.support.consistency import everything_read
from tests.support.past import keep, past_call
from tests.support.people import add_person, queue_id, user_id

KKC_NUMBER = "+420601111111"
AS_NUMBER = "+420602222222"


class World:
    """A call of KKC and one of AS, each with a recording, a callback and a missed call; who sees which."""

    def __init__(self, api, server) -> None:
        self.api, self.server = api, server

    async def build(self) -> "World":
        api = self.api
        self.jana, self.artur, self.alena = [await user_id(api, x) for x in ("jana", "artur", "alena")]
        self.insurance, self.assistance = [await queue_id(api, x) for x in ("Pojištění", "Asistenční služba")]
        self.recording = {"kkc": str(uuid.uuid4()), "as": str(uuid.uuid4())}
        self.calls = {
            "kkc": past_call(
                agents=(self.jana,), queues=(self.insurance,), number=KKC_NUMBER, recording=self.recording["kkc"]
            ),
            "as": past_call(
                agents=(self.artur,), queues=(self.assistance,), number=AS_NUMBER, recording=self.recording["as"]
            ),
        }
        self.missed = {
            "kkc": past_call(queues=(self.insurance,), number="+420603333333"),
            "as": past_call(queues=(self.assistance,), number="+420604444444"),
        }
        await keep(api, *self.calls.values(), *self.missed.values())
        self.wishes = {
            "kkc": await self._wish(self.insurance, "+420605555555"),
            "as": await self._wish(self.assistance, "+420606666666"),
        }
        return self

    async def _wish(self, queue: int, number: str) -> str:
        wish = Callback(
            id=str(uuid.uuid4()),
            kind=CallbackKind.REQUEST,
            number=number,
            queue=queue,
            state=CallbackState.SCHEDULED,
            requested_at=datetime.now(UTC),
            place_since=datetime.now(UTC),
            origin=None,
            due_at=datetime.now(UTC) + timedelta(hours=5),
        )
        async with self.api.kc.store.begin() as tx:
            await tx.save_callback(wish)
        return wish.id

    async def signed_in(self, login: str):
        client = self.api.client()
        password = self.server.logins.get(login, self.server.logins["jana"]).password
        assert (await client.sign_in(login, password))["__typename"] == "SignedIn"
        return client


@pytest.fixture
async def world(api, server):
    return await World(api, server).build()


async def refused(client, query: str) -> str | None:
    try:
        data = await client.run(query)
    except GraphQLFailed as failed:
        return failed.code
    (answer,) = data.values()
    return answer["code"] if isinstance(answer, dict) and answer.get("__typename") == "Refused" else None


REFUSED = "{ __typename ... on Refused { code } }"
WALKED = {
    # what "as" means to alena, supervisor of a closed workplace, and "kkc" does not
    "Query.history", "Query.timeline", "Query.contact", "Query.searchCalls", "Query.recordingAccesses", "Mutation.holdRecording",
    "Query.callbacks", "Query.callback", "Query.missedCalls", "Mutation.assignCallback", "Mutation.finishCallback",
    "Mutation.reopenCallback", "Mutation.requestCallback", "Mutation.finishMissedCall", "Mutation.writeNote",
    "Mutation.categorise", "Query.queueChoices", "Mutation.setAgentQueues", "Mutation.sendOnBreak",
    "Mutation.letChooseQueues", "Query.waitingLine", "Query.transferTargets", "Query.lines", "Mutation.supervise",
    "Mutation.stopSupervising", "Mutation.takeOverCall", "Mutation.takeParked", "Subscription.floor",
    "Subscription.colleagues", "Query.contactsBehind", "Mutation.signAgentOut", "Mutation.prioritiseContact",
    "Mutation.prioritiseQueue", "Mutation.handWaiting", "Subscription.alerts", "Mutation.acknowledgeAlert",
    "Mutation.snoozeAlert", "Subscription.wallboard", "Subscription.board",
}  # fmt: skip
PLAIN_ALL_THE_SAME = {"Query.lines", "Mutation.stopSupervising"}
"""Lines of the exchange are nobody's; who supervises was let in and may leave."""


def test_every_field_about_somebodys_things_is_walked_here():
    scoped = {name for name in FIELDS if SCOPES[action_of(name)] != (Scope.EVERYTHING,)}
    assert scoped == WALKED


async def test_another_workplace_is_not_there_in_lists_and_details(world):
    alena = await world.signed_in("alena")
    seen = await alena.run(
        "{ history { contacts { id } } searchCalls(criteria: {}) { total calls { contactId } }"
        " callbacks { id } missedCalls { number } queueChoices { userId } settings { queues { name } staff { name } }"
        " transferTargets { groups { name members } } }"
    )
    its = {world.calls["as"].id, world.missed["as"].id}
    assert {x["id"] for x in seen["history"]["contacts"]} == its
    assert {x["contactId"] for x in seen["searchCalls"]["calls"]} == its and seen["searchCalls"]["total"] == 2
    assert [x["id"] for x in seen["callbacks"]] == [world.wishes["as"]]
    assert [x["number"] for x in seen["missedCalls"]] == ["+420604444444"]
    assert [x["userId"] for x in seen["queueChoices"]] == [world.artur]
    assert [x["name"] for x in seen["settings"]["queues"]] == ["Asistenční služba"]
    assert [x["name"] for x in seen["settings"]["staff"]] == ["Alena Kučerová", "Artur Beneš"]
    assert seen["transferTargets"]["groups"] == [
        {"name": "Asistenční služba", "members": sorted([world.artur, world.alena])}
    ]
    for number, there in ((KKC_NUMBER, []), (AS_NUMBER, [world.calls["as"].id])):
        whole = await alena.run(
            f'{{ history(number: "{number}") {{ contacts {{ id }} }} timeline(number: "{number}") {{ contacts {{ id }} }} }}'
        )
        assert [x["id"] for x in whole["history"]["contacts"]] == there
        assert [x["id"] for x in whole["timeline"]["contacts"]] == there
    for place, there in (("kkc", False), ("as", True)):
        contact = await alena.run(f'{{ contact(id: "{world.calls[place].id}") {{ contact {{ id }} }} }}')
        wish = await alena.run(f'{{ callback(id: "{world.wishes[place]}") {{ number }} }}')
        assert (contact["contact"] is not None, wish["callback"] is not None) == (there, there)


async def test_nothing_of_another_workplace_can_be_steered_and_nothing_happens(world):
    alena = await world.signed_in("alena")
    for place, allowed in (("kkc", False), ("as", True)):
        call, wish = world.calls[place].id, world.wishes[place]
        agent = world.jana if place == "kkc" else world.artur
        queue = world.insurance if place == "kkc" else world.assistance
        number = world.missed[place].customer.address
        answers = {
            "note": await refused(
                alena, f'mutation {{ writeNote(contact: "{call}", text: "x", key: "k{place}") {REFUSED} }}'
            ),
            "hold": await refused(
                alena, f'mutation {{ holdRecording(recording: "{world.recording[place]}", why: "spor") {REFUSED} }}'
            ),
            "queues": await refused(alena, f"mutation {{ setAgentQueues(agent: {agent}, queues: []) {REFUSED} }}"),
            "break": await refused(alena, f'mutation {{ sendOnBreak(agent: {agent}, reason: "9999") {REFUSED} }}'),
            "choose": await refused(alena, f"mutation {{ letChooseQueues(agent: {agent}, allowed: true) {REFUSED} }}"),
            "line": await refused(alena, f"{{ waitingLine(queue: {queue}) {{ position }} }}"),
            "assign": await refused(alena, f'mutation {{ assignCallback(id: "{wish}", to: {world.alena}) {REFUSED} }}'),
            "finish": await refused(alena, f'mutation {{ finishCallback(id: "{wish}") {REFUSED} }}'),
            "reopen": await refused(alena, f'mutation {{ reopenCallback(id: "{wish}") {REFUSED} }}'),
            "request": await refused(
                alena, f'mutation {{ requestCallback(number: "601999999", queue: {queue}) {REFUSED} }}'
            ),
            "sign out": await refused(alena, f"mutation {{ signAgentOut(agent: {agent}) {REFUSED} }}"),
            "prioritise": await refused(
                alena, f'mutation {{ prioritiseContact(contact: "{call}", priority: 5) {REFUSED} }}'
            ),
            "queue first": await refused(
                alena, f"mutation {{ prioritiseQueue(queue: {queue}, priority: 5) {REFUSED} }}"
            ),
            "hand": await refused(
                alena, f'mutation {{ handWaiting(contact: "{call}", queue: {world.assistance}) {REFUSED} }}'
            ),
            "missed": await refused(alena, f'mutation {{ finishMissedCall(number: "{number}") {REFUSED} }}'),
            "supervise": await refused(alena, f'mutation {{ supervise(contact: "{call}", mode: LISTEN) {REFUSED} }}'),
            "take over": await refused(alena, f'mutation {{ takeOverCall(contact: "{call}") {REFUSED} }}'),
            "parked": await refused(alena, f'mutation {{ takeParked(contact: "{call}") {REFUSED} }}'),
        }
        if not allowed:
            not_there = {"FORBIDDEN", "NOT_FOUND", "NOT_YOURS"}
            assert {k: v for k, v in answers.items() if v not in not_there} == {}
            rows = await _rows(world.api, "SELECT count(*) FROM note", "SELECT count(*) FROM recording WHERE held_at IS NOT NULL",
                "SELECT count(*) FROM callback WHERE state <> 'scheduled'", "SELECT count(*) FROM callback",
                "SELECT count(*) FROM missed_call", f"SELECT count(*) FROM agent WHERE \"user\" <> {world.alena}")  # fmt: skip
            assert rows == [0, 0, 0, 2, 0, 0]
        else:
            # a call that is over cannot be heard or taken, a break that is none not begun: refused for that, not hidden
            assert answers == dict.fromkeys(answers, None) | {
                "break": "NOT_FOUND", "queues": answers["queues"],
                "supervise": "WRONG_PHASE", "take over": "WRONG_PHASE", "parked": "OFFER_GONE", "prioritise": "WRONG_PHASE", "hand": "WRONG_PHASE", "sign out": answers["sign out"],
            }  # fmt: skip
            assert "FORBIDDEN" not in (answers["queues"], answers["sign out"])


async def _rows(api, *queries: str) -> list[int]:
    async with api.kc.engine.connect() as connection:
        return [await connection.scalar(text(query)) for query in queries]


async def test_recordings_of_another_workplace_are_not_given_out_and_the_attempt_is_noted(world):
    alena = await world.signed_in("alena")
    headers = {"Cookie": alena.cookie_header()}
    for place in ("kkc", "as"):
        for path in (f"/recordings/{world.recording[place]}/audio", f"/recordings/{world.recording[place]}.wav"):
            assert (await alena.http.get(path, headers=headers)).status_code == 404  # there is no sound in either
    async with world.api.kc.engine.connect() as connection:
        noted = await connection.execute(
            text("SELECT recording::text, action, allowed FROM recording_access ORDER BY id")
        )
        assert [tuple(r) for r in noted] == [
            (world.recording["kkc"], "listen", False),
            (world.recording["kkc"], "download", False),
            (world.recording["as"], "listen", True),
            (world.recording["as"], "download", True),
        ]


async def test_live_frames_hold_only_what_the_actor_may_see(world):
    """Floor, board and colleagues at once: of the external centre, of AS, and of whoever sees all."""
    desk = world.api.kc.desk
    for user in (world.jana, world.artur):
        await desk.sign_in_agent(user)
    ids = {}
    for queue in (world.insurance, world.assistance):
        ids[queue] = str(uuid.uuid4())
        await desk.command(
            ids[queue],
            c.Arrive(channel=Channel.VOICE, direction=Direction.INBOUND, customer=Customer("+420607777777"),
                     dialled="+420800100200", bridge="bridge-1", leg=ids[queue]),
        )  # fmt: skip
        await desk.command(ids[queue], c.BringUpLeg())
        await desk.command(ids[queue], c.Enqueue(queue=queue, position=1, text=""))
    her = await add_person(world.api, "eva", ["supervisor"], "Externí call centrum")
    dana, alena, eva = [await world.signed_in(x) for x in ("dana", "alena", "eva")]
    floors = [await x.live("floor") for x in (dana, alena, eva)]
    await floors[0].until(lambda v: set(ids.values()) <= set(v.contacts) and {world.jana, world.artur} <= set(v.agents))
    await floors[1].until(
        lambda v: set(v.contacts) == {ids[world.assistance]} and set(v.agents) == {world.artur, world.alena}
    )
    await floors[2].until(lambda v: v.snapshots)
    assert (set(floors[2].agents), floors[2].contacts, floors[2].queues) == ({her}, {}, {})
    assert set(floors[1].queues) == {world.assistance}
    board = await eva.live("board")
    await board.until(lambda v: v.snapshots)
    assert board.queues == {}
    # and what happens next: every frame of the other workplace stays away, also where executions are shared
    await desk.command(ids[world.insurance], c.AnnouncePosition(position=1))
    await desk.command(ids[world.assistance], c.AnnouncePosition(position=1))
    newest = {id: (await world.api.kc.readers.contact(id)).version for id in ids.values()}
    await floors[1].until(lambda v: v.contacts[ids[world.assistance]]["version"] == newest[ids[world.assistance]])
    await floors[0].until(lambda v: all(v.contacts[id]["version"] == n for id, n in newest.items()))
    assert set(floors[1].contacts) == {ids[world.assistance]} and floors[2].contacts == {}
    for view in (*floors, board):
        await view.cut()


async def test_numbers_and_alerts_of_another_workplace_are_not_there(world):
    """Contacts behind a number, totals of the floor, alerts with their acknowledgement, tiles of a wallboard."""
    kc = world.api.kc
    for task in kc._tasks[1:]:  # all but the feed: nobody ends the alerts that are raised here by hand
        task.cancel()
    await asyncio.gather(*kc._tasks[1:], return_exceptions=True)
    await kc.feed.reload()
    alena, dana = await world.signed_in("alena"), await world.signed_in("dana")
    behind = "{ contactsBehind(number: OFFERED) { total contacts { queueId } } }"
    assert (await dana.run(behind))["contactsBehind"]["total"] == 4
    its = (await alena.run(behind))["contactsBehind"]
    assert its == {"total": 2, "contacts": [{"queueId": world.assistance}] * 2}
    now = datetime.now(UTC)
    raised = [
        Raised(
            at=now,
            about=Lasting(kind=AlertKind.WAITING, since=now, queue=queue, interaction=str(uuid.uuid4())),
            limit=timedelta(seconds=1),
        )
        for queue in (world.insurance, world.assistance)
    ]
    await kc.services.alerts.store.raise_(raised)
    await everything_read(kc)
    frames = [await _first(x, "alerts", "alerts { id queueId }") for x in (dana, alena)]
    assert [{a["queueId"] for a in f["alerts"]} for f in frames] == [
        {world.insurance, world.assistance},
        {world.assistance},
    ]
    for found, code in ((raised[0], "NOT_FOUND"), (raised[1], None)):
        key = found.about.key
        for text_ in (f'acknowledgeAlert(id: "{key}")', f'snoozeAlert(id: "{key}", minutes: 5)'):
            assert (await refused(alena, f"mutation {{ {text_} {REFUSED} }}")) == code
    assert kc.feed.live.alerts[raised[0].about.key].acknowledged_by is None
    overall = [(await _first(x, "floor", "overall { offered }"))["overall"]["offered"] for x in (dana, alena)]
    assert overall == [4, 2]
    tiles = [await _first(x, "wallboard", "values { queues { id } agents { userId } }") for x in (dana, alena)]
    assert [{q["id"] for v in f["values"] for q in v["queues"]} - {world.assistance} != set() for f in tiles] == [
        True,
        False,
    ]


async def _first(client, field: str, selection: str) -> dict:
    """The first frame of a subscription."""
    async with websockets.connect(
        client.url.replace("http", "ws") + "/graphql",
        subprotocols=["graphql-transport-ws"],
        additional_headers={"Cookie": client.cookie_header()},
        proxy=None,
    ) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        query = f"subscription {{ {field} {{ {selection} }} }}"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        return json.loads(await socket.recv())["payload"]["data"][field]


async def test_rights_that_change_count_on_an_open_socket_without_a_new_log_in(world):
    """A supervisor becomes a member of a closed workplace, then loses the role, then the account."""
    api = world.api
    eva = await add_person(api, "eva", ["supervisor"])
    for user in (world.jana, world.artur):
        await api.kc.desk.sign_in_agent(user)
    client = await world.signed_in("eva")
    floor, board = await client.live("floor"), await client.live("board")
    await floor.until(lambda v: {world.jana, world.artur} <= set(v.agents))

    async def change(sql: str) -> None:
        async with api.kc.engine.begin() as connection:
            await connection.execute(text(sql), {"eva": eva})
        await api.kc.reload_settings()

    await change(
        'INSERT INTO agent_group_member ("group", "user") SELECT id, :eva FROM agent_group WHERE name = \'Asistenční služba\''
    )
    await floor.until(lambda v: set(v.agents) == {world.artur, eva} and set(v.queues) == {world.assistance})
    await board.until(lambda v: set(v.queues) == {world.assistance})
    await change("UPDATE user_role SET role = 'wallboard' WHERE \"user\" = :eva")
    await asyncio.wait_for(_ended(floor), 5)
    assert await refused(client, "{ history { more } }") == "FORBIDDEN"
    await change("UPDATE user_account SET active = false WHERE id = :eva")
    await asyncio.wait_for(_ended(board), 5)
    assert await refused(client, "{ settings { queues { id } } }") == "UNAUTHENTICATED"
    assert (await client.run("{ me { id } }"))["me"] is None
    for view in (floor, board):
        await view.cut()


async def _ended(view) -> None:
    while not view.over:
        view._changed.clear()
        await view._changed.wait()


NOW = datetime.now(UTC)


def reaches() -> list[Reach]:
    """Every combination of scopes, with and without filters."""
    made = []
    filters = (
        (),
        (Narrowing(id=1, queues=frozenset({1})),),
        (Narrowing(id=1, since=NOW - timedelta(days=3)), Narrowing(id=2, queues=frozenset({2, 3}))),
        (Narrowing(id=1, queues=frozenset()),),
    )
    for everything, own, people, queues in itertools.product(
        (False, True), (None, 2), (frozenset(), frozenset({1, 2})), (frozenset(), frozenset({3}))
    ):
        for chosen in filters:
            made.append(
                Reach(everything=everything, own=own, people=people, queues=queues, filters=chosen, granted=True)
            )
    return [Reach(), *made]


async def test_what_rows_a_list_has_is_what_the_policy_says_of_each(api):
    chance = random.Random(5)
    calls = [
        past_call(
            agents=tuple(chance.sample((1, 2, 3), chance.choice((0, 1, 2)))),
            queues=tuple(chance.sample((1, 2, 3), chance.choice((0, 1, 2)))),
            days=chance.choice((0, 2, 5)),
        )
        for _ in range(120)
    ]
    await keep(api, *calls)
    async with api.kc.engine.connect() as connection:
        for reach in reaches():
            where, values = contacts_within(reach)
            rows = await connection.execute(text(f"SELECT i.id::text FROM interaction i WHERE {where}"), values)
            expected = {s.id for s in calls if reach.contact(subjects.contact(s))}
            assert {r[0] for r in rows} == expected, reach


async def test_what_callbacks_a_list_has_is_what_the_policy_says_of_each(api):
    chance = random.Random(6)
    blank = Callback(
        id="",
        kind=CallbackKind.REQUEST,
        number="",
        queue=0,
        state=CallbackState.DONE,
        requested_at=NOW,
        place_since=NOW,
        origin=None,
        due_at=None,
    )
    wishes = [
        msgspec.structs.replace(
            blank,
            id=str(uuid.uuid4()),
            queue=chance.choice((1, 2, 3)),
            assigned_to=chance.choice((None, 1, 2, 3)),
            requested_at=NOW - timedelta(days=chance.choice((0, 5))),
        )
        for _ in range(60)
    ]
    async with api.kc.store.begin() as tx:
        for wish in wishes:
            await tx.save_callback(wish)
    async with api.kc.engine.connect() as connection:
        for reach in reaches():
            where, values = callbacks_within(reach)
            rows = await connection.execute(text(f"SELECT c.id::text FROM callback c WHERE {where}"), values)
            assert {r[0] for r in rows} == {w.id for w in wishes if reach.contact(subjects.callback(w))}, reach
