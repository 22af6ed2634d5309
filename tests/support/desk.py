"""An agent's browser: a real Chromium at the desk, driven as a person would."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Locator, Page, TimeoutError, async_playwright, expect

from tests.support.chromium import executable, microphone
from tests.support.installation import ROOT, System

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
DESKTOP = {"width": 1440, "height": 900}
SLOW_MS = 15_000


@contextlib.asynccontextmanager
async def browser(folder: Path, frequency: float = 700) -> AsyncIterator[Browser]:
    """Chromium whose microphone says a tone of ``frequency``."""
    sound = microphone(folder / "microphone.wav", frequency)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=executable(), args=[*ARGUMENTS, f"--use-file-for-fake-audio-capture={sound}"]
        )
        yield started
        await started.close()


@contextlib.asynccontextmanager
async def firefox(**preferences: object) -> AsyncIterator[Browser]:
    """Debian's Firefox over WebDriver BiDi, with a microphone that hums."""
    given = {
        "media.navigator.streams.fake": True,
        "permissions.default.microphone": 1,
        "permissions.default.desktop-notification": 1,
        "media.peerconnection.ice.loopback": True,
        "media.autoplay.default": 0,
        **preferences,
    }
    async with async_playwright() as playwright:
        started = await playwright.firefox.launch(
            channel="moz-firefox", executable_path=shutil.which("firefox-esr"), firefox_user_prefs=given
        )
        yield started
        await started.close()


async def window(browser: Browser | BrowserContext, viewport: dict | None = None, **options) -> Page:
    """A page; given a browser, in a context (cookies, storage) of its own. Errors of the page fail the test."""
    if isinstance(browser, BrowserContext):
        context = browser
    else:
        context = await browser.new_context(viewport=viewport or DESKTOP, locale="cs-CZ", **options)
    page = await context.new_page()
    page.set_default_timeout(SLOW_MS)
    page.on("pageerror", lambda error: page_errors.append(str(error)))
    return page


async def leave(page: Page) -> None:
    """Closes the page's window. Chromium now and then never answers the closing of a context; it goes with the browser then."""
    with contextlib.suppress(builtins.TimeoutError):
        async with asyncio.timeout(10):
            await page.context.close()


page_errors: list[str] = []


async def write(field: Locator, text: str) -> None:
    """By keyboard: what is filled in from outside passes by React in Firefox, where scripts of tests and of the page are one."""
    await field.focus()
    await field.press_sequentially(text)


def document(name: str) -> str:
    """What the app sends in place of the text of its operation of this name."""
    known = json.loads((ROOT / "pwa" / "src" / "gql" / "persisted-documents.json").read_text())
    return next(key for key, said in known.items() if re.search(rf"\b(query|mutation|subscription) {name}\b", said))


async def sign_in(page: Page, system: System, login: str) -> None:
    await page.goto(system.url)
    await write(page.locator("[name=login]"), login)
    await write(page.locator("[name=password]"), system.logins[login].password)
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("sign-in")).to_have_count(0, timeout=15_000)


async def start_shift(page: Page) -> None:
    """Also when a browser that an earlier test closed without a word still has the telephone."""
    shift = page.get_by_test_id("shift")
    with contextlib.suppress(TimeoutError):  # a page that was left with its telephone takes it up again by itself
        await page.get_by_test_id("shift-start").click(timeout=5_000)
    await expect(shift).to_have_attribute("data-phone", re.compile("connected|elsewhere"), timeout=SLOW_MS)
    if await shift.get_attribute("data-phone") == "elsewhere":
        await page.get_by_test_id("shift-start").click()
    await expect(shift).to_have_attribute("data-phone", "connected", timeout=SLOW_MS)


async def become_ready(page: Page) -> None:
    """An agent whom an earlier test left ready is so again as soon as the telephone is connected."""
    if await page.get_by_test_id("presence").get_attribute("data-presence") != "READY":
        await page.get_by_test_id("ready").click()
    await expect_activity(page, "READY")


async def expect_activity(page: Page, activity: str) -> None:
    await expect(page.get_by_test_id("presence")).to_have_attribute("data-activity", activity, timeout=SLOW_MS)


async def expect_phase(page: Page, phase: str) -> None:
    """Of the contact that the call bar commands; NONE without one."""
    await expect(page.get_by_test_id("call-bar")).to_have_attribute("data-phase", phase, timeout=SLOW_MS)
