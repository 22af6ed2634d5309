"""A real browser against production's settings: our own operations only."""

import tempfile
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.desk import become_ready, expect_activity, sign_in, start_shift, window
from tests.support.installation import System

ASK = """async (query) => {
  const answer = await fetch('/graphql', {method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify({query})});
  return [answer.status, (await answer.json()).errors?.[0]?.extensions?.code ?? null];
}"""


@pytest.fixture
def production(monkeypatch):
    monkeypatch.setenv("KC_OPERATIONS", "known")
    with tempfile.TemporaryDirectory(prefix="kc-e2e-", ignore_cleanup_errors=True) as folder:
        started = System(Path(folder) / "var")
        started.start()
        yield started
        started.stop()


async def test_agent_works_by_hashes_alone_and_no_other_text_is_carried_out(production, browser):
    page = await window(browser)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "/graphql" in request.url else None)
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    await sign_in(page, production, "jana")
    await start_shift(page)
    await become_ready(page)
    await expect_activity(page, "READY")
    await page.get_by_role("link", name="Historie").click()
    await expect(page.get_by_test_id("presence")).to_be_visible()
    operations = [text for text in sent if "documentId" in text]
    assert len(operations) > 5 and any("subscribe" in text for text in operations)
    assert not [text for text in sent if '"query"' in text and '"query":""' not in text]
    assert await page.evaluate(ASK, "{ me { id } }") == [400, "UNKNOWN_OPERATION"]
