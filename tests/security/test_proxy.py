"""nginx with the configuration that installations get, before a real API: what a browser would see of it."""

import json
import ssl
from pathlib import Path

import httpx
import pytest
import websockets

from deploy.proxy import configuration
from tests.support.api import Api
from tests.support.proxy import NAME, Proxy, certificates, proxy

ICIS_TOKEN = "i" * 40


@pytest.fixture
async def behind(database_url, tmp_path):
    async with Api(
        database_url,
        trusted_proxies="127.0.0.0/8",
        trusted_networks="192.0.2.0/24",
        insecure_cookies=False,
        icis_token=ICIS_TOKEN,
    ) as api:
        tmp_path.chmod(0o711)
        with proxy(api.port, tmp_path) as running:
            yield api, running


def trusting(running: Proxy) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(running.authority))


def browser(running: Proxy, **options) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(verify=trusting(running))
    return httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{running.https_port}", transport=transport, headers={"Host": NAME}, **options
    )


SNI = {"sni_hostname": NAME}


async def test_answers_come_with_strict_transport_security_and_the_guards_of_the_product(behind):
    _, running = behind
    async with browser(running) as http:
        answer = await http.get("/health/live", extensions=SNI)
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert answer.headers["server"] == "nginx"


async def test_plain_http_is_sent_to_tls_by_our_own_name_whatever_the_request_says(behind):
    _, running = behind
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{running.http_port}") as http:
        answer = await http.get("/desk?x=1", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{NAME}/desk?x=1")


@pytest.mark.parametrize("path", ["/bridge", "/metrics", "/metrics/", "/icis/v1/clients"])
async def test_what_is_for_the_inner_network_is_not_there(behind, path):
    _, running = behind
    async with browser(running) as http:
        assert (await http.get(path, extensions=SNI)).status_code == 404


@pytest.mark.parametrize(
    ("version", "let_in"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
async def test_versions_of_tls(behind, version, let_in):
    _, running = behind
    context = trusting(running)
    context.minimum_version = context.maximum_version = version
    if not let_in:
        context.set_ciphers("ALL:@SECLEVEL=0")
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(verify=context)) as http:
        asked = http.get(f"https://127.0.0.1:{running.https_port}/health/live", headers={"Host": NAME}, extensions=SNI)
        if let_in:
            assert (await asked).status_code == 200
            return
        # The alert is the server's: a client that cannot speak the version says something else.
        with pytest.raises(httpx.ConnectError, match="TLSV1_ALERT_PROTOCOL_VERSION"):
            await asked


async def test_another_name_is_not_answered(behind):
    """Refused by the server, before there is a certificate that the client could complain of."""
    _, running = behind
    async with browser(running) as http:
        with pytest.raises(httpx.ConnectError, match="TLSV1_UNRECOGNIZED_NAME"):
            await http.get("/", extensions={"sni_hostname": "evil.example"})


async def test_address_that_a_client_claims_is_not_believed(behind, server):
    """It would be a trusted network's, without a second factor."""
    _, running = behind
    query = (
        'mutation($p: String!) { signIn(login: "jana", password: $p) { __typename ... on SignInRefused { reason } } }'
    )
    async with browser(running) as http:
        answer = await http.post(
            "/graphql",
            json={"query": query, "variables": {"p": server.logins["jana"].password}},
            headers={"X-Forwarded-For": "192.0.2.1", "Origin": f"https://{NAME}"},
            extensions=SNI,
        )
    assert answer.json()["data"]["signIn"]["__typename"] == "SignInRefused"
    assert answer.headers.get("set-cookie") is None


async def test_live_view_goes_through_and_a_foreign_page_has_none(behind):
    _, running = behind
    address = f"wss://{NAME}/graphql"

    def opened(origin: str):
        return websockets.connect(
            address,
            host="127.0.0.1",
            port=running.https_port,
            ssl=trusting(running),
            origin=origin,
            subprotocols=["graphql-transport-ws"],
            proxy=None,
        )

    async with opened(f"https://{NAME}") as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with opened("https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


def from_icis(running: Proxy, certificate: tuple[Path, Path] | None) -> httpx.AsyncClient:
    context = trusting(running)
    if certificate:
        context.load_cert_chain(*certificate)
    return httpx.AsyncClient(
        base_url=f"https://127.0.0.1:{running.icis_port}",
        transport=httpx.AsyncHTTPTransport(verify=context),
        headers={"Host": NAME, "Authorization": f"Bearer {ICIS_TOKEN}"},
    )


async def test_sec_01_icis_is_let_in_with_its_certificate_and_to_nothing_else(behind):
    _, running = behind
    batch = {"clients": [{"id": "I-1", "values": {"surname": "Nováková"}}]}
    async with from_icis(running, running.icis_certificate) as http:
        taken = await http.post("/icis/v1/clients", json=batch, extensions=SNI)
        assert (taken.status_code, taken.json()["created"]) == (200, 1)
        assert (await http.get("/health/live", extensions=SNI)).status_code == 404
        assert (await http.post("/graphql", json={"query": "{ me { id } }"}, extensions=SNI)).status_code == 404


async def test_sec_01_without_a_certificate_or_with_another_authoritys_icis_is_not_heard(behind, tmp_path):
    _, running = behind
    (tmp_path / "other").mkdir()
    _, certificate, key = certificates(tmp_path / "other", "icis.ozp.localhost")
    for shown in (None, (certificate, key)):
        async with from_icis(running, shown) as http:
            answer = await http.post("/icis/v1/clients", json={"clients": []}, extensions=SNI)
        assert answer.status_code == 400
        assert "SSL" in answer.text and "nginx" in answer.text, "said by the proxy"


@pytest.mark.parametrize("name", ["a b", "a;b", "a}", "$host", ""])
def test_words_that_would_end_the_configuration_are_refused(name):
    with pytest.raises(ValueError, match="name"):
        configuration(name=name, certificate="/c", key="/k")
