"""Callbacks, messages and missed calls on the screen: listed, heard, dialled, marked as done."""

import asyncio

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.support.desk import expect_activity, expect_phase, sign_in, start_shift, window


async def test_callback_is_listed_dialled_and_a_missed_call_is_put_in_its_place(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    await page.goto(f"{system.url}/callbacks")
    await expect(page.get_by_test_id("callbacks-count")).to_be_visible()
    first = await system_gives_up(system, "+420606111222")
    missed = page.locator(f'[data-testid=missed-call][data-number="{first}"]')
    await expect(missed).to_be_visible(timeout=20_000)
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    await missed.get_by_test_id("missed-request").click()
    wish = page.locator(f'[data-testid=callback][data-number="{first}"]')
    await expect(wish).to_be_visible()
    await expect(missed).to_have_count(0)
    await wish.get_by_test_id("callback-done").click()
    await expect(wish).to_have_count(0)
    second = await system_gives_up(system, "+420606111333")
    other = page.locator(f'[data-testid=missed-call][data-number="{second}"]')
    await expect(other).to_be_visible(timeout=20_000)
    await other.get_by_test_id("missed-done").click()
    await expect(other).to_have_count(0)
    await page.goto(system.url)
    await expect_activity(page, "NOT_READY")


async def test_message_is_heard_done_undone_and_taken_in_its_turn(system, browser):
    """Key 1 of the menu, 2 while waiting, # over the greeting; then the caller talks and hangs up."""
    number = "+420606111444"
    page = await window(browser)
    await sign_in(page, system, "jana")
    await start_shift(page)
    try:
        await page.goto(f"{system.url}/callbacks")
        system.call(seconds=18, press="12#", caller=number)
        row = page.locator(f'[data-testid=callback][data-number="{number}"]')
        await expect(row).to_have_attribute("data-messages", "1", timeout=60_000)
        await row.get_by_role("button").first.click()
        player = page.get_by_test_id("message")
        await expect(player).to_have_count(1)
        await player.get_by_test_id("recording-play").click()
        audio = player.get_by_test_id("recording")
        await page.wait_for_function("audio => audio.currentTime > 0.2", arg=await audio.element_handle())
        found = await Axe().run(page)
        assert found.response["violations"] == [], found.generate_report()
        await row.get_by_test_id("callback-done").click()
        await expect(row).to_have_count(0)
        await page.get_by_test_id("undo").click()
        await expect(row).to_have_count(1)
        await page.goto(system.url)
        if await page.get_by_test_id("presence").get_attribute("data-presence") != "READY":
            await page.get_by_test_id("ready").click()  # and it rings at once
        await expect(page.get_by_test_id("offer")).to_contain_text("Zavolat zpět klientovi", timeout=30_000)
        await page.get_by_test_id("offer-accept").click()
        await expect_phase(page, "PREVIEW")
        await expect(page.get_by_test_id("contact").get_by_test_id("message")).to_have_count(1)
        await expect(page.get_by_test_id("dial-back")).to_be_visible()
        await page.get_by_test_id("message-done").click()
        await expect_phase(page, "NONE")
    finally:
        await nobody_is_to_be_called(page, system, number)


async def nobody_is_to_be_called(page: Page, system, number: str) -> None:
    """The tests after this one share the agents: no wish of this one may ring at them."""
    await page.goto(f"{system.url}/callbacks")
    await expect(page.get_by_test_id("callbacks-count")).to_be_visible()
    wish = page.locator(f'[data-testid=callback][data-number="{number}"]')
    if await wish.count():
        await wish.get_by_test_id("callback-done").click()
        await expect(wish).to_have_count(0)
    await page.goto(system.url)
    await page.get_by_test_id("shift-stop").click()
    await expect(page.get_by_test_id("shift-start")).to_be_visible()


async def system_gives_up(system, number: str) -> str:
    """A caller who hangs up in the menu; the number."""
    caller = system.call(seconds=60, press="", caller=number)
    async with asyncio.timeout(30):
        while "Answered" not in caller.heard:
            await asyncio.sleep(0.1)
    caller.hang_up()
    return number
