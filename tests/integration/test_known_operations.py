"""In production the API carries out the operations of our own pages, named by their hashes, and no other."""

import json

import pytest
import websockets
from sqlalchemy import text

from backend.adapters.postgres.operations import hash_of
from tests.support.api import Api, GraphQLFailed

ME = "query Mine { me { id } }"
SIGN_IN = "mutation In($l: String!, $p: String!) { signIn(login: $l, password: $p) { __typename } }"
DESK = "subscription Desk { desk { snapshot } }"
FOREIGN = "query Foreign { me { name } }"
UNKNOWN = [{"message": "unknown operation", "extensions": {"code": "UNKNOWN_OPERATION"}}]


def build_with(folder, *texts: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / ".operations.json").write_text(json.dumps({hash_of(x): x for x in texts}))


@pytest.fixture
def pages(tmp_path):
    build_with(tmp_path / "pwa", ME, SIGN_IN, DESK)
    return tmp_path / "pwa"


async def ask(client, **body) -> tuple[int, dict]:
    answer = await client.http.post("/graphql", json=body, headers={"Cookie": client.cookie_header()})
    return answer.status_code, answer.json()


async def test_hash_of_our_own_operation_is_carried_out(database_url, pages, server):
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        assert await ask(client, documentId=hash_of(ME)) == (200, {"data": {"me": None}})
        jana = {"l": "jana", "p": server.logins["jana"].password}
        assert (await ask(client, documentId=hash_of(SIGN_IN), variables=jana))[1]["data"]["signIn"] == {
            "__typename": "SignedIn"
        }
        assert (await ask(client, documentId=hash_of(ME)))[1]["data"]["me"]["id"] is not None


@pytest.mark.parametrize(
    "body",
    [
        {"query": FOREIGN},
        {"query": ME + " "},
        {"documentId": hash_of(FOREIGN)},
        {"documentId": hash_of(FOREIGN), "query": FOREIGN},
        {"documentId": "sha256:" + "0" * 64},
        {"documentId": ""},
        {"documentId": hash_of(FOREIGN), "query": ME},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(ME)}}},
        {},
    ],
    ids=[
        "foreign text", "ours, changed", "foreign hash", "foreign text with its hash", "no such hash", "empty hash",
        "foreign hash with our text", "another protocol", "nothing",
    ],
)  # fmt: skip
async def test_any_other_operation_is_refused(database_url, pages, body):
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        assert await ask(client, **body) == (400, {"errors": UNKNOWN})


async def test_session_does_not_widen_what_is_carried_out(database_url, pages, server):
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        jana = {"l": "jana", "p": server.logins["jana"].password}
        await ask(client, documentId=hash_of(SIGN_IN), variables=jana)
        assert await ask(client, query=FOREIGN) == (400, {"errors": UNKNOWN})


async def test_live_view_by_hash_and_none_by_foreign_text(database_url, pages, server):
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        await ask(client, documentId=hash_of(SIGN_IN), variables={"l": "jana", "p": server.logins["jana"].password})
        async with websockets.connect(
            f"ws://127.0.0.1:{api.port}/graphql",
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Cookie": client.cookie_header()},
            proxy=None,
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
            foreign = {"query": "subscription { desk { cursor } }"}
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": foreign}))
            assert json.loads(await socket.recv()) == {"id": "1", "type": "error", "payload": UNKNOWN}
            ours = {"documentId": hash_of(DESK), "variables": {}}
            await socket.send(json.dumps({"id": "2", "type": "subscribe", "payload": ours}))
            assert json.loads(await socket.recv())["payload"] == {"data": {"desk": {"snapshot": True}}}


async def test_page_of_the_build_before_goes_on_after_an_upgrade(database_url, pages, tmp_path):
    async with Api(database_url, operations="known", pwa=pages):
        pass
    newer = tmp_path / "newer"
    build_with(newer, FOREIGN)
    async with Api(database_url, operations="known", pwa=newer) as api, api.client() as client:
        assert (await ask(client, documentId=hash_of(ME)))[0] == 200
        assert (await ask(client, documentId=hash_of(FOREIGN)))[0] == 200


async def test_new_page_is_answered_by_an_api_that_is_not_upgraded_yet(database_url, pages, tmp_path):
    build_with(tmp_path / "newer", FOREIGN)
    async with Api(database_url, operations="known", pwa=pages) as old, old.client() as client:
        old.kc.operations._clock = lambda: float("inf")  # it may look again
        async with Api(database_url, operations="known", pwa=tmp_path / "newer"):
            assert (await ask(client, documentId=hash_of(FOREIGN)))[0] == 200


async def test_operation_of_a_long_gone_build_is_forgotten(database_url, pages, tmp_path):
    async with Api(database_url, operations="known", pwa=pages) as api:
        async with api.kc.engine.begin() as connection:
            await connection.execute(text("UPDATE known_operation SET built_in_at = now() - interval '91 days'"))
    async with Api(database_url, operations="known", pwa=tmp_path / "none") as api, api.client() as client:
        assert (await ask(client, documentId=hash_of(ME)))[0] == 400


async def test_text_that_somebody_put_under_our_hash_is_not_carried_out(database_url, pages):
    async with Api(database_url, operations="known", pwa=pages) as api:
        async with api.kc.engine.begin() as connection:
            await connection.execute(text("UPDATE known_operation SET text = :text"), {"text": FOREIGN})
    empty = pages.parent / "none"
    async with Api(database_url, operations="known", pwa=empty) as api, api.client() as client:
        assert (await ask(client, documentId=hash_of(ME)))[0] == 400


async def test_build_with_a_wrong_hash_or_garbage_teaches_nothing(database_url, tmp_path):
    for contents in (json.dumps({hash_of(ME): FOREIGN, "sha256:x": ME}), "{", "{}", "[]"):
        (tmp_path / ".operations.json").write_text(contents)
        async with Api(database_url, operations="known", pwa=tmp_path) as api, api.client() as client:
            assert (await ask(client, documentId=hash_of(ME)))[0] == 400


async def test_operations_of_the_build_are_served_to_nobody(database_url, pages):
    (pages / "index.html").write_text("<!doctype html>")
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        for path in ("/.operations.json", "/%2eoperations.json", "/./.operations.json", "/assets/../.operations.json"):
            assert (await client.http.get(path)).status_code == 404


async def test_demo_and_tests_take_any_text_and_hashes_too(database_url, pages):
    async with Api(database_url, operations="any", pwa=pages) as api, api.client() as client:
        assert (await ask(client, query=FOREIGN)) == (200, {"data": {"me": None}})
        assert (await ask(client, documentId=hash_of(ME)))[0] == 200
        assert (await ask(client, documentId=hash_of(FOREIGN)))[0] == 400


async def test_production_is_what_an_installation_gets_without_saying_so():
    from backend.config import Config

    assert Config.model_fields["operations"].default == "known"
    assert Config.model_fields["introspection"].default is False


async def test_refusal_is_an_error_for_a_client_of_graphql(database_url, pages):
    async with Api(database_url, operations="known", pwa=pages) as api, api.client() as client:
        with pytest.raises(GraphQLFailed) as refused:
            await client.run(FOREIGN)
        assert refused.value.code == "UNKNOWN_OPERATION"
