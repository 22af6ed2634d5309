"""Who opens a field by its keys types on at once; nothing of it is lost while the field is still on its way."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.support.desk import become_ready, expect_phase, sign_in, start_shift, window


async def held_back(page: Page, part: str) -> asyncio.Event:
    """The code of this part comes when the event is set."""
    come = asyncio.Event()

    async def later(route) -> None:
        await come.wait()
        await route.continue_()

    await page.route(f"**/assets/{part}-*.js", later)
    return come


@pytest.mark.parametrize(
    ("keys", "part", "field"),
    [
        ("Alt+KeyS", "ClientFinder", "[data-testid=client-finder] [data-testid=client-search]"),
        ("Control+KeyK", "Palette", "[data-testid=palette-search]"),
        ("Alt+KeyC", "TransferPanel", "[data-testid=transfer-search]"),
    ],
)
async def test_agt_36_letters_typed_before_the_field_is_there_are_in_it(system, browser, keys, part, field):
    page = await window(browser, service_workers="block")
    come = await held_back(page, part)
    await sign_in(page, system, "jana")
    await start_shift(page)
    await page.locator("body").click(position={"x": 5, "y": 300})
    await page.get_by_test_id("presence-menu").focus()
    await page.keyboard.press(keys)
    await page.keyboard.type("cer")
    await expect(page.locator(field)).to_have_count(0)
    come.set()
    await expect(page.locator(field)).to_have_value("cer")
    await expect(page.locator(field)).to_be_focused()
    await page.keyboard.type("na")
    await expect(page.locator(field)).to_have_value("cerna")
    for _ in range(2):  # the first empties a search
        await page.keyboard.press("Escape")
    await expect(page.locator(field)).to_have_count(0)
    await expect(page.get_by_test_id("presence-menu")).to_be_focused()

    # read by now: the same at once, letter by letter
    await page.keyboard.press(keys)
    await page.keyboard.type("novak")
    await expect(page.locator(field)).to_have_value("novak")


async def test_agt_36_escape_before_the_field_is_there_opens_nothing(system, browser):
    page = await window(browser, service_workers="block")
    come = await held_back(page, "ClientFinder")
    await sign_in(page, system, "jana")
    await page.get_by_test_id("presence-menu").focus()
    await page.keyboard.press("Alt+KeyS")
    await page.keyboard.type("cer")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("presence-menu")).to_be_focused()
    come.set()
    await page.keyboard.press("Alt+KeyS")
    await expect(page.get_by_test_id("client-finder").get_by_test_id("client-search")).to_have_value("")


async def entered_early(system, browser, text: str) -> Page:
    """The text and Enter were typed after the keys of the palette and before it was there."""
    page = await window(browser, service_workers="block")
    come = await held_back(page, "Palette")
    await sign_in(page, system, "jana")
    await page.get_by_test_id("presence-menu").focus()
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")
    come.set()
    return page


async def test_agt_36_enter_before_the_palette_is_there_does_what_was_typed(system, browser):
    page = await entered_early(system, browser, "histor")
    await page.wait_for_url("**/history")
    await expect(page.get_by_test_id("command-palette")).to_have_count(0)


async def test_agt_36_nobody_is_guessed_by_an_enter_before_the_palette_is_there(system, browser):
    page = await entered_early(system, browser, "cerna")
    await expect(page.get_by_test_id("palette-search")).to_have_value("cerna")
    await expect(page.get_by_test_id("palette-row").filter(has_text="Marie Černá")).to_be_visible()
    assert not page.url.endswith("/clients/1")


async def test_agt_36_keys_for_a_voice_menu_go_out_also_when_the_keypad_comes_later(system, browser):
    page = await window(browser, service_workers="block")
    come = await held_back(page, "Keypad")
    await sign_in(page, system, "jana")
    await start_shift(page)
    await become_ready(page)
    caller = system.call(seconds=60)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Alt+KeyA")
    await expect_phase(page, "ACTIVE")
    await page.keyboard.press("Alt+KeyK")
    await page.keyboard.type("42")
    come.set()
    await expect(page.get_by_test_id("keypad-sent")).to_have_text("42")
    await page.keyboard.type("7")
    await expect(page.get_by_test_id("keypad-sent")).to_have_text("427")
    caller.hang_up()
    await expect_phase(page, "WRAP_UP")
    await page.keyboard.press("Alt+KeyW")
    await expect_phase(page, "NONE")
