"""Who asked for what, when, from where, and what came of it: of each kind of thing that can happen."""

import asyncio
import contextlib

import httpx
import pytest
import websockets
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.audit import journal as journals
from backend.adapters.audit.journal import Journal, JournalFull, happened
from backend.adapters.audit.rows import tidy
from backend.adapters.postgres import transaction as transactions
from backend.adapters.postgres.connections import AT_ONCE, SPARE
from backend.demo import CALLER, NUMBER
from sip_bridge import contract as k
from tests.scenarios.test_inbound_call import ready_agent
from tests.support.api import Api, GraphQLFailed
from tests.support.scripted_bridge import ScriptedBridge


async def entries(api, action: str) -> list:
    if api.kc.journal._task is not None:
        await asyncio.wait_for(api.kc.journal._empty.wait(), 5)
    async with api.kc.engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM audit WHERE action = :a ORDER BY id"), {"a": action})
        return list(found)


async def events(api, condition: str) -> list:
    async with api.kc.engine.connect() as connection:
        return list(await connection.execute(text(f"SELECT * FROM event WHERE {condition} ORDER BY id")))


async def signed_in(api, server, login: str):
    client = api.client()
    await client.sign_in(login, server.logins[login].password)
    return client


async def without_a_journal(api) -> None:
    """As of a process that is killed before it has written what waits."""
    api.kc.journal._task.cancel()
    await asyncio.gather(api.kc.journal._task, return_exceptions=True)
    api.kc.journal._task = None


async def test_entry_of_a_command_is_in_the_transaction_of_what_it_changed_and_a_kill_loses_neither(
    api, server, bridge
):
    jana = await ready_agent(api, server)
    await without_a_journal(api)
    dialled = await jana.run('mutation { dial(number: "602 333 444") { __typename ... on Contact { id } } }')
    (entry,) = await entries(api, "dial")
    assert (entry.outcome, entry.actor, entry.parameters) == (
        "done",
        next(iter(jana.desk.agents)),
        {"number": "602 333 444"},
    )
    found = await events(api, f"subject = '{dialled['dial']['id']}'")
    assert found and {(e.xid, e.origin["request"]) for e in found} == {(entry.xid, entry.request)}
    assert not [x for x, _ in api.kc.journal._waiting if x.action == "dial"], "not a second time"
    api.kc.journal.start()


async def test_command_that_is_refused_or_changes_nothing_has_its_one_entry_too(api, server, bridge):
    jana = await ready_agent(api, server)
    for number in ("", "602 333 444", "602 333 445"):
        await jana.run("mutation($n: String!) { dial(number: $n) { __typename } }", n=number)
    assert [(x.outcome, x.reason) for x in await entries(api, "dial")] == [
        ("refused", "bad_number"),
        ("done", None),
        ("refused", "agent_busy"),
    ]
    before = len(await entries(api, "setPresence"))
    await jana.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    await jana.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    assert [x.outcome for x in await entries(api, "setPresence")][before:] == ["done", "done"]


async def test_command_is_done_though_its_entry_cannot_be_written_as_it_is(api, server, bridge, monkeypatch):
    jana = await ready_agent(api, server)
    whole = transactions.row_of
    monkeypatch.setattr(transactions, "row_of", lambda entry: whole(entry) | {"parameters": "no JSON"})
    made = await jana.run('mutation { dial(number: "602 333 444") { __typename ... on Contact { phase } } }')
    assert made["dial"] == {"__typename": "Contact", "phase": "DIALLING"}
    assert [x.outcome for x in await entries(api, "dial")] == ["done"]
    assert len(await events(api, "data->>'type' = 'Dialled'")) == 1


async def test_command_whose_transaction_is_not_kept_is_not_said_to_be_done(api, server, bridge, monkeypatch):
    jana = await ready_agent(api, server)

    write = transactions.PostgresTransaction.write_log

    async def then_breaks(self, entry) -> None:
        await write(self, entry)
        raise RuntimeError("cut")

    monkeypatch.setattr(transactions.PostgresTransaction, "write_log", then_breaks)
    with pytest.raises(GraphQLFailed):
        await jana.run('mutation { dial(number: "602 333 444") { __typename } }')
    monkeypatch.undo()
    assert [(x.outcome, x.reason) for x in await entries(api, "dial")] == [("failed", "RuntimeError: cut")]
    assert await events(api, "data->>'type' = 'Dialled'") == []


