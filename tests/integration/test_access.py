"""The walk: every query, mutation, subscription, computed field, REST route and file, for each role and for nobody.

Nothing is listed by hand but exceptions: a new root field is found in the schema, called with the least arguments, and must be
guarded by an action of the policy; docs/permissions.md says which. Whose things a field shows is walked in test_reach.py.
"""

import asyncio
import json
import uuid
from pathlib import Path

import numpy as np
import pytest
import soundfile
import websockets
from graphql import GraphQLObjectType
from sqlalchemy import text
from starlette.routing import Mount, WebSocketRoute

from backend.domain.access.policy import Action, Actor, Contact, Role, can
from backend.domain.access.rights import BUILT_IN
from backend.graphql.schema import build
from backend.rest.access import ROUTES, Door
from tests.scenarios.test_recordings import written
from tests.support.api import GraphQLFailed
from tests.support.operations import operation, roots
from tests.support.past import keep, past_call
from tests.support.people import add_person, user_id

FIELDS = roots(build()._schema)

COMPUTED = {
    "Contact.members": "tests/scenarios/test_supervision.py",
    "VoiceMessage.recording": "tests/scenarios/test_voicemail.py",
}
"""Fields that are worked out when asked for, beside the root fields: each asks the policy itself, and where that is shown."""


JANAS = Contact(frozenset({-1}))
"""What belongs to none of those who walk."""


def action_of(name: str) -> Action:
    """The one that guards a root field."""
    guards = FIELDS[name].extensions["strawberry-definition"].permission_classes
    (action,) = {guard.action for guard in guards if hasattr(guard, "action")}
    return action


def actor_with(role: str) -> Actor | None:
    return None if role == "nobody" else Actor(user=1, grants=BUILT_IN[Role(role)])


def test_every_root_field_is_guarded_by_one_action():
    unguarded = []
    for name in FIELDS:
        try:
            action_of(name)
        except ValueError:
            unguarded.append(name)
    assert unguarded == []


def test_every_field_that_is_computed_for_the_viewer_is_known():
    computed = set()
    for kind in build()._schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or kind.name in ("Query", "Mutation", "Subscription"):
            continue
        for name, field in kind.fields.items():
            definition = field.extensions.get("strawberry-definition")
            if definition is not None and (definition.base_resolver is not None or definition.permission_classes):
                computed.add(f"{kind.name}.{name}")
    assert computed == set(COMPUTED)


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


@pytest.fixture
def api_app(api):
    return api.app


@pytest.fixture
async def files(api):
    """A prompt and a recording that are there, by the name in the path."""
    key, recording = "0" * 32, str(uuid.uuid4())
    soundfile.write(_made(api.config.prompts / f"{key}.wav"), np.zeros(800, np.int16), 8000)
    await keep(api, past_call(agents=(await user_id(api, "jana"),), recording=recording))
    async with api.kc.engine.begin() as connection:
        ended = await asyncio.to_thread(written, api.config.recordings, recording)
        await connection.execute(
            text("UPDATE recording SET file = :file, size = :size, sha256 = :sha WHERE id = :id"),
            {"file": ended.file, "size": ended.size, "sha": ended.sha256, "id": recording},
        )
    return lambda path: {"key": key, "id": recording}


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.fixture
async def everybody(api, server):
    """A password for an account of each built-in role: ``only_<role>``."""
    for role in Role:
        await add_person(api, f"only_{role.value}", [role.value])
    return server.logins["jana"].password


async def outcome(client, name: str) -> str:
    """``ok`` also when the command was understood and refused for its arguments; an internal error is none of these."""
    text = operation(name.split(".")[0], name.split(".")[1], FIELDS[name])
    if name.startswith("Subscription."):
        return await subscribe(client, text) or "ok"
    try:
        await client.run(text)
        return "ok"
    except GraphQLFailed as failed:
        if failed.code in ("UNAUTHENTICATED", "FORBIDDEN"):
            return failed.code
        assert failed.code == "BAD_INPUT", (name, failed.errors)
        return "ok"


