"""The core stays a protocol as pure code, and knows nothing of the backend."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import sip_bridge

ROOT = Path(sip_bridge.__file__).parent
FORBIDDEN = {"asyncio", "socket", "time", "logging", "structlog", "threading", "select", "ssl", "datetime"}
PURE = [p for folder in ("sip", "sdp") for p in sorted((ROOT / folder).glob("*.py")) if p.name != "transport.py"]


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda p: p.stem)
def test_module_touches_no_socket_clock_or_log(path):
    tops = {name.split(".")[0] for name in imports(path)}
    allowed = {"random", "secrets"} if path.stem == "entropy" else set()
    assert not tops & (FORBIDDEN | {"random", "secrets", "backend"}) - allowed


@pytest.mark.parametrize("path", PURE, ids=lambda p: p.stem)
def test_file_does_one_thing(path):
    assert len(path.read_text().splitlines()) <= 420
