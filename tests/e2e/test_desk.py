"""A call through the whole product: telephone, SIP, media, API and the agent's screen."""

import re

from playwright.async_api import expect

from tests.support.desk import become_ready, document, expect_activity, expect_phase, sign_in, start_shift, window

NOTE = "Volala kvůli průkazu pojištěnce, nový přijde poštou."


async def test_call_is_answered_held_wrapped_up_and_found_in_history(system, browser):
    board = await window(browser)
    await sign_in(board, system, "tabule")
    answered = board.get_by_test_id("tile-0.4").locator(".wall-tile")
    await expect(answered).to_be_visible()
    before = int(await answered.get_attribute("data-value"))

    page = await window(browser)
    await sign_in(page, system, "jana")
    await start_shift(page)
    await become_ready(page)

    caller = system.call(seconds=100)
    offer = page.get_by_test_id("offer")
    await expect(offer).to_be_visible(timeout=30_000)
    await expect(offer).to_have_attribute("role", "alertdialog")
    await expect(page.get_by_test_id("offer-accept")).to_be_focused()
    await expect(page.get_by_test_id("offer-clients")).to_contain_text("Marie Černá")
    assert (await page.title()).startswith("●")

    await page.keyboard.press("Enter")
    await expect_phase(page, "ACTIVE")
    await expect_activity(page, "IN_CALL")
    await expect(page.get_by_test_id("call-quality")).to_be_visible()

    await page.keyboard.press("Alt+KeyH")
    await expect(page.get_by_test_id("hold-timer")).to_be_visible()
    await page.keyboard.press("Alt+KeyH")
    await expect(page.get_by_test_id("hold-timer")).to_have_count(0)
    await page.keyboard.press("Alt+KeyM")
    await expect(page.get_by_test_id("call-mute")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Alt+KeyM")
    await expect(page.get_by_test_id("call-mute")).to_have_attribute("aria-pressed", "false")
    for pressed in ("true", "false") * 3:  # a press right after the picture changed, before the answer, is not lost
        await page.keyboard.press("Alt+KeyM")
        await expect(page.get_by_test_id("call-mute")).to_have_attribute("aria-pressed", pressed)

    candidate = page.get_by_test_id("client-candidates").get_by_test_id("client").filter(has_text="Marie Černá")
    await candidate.get_by_role("button").click()
    await expect(page.get_by_test_id("client-unpick")).to_be_visible()

    await page.keyboard.press("Alt+KeyN")
    await page.keyboard.type(NOTE)
    await page.keyboard.press("Alt+KeyZ")
    await expect_phase(page, "WRAP_UP")
    category = page.get_by_test_id("category").get_by_role("combobox")
    await category.fill("ztrata")
    await page.get_by_role("option", name="Průkaz pojištěnce › Ztráta nebo krádež").click()
    await expect(category).to_have_value("Průkaz pojištěnce › Ztráta nebo krádež")
    await page.keyboard.press("Alt+KeyW")
    await expect_phase(page, "NONE")
    await expect_activity(page, "READY")
    caller.hang_up()

    await page.goto(f"{system.url}/history")
    await page.get_by_test_id("history-row").first.click()
    record = page.get_by_test_id("record")
    await expect(record).to_contain_text("Marie Černá")
    await expect(record.get_by_test_id("note")).to_have_value(NOTE)
    await expect(record).to_contain_text("Hovor podržen")
    recording = page.get_by_test_id("recording")
    await page.get_by_test_id("recording-play").click()
    await page.wait_for_timeout(1_000)
    assert await recording.evaluate("audio => audio.duration") > 0.4, "the talk was as short as the keys were quick"
    assert await recording.evaluate("audio => audio.currentTime") > 0.3

    await expect(answered).to_have_attribute("data-value", str(before + 1))


async def test_call_survives_a_reload_of_the_page_and_the_draft_too(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    await become_ready(page)
    caller = system.call(seconds=100, caller="+420603555666")
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Alt+KeyA")
    await expect_phase(page, "ACTIVE")
    await page.get_by_test_id("note").fill("Rozepsáno")

    await page.reload()
    await expect_phase(page, "ACTIVE")
    await expect(page.get_by_test_id("note")).to_have_value("Rozepsáno")
    for _ in range(60):
        if await page.evaluate("kcPhone.state()") == "connected":
            break
        await page.wait_for_timeout(100)
    assert await page.evaluate("kcPhone.state()") == "connected"
    caller.hang_up()
    await expect_phase(page, "WRAP_UP")
    await page.get_by_test_id("finish").click()
    await expect_activity(page, "READY")
    await page.goto(f"{system.url}/history")
    await page.get_by_test_id("history-row").first.click()
    await expect(page.get_by_test_id("record").get_by_test_id("note")).to_have_value("Rozepsáno")


async def test_one_window_has_the_telephone_and_another_takes_it_over(system, browser):
    first = await window(browser)
    await sign_in(first, system, "dana")
    await first.get_by_role("link", name="Pracoviště").click()
    await start_shift(first)
    second = await window(first.context)
    await second.goto(system.url)
    await expect(second.get_by_test_id("phone-banner")).to_contain_text("jiném okně")
    await second.get_by_test_id("take-over").click()
    await second.get_by_role("link", name="Pracoviště").click()
    await expect(second.get_by_test_id("shift")).to_have_attribute("data-phone", "connected")
    await expect(first.get_by_test_id("phone-banner")).to_contain_text("jiném okně")
    await second.get_by_test_id("shift-stop").click()
    await expect(second.get_by_test_id("shift-start")).to_be_visible()


async def test_declined_call_makes_the_agent_not_ready_and_says_why(system, browser):
    page = await window(browser)
    await sign_in(page, system, "jana")
    await start_shift(page)
    await become_ready(page)
    caller = system.call(seconds=60)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Alt+KeyX")
    await expect_activity(page, "NOT_READY")
    await expect(page.get_by_test_id("presence")).to_contain_text("Odmítnutý hovor")
    caller.hang_up()
    await page.get_by_test_id("presence-menu").click()
    await page.get_by_role("menuitem", name="Oběd").click()
    await expect(page.get_by_test_id("presence")).to_contain_text("Oběd")


async def test_supervisor_sees_the_floor_and_signing_in_goes_where_the_role_works(system, browser):
    page = await window(browser)
    await sign_in(page, system, "dana")
    await expect(page).to_have_url(re.compile("/floor$"))
    await expect(page.get_by_test_id("floor-queues")).to_contain_text("Pojištění")
    await expect(page.get_by_test_id("floor-agents")).to_contain_text("Dana Dvořáková")


async def test_wrong_password_is_told_without_saying_which(system, browser):
    page = await window(browser)
    await page.goto(system.url)
    await page.fill("[name=login]", "jana")
    await page.fill("[name=password]", "nic")
    await page.get_by_test_id("sign-in-submit").click()
    await expect(page.get_by_test_id("sign-in-problem")).to_contain_text("jméno nebo heslo nesouhlasí")


async def test_agt_05_06_queues_are_served_by_a_switch_unless_the_supervisor_decides(system, browser):
    page, leader = await window(browser), await window(browser)
    await sign_in(page, system, "jana")
    await sign_in(leader, system, "dana")
    switch = page.get_by_role("switch", name="Obsluhuji frontu Platby")
    await expect(switch).to_be_checked()
    await switch.focus()
    await page.keyboard.press("Space")
    await expect(switch).not_to_be_checked()
    row = leader.get_by_test_id("floor-agents").locator("tr", has_text="Jana")
    await expect(row).not_to_contain_text("Platby")
    manage = row.get_by_role("button", name="Řídit")
    chosen = document("LetChooseQueues")
    await manage.click()
    await leader.get_by_role("menuitem", name="Platby, neobsluhuje").click()
    await expect(switch).to_be_checked()
    for label, usable in (("Zakázat volbu front", False), ("Povolit volbu front", True)):
        await manage.click()
        async with leader.expect_response(lambda answer: chosen in (answer.request.post_data or "")):
            await leader.get_by_role("menuitem", name=label).click()
        await page.reload()
        await (expect(switch).to_be_enabled() if usable else expect(switch).to_be_disabled())
    await expect(page.get_by_test_id("my-figures").get_by_role("row", name="Vyřízené mnou")).to_be_visible()
