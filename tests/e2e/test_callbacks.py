"""Callbacks and missed calls on the screen: listed, dialled, marked as done."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.support.desk import expect_activity, sign_in, start_shift, window


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


async def system_gives_up(system, number: str) -> str:
    """A caller who hangs up in the menu; the number."""
    import asyncio

    caller = system.call(seconds=4, press="", caller=number)
    await asyncio.sleep(4)
    caller.hang_up()
    return number
