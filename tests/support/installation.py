"""The whole system as ``make run`` starts it, on free ports and in a folder of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from backend.adapters.postgres.embedded import EmbeddedPostgres
from deploy import build_pwa
from tests.support import spoken
from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 110.0
RTP_PORTS = 200


@dataclass
class Login:
    login: str
    password: str
    name: str
    role: str


class System:
    """``url`` is the PWA's address; ``logins`` are those that ``make run`` prints, by login."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.sip_port = free_port()
        self.webrtc_port = free_port()
        core = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        first = 30_000 + 5_000 * (core % 2) + 2 * secrets.randbelow(2_400)
        self.push_port = free_port()
        """Where a push service of the tests' own may listen."""
        self.pwa = folder.parent / "pwa"
        """A copy of the built PWA, which a test may replace by a newer one."""
        self.rtp_ports = f"{first}-{first + RTP_PORTS - 1}"
        self.logins: dict[str, Login] = {}
        self._process: subprocess.Popen | None = None
        self._callers: list[Caller] = []

    @property
    def url(self) -> str:
        # Browsers keep Secure cookies of plain HTTP only for localhost.
        return f"http://localhost:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "KC_VAR": str(self.folder),
            "KC_PORT": str(self.port),
            "KC_SIP_PORT": str(self.sip_port),
            "KC_RTP_PORTS": self.rtp_ports,
            "KC_WEBRTC_PORT": str(self.webrtc_port),
            "KC_PUSH_HOSTS": f"127.0.0.1:{self.push_port}",
            "KC_PWA": str(self.pwa),
        }

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        build_pwa.build()
        shutil.copytree(build_pwa.PWA / "dist", self.pwa, dirs_exist_ok=True)
        spoken.bring(self.folder / "files")
        self.log = self.folder / "run.log"
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.run"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + READY_WITHIN_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise AssertionError(f"the system did not start:\n{self.log.read_text()}")
            time.sleep(0.25)
        rows = json.loads((self.folder / "demo-logins.json").read_text())
        self.logins = {row["login"]: Login(**row) for row in rows}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=2) as answer:
                return '"bridges":["' in answer.read().decode()
        except OSError:
            return False

    def stop(self) -> None:
        spoken.keep(self.folder / "files")
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(25)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)

    async def sql(self, statement: str, **values: object) -> list:
        """At the database itself, past the API, as the owner of its tables."""
        engine = create_async_engine(EmbeddedPostgres(self.folder / "postgres").url())
        try:
            async with engine.begin() as connection:
                done = await connection.execute(text(statement), values)
                return list(done.all()) if done.returns_rows else []
        finally:
            await engine.dispose()

    def call(self, *, seconds: float = 60, press: str = "1", caller: str | None = None) -> Caller:
        """A telephone calls the demo number and talks."""
        made = Caller(self, seconds, press, caller)
        self._callers.append(made)
        return made

    def close_the_day(self) -> None:
        """Every caller hangs up and every agent is signed out by the administrator."""
        while self._callers:
            self._callers.pop().hang_up()
        with httpx.Client(base_url=self.url, timeout=20, trust_env=False) as http:

            def run(query: str, **variables: object) -> dict:
                cookies = "; ".join(f"{c.name}={c.value}" for c in http.cookies.jar)
                asked = {"query": query, "variables": variables}
                return http.post("/graphql", json=asked, headers={"Cookie": cookies}).json()["data"]

            admin = self.logins["spravce"]
            run(
                "mutation($l: String!, $p: String!) { signIn(login: $l, password: $p) { __typename } }",
                l=admin.login,
                p=admin.password,
            )
            ours = {login.name for login in self.logins.values()}
            for person in run("{ settings { staff { id name } } }")["settings"]["staff"]:
                if person["name"] in ours:
                    run("mutation($a: Int!) { signAgentOut(agent: $a) { __typename } }", a=person["id"])
            run("mutation { signOut { __typename } }")


class Caller:
    def __init__(self, system: System, seconds: float, press: str, caller: str | None) -> None:
        self.log = system.folder / f"caller-{secrets.token_hex(4)}.log"
        command = [sys.executable, "-m", "deploy.call", "--seconds", str(seconds), "--after", "2", "--press", press]
        if caller:
            command += ["--caller", caller]
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=system.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def heard(self) -> str:
        """What the telephone told so far."""
        return self.log.read_text()

    def hang_up(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(5)
