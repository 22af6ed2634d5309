"""The header in every width: the state is readable whole, the pages have their names, nothing lies over anything else."""

import pytest
from playwright.async_api import expect
from sqlalchemy import text

from backend.domain.agent.model import Presence
from tests.support.api import Api
from tests.support.desk import SLOW_MS, window
from tests.support.installation import ROOT

WIDTHS = (1920, 1440, 1180, 1024, 820, 390, 320)
LONG_BREAK = "Školení a porada týmu"
NOT_WHOLE = """
e => {
  const words = document.createRange();
  words.selectNodeContents(e);
  const box = words.getBoundingClientRect();
  for (let at = e; at; at = at.parentElement) {
    if (getComputedStyle(at).overflowX === 'visible') continue;
    const room = at.getBoundingClientRect();
    if (room.left > box.left + 1 || room.right < box.right - 1) return true;
    if (room.top > box.top + 3 || room.bottom < box.bottom - 3) return true;
  }
  return false;
}
"""
OVERLAPS = """
() => {
  const parts = [...document.querySelectorAll('.presence-button, .call-info, .call-buttons, .nav > *')];
  const boxes = parts.map((e) => e.getBoundingClientRect());
  const found = [];
  boxes.forEach((a, i) => {
    if (a.left < -1 || a.right > innerWidth + 1) found.push(parts[i].className + ' is outside');
    boxes.forEach((b, j) => {
      if (i < j && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        found.push(parts[i].className + ' and ' + parts[j].className);
    });
  });
  return found;
}
"""


@pytest.mark.parametrize("problem", [False, True], ids=["in order", "with a problem"])
@pytest.mark.parametrize("login", ["dana", "jana"])
async def test_agt_01_the_state_is_whole_in_the_header_at_every_width(database_url, server, browser, login, problem):
    async with Api(database_url, pwa=ROOT / "pwa" / "dist") as api:
        async with api.kc.engine.begin() as connection:
            user = await connection.scalar(text("SELECT id FROM user_account WHERE login = :login"), {"login": login})
            changed = await connection.execute(
                text("UPDATE break_type SET name = :name WHERE id = 1"), {"name": LONG_BREAK}
            )
            assert changed.rowcount == 1
        await api.kc.reload_settings()
        page = await window(browser)
        if problem:
            await page.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
        page.set_default_timeout(2 * SLOW_MS)
        await page.goto(f"http://localhost:{api.port}")
        await page.fill("[name=login]", login)
        await page.fill("[name=password]", server.logins[login].password)
        await page.get_by_test_id("sign-in-submit").click()
        presence = page.get_by_test_id("presence")
        await expect(presence).to_have_attribute("data-activity", "NOT_READY")
        await expect(page.get_by_test_id("problems-button")).to_have_count(int(problem))
        found = {}
        for activity, word in (("NOT_READY", "Nepřipraven"), ("BREAK", LONG_BREAK)):
            if activity == "BREAK":
                await api.kc.desk.set_presence(user, Presence.BREAK, "1")
            await expect(presence).to_have_attribute("data-activity", activity)
            for width in WIDTHS:
                await page.set_viewport_size({"width": width, "height": 844})
                await expect(presence.locator("strong")).to_have_text(word)
                parts = [".presence-text strong", "[data-testid=presence-timer]", "[data-testid=phone-state]"]
                cut = [part for part in parts if await page.locator(part).evaluate(NOT_WHOLE)]
                if activity == "NOT_READY" and width != 320:
                    lines = await presence.locator("strong").evaluate("e => e.getClientRects().length")
                    height = await presence.locator("strong").evaluate("e => e.getBoundingClientRect().height")
                    cut += ["broken within a word"] if lines > 1 or height > 26 else []
                cut += await page.evaluate(OVERLAPS)
                if cut:
                    found[activity, width] = cut
        assert found == {}
