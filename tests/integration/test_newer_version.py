"""While versions are changed one process after another, this one goes on beside a newer one that writes what only that one
understands: kinds of events, alerts, timers, commands and notes, and states."""

import asyncio
import contextlib
import uuid
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from sqlalchemy import text

from backend.adapters.postgres.notes import PostgresNotes
from backend.application.notifier import Subscription
from backend.demo import CALLER
from backend.domain.agent.model import Presence
from backend.domain.agent.notes import Note, NoteKind
from backend.domain.alerts.alert import Raised
from backend.domain.alerts.limits import AlertKind, Lasting
from backend.domain.interaction import commands as c
from sip_bridge import contract as k
from tests.integration.test_bridge_link import no_voice as no_voice
from tests.integration.test_live import arrive, user_id
from tests.integration.test_live import quiet as quiet
from tests.scenarios.test_inbound_call import act, ready_agent, walk_to_queue
from tests.support.consistency import consistent

STATES = {"interaction": ("interaction", "id::text"), "agent": ("agent", '"user"::text')}
APPEND = text(
    "INSERT INTO event (stream, subject, version, data, at) VALUES (:stream, :subject, :version, CAST(:data AS jsonb), :at)"
)


async def write(api, stream: str, subject: str, version: int, **event) -> None:
    at = datetime.now(UTC)
    data = msgspec.json.encode({"at": at, **event}).decode()
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            APPEND, {"stream": stream, "subject": subject, "version": version, "data": data, "at": at}
        )


async def happened(api, stream: str, subject: object, type: str, **state: object) -> None:
    """As a newer version would write it: an event of its own kind, and the state after it."""
    table, key = STATES[stream]
    now = {"subject": str(subject), "state": msgspec.json.encode(state).decode()}
    async with api.kc.engine.begin() as connection:
        version = await connection.scalar(
            text(
                f"UPDATE {table} SET version = version + 1, state = state || CAST(:state AS jsonb)"
                f" || jsonb_build_object('version', version + 1) WHERE {key} = :subject RETURNING version"
            ),
            now,
        )
    await write(api, stream, str(subject), version, type=type)