async def test_start_and_stop_are_written(database_url, server):
    async with Api(database_url) as api:
        (start,) = await entries(api, "process.start")
        assert (start.kind, start.source, start.outcome) == ("system", "process", "done")
        assert start.parameters["process"].count(":") == 1 and start.parameters["schema"]
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        found = await connection.scalar(text("SELECT action FROM audit ORDER BY id DESC LIMIT 1"))
    await engine.dispose()
    assert found == "process.stop"


async def test_sign_ins_good_and_bad_and_sign_out(api, server):
    async with api.client() as client:
        await client.sign_in("jana", "wrong-password")
        await client.sign_in("nobody-at-all", "wrong-password")
        await client.sign_in("jana", server.logins["jana"].password)
        await client.run("mutation { signOut { __typename } }")
    wrong, unknown, good = await entries(api, "signIn")
    assert (wrong.outcome, wrong.reason, wrong.actor, wrong.session) == ("refused", "wrong", None, None)
    assert wrong.parameters == {"login": "jana", "password": "***"} and wrong.address == "127.0.0.1"
    assert (unknown.outcome, unknown.parameters["login"]) == ("refused", "nobody-at-all")
    assert (good.outcome, good.kind, good.source) == ("done", "command", "user") and good.actor is not None
    (out,) = await entries(api, "signOut")
    assert (out.actor, out.outcome) == (good.actor, "done") and len(out.session) == 16


async def test_no_password_code_or_secret_stands_anywhere(api, server):
    password = server.logins["spravce"].password
    async with await signed_in(api, server, "spravce") as client:
        await client.run('mutation { confirmSecondFactor(secret: "TOPSECRETVALUE", code: "987654") { __typename } }')
        token = next(iter(client.http.cookies.jar)).value
    await entries(api, "signIn")
    async with api.kc.engine.connect() as connection:
        everything = await connection.scalar(text("SELECT string_agg(a::text, ' ') FROM audit a"))
        everything += await connection.scalar(text("SELECT coalesce(string_agg(e::text, ' '), '') FROM event e"))
    for secret in (password, "TOPSECRETVALUE", "987654", token):
        assert secret not in everything


async def test_views_of_clients_say_who_saw_whom(api, server):
    async with await signed_in(api, server, "jana") as client:
        shown = await client.run("query($n: String!) { clientsByNumber(number: $n) { id name } }", n=CALLER)
        await client.run('{ searchClients(text: "Šťastn") { __typename } }')
        await client.run('{ searchClients(text: "nikdo takový") { __typename } }')
        await client.run("{ settings { queues { id } } }")
    (by_number,) = await entries(api, "clientsByNumber")
    assert by_number.kind == "view" and by_number.parameters == {"number": CALLER}
    assert by_number.found == {"count": 2, "ids": [c["id"] for c in shown["clientsByNumber"]]}
    first, second = await entries(api, "searchClients")
    assert (first.found["count"], second.found) == (1, {"count": 0, "ids": []})
    assert first.actor == by_number.actor and first.session == by_number.session
    assert await entries(api, "settings") == []  # names of queues are nobody's data


async def test_contents_of_a_card_stay_where_they_can_be_erased(api, server):
    async with await signed_in(api, server, "jana") as client:
        await client.run(
            'mutation($v: JSON!) { createClient(values: $v, key: "k") { __typename } }', v={"name": "Tajný Člověk"}
        )
        await client.run('mutation { writeClientNote(client: 1, text: "má hypertenzi", key: "k2") { __typename } }')
    (made,) = await entries(api, "createClient")
    assert made.parameters["values"] == ["name"]
    (noted,) = await entries(api, "writeClientNote")
    assert (noted.parameters["text"], noted.subject) == ("(13)", "client:1")
    async with api.kc.engine.connect() as connection:
        everything = await connection.scalar(text("SELECT string_agg(a::text, ' ') FROM audit a"))
    assert "Tajný" not in everything and "hypertenzi" not in everything


async def test_view_is_written_before_it_is_answered(api, server):
    async with await signed_in(api, server, "jana") as client:
        await client.run('{ searchClients(text: "Nov") { __typename } }')
        async with api.kc.engine.connect() as connection:  # not waiting for the journal
            assert await connection.scalar(text("SELECT count(*) FROM audit WHERE action = 'searchClients'")) == 1


