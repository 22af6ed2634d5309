import pytest
import pytest_asyncio

from tests.support.api import Api
from tests.support.database import TestServer
from tests.support.scripted_bridge import ScriptedBridge


def pytest_collection_modifyitems(items):
    """On several cores (``-n``) a file stays together; what needs the ports of a directory is in one place only."""
    for item in items:
        folder, file = item.path.parent.name, item.path.name
        item.add_marker(pytest.mark.xdist_group("directory" if folder == "directory" else f"{folder}/{file}"))


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