@pytest.mark.parametrize("role", [*(role.value for role in Role), "nobody"])
async def test_each_role_may_exactly_what_the_table_says(api, everybody, role):
    async with api.client() as client:
        if role != "nobody":
            assert (await client.sign_in(f"only_{role}", everybody))["__typename"] == "SignedIn"
        actor = actor_with(role)
        wrong = {}
        for name in FIELDS:
            refusal = "UNAUTHENTICATED" if actor is None else "FORBIDDEN"
            expected = "ok" if can(actor, action_of(name)) else refusal
            found = await outcome(client, name)
            if found != expected:
                wrong[name] = (found, expected)
        assert wrong == {}


def doors(routes) -> set[tuple[str, str]]:
    """Method and path of everything that answers."""
    found = set()
    for route in routes:
        if hasattr(route, "effective_route_contexts"):
            found |= doors(route.effective_route_contexts())
        elif getattr(route, "methods", None):
            found |= {(method, route.path) for method in route.methods}
        elif isinstance(getattr(route, "starlette_route", route), WebSocketRoute):
            found.add(("WS", getattr(route, "starlette_route", route).path))
        else:
            assert isinstance(route, Mount), route
            found.add(("*", route.path or "/"))
    return found


def test_every_route_has_a_rule_and_every_rule_a_route(api_app):
    assert doors(api_app.routes) == {(x.method, x.path) for x in ROUTES}


@pytest.mark.parametrize("role", [*(role.value for role in Role), "nobody"])
async def test_each_role_gets_exactly_the_routes_and_files_of_its_actions(api, everybody, role, files):
    async with api.client() as client:
        if role != "nobody":
            await client.sign_in(f"only_{role}", everybody)
        actor, wrong = actor_with(role), {}
        for route in ROUTES:
            if route.door is not Door.ACTOR:
                continue
            path = route.path.replace("{kind}", "wav").format(**files(route.path))
            answer = await client.http.request(route.method, path, headers={"Cookie": client.cookie_header()})
            whose = JANAS if "recordings" in route.path else None
            allowed = any(can(actor, action, whose) for action in route.actions)
            if actor is None:
                good = answer.status_code == 401
            elif allowed:
                good = answer.status_code in (200, 206, 400)
            else:
                good = answer.status_code in (403, 404)
            if not good:
                wrong[route.path] = answer.status_code
        assert wrong == {}


async def contents(api) -> dict[str, str]:
    """Each table as a digest, but for leases, when sessions were last seen, and the trail in which an attempt is written."""
    names = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('lease', 'session', 'audit', 'audit_block')"
    )
    digest = "SELECT coalesce(md5(string_agg(x::text, '' ORDER BY x::text)), '') FROM \"{}\" AS x"
    async with api.kc.engine.connect() as connection:
        tables = (await connection.scalars(text(names))).all()
        return {name: await connection.scalar(text(digest.format(name))) for name in tables}


@pytest.mark.parametrize("role", [*(role.value for role in Role), "nobody"])
async def test_whatever_is_refused_changes_nothing(api, everybody, role):
    """Every operation that the role may not do: no row of any table is another one afterwards."""
    async with api.client() as client:
        if role != "nobody":
            assert (await client.sign_in(f"only_{role}", everybody))["__typename"] == "SignedIn"
        actor = actor_with(role)
        refused = [name for name in FIELDS if not can(actor, action_of(name))]
        before = await contents(api)
        assert len(before) > 30 and (refused or role == "admin")
        for name in refused:
            assert await outcome(client, name) in ("FORBIDDEN", "UNAUTHENTICATED"), name
        assert await contents(api) == before


async def test_refused_mutation_changes_nothing(api, server):
    async with api.client() as client:
        await client.sign_in("tabule", server.logins["tabule"].password)
        with pytest.raises(GraphQLFailed):
            await client.run('mutation { createClient(values: {surname: "Vetřelec"}, key: "k") { __typename } }')
    async with api.kc.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM client WHERE name = 'Vetřelec'")) == 0


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
