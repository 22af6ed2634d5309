"""The whole contact centre as processes of its own, started as ``make run`` starts it, in a folder that is thrown away."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import secrets
import shutil
import socket
import tempfile
import time
from pathlib import Path

import psutil
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.codec import to_json
from backend.domain.ivr.flow import Flow
from backend.domain.routing.destination import ToQueue
from deploy.run import Installation, Service, prepare, services, wait_for
from tests.support import spoken
from tests.support.api import Client
from tests.support.browser_peer import BrowserPeer
from tests.support.ports import free_port

DIRECT = "+420800100300"
"""Goes straight to a queue: no menu, no ringing before the answer."""


class System:
    """``async with System() as kc``. ``agents`` more log-ins named a0, a1 … with the password of ``kc.password``."""

    def __init__(
        self,
        agents: int = 0,
        trusted: str = "127.0.0.0/8",
        wrap_up_s: int = 0,
        ring_timeout_s: int = 15,
        address: str = "127.0.0.1",
        trusted_networks: str = "127.0.0.0/8",
        settings: dict[str, str] | None = None,
    ):
        self.address, self.trusted_networks = address, trusted_networks
        self.settings = settings or {}
        """More of the API's environment (``KC_…``)."""
        self.folder = Path(tempfile.mkdtemp(prefix="kc-system-"))
        self.port, self.sip_port, self.webrtc_port = free_port(), free_port(), free_port()
        self.pbx_port = free_port()
        self.agents, self.trusted, self.wrap_up_s, self.ring_timeout_s = agents, trusted, wrap_up_s, ring_timeout_s
        self.password = "secret-of-tests"
        self.started_in = 0.0

    async def __aenter__(self) -> System:
        first = random.randrange(23_000, 23_900, 2) if self.agents == 0 else random.randrange(25_200, 26_000, 2)
        arguments = argparse.Namespace(
            host="127.0.0.1" if self.address == "127.0.0.1" else "0.0.0.0",
            port=self.port,
            address=self.address,
            sip_port=self.sip_port,
            rtp_ports=f"{first}-{first + 999}",
            webrtc_port=self.webrtc_port,
            sip_trusted=self.trusted,
            no_demo=False,
        )
        self.here = Installation(self.folder)
        spoken.bring(self.folder / "files")
        logins = await prepare(self.here, True)
        self.logins = {x.login: x for x in logins}
        await self._more_data()
        begun = time.monotonic()
        self.services: list[Service] = services(self.here, arguments)
        self.services[0].environment["KC_TRUSTED_NETWORKS"] = self.trusted_networks
        self.services[0].environment["KC_INSECURE_COOKIES"] = "1"  # httpx keeps no Secure cookie of a plain connection
        self.services[0].environment |= self.settings
        self.services[1].environment["KC_BRIDGE_COUNTERS_EVERY_S"] = "0.2"
        self.services[1].environment |= {"KC_BRIDGE_PBX_HOST": "127.0.0.1", "KC_BRIDGE_PBX_PORT": str(self.pbx_port)}
        self._tasks = [asyncio.create_task(s.run()) for s in self.services]
        if await wait_for(self.port) is None:
            log = (self.here.logs / "api.log").read_text()[-2000:] + (self.here.logs / "bridge.log").read_text()[-2000:]
            await self.__aexit__()
            raise RuntimeError(f"the system did not start: {log}")
        self.started_in = time.monotonic() - begun
        return self

    async def __aexit__(self, *_: object) -> None:
        parts = [p for s in self.services if s.process for p in _family(s.process.pid)]
        await asyncio.gather(*(s.stop() for s in self.services))
        for process in parts:  # a media worker outlives a supervisor that was killed
            if process.is_running():
                process.kill()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.here.postgres.stop, "immediate")
        spoken.keep(self.folder / "files")
        if not os.environ.get("KC_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def api(self) -> psutil.Process:
        return psutil.Process(self.services[0].process.pid)

    @property
    def supervisor(self) -> psutil.Process:
        return psutil.Process(self.services[1].process.pid)

    def bridge_part(self, module: str) -> psutil.Process:
        """``sip_bridge.node.control`` or ``sip_bridge.media``."""
        return next(p for p in self.supervisor.children() if module in p.cmdline())

    def processes(self) -> dict[str, psutil.Process]:
        return {
            "api": self.api,
            "control": self.bridge_part("sip_bridge.node.control"),
            "media": self.bridge_part("sip_bridge.media"),
        }

    def postgres_cpu(self) -> float:
        """CPU seconds of the server and its workers that live now."""
        postmaster = psutil.Process(self.here.postgres.pid())
        return sum(sum(p.cpu_times()[:2]) for p in [postmaster, *postmaster.children()])

    async def bridge_counters(self) -> dict[str, int]:
        """Of the next writing of the bridge's metrics: ``sip_refusals.malformed`` → 3."""
        path = self.folder / "bridge" / "metrics.prom"
        before = path.stat().st_mtime_ns if path.exists() else 0
        async with asyncio.timeout(10):
            while not path.exists() or path.stat().st_mtime_ns == before:
                await asyncio.sleep(0.02)
        found = re.findall(r'^kc_bridge_(\w+)\{what="([^"]*)"\} (-?\d+)$', path.read_text(), re.MULTILINE)
        return {f"{family}.{what}": int(count) for family, what, count in found}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self) -> Client:
        return Client(self.url)

    async def sql(self, statement: str, **values: object) -> list:
        engine = create_async_engine(self.here.postgres.url())
        try:
            async with engine.begin() as connection:
                done = await connection.execute(text(statement), values)
                return list(done.all()) if done.returns_rows else []
        finally:
            await engine.dispose()

    async def _more_data(self) -> None:
        """The direct number, short wrap-up, more agents of the first queue."""
        queue = (await self.sql("SELECT id FROM queue ORDER BY id LIMIT 1"))[0][0]
        flow = Flow(id=2, version=1, name="Rovnou", start="q", nodes={"q": ToQueue(queue=queue)})
        await self.sql("UPDATE queue SET wrap_up_s = :w, ring_timeout_s = :r", w=self.wrap_up_s, r=self.ring_timeout_s)
        await self.sql(
            "INSERT INTO flow_version (flow, version, name, body, published_at)"
            " VALUES (2, 1, 'Rovnou', CAST(:body AS jsonb), clock_timestamp())",
            body=to_json(flow),
        )
        await self.sql(
            "INSERT INTO entry_point (number, name, flow, answer_after_ms) VALUES (:n, 'Rovnou', 2, 0)", n=DIRECT
        )
        if not self.agents:
            return
        from backend.adapters.accounts import hash_password

        hashed = await asyncio.to_thread(hash_password, self.password)
        await self.sql(
            "INSERT INTO user_account (login, name, password_hash)"
            " SELECT 'a' || n, 'Agent ' || n, :hash FROM generate_series(0, :last) n",
            hash=hashed,
            last=self.agents - 1,
        )
        await self.sql(
            "INSERT INTO user_role (\"user\", role) SELECT id, 'agent' FROM user_account WHERE login ~ '^a[0-9]+$'"
        )
        await self.sql(
            "INSERT INTO agent_queue (\"user\", queue) SELECT id, :q FROM user_account WHERE login ~ '^a[0-9]+$'",
            q=queue,
        )
        await self.sql(
            'INSERT INTO agent_skill ("user", skill, level) SELECT u.id, s.skill, 5 FROM user_account u, queue_skill s'
            " WHERE u.login ~ '^a[0-9]+$' AND s.queue = :q",
            q=queue,
        )


