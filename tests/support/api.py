"""The API as a real server on a loopback port, and a GraphQL client with cookies and live subscriptions."""

import asyncio
import json
import secrets
import socket
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import uvicorn
import websockets

from backend.adapters.recordings.keyring import add_key
from backend.adapters.web_push import new_key
from backend.config import Config
from backend.main import create
from backend.process import Application


def _keys_of(database_url: str) -> Path:
    """All APIs of a database have the same master keys."""
    path = _KEYS / database_url.rpartition("/")[2] / "recording.keys"
    if not path.exists():
        add_key(path)
    return path


_KEYS = Path(tempfile.mkdtemp(prefix="kc-test-keys-"))


class Api:
    """``async with Api(url) as api``: served by uvicorn in this process."""

    def __init__(self, database_url: str, **options: Any) -> None:
        self.files = Path(tempfile.mkdtemp(prefix="kc-test-files-"))
        self.link_token = secrets.token_hex(8)
        new_key(self.files / "vapid.pem")
        self.config = Config(
            database_url=database_url,
            secret=secrets.token_hex(16),
            link_token=self.link_token,
            files=self.files,
            vapid_key=self.files / "vapid.pem",
            **{
                "recording_keys": _keys_of(database_url),
                "pwa": self.files / "pwa",
                "insecure_cookies": True,
                "operations": "any",
                **options,
            },
        )
        self.port = 0

    async def __aenter__(self) -> "Api":
        app = create(self.config)
        self.app = app
        self.kc: Application = app.state.kc
        self.kc._warm = _nothing  # type: ignore[method-assign]
        server = uvicorn.Config(
            app, host="127.0.0.1", port=self.port, log_level="warning", lifespan="on", ws="websockets-sansio"
        )
        self.server = uvicorn.Server(server)
        self.server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._task = asyncio.create_task(self.server.serve([listening]))
        while not self.server.started:
            if self._task.done():
                await self._task
                raise RuntimeError("the API did not start")
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        await self._task
        await self.kc.stop()  # a forced exit runs no lifespan's end, and connections to the database would stay

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bridge_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/bridge"

    def client(self) -> "Client":
        return Client(self.url)


async def _nothing() -> None:
    return None


class GraphQLFailed(Exception):
    def __init__(self, errors: list[dict]) -> None:
        super().__init__(str(errors))
        self.errors = errors

    @property
    def code(self) -> str | None:
        return (self.errors[0].get("extensions") or {}).get("code")


class Client:
    def __init__(self, url: str, headers: dict[str, str] | None = None) -> None:
        self.url = url
        self.http = httpx.AsyncClient(base_url=url, timeout=20, trust_env=False, headers=headers)

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def run(self, query: str, **variables: Any) -> dict:
        # The cookie is for HTTPS and loopback browsers; this client sends it over plain HTTP itself.
        response = await self.http.post(
            "/graphql", json={"query": query, "variables": variables}, headers={"Cookie": self.cookie_header()}
        )
        body = response.json()
        if body.get("errors"):
            raise GraphQLFailed(body["errors"])
        return body["data"]

    async def sign_in(self, login: str, password: str, code: str | None = None) -> dict:
        data = await self.run(
            "mutation($l: String!, $p: String!, $c: String) { signIn(login: $l, password: $p, code: $c) {"
            " __typename ... on SignedIn { user { id role name } } ... on SignInRefused { reason } } }",
            l=login,
            p=password,
            c=code,
        )
        return data["signIn"]

    def cookie_header(self) -> str:
        return "; ".join(f"{c.name}={c.value}" for c in self.http.cookies.jar)

    async def live(
        self,
        field: str,
        after: str | None = None,
        fields: dict[str, str] | None = None,
        extra: str = "",
        whole: str | None = None,
        arguments: str = "",
    ) -> "LiveView":
        """``fields`` of agents, contacts or queues instead of the usual; ``extra``: more of the frame; ``whole``: a frame
        of another shape."""
        view = LiveView(self, field, fields or {}, extra, whole, arguments)
        await view.connect(after)
        return view


CONTACT = (
    "id phase outcome customerNumber customerName dialled queueId offeredTo offers offerExpiresAt agentId heldSince awaySince"
    " parkedUntil consultation members { n role state agentId number } muted recordingPaused connectedAt endedAt endedBy"
    " wrapUpUntil clientId categoryId recordingId noteVersion version"
)
AGENT = "userId name activity presence reason queues phoneConnected phoneOwner contacts { contactId stage }"
QUEUE = "id name waiting longestSince ready busy signedIn offered answered abandoned serviceLevel targetSeconds"


