import tempfile
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support import desk
from tests.support.installation import System


@pytest.fixture(scope="session")
def system():
    """Everything running, once for all end-to-end tests."""
    with tempfile.TemporaryDirectory(prefix="kc-e2e-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


@pytest_asyncio.fixture
async def browser(tmp_path):
    desk.page_errors.clear()
    async with desk.browser(tmp_path) as started:
        yield started
    assert desk.page_errors == []
