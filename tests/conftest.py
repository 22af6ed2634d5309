import asyncio
import functools
import inspect
from pathlib import Path

import pytest
import pytest_asyncio
from xdist.scheduler import LoadScopeScheduling

from tests.support.api import Api
from tests.support.database import TestServer
from tests.support.scripted_bridge import ScriptedBridge

BROWSERS, TELEPHONES = {"directory", "e2e", "security"}, {"media", "sip", "system"}


class ByKind(LoadScopeScheduling):
    """On several cores (``-n``): what runs browsers is in one place, one after the other, and so is what talks in real
    time; the rest goes file by file."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        folder = Path(file).parent.name
        return "browsers" if folder in BROWSERS else "telephones" if folder in TELEPHONES else file


def pytest_xdist_make_scheduler(config, log):
    return ByKind(config, log)


def pytest_collection_modifyitems(config, items):
    """A test that stands still ends by itself a little before its limit, and so says at which line it stood."""
    for item in items:
        if inspect.iscoroutinefunction(item.obj) and not hasattr(item.obj, "hypothesis"):
            marker = item.get_closest_marker("timeout")
            limit = float(marker.args[0] if marker else config.getini("timeout"))
            item.obj = _within(0.85 * limit, item.obj)


def _within(seconds: float, test):
    @functools.wraps(test)
    async def limited(*arguments, **named):
        async with asyncio.timeout(seconds):
            return await test(*arguments, **named)

    return limited


@pytest.fixture(scope="session")
def server():
    made = TestServer()
    yield made
    made.close()


@pytest_asyncio.fixture
async def database_url(server) -> str:
    return await server.fresh()


@pytest_asyncio.fixture
async def api(database_url):
    async with Api(database_url) as running:
        yield running


@pytest_asyncio.fixture
async def bridge(api):
    async with ScriptedBridge(api.bridge_url, api.link_token) as connected:
        yield connected
