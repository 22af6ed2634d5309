"""axe finds nothing on any screen in any theme, and nothing scrolls sideways. A screen that is not listed here fails."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.support.desk import sign_in, start_shift, window

SOURCES = Path(__file__).resolve().parents[2] / "pwa" / "src"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
THEMES = [("light", False), ("dark", False), ("light", True), ("dark", True)]
"""Colour scheme of the device, and whether there is more contrast."""
DESKTOP, PHONE = (1440, 900), (390, 844)

ROUTES: dict[str, list[tuple[str, str]]] = {
    "/": [("dana", "/")],
    "/history": [("dana", "/history")],
    "/clients": [("dana", "/clients")],
    "/clients/$client": [("dana", "/clients/1")],
    "/callbacks": [("dana", "/callbacks")],
    "/floor": [("dana", "/floor")],
    "/floor/limits": [("dana", "/floor/limits")],
    "/walls": [("dana", "/walls")],
    "/walls/$layout": [("dana", "/walls/new")],
    "/wall": [("dana", "/wall")],
    "/menus": [("spravce", "/menus")],
    "/menus/$flow": [("spravce", "/menus/1")],
    "/settings": [("spravce", "/settings")],
    "/settings/$section": [("spravce", "/settings/audit"), ("spravce", "/settings/history")],
    "/settings/$section/$item": [("spravce", "/settings/queues/1")],
    "/account": [("dana", "/account"), ("tabule", "/account")],
}
"""Addresses of each route with who visits them; those of the settings are read from the code."""


def routes() -> list[str]:
    return re.findall(r"path: '([^']+)'", (SOURCES / "app" / "router.tsx").read_text())


def sections() -> list[str]:
    (listed,) = re.findall(r"const SECTIONS = \{([^}]+)\}", (SOURCES / "settings" / "SettingsPage.tsx").read_text())
    return re.findall(r"(\w+): '", listed)


async def findings(page: Page) -> list[str]:
    await page.wait_for_timeout(300)
    results = await Axe().run(page, options=RULES)
    return [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


async def in_every_theme(page: Page) -> dict[str, list[str]]:
    """Without loading the page again: themes are styles. On the phone, one theme: there it is the layout that differs."""
    found = {}
    for scheme, more in THEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.evaluate("(more) => document.documentElement.toggleAttribute('data-contrast', more)", more)
        found[f"{scheme}{' with contrast' if more else ''}"] = await findings(page)
    await page.emulate_media(color_scheme="light")
    await page.evaluate("() => document.documentElement.removeAttribute('data-contrast')")
    width, height = PHONE
    await page.set_viewport_size({"width": width, "height": height})
    found["on the phone"] = await findings(page)
    await page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    return found


def test_every_screen_is_visited():
    assert sorted(routes()) == sorted(ROUTES)
    assert len(sections()) > 5


@pytest.mark.timeout(500)
@pytest.mark.parametrize("login", ["dana", "spravce", "tabule"])
async def test_screens_have_no_findings_in_any_theme(system, browser, login):
    page = await window(browser)
    found: dict[str, dict[str, list[str]]] = {}
    await page.goto(system.url)
    await expect(page.get_by_test_id("sign-in")).to_be_visible()
    if login == "dana":
        found["sign-in"] = await in_every_theme(page)
    await sign_in(page, system, login)
    paths = [path for visits in ROUTES.values() for who, path in visits if who == login]
    if login == "spravce":
        paths += [path for section in sections() if (path := f"/settings/{section}") not in paths]
    if login == "dana":
        paths.append("/leads/nowhere")
    for path in paths:
        await page.goto(system.url + path)
        await expect(page.locator("main, [data-testid^=wall]").first).to_be_visible()
        await expect(page.get_by_text("Načítá se…")).to_have_count(0, timeout=15_000)
        found[path] = await in_every_theme(page)
    if login == "dana":
        await page.goto(system.url + "/")
        await start_shift(page)
        found["at work"] = await in_every_theme(page)
        await page.keyboard.press("Control+KeyK")
        await expect(page.get_by_test_id("palette-row").first).to_be_visible()
        found["palette"] = await in_every_theme(page)
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        await expect(page.get_by_test_id("help")).to_be_visible()
        found["help"] = await in_every_theme(page)
        await page.keyboard.press("Escape")
        await page.get_by_test_id("shift-stop").click()
    wrong = {f"{where}, {theme}": what for where, themes in found.items() for theme, what in themes.items() if what}
    assert wrong == {}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("width", [320, 390, 820, 1440])
async def test_nothing_scrolls_sideways(system, browser, width):
    page = await window(browser, viewport={"width": width, "height": 800})
    wide = []
    for login in ("dana", "spravce"):
        await sign_in(page, system, login)
        for visits in ROUTES.values():
            for path in [path for who, path in visits if who == login]:
                await page.goto(system.url + path)
                await page.wait_for_timeout(400)
                if await page.evaluate("document.documentElement.scrollWidth") > width:
                    wide.append(path)
        await page.context.clear_cookies()
    assert wide == []