async def shown(api, looks) -> None:
    """The picture of this process comes to look so."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(KeyError):  # what is looked at is not there yet
                if looks(api.kc.feed.live):
                    return
            await asyncio.sleep(0.02)


async def test_contact_goes_on_after_an_event_of_an_unknown_kind_which_only_supervisors_see_in_its_history(
    api, server, bridge
):
    jana = await ready_agent(api, server)
    leg = await walk_to_queue(bridge)
    await jana.desk.until(lambda v: v.contacts.get(leg))
    assert await act(jana, "acceptOffer", leg) == {"__typename": "Contact", "phase": "ACTIVE"}
    async with consistent(api.kc):
        await happened(api, "interaction", leg, "Levitated", priority=7)
    await shown(api, lambda live: live.interactions[leg].priority == 7)
    assert await act(jana, "hold", leg) == {"__typename": "Contact", "phase": "ACTIVE"}
    await shown(api, lambda live: live.interactions[leg].held_since is not None)
    bridge.report(k.LegEnded(leg=leg, by=k.EndedBy.PEER, cause=k.EndCause.NORMAL))
    await jana.desk.until(lambda v: v.contacts[leg]["phase"] == "WRAP_UP")
    steps = "query($c: ID!) { contact(id: $c) { steps { kind detail } } }"
    async with api.client() as dana:
        await dana.sign_in("dana", server.logins["dana"].password)
        seen = (await dana.run(steps, c=leg))["contact"]["steps"]
        found = (await dana.run("query($n: String) { history(number: $n) { contacts { id } } }", n=CALLER))["history"]
    assert {"kind": "Levitated", "detail": None} in seen
    assert [x["id"] for x in found["contacts"]] == [leg]
    assert "Levitated" not in {x["kind"] for x in (await jana.run(steps, c=leg))["contact"]["steps"]}


async def test_several_unknown_events_between_known_ones_end_in_what_the_tables_hold(quiet):
    kc = quiet.kc
    jana, (id, arrival) = await user_id(quiet, "jana"), arrive()
    async with consistent(kc):
        await kc.desk.sign_in_agent(jana)
        await kc.desk.command(id, arrival)
        for n in range(3):
            await happened(quiet, "agent", jana, "Meditated")
            await happened(quiet, "interaction", id, "Levitated", priority=n)
        await kc.desk.set_presence(jana, Presence.BREAK, "1")
        await kc.desk.command(id, c.BringUpLeg())
        await happened(quiet, "agent", jana, "Meditated")
    await shown(quiet, lambda live: live.agents[jana].presence is Presence.BREAK)
    await kc.feed.reload()
    assert kc.feed.live.interactions[id].priority == 2


async def test_contact_whose_state_is_not_understood_is_not_shown_and_all_others_are(quiet):
    kc = quiet.kc
    (strange, first), (usual, second) = arrive(), arrive("+420602000000")
    await kc.desk.command(strange, first)
    await kc.desk.command(usual, second)
    await shown(quiet, lambda live: {strange, usual} <= live.interactions.keys())
    await happened(quiet, "interaction", strange, "Levitated", phase="levitating")
    await shown(quiet, lambda live: strange not in live.interactions)
    await write(quiet, "interaction", strange, 3, type="LegCameUp")
    await kc.desk.command(usual, c.BringUpLeg())
    await shown(quiet, lambda live: live.interactions[usual].version == 2)
    await kc.feed.reload()
    assert kc.feed.live.interactions.keys() == {usual}


async def test_alert_of_an_unknown_kind_is_passed_over_and_others_are_shown_and_seen_to(quiet, server):
    api = quiet
    at = datetime.now(UTC)
    strange = {"kind": "earthquake", "since": at.isoformat(), "agent": 1}
    state = {"about": strange, "limit": "PT60S", "raised_at": at.isoformat(), "version": 1}
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO alert (key, raised_at, state) VALUES ('earthquake:1', :at, CAST(:state AS jsonb))"),
            {"at": at, "state": msgspec.json.encode(state).decode()},
        )
    await write(api, "alert", "earthquake:1", 1, type="Raised", about=strange, limit="PT60S")
    jana = await user_id(api, "jana")
    await api.kc.desk.sign_in_agent(jana)
    about = Lasting(kind=AlertKind.NOT_READY, since=at, agent=jana)
    async with api.client() as dana:
        await dana.sign_in("dana", server.logins["dana"].password)
        view = await dana.live("alerts", whole="alerts { id kind acknowledgedBy } goneAlerts")
        await api.kc.alerts.store.raise_([Raised(at=at, about=about, limit=timedelta(seconds=60))])
        await view.until(lambda v: about.key in v.alerts)
        async with api.kc.engine.begin() as connection:
            await connection.execute(
                text("UPDATE alert SET state = state || '{\"version\": 2}' WHERE key = :key"), {"key": about.key}
            )
        await write(api, "alert", about.key, 2, type="Escalated", to=[1])
        await write(api, "alert", "earthquake:1", 2, type="Over")
        await api.kc.alerts.acknowledge(about.key, jana)
        await view.until(lambda v: v.alerts[about.key]["acknowledgedBy"] == jana)
        assert set(view.alerts) == set(api.kc.feed.live.alerts) == {about.key}
        await api.kc.feed.reload()
        assert set(api.kc.feed.live.alerts) == {about.key}
        await view.cut()


async def test_unknown_timers_and_commands_are_left_to_the_newer_process_and_hold_up_no_call(api, bridge):
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO timer (key, due_at, what) SELECT 'tea:' || n, clock_timestamp() - interval '1 minute',"
                ' \'{"type": "TeaReady"}\' FROM generate_series(1, 200) n'
            )
        )
        await connection.execute(
            text(
                "INSERT INTO bridge_command (id, bridge, body) VALUES (gen_random_uuid(), 'bridge-1',"
                ' \'{"type": "Levitate", "leg": "x"}\')'
            )
        )
    assert await api.kc.store.next_timer() is None, "nobody is woken for what only others can do"
    leg = await walk_to_queue(bridge)
    async with api.kc.engine.connect() as connection:
        left = (
            await connection.execute(
                text(
                    "SELECT (SELECT count(*) FROM timer WHERE what->>'type' = 'TeaReady'), (SELECT count(*) FROM"
                    " bridge_command WHERE body->>'type' = 'Levitate' AND answered_at IS NULL)"
                )
            )
        ).one()
    assert tuple(left) == (200, 1)
    assert (await api.kc.readers.contact(leg)).phase.value in ("queued", "offered")


@pytest.mark.parametrize("strange", [{"kind": "telegram"}, {"alert": "earthquake"}], ids=["kind", "alert"])
async def test_notes_of_an_unknown_kind_are_left_to_the_newer_process(quiet, strange):
    notes, user, now = PostgresNotes(quiet.kc.engine), await user_id(quiet, "jana"), datetime.now(UTC)
    await notes.subscribe(
        user, Subscription(endpoint=f"https://push.test/{uuid.uuid4()}", p256dh="k", auth="a", device="d")
    )
    for tag in ("first", "second"):
        await notes.put(user, Note(kind=NoteKind.MISSED, tag=tag, until=now + timedelta(hours=1)))
    async with quiet.kc.engine.begin() as connection:
        await connection.execute(
            text("UPDATE push_note SET body = body || CAST(:strange AS jsonb) WHERE tag = 'first'"),
            {"strange": msgspec.json.encode(strange).decode()},
        )
    later = datetime.now(UTC) + timedelta(seconds=1)
    (claimed,) = await notes.claim(later, 20)
    assert claimed.note.tag == "second"
    await notes.sent(claimed, later)
    assert await notes.next_due() is None