class Workplace:
    """An agent signed in with a telephone that says a tone: ``client`` for mutations, ``desk`` what the screen knows."""

    def __init__(self, system: System, login: str, password: str, frequency: float | None) -> None:
        self.system, self.login, self.password = system, login, password
        self.client = system.client()
        self.frequency = frequency
        self.phone = BrowserPeer(frequency)
        self.tab = secrets.token_hex(4)

    async def __aenter__(self) -> Workplace:
        assert (await self.client.sign_in(self.login, self.password))["__typename"] == "SignedIn"
        self.desk = await self.client.live("desk")
        await self.connect()
        await self.ready()
        return self

    async def connect(self) -> None:
        opened = await self.client.run(
            "mutation($t: ID!, $o: String!) { openSoftphone(owner: $t, offerSdp: $o, takeOver: true) { __typename"
            " ... on SoftphoneOpened { answerSdp } ... on Refused { code } } }",
            t=self.tab,
            o=self.phone.offer(),
        )
        await asyncio.to_thread(self.phone.connect, opened["openSoftphone"]["answerSdp"])
        await self.desk.until(
            lambda v: any(a["phoneConnected"] and a["phoneOwner"] == self.tab for a in v.agents.values())
        )

    async def come_back(self) -> None:
        """As the page does when its packets stop: a new connection of the same tab."""
        await asyncio.to_thread(self.phone.stop)
        self.phone = BrowserPeer(self.frequency)
        await self.connect()

    async def ready(self) -> None:
        await self.client.run("mutation { setPresence(presence: READY) { __typename } }")

    async def act(self, what: str, contact: str) -> dict:
        query = f"mutation($c: ID!) {{ {what}(contact: $c) {{ __typename ... on Refused {{ code }} }} }}"
        return (await self.client.run(query, c=contact))[what]

    async def __aexit__(self, *_: object) -> None:
        await self.desk.cut()
        await asyncio.to_thread(self.phone.stop)
        await self.client.__aexit__()


def _family(pid: int) -> list[psutil.Process]:
    try:
        return [psutil.Process(pid), *psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def raw_socket(address: str) -> socket.socket:
    """A UDP socket that sends from this loopback address."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((address, 0))
    made.setblocking(False)
    return made