def position(cursor: str) -> tuple[int, int]:
    """Cursors in the order of the log."""
    transaction, row = cursor.split("-")
    return int(transaction), int(row)


class LiveView:
    """A subscriber with the client's reducer: pictures replace, updates replace items, cursors resume."""

    def __init__(
        self, client: Client, field: str, fields: dict[str, str], extra: str, whole: str | None, arguments: str
    ) -> None:
        self.client, self.field = client, field
        self.asked = {"agents": AGENT, "contacts": CONTACT, "queues": QUEUE} | fields
        self.extra, self.whole, self.arguments = extra, whole, arguments
        self.alerts: dict[str, dict] = {}
        self.on_frame: Callable[[dict], None] | None = None
        self.agents: dict[int, dict] = {}
        self.contacts: dict[str, dict] = {}
        self.queues: dict[int, dict] = {}
        self.cursor: str | None = None
        self.frames = 0
        self.snapshots = 0
        self.doubled = 0
        self.over = False
        """The server has ended the subscription."""
        self._changed = asyncio.Event()
        self._task: asyncio.Task | None = None

    async def connect(self, after: str | None = None) -> None:
        self.socket = await websockets.connect(
            self.client.url.replace("http", "ws") + "/graphql",
            subprotocols=["graphql-transport-ws"],
            additional_headers={"Cookie": self.client.cookie_header()},
            proxy=None,
            max_size=None,
        )
        await self.socket.send('{"type":"connection_init"}')
        assert json.loads(await self.socket.recv())["type"] == "connection_ack"
        usual = (
            f"gone {self.extra} agents {{ {self.asked['agents']} }} contacts {{ {self.asked['contacts']} }}"
            f" queues {{ {self.asked['queues']} }}"
        )
        query = f"subscription($after: String) {{ {self.field}({self.arguments}after: $after) {{ snapshot cursor {self.whole or usual} }} }}"
        message = {
            "id": str(uuid.uuid4()),
            "type": "subscribe",
            "payload": {"query": query, "variables": {"after": after}},
        }
        await self.socket.send(json.dumps(message))
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for text in self.socket:
            message = json.loads(text)
            if message["type"] == "ping":
                await self.socket.send('{"type":"pong"}')
            elif message["type"] == "next":
                self.apply(message["payload"]["data"][self.field])
            elif message["type"] == "error":
                raise GraphQLFailed(message["payload"])
            elif message["type"] == "complete":
                self.over = True
                self._changed.set()

    def apply(self, frame: dict) -> None:
        if self.cursor is not None and not frame["snapshot"] and position(frame["cursor"]) < position(self.cursor):
            self.doubled += 1
        if frame["snapshot"]:
            self.agents, self.contacts, self.queues, self.alerts = {}, {}, {}, {}
            self.snapshots += 1
        for contact in frame.get("contacts", ()):
            known = self.contacts.get(contact["id"])
            if known and known["version"] > contact["version"]:
                self.doubled += 1
            self.contacts[contact["id"]] = contact
        self.agents |= {a["userId"]: a for a in frame.get("agents", ())}
        self.queues |= {q["id"]: q for q in frame.get("queues", ())}
        self.alerts |= {a["id"]: a for a in frame.get("alerts", ())}
        for id in frame.get("gone", ()):
            self.contacts.pop(id, None)
        for id in frame.get("goneAlerts", ()):
            self.alerts.pop(id, None)
        self.cursor = frame["cursor"]
        self.frames += 1
        if self.on_frame is not None:
            self.on_frame(frame)
        self._changed.set()

    def _holds(self, condition):
        try:
            return condition(self)
        except KeyError:
            return None  # it asks about something that is not in the picture yet

    async def until(self, condition, timeout: float = 10):
        """The first truthy value of ``condition(view)``."""
        try:
            async with asyncio.timeout(timeout):
                while not (value := self._holds(condition)):
                    if self._task and self._task.done():
                        await self._task
                        raise AssertionError("the subscription ended")
                    self._changed.clear()
                    await self._changed.wait()
                return value
        except TimeoutError:
            seen = f"{len(self.contacts)} contacts, agents {list(self.agents.values())[:3]}"
            raise AssertionError(f"not so after {timeout} s: {seen}, queues {self.queues}") from None

    async def cut(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self.socket.transport.abort()
        await asyncio.sleep(0)