async def test_refusals_by_right_are_written_for_somebody_and_nobody(api, server):
    async with api.client() as nobody, await signed_in(api, server, "tabule") as board:
        for client in (nobody, board):
            with pytest.raises(GraphQLFailed):
                await client.run('{ searchClients(text: "x") { __typename } }')
            with pytest.raises(GraphQLFailed):
                await client.run('mutation { dial(number: "+420123") { __typename } }')
    first, second = await entries(api, "searchClients")
    assert (first.outcome, first.reason, first.actor, first.kind) == ("refused", "UNAUTHENTICATED", None, "view")
    assert (second.outcome, second.reason, second.found) == ("refused", "FORBIDDEN", None) and second.actor
    assert [x.reason for x in await entries(api, "dial")] == ["UNAUTHENTICATED", "FORBIDDEN"]


async def test_command_and_its_events_share_the_request(api, server):
    async with await signed_in(api, server, "jana") as client:
        await client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
    (command,) = await entries(api, "setPresence")
    found = await events(api, "origin->>'action' = 'setPresence'")
    assert found and {e.origin["request"] for e in found} == {command.request}
    assert found[0].origin | {"process": None} == {
        "source": "user",
        "process": None,
        "session": command.session,
        "address": "127.0.0.1",
        "request": command.request,
        "action": "setPresence",
    }
    assert found[0].actor == command.actor and command.parameters == {"presence": "break", "reason": "1"}


async def test_refused_command_says_why(api, server):
    id = "00000000-0000-7000-8000-000000000000"
    async with await signed_in(api, server, "jana") as client:
        await client.run(f'mutation {{ acceptOffer(contact: "{id}") {{ __typename }} }}')
    (refused,) = await entries(api, "acceptOffer")
    assert (refused.outcome, refused.reason, refused.subject) == ("refused", "not_found", f"contact:{id}")


async def test_settings_that_are_refused_name_their_fields(api, server):
    async with await signed_in(api, server, "spravce") as client:
        await client.run('mutation { saveGroup(name: "", members: []) { __typename } }')
    (refused,) = await entries(api, "saveGroup")
    assert (refused.outcome, refused.reason) == ("refused", "SettingRefused: name")


async def test_change_of_settings_has_its_origin(api, server):
    async with await signed_in(api, server, "spravce") as client:
        await client.run('mutation { saveGroup(name: "Noví", members: []) { __typename } }')
    (saved,) = await entries(api, "saveGroup")
    (event,) = await events(api, "stream = 'settings'")
    assert (event.subject, event.origin["request"], event.actor) == ("group:Noví", saved.request, saved.actor)


async def test_bridges_timers_and_the_router_are_originators(database_url, server):
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE flow_version SET body = jsonb_set(body, '{nodes,menu,timeout_s}', '0.1')")
        )
    await engine.dispose()
    async with Api(database_url) as api, ScriptedBridge(api.bridge_url, api.link_token) as bridge:
        (connected,) = await entries(api, "bridge.connect")
        assert (connected.kind, connected.source) == ("system", "bridge:bridge-1")
        agent = await ready_agent(api, server)
        leg = bridge.call(CALLER, NUMBER)
        await bridge.command(k.AnswerLeg, leg)
        bridge.report(k.LegAnswered(leg=leg))
        for _ in range(2):  # the welcome, then the menu, to which the caller says nothing
            said = await bridge.command(k.Play, leg)
            bridge.report(k.PlayFinished(leg=leg, play=said.play, outcome=k.PlayOutcome.COMPLETED))
        await bridge.command(k.Play, leg)
        bridge.report(k.DigitPressed(leg=leg, digit="1", source=k.DigitSource.RFC4733))
        await agent.desk.until(lambda v: v.contacts.get(leg))
        found = {e.data["type"]: (e.origin["source"], e.actor) for e in await events(api, f"subject = '{leg}'")}
        assert found["Arrived"] == ("bridge:bridge-1", None)
        assert found["Offered"] == ("router", None)
        assert ("timer", None) in [(e.origin["source"], e.actor) for e in await events(api, f"subject = '{leg}'")]
        await agent.desk.cut()


async def test_foreign_bridge_is_refused_and_written(api):
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(api.bridge_url, additional_headers={"Authorization": "Bearer wrong"}, proxy=None)
    (refused,) = await entries(api, "bridge.connect")
    assert (refused.outcome, refused.address) == ("refused", "127.0.0.1")


async def test_opening_a_live_view_is_a_view_of_each_subscriber(api, server):
    dana, spravce = await signed_in(api, server, "dana"), await signed_in(api, server, "spravce")
    views = [await c.live("floor") for c in (dana, spravce)] + [await dana.live("board")]
    for view in views:
        await view.until(lambda v: v.snapshots)
    found = await entries(api, "floor")
    assert len({e.actor for e in found}) == 2 and all(e.session and e.kind == "view" for e in found)
    assert await entries(api, "board") == []
    for view in views:
        await view.cut()


