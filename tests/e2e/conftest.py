import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import desk
from tests.support.installation import System

RUNNING = pytest.StashKey[System]()


@pytest.fixture(scope="session")
def system(request):
    """Everything running, once for all end-to-end tests."""
    with tempfile.TemporaryDirectory(prefix="kc-e2e-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        request.config.stash[RUNNING] = started
        yield started
        del request.config.stash[RUNNING]
        started.stop()


@pytest.fixture(autouse=True)
def nothing_left(request):
    """Whatever a test leaves, its telephones, calls and agents at work, is no part of the next one."""
    yield
    if (running := request.config.stash.get(RUNNING, None)) is not None:
        running.close_the_day()


@pytest_asyncio.fixture
async def browser(tmp_path):
    desk.page_errors.clear()
    async with desk.browser(tmp_path) as started:
        yield started
    assert desk.page_errors == []
