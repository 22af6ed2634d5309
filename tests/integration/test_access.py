"""Every query, mutation and subscription, for each role and for nobody: allowed or refused, and refused changes nothing."""

import json

import pytest
import websockets

from backend.domain.access.policy import Role
from backend.graphql.schema import build
from tests.support.api import GraphQLFailed

ID = "00000000-0000-7000-8000-000000000000"
STAFF = {"agent", "supervisor", "admin"}
WORKERS = {"agent", "supervisor"}
LEADERS = {"supervisor", "admin"}
ALL = {role.value for role in Role}
NOBODY = {"nobody"}

OPERATIONS: dict[str, tuple[str, set[str]]] = {
    "Query.me": ("{ me { id } }", ALL | NOBODY),
    "Query.settings": ("{ settings { queues { id } } }", STAFF),
    "Query.clientsByNumber": ('{ clientsByNumber(number: "+420") { id } }', STAFF),
    "Query.searchClients": ('{ searchClients(text: "Nov") { id } }', STAFF),
    "Query.contact": (f'{{ contact(id: "{ID}") {{ contact {{ id }} }} }}', STAFF),
    "Query.history": ("{ history { more } }", STAFF),
    "Query.searchCalls": ("{ searchCalls(criteria: {}) { total } }", STAFF),
    "Query.recordingAccesses": (f'{{ recordingAccesses(recording: "{ID}") {{ at }} }}', LEADERS),
    "Mutation.holdRecording": (f'mutation {{ holdRecording(recording: "{ID}", why: "x") {{ __typename }} }}', LEADERS),
    "Query.myFigures": ("{ myFigures { handled } }", WORKERS),
    "Query.myQueues": ("{ myQueues { mayChoose } }", WORKERS),
    "Query.queueChoices": ("{ queueChoices { userId } }", LEADERS),
    "Mutation.setMyQueues": ("mutation { setMyQueues(queues: [99]) { __typename } }", WORKERS),
    "Mutation.setAgentQueues": ("mutation { setAgentQueues(agent: 99, queues: []) { __typename } }", LEADERS),
    "Mutation.sendOnBreak": ('mutation { sendOnBreak(agent: 99, reason: "1") { __typename } }', LEADERS),
    "Mutation.letChooseQueues": ("mutation { letChooseQueues(agent: 99, allowed: true) { __typename } }", LEADERS),
    "Query.contactsBehind": ("{ contactsBehind(number: LOST) { total } }", LEADERS),
    "Mutation.saveLocation": ("mutation { saveLocation(location: {}) { __typename } }", {"admin"}),
    "Mutation.signAgentOut": ("mutation { signAgentOut(agent: 99) { __typename } }", LEADERS),
    "Mutation.prioritiseContact": (
        f'mutation {{ prioritiseContact(contact: "{ID}", priority: 5) {{ __typename }} }}',
        LEADERS,
    ),
    "Mutation.prioritiseQueue": ("mutation { prioritiseQueue(queue: 99, priority: 5) { __typename } }", LEADERS),
    "Mutation.handWaiting": (f'mutation {{ handWaiting(contact: "{ID}", queue: 1) {{ __typename }} }}', LEADERS),
    "Query.alertSettings": ("{ alertSettings }", LEADERS),
    "Mutation.acknowledgeAlert": ('mutation { acknowledgeAlert(id: "x") { __typename } }', LEADERS),
    "Mutation.snoozeAlert": ('mutation { snoozeAlert(id: "x", minutes: 5) { __typename } }', LEADERS),
    "Mutation.saveAlertSettings": ("mutation { saveAlertSettings(settings: []) { __typename } }", LEADERS),
    "Subscription.alerts": ("subscription { alerts { cursor } }", LEADERS),
    "Query.wallboards": ("{ wallboards { id } }", LEADERS),
    "Query.wallAccounts": ("{ wallAccounts { userId } }", LEADERS),
    "Query.wallPreview": ('{ wallPreview(layout: {name: ""}) { __typename } }', LEADERS),
    "Mutation.saveWallboard": ("mutation { saveWallboard(layout: {}) { __typename } }", LEADERS),
    "Mutation.removeWallboard": ("mutation { removeWallboard(id: 99) { __typename } }", LEADERS),
    "Mutation.assignWallboard": ("mutation { assignWallboard(user: 9999) { __typename } }", LEADERS),
    "Subscription.wallboard": ("subscription { wallboard { cursor } }", ALL),
    "Query.callbacks": ("{ callbacks { id } }", STAFF),
    "Query.missedCalls": ("{ missedCalls { number } }", STAFF),
    "Mutation.dialCallback": (f'mutation {{ dialCallback(id: "{ID}") {{ __typename }} }}', WORKERS),
    "Mutation.finishCallback": (f'mutation {{ finishCallback(id: "{ID}") {{ __typename }} }}', STAFF),
    "Mutation.requestCallback": ('mutation { requestCallback(number: "x", queue: 1) { __typename } }', STAFF),
    "Query.callback": (f'{{ callback(id: "{ID}") {{ id messages {{ recording {{ url }} }} }} }}', STAFF),
    "Mutation.dialBack": (f'mutation {{ dialBack(contact: "{ID}") {{ __typename }} }}', WORKERS),
    "Mutation.assignCallback": (f'mutation {{ assignCallback(id: "{ID}", to: 1) {{ __typename }} }}', STAFF),
    "Mutation.reopenCallback": (f'mutation {{ reopenCallback(id: "{ID}") {{ __typename }} }}', STAFF),
    "Mutation.finishMissedCall": ('mutation { finishMissedCall(number: "+420") { __typename } }', STAFF),
    "Query.flows": ("{ flows { id } }", {"admin"}),
    "Query.flow": ("{ flow(id: 99) { id } }", {"admin"}),
    "Query.flowVersion": ("{ flowVersion(id: 99, version: 1) }", {"admin"}),
    "Query.checkFlow": ("{ checkFlow(body: {}) { __typename } }", {"admin"}),
    "Query.simulateFlow": ("{ simulateFlow(body: {}, inputs: []) { __typename } }", {"admin"}),
    "Query.prompts": ("{ prompts { key } }", {"admin"}),
    "Query.notices": ("{ notices { id } }", LEADERS),
    "Mutation.saveFlow": ("mutation { saveFlow(body: {}) { __typename } }", {"admin"}),
    "Mutation.dropFlowDraft": ("mutation { dropFlowDraft(id: 99) { __typename } }", {"admin"}),
    "Mutation.publishFlow": ("mutation { publishFlow(id: 99) { __typename } }", {"admin"}),
    "Mutation.rollBackFlow": ("mutation { rollBackFlow(id: 99, version: 1) { __typename } }", {"admin"}),
    "Mutation.dropPrompt": ('mutation { dropPrompt(key: "x") { __typename } }', {"admin"}),
    "Mutation.saveNotice": ('mutation { saveNotice(name: "") { __typename } }', LEADERS),
    "Mutation.dictateNotice": ("mutation { dictateNotice(id: 99) { __typename } }", LEADERS),
    "Mutation.switchNotice": ("mutation { switchNotice(id: 99, on: true) { __typename } }", LEADERS),
    "Mutation.signIn": ('mutation { signIn(login: "x", password: "y") { __typename } }', ALL | NOBODY),
    "Mutation.proposeSecondFactor": ("mutation { proposeSecondFactor { secret } }", STAFF),
    "Mutation.confirmSecondFactor": ('mutation { confirmSecondFactor(secret: "x", code: "1") { __typename } }', STAFF),
    "Mutation.setPresence": ("mutation { setPresence(presence: BREAK) { __typename } }", WORKERS),
    "Mutation.openSoftphone": ('mutation { openSoftphone(owner: "", offerSdp: "") { __typename } }', WORKERS),
    "Mutation.closeSoftphone": ('mutation { closeSoftphone(owner: "t") { __typename } }', WORKERS),
    **{
        f"Mutation.{name}": (f'mutation {{ {name}(contact: "{ID}") {{ __typename }} }}', WORKERS)
        for name in (
            "acceptOffer",
            "declineOffer",
            "hold",
            "resume",
            "mute",
            "unmute",
            "hangUp",
            "finishWrapUp",
            "pauseRecording",
            "resumeRecording",
        )
    },
    "Mutation.dial": ('mutation { dial(number: "x") { __typename } }', WORKERS),
    **{
        f"Mutation.{name}": (f'mutation {{ {name}(contact: "{ID}"{more}) {{ __typename }} }}', WORKERS)
        for name, more in {
            "transfer": ", to: {queue: 1}",
            "consult": ", to: {agent: 1}",
            "endConsultation": "",
            "completeTransfer": "",
            "makeConference": "",
            "addToConference": ', to: {number: "112"}',
            "dropMember": ", n: 1",
            "leaveConference": "",
            "sendDigits": ', digits: "1"',
            "park": "",
            "takeParked": "",
        }.items()
    },
    "Mutation.supervise": (f'mutation {{ supervise(contact: "{ID}", mode: LISTEN) {{ __typename }} }}', LEADERS),
    "Mutation.stopSupervising": (f'mutation {{ stopSupervising(contact: "{ID}") {{ __typename }} }}', LEADERS),
    "Mutation.takeOverCall": (f'mutation {{ takeOverCall(contact: "{ID}") {{ __typename }} }}', LEADERS),
    "Mutation.writeNote": (f'mutation {{ writeNote(contact: "{ID}", text: "x", key: "k") {{ __typename }} }}', STAFF),
    "Mutation.categorise": (f'mutation {{ categorise(contact: "{ID}", category: 1) {{ __typename }} }}', STAFF),
    "Mutation.pickClient": (f'mutation {{ pickClient(contact: "{ID}", client: 1) {{ __typename }} }}', WORKERS),
    "Mutation.createClient": ('mutation { createClient(name: "Nikdo", key: "k") { __typename } }', STAFF),
    "Query.routingSettings": ("{ routingSettings { queues { id } } }", {"admin"}),
    "Query.tryEntryRules": ("{ tryEntryRules(draft: {}) { __typename } }", {"admin"}),
    "Query.replayEntryRules": ('{ replayEntryRules(draft: {}, day: "2026-01-01") { __typename } }', {"admin"}),
    "Query.callSettings": ("{ callSettings }", {"admin"}),
    "Query.calendarAt": ('{ calendarAt(calendar: {name: "x"}) { __typename } }', {"admin"}),
    "Mutation.saveCallSettings": ("mutation { saveCallSettings(calls: {ring_s: 0}) { __typename } }", {"admin"}),
    "Mutation.saveEntryNumber": ("mutation { saveEntryNumber(number: {}, new: true) { __typename } }", {"admin"}),
    "Query.waitingLine": ("{ waitingLine(queue: 1) { position } }", LEADERS),
    "Mutation.saveQueue": ("mutation { saveQueue(queue: {}) { __typename } }", {"admin"}),
    "Mutation.saveCalendar": ("mutation { saveCalendar(calendar: {}) { __typename } }", {"admin"}),
    "Mutation.saveGroup": ('mutation { saveGroup(name: "", members: []) { __typename } }', {"admin"}),
    "Mutation.saveEntryRules": ("mutation { saveEntryRules(rules: {}) { __typename } }", {"admin"}),
    "Mutation.publishEntryRules": ('mutation { publishEntryRules(number: "", version: 1) { __typename } }', {"admin"}),
    "Query.breakSettings": ("{ breakSettings }", LEADERS),
    "Query.categorySettings": ("{ categorySettings }", LEADERS),
    "Mutation.saveBreaks": ("mutation { saveBreaks(breaks: {}) { __typename } }", LEADERS),
    "Mutation.saveCategories": ("mutation { saveCategories(tree: {}) { __typename } }", LEADERS),
    "Query.lines": ("{ lines { id } }", STAFF),
    "Mutation.saveLine": ('mutation { saveLine(name: "", number: "") { __typename } }', {"admin"}),
    "Mutation.removeLine": ("mutation { removeLine(id: 0) { __typename } }", {"admin"}),
    "Query.myTelephones": ("{ myTelephones { mayType } }", WORKERS),
    "Query.telephonesOf": ("{ telephonesOf(user: 0) { number } }", {"admin"}),
    "Mutation.chooseEndpoint": ("mutation { chooseEndpoint(kind: BROWSER) { __typename } }", WORKERS),
    "Mutation.saveTelephones": ("mutation { saveTelephones(user: 0, telephones: []) { __typename } }", {"admin"}),
    "Subscription.desk": ("subscription { desk { cursor } }", WORKERS),
    "Subscription.floor": ("subscription { floor { cursor } }", LEADERS),
    "Query.transferTargets": ("{ transferTargets { groups { id } } }", STAFF),
    "Mutation.setFavourite": (
        'mutation { setFavourite(kind: AGENT, target: "1", favourite: false) { __typename } }',
        STAFF,
    ),
    "Subscription.colleagues": ("subscription { colleagues { cursor } }", STAFF),
    "Subscription.board": ("subscription { board { cursor } }", ALL),
    "Mutation.signOut": ("mutation { signOut { __typename } }", ALL),
}
LOGINS = {"agent": "jana", "supervisor": "dana", "admin": "spravce", "wallboard": "tabule"}