async def test_recording_that_is_asked_for_is_written(api, server):
    recording = "11111111-1111-4111-8111-111111111111"
    async with api.kc.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO interaction (id, version, channel, direction, phase, priority, arrived_at, state)"
                " VALUES (:id, 1, 'voice', 'inbound', 'closed', 0, now(), '{}')"
            ),
            {"id": recording},
        )
        await connection.execute(text("INSERT INTO recording (id, interaction) VALUES (:id, :id)"), {"id": recording})
    async with await signed_in(api, server, "jana") as client:
        headers = {"Cookie": client.cookie_header()}
        answer = await client.http.get(f"/recordings/{recording}/audio", headers=headers)
        assert answer.status_code == 404
        await client.http.get(f"/recordings/{recording}.mp3", headers=headers)
    (heard,) = await entries(api, "recording.listen")
    assert (heard.kind, heard.outcome, heard.subject) == ("view", "refused", f"recording:{recording}")
    assert heard.actor and heard.session and heard.request and heard.address == "127.0.0.1"
    (taken,) = await entries(api, "recording.download")
    assert (taken.outcome, taken.session) == ("refused", heard.session)


async def test_nothing_is_shown_that_cannot_be_written(api, server, monkeypatch):
    monkeypatch.setattr(journals, "LONGEST_WAIT_S", 0.2)
    async with await signed_in(api, server, "jana") as client:
        await entries(api, "signIn")
        api.kc.journal._task.cancel()
        with pytest.raises(GraphQLFailed, match="internal error"):
            await client.run('{ searchClients(text: "Nov") { __typename } }')
        monkeypatch.setattr(journals, "MOST_WAITING", 1)
        with pytest.raises(GraphQLFailed, match="internal error"):
            await client.run('mutation { setPresence(presence: BREAK, reason: "1") { __typename } }')
        assert await events(api, "origin->>'action' = 'setPresence'") == []
        await client.run("{ settings { queues { id } } }")


async def test_entries_wait_for_a_database_that_is_away_and_none_is_lost(api, database_url):
    broken = create_async_engine(database_url.rpartition("/")[0] + "/no_such_database")
    journal = Journal(broken)
    journal.start()
    for n in range(1200):
        journal.post(happened("waited", n=n))
    with pytest.raises(JournalFull):
        journals_wait = journals.LONGEST_WAIT_S
        journals.LONGEST_WAIT_S = 0.1
        try:
            await journal.note(happened("waited", n=1200))
        finally:
            journals.LONGEST_WAIT_S = journals_wait
    journal._engine = api.kc.engine
    await asyncio.wait_for(journal._empty.wait(), 10)
    await journal.stop()
    await broken.dispose()
    assert [e.parameters["n"] for e in await entries(api, "waited")] == list(range(1201))


async def test_entries_are_written_while_commands_hold_every_connection(api):
    """A thousand commands at once stand in line for a connection; who is shown personal data does not wait behind them."""
    async with contextlib.AsyncExitStack() as held:
        for _ in range(AT_ONCE + SPARE):
            connection = await held.enter_async_context(api.kc.engine.connect())
            await connection.execute(text("SELECT 1"))
        await asyncio.wait_for(api.kc.journal.note(happened("crowded")), 4)
    assert len(await entries(api, "crowded")) == 1


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            {"password": "x", "nested": [{"newPassword": "y", "a": 1}]},
            {"password": "***", "nested": [{"newPassword": "***", "a": 1}]},
        ),
        ({"text": "a" * 600}, {"text": "a" * 500 + "… (600)"}),
        (
            {"offerSdp": "v=0", "accessToken": "t", "client_secret": "s"},
            {"offerSdp": "***", "accessToken": "***", "client_secret": "***"},
        ),
        ({"code": None, "n": 3}, {"code": "***", "n": 3}),
    ],
)
def test_parameters_are_kept_without_secrets(given, kept):
    assert tidy(given) == kept


async def test_garbage_is_written_as_it_can_be(api, server):
    async with await signed_in(api, server, "jana") as client:
        answer = await client.http.post(
            "/graphql",
            json={"query": '{ searchClients(text: "\\ud83d\\ude00") { __typename } }'},
            headers={"Cookie": client.cookie_header()},
        )
    assert isinstance(answer, httpx.Response)
    (found,) = await entries(api, "searchClients")
    assert found.parameters["text"] == "😀"
