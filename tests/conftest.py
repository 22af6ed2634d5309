import pytest
import pytest_asyncio

from tests.support.api import Api
from tests.support.database import TestServer
from tests.support.scripted_bridge import ScriptedBridge

REAL_TIME = {"directory", "e2e", "media", "security", "sip", "system"}


def pytest_collection_modifyitems(items):
    """On several cores (``-n``): what runs browsers, telephones and directories in real time is in one place, one after
    the other, and the rest beside it file by file."""
    for item in items:
        folder, file = item.path.parent.name, item.path.name
        item.add_marker(pytest.mark.xdist_group("real time" if folder in REAL_TIME else f"{folder}/{file}"))


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