def test_every_field_of_the_schema_is_listed_here_and_guarded():
    schema = build()._schema
    fields = {
        f"{root.name}.{name}": field
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        for name, field in root.fields.items()
    }
    assert set(fields) == set(OPERATIONS)
    for name, field in fields.items():
        guards = field.extensions["strawberry-definition"].permission_classes
        assert [g.__name__ for g in guards if g.__name__.startswith("Allowed_")], name


async def subscribe(client, query: str) -> str | None:
    """None when a first frame came, otherwise the refusal's code."""
    url = client.url.replace("http", "ws") + "/graphql"
    headers = {"Cookie": client.cookie_header()}
    async with websockets.connect(
        url, subprotocols=["graphql-transport-ws"], additional_headers=headers, proxy=None
    ) as socket:
        await socket.send('{"type":"connection_init"}')
        await socket.recv()
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}}))
        message = json.loads(await socket.recv())
        if message["type"] == "next" and not message["payload"].get("errors"):
            return None
        errors = message["payload"]["errors"] if message["type"] == "next" else message["payload"]
        return errors[0]["extensions"]["code"]


@pytest.mark.parametrize("role", [*LOGINS, "nobody"])
async def test_each_role_may_exactly_what_the_table_says(api, server, role):
    async with api.client() as client:
        if role != "nobody":
            login = server.logins[LOGINS[role]]
            assert (await client.sign_in(login.login, login.password))["__typename"] == "SignedIn"
        refused = {}
        for name, (operation, roles) in OPERATIONS.items():
            if operation.startswith("subscription"):
                code = await subscribe(client, operation)
            else:
                try:
                    await client.run(operation)
                    code = None
                except GraphQLFailed as failed:
                    code = failed.code
            expected = None if role in roles else "UNAUTHENTICATED" if role == "nobody" else "FORBIDDEN"
            if code != expected:
                refused[name] = (code, expected)
        assert refused == {}


