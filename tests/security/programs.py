"""Running a tool for a limited time."""

import asyncio
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from tests.security.findings import ROOT

TOOLS = ROOT / ".venv-security" / "bin"


@dataclass
class Ran:
    status: int | None
    """None: it did not end in time and was ended."""
    out: str
    err: str


async def ran(*command: str | Path, seconds: float, folder: Path | None = None) -> Ran:
    """A name without a slash is looked for among the tools, then on the path. It gets none of our settings."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("KC_")}
    environment |= {
        "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
        "SEMGREP_SEND_METRICS": "off",
        "SCHEMATHESIS_HOOKS": "",
    }
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        cwd=folder or ROOT,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    talk = asyncio.ensure_future(process.communicate())
    done, _ = await asyncio.wait({talk}, timeout=seconds)
    if not done:
        os.killpg(process.pid, signal.SIGKILL)
    out, err = await talk
    return Ran(process.returncode if done else None, out.decode(errors="replace"), err.decode(errors="replace"))
