import numpy as np
import pytest
import pytest_asyncio

from backend.adapters import speech
from tests.scenarios.test_routing import Admin
from tests.support.consistency import Watch


@pytest.fixture(autouse=True)
def short_speech(monkeypatch):
    """The bridge here has no ears: which words it is told to play counts, not their sound, which takes its time to make."""

    def silence(_text: str, _priority: tuple[str, ...] = ()):
        return np.zeros(800, np.int16), 8000

    monkeypatch.setattr(speech, "synthesize", silence)


@pytest_asyncio.fixture
async def admin(api, server):
    async with api.client() as client:
        await client.sign_in("spravce", server.logins["spravce"].password)
        yield Admin(client)


@pytest.fixture(autouse=True)
def watch(request, monkeypatch):
    """Old picture and events make the new picture: after every use case of every scenario, for every command."""
    if "api" not in request.fixturenames:
        yield None
        return
    watch = Watch(request.getfixturevalue("api").kc, monkeypatch)
    yield watch
    assert watch.differences == []