async def test_refused_mutation_changes_nothing(api, server):
    async with api.client() as client:
        await client.sign_in("tabule", server.logins["tabule"].password)
        with pytest.raises(GraphQLFailed):
            await client.run('mutation { createClient(name: "Vetřelec", key: "k") { __typename } }')
    assert await api.kc.readers.clients_by_text("Vetřelec") == []


async def test_foreign_page_is_refused(api, server):
    async with api.client() as client:
        answer = await client.http.post(
            "/graphql", json={"query": "{ me { id } }"}, headers={"Origin": "https://zly.example"}
        )
        assert answer.status_code == 403


async def test_errors_tell_nothing_of_the_schema(api):
    async with api.client() as client:
        for query in ("{ mee { id } }", "{ __schema { types { name } } }"):
            with pytest.raises(GraphQLFailed) as caught:
                await client.run(query)
            assert "Did you mean" not in str(caught.value) and "searchClients" not in str(caught.value)


@pytest.mark.parametrize(
    "query",
    [
        "{ me " + "{ id " * 30 + "}" * 31,
        "{ " + " ".join(f"a{i}: me {{ id }}" for i in range(200)) + " }",
        "{ me { id } }" * 3000,
        "{",
        "",
        "\x00\x01\x02",
        "query($x: Int!) { me { id } }",
    ],
)
async def test_malformed_and_greedy_queries_get_an_error(api, query):
    async with api.client() as client:
        answer = await client.http.post("/graphql", json={"query": query})
        assert (answer.status_code in (200, 400) and "errors" in answer.text) or answer.status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'{"query": 1}', b'{"query": null}'])
async def test_garbage_bodies_get_a_client_error(api, body):
    async with api.client() as client:
        answer = await client.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
