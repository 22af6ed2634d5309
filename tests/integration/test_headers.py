"""What browsers are told to guard: cookies, origins, contents."""

import json

import httpx
import pytest
import websockets

from tests.support.api import Api

SIGN_IN = "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) { __typename } }"


async def test_session_cookie_is_bound_to_the_host_to_tls_and_out_of_reach_of_scripts(database_url, server):
    async with Api(database_url, insecure_cookies=False) as api, api.client() as client:
        who = {"l": "jana", "p": server.logins["jana"].password}
        answer = await client.http.post("/graphql", json={"query": SIGN_IN, "variables": who})
    cookies = {c.split("=", 1)[0]: c.lower() for c in answer.headers.get_list("set-cookie")}
    assert set(cookies) == {"__Host-kc", "__Host-kc-device"}
    for name, same_site in (("__Host-kc", "strict"), ("__Host-kc-device", "lax")):
        parts = {p.strip() for p in cookies[name].split(";")}
        assert {"secure", "httponly", "path=/", f"samesite={same_site}"} <= parts
        assert not [p for p in parts if p.startswith("domain")]


@pytest.mark.parametrize("path", ["/", "/desk", "/settings/anything"])
async def test_pages_come_with_a_policy_that_lets_in_no_foreign_script_and_no_frame(api, path):
    api.config.pwa.mkdir(exist_ok=True)
    (api.config.pwa / "index.html").write_text("<!doctype html>")
    async with httpx.AsyncClient(base_url=api.url) as http:
        headers = (await http.get(path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["script-src"] == policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "microphone=(self), camera=(), geolocation=()"


@pytest.mark.parametrize("path", ["/graphql", "/prompts?name=x", "/sign-in/negotiate"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_request_of_a_foreign_page_is_refused(api, path, origin):
    async with httpx.AsyncClient(base_url=api.url) as http:
        answer = await http.post(path, json={"query": "{ me { id } }"}, headers={"Origin": origin})
    assert (answer.status_code, answer.text) == (403, "foreign origin")


async def test_form_of_a_foreign_page_is_no_operation(api):
    async with httpx.AsyncClient(base_url=api.url) as http:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            answer = await http.post("/graphql", content='{"query": "{ me { id } }"}', headers={"Content-Type": kind})
            assert answer.status_code == 400


async def test_operation_is_not_carried_out_by_a_link(api):
    async with httpx.AsyncClient(base_url=api.url) as http:
        answer = await http.get("/graphql", params={"query": "{ me { id } }"})
    assert answer.status_code == 400


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
async def test_websocket_of_a_foreign_page_is_refused(api, origin):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(
            f"ws://127.0.0.1:{api.port}/graphql", origin=origin, subprotocols=["graphql-transport-ws"], proxy=None
        ):
            pass
    assert refused.value.response.status_code == 403


async def test_origin_that_the_installation_names_may_call_and_listen(database_url):
    other = "https://panel.example"
    async with Api(database_url, public_origins=other) as api:
        async with httpx.AsyncClient(base_url=api.url) as http:
            answer = await http.post("/graphql", json={"query": "{ me { id } }"}, headers={"Origin": other})
            assert answer.json() == {"data": {"me": None}}
        async with websockets.connect(
            f"ws://127.0.0.1:{api.port}/graphql", origin=other, subprotocols=["graphql-transport-ws"], proxy=None
        ) as socket:
            await socket.send('{"type": "connection_init"}')
            assert json.loads(await socket.recv())["type"] == "connection_ack"
