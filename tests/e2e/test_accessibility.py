"""axe finds nothing on any page, light and dark, wide and narrow."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.support.desk import sign_in, start_shift, window

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


async def findings(page) -> list[str]:
    await page.wait_for_timeout(300)
    results = await Axe().run(page, options=RULES)
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_pages_have_no_findings(system, browser, scheme, size):
    width, height = SIZES[size]
    page = await window(browser, viewport={"width": width, "height": height}, color_scheme=scheme)
    found: dict[str, list[str]] = {}
    await page.goto(system.url)
    await expect(page.get_by_test_id("sign-in")).to_be_visible()
    found["sign-in"] = await findings(page)
    await sign_in(page, system, "dana")
    for path, ready in (
        ("/floor", "floor-queues"),
        ("/history", "history"),
        ("/account", "second-factor"),
        ("/wall", "wall"),
    ):
        await page.goto(system.url + path)
        await expect(page.get_by_test_id(ready)).to_be_attached()
        found[path] = await findings(page)
    await page.goto(system.url + "/")
    await start_shift(page)
    found["/"] = await findings(page)
    await page.get_by_test_id("shift-stop").click()
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("width", [320, 390, 820, 1440])
async def test_nothing_scrolls_sideways(system, browser, width):
    page = await window(browser, viewport={"width": width, "height": 800})
    await sign_in(page, system, "dana")
    wide = []
    for path in ("/", "/floor", "/history", "/account", "/wall"):
        await page.goto(system.url + path)
        await page.wait_for_timeout(400)
        if await page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)
    assert wide == []
