"""Everything on one machine: ``make run``. Embedded PostgreSQL, the API with the PWA, the SIP bridge, demo data.

This process only starts the others and starts them again when they die; it holds nothing that matters. Its folder is
``var/`` (KC_VAR): the database, files, generated secrets, logs.
"""

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path

from sqlalchemy.ext.asyncio import create_async_engine

from backend import demo
from backend.adapters.postgres.embedded import EmbeddedPostgres
from backend.adapters.postgres.migrate import migrate
from backend.adapters.recordings.keyring import add_key
from backend.adapters.web_push import new_key
from deploy.build_pwa import build

ROOT = Path(__file__).resolve().parent.parent
RESTART_AFTER_S = 0.3
SLOWEST_RESTART_S = 5.0
SECRETS = ("secret", "link_token", "icis_token")


class Installation:
    """The folder and what is generated in it once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        self.logs = folder / "log"
        self.logs.mkdir(exist_ok=True)
        self.secrets = _secrets(folder / "secrets.json")
        self.recording_keys = folder / "recording.keys"
        if not self.recording_keys.exists():
            add_key(self.recording_keys)
        self.vapid_key = folder / "vapid.pem"
        if not self.vapid_key.exists():
            new_key(self.vapid_key)
        self.postgres = EmbeddedPostgres(folder / "postgres")

    def only_one(self) -> None:
        """Hold the folder for as long as this process lives."""
        self._lock = (self.folder / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(
                f"KC is running already on {self.folder}. Stop it first (Ctrl+C in its terminal)."
            ) from None


def _secrets(path: Path) -> dict[str, str]:
    """Those that are there, and those that an installation of an earlier version has not yet."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    if missing := [name for name in SECRETS if name not in known]:
        known |= {name: secrets.token_urlsafe(32) for name in missing}
        new = path.with_suffix(".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(known, out)
        new.replace(path)
    return known


async def prepare(here: Installation, with_demo: bool) -> list[demo.Login]:
    here.postgres.start()
    engine = create_async_engine(here.postgres.url())
    try:
        await migrate(engine)
        logins = await demo.seed(engine) if with_demo else []
    finally:
        await engine.dispose()
    path = here.folder / "demo-logins.json"
    if logins:
        rows = [{"login": x.login, "password": x.password, "name": x.name, "role": x.role} for x in logins]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(rows, out)
    return [demo.Login(**x) for x in json.loads(path.read_text())] if path.exists() else []


class Service:
    """A program that is started again whenever it dies."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.name, self.command, self.environment, self.log = name, command, environment, log
        self.process: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def run(self) -> None:
        delay = RESTART_AFTER_S
        while not self._stopping:
            started = time.monotonic()
            with self.log.open("ab") as out:
                self.process = await asyncio.create_subprocess_exec(
                    *self.command,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                )
            code = await self.process.wait()
            if self._stopping:
                return
            delay = RESTART_AFTER_S if time.monotonic() - started > 10 else min(delay * 2, SLOWEST_RESTART_S)
            print(f"{self.name} ended with {code}; starting it again (log: {self.log})", flush=True)
            await asyncio.sleep(delay)

    async def stop(self) -> None:
        self._stopping = True
        if self.process and self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), 8)
            except TimeoutError:
                self.process.kill()


async def keep_postgres(here: Installation) -> None:
    """Start the database again when its server is gone."""
    while True:
        await asyncio.sleep(0.5)
        if not await asyncio.to_thread(here.postgres.running):
            with contextlib.suppress(RuntimeError):
                await asyncio.to_thread(here.postgres.start)
                print("PostgreSQL was gone; started it again", flush=True)


def services(here: Installation, arguments: argparse.Namespace) -> list[Service]:
    common = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "KC_LINK_TOKEN": here.secrets["link_token"],
    }
    api = {
        **common,
        "KC_DATABASE_URL": here.postgres.application_url(),
        "KC_SECRET": here.secrets["secret"],
        "KC_ICIS_TOKEN": here.secrets["icis_token"],
        "KC_FILES": str(here.folder / "files"),
        "KC_RECORDING_KEYS": str(here.recording_keys),
        "KC_AUDIT_FOLDER": str(here.folder / "audit"),
        "KC_VAPID_KEY": str(here.vapid_key),
    }
    if not arguments.no_demo:
        api.setdefault("KC_OPERATIONS", "any")  # a demo is there to be tried out, by GraphQL of one's own too
    bridge = {
        **common,
        "KC_BRIDGE_BACKEND": f"ws://127.0.0.1:{arguments.port}/bridge",
        "KC_BRIDGE_ADDRESS": arguments.address,
        "KC_BRIDGE_SIP_PORT": str(arguments.sip_port),
        "KC_BRIDGE_RTP_PORTS": arguments.rtp_ports,
        "KC_BRIDGE_WEBRTC_PORT": str(arguments.webrtc_port),
        "KC_BRIDGE_FOLDER": str(here.folder / "bridge"),
        "KC_BRIDGE_PROMPTS": str(here.folder / "files" / "prompts"),
        "KC_BRIDGE_RECORDINGS": str(here.folder / "files" / "recordings"),
        "KC_BRIDGE_TRUSTED": arguments.sip_trusted,
    }
    serve = [sys.executable, "-m", "uvicorn", "--factory", "backend.main:create", "--host", arguments.host]
    serve += [
        "--port",
        str(arguments.port),
        "--ws",
        "websockets-sansio",
        "--ws-per-message-deflate",
        "false",
        "--loop",
        "uvloop",
        "--log-level",
        "warning",
    ]
    return [
        Service("The API", serve, api, here.logs / "api.log"),
        Service("The bridge", [sys.executable, "-m", "sip_bridge"], bridge, here.logs / "bridge.log"),
    ]


async def wait_for(port: int, path: str = "/health/ready", seconds: float = 60) -> dict | None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            answer = (await reader.read()).decode()
            writer.close()
            if " 200 " in answer.split("\r\n", 1)[0] and '"bridges":["' in answer:
                return json.loads(answer.split("\r\n\r\n", 1)[1])
        await asyncio.sleep(0.1)
    return None


def greeting(arguments: argparse.Namespace, logins: list[demo.Login], seconds: float) -> str:
    lines = ["", f"KC runs: http://localhost:{arguments.port}   (ready in {seconds:.1f} s)", ""]
    if logins:
        lines += ["  log-in      password            who", "  ----------  ------------------  ---"]
        lines += [f"  {x.login:<10}  {x.password:<18}  {x.name} ({x.role})" for x in logins]
        lines += [""]
    national = demo.NUMBER.removeprefix("+420")
    lines += [
        f"Call it from any SIP phone: sip:{national}@{arguments.address}:{arguments.sip_port}, or `make call` in a second terminal.",
        "Ctrl+C stops everything; what happened is kept.",
    ]
    return "\n".join(lines)


async def main() -> None:
    parser = argparse.ArgumentParser(description="Run the whole contact centre on this machine.")
    parser.add_argument("--host", default=os.environ.get("KC_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("KC_PORT", "8080")))
    parser.add_argument(
        "--address", default=os.environ.get("KC_ADDRESS", "127.0.0.1"), help="our address for SIP and media"
    )
    parser.add_argument("--sip-port", type=int, default=int(os.environ.get("KC_SIP_PORT", "5060")))
    parser.add_argument("--rtp-ports", default=os.environ.get("KC_RTP_PORTS", "20000-21999"))
    parser.add_argument("--webrtc-port", type=int, default=int(os.environ.get("KC_WEBRTC_PORT", "22000")))
    parser.add_argument("--sip-trusted", default=os.environ.get("KC_SIP_TRUSTED", "127.0.0.0/8"))
    parser.add_argument("--folder", type=Path, default=Path(os.environ.get("KC_VAR", ROOT / "var")))
    parser.add_argument("--no-demo", action="store_true")
    arguments = parser.parse_args()
    started = time.monotonic()
    here = Installation(arguments.folder.resolve())
    here.only_one()
    for port, kind, what in (
        (arguments.port, socket.SOCK_STREAM, "the API"),
        (arguments.sip_port, socket.SOCK_DGRAM, "SIP"),
    ):
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SystemExit(
                    f"Port {port} for {what} is taken. Choose others: KC_PORT=8081 KC_SIP_PORT=5070 make run"
                ) from None
    await asyncio.to_thread(build)
    logins = await prepare(here, not arguments.no_demo)
    running = services(here, arguments)
    tasks = [asyncio.create_task(s.run()) for s in running] + [asyncio.create_task(keep_postgres(here))]
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    waiting = asyncio.create_task(stop.wait())
    ready = asyncio.create_task(wait_for(arguments.port))
    await asyncio.wait({ready, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not stop.is_set():
        if ready.result() is None:
            print(f"KC did not become ready in a minute; see {here.logs}", flush=True)
        else:
            print(greeting(arguments, logins, time.monotonic() - started), flush=True)
        await waiting
    print("\nStopping …", flush=True)
    tasks[-1].cancel()
    await asyncio.gather(*(s.stop() for s in running))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.to_thread(here.postgres.stop)


if __name__ == "__main__":
    asyncio.run(main())
