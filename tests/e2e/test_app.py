"""The whole app: new versions, languages, the palette, own keys, what is wrong, and pages that fail."""

import gzip
import re
from pathlib import Path

from playwright.async_api import expect

from tests.support.desk import become_ready, expect_activity, expect_phase, sign_in, start_shift, window
from tests.support.installation import System


def newer_build(pwa: Path, mark: str) -> None:
    """Another version of the app stands where the old one stood."""
    page, worker = pwa / "index.html", pwa / "sw.js"
    page.write_text(page.read_text().replace("</head>", f'<meta name="kc-build" content="{mark}"></head>'))
    worker.write_text(re.sub(r'(index\.html`?"?,\s*revision:\s*[`"])\w+', rf"\g<1>{mark}", worker.read_text()))
    assert mark in worker.read_text()
    for path in (page, worker):
        path.with_name(path.name + ".br").unlink(missing_ok=True)
        packed = path.with_name(path.name + ".gz")
        if packed.exists():
            packed.write_bytes(gzip.compress(path.read_bytes()))


async def test_a_new_version_waits_for_the_end_of_the_call_and_then_for_the_agent(system: System, browser):
    page = await window(browser)
    await sign_in(page, system, "jana")
    await start_shift(page)
    await become_ready(page)
    await page.evaluate("async () => { await navigator.serviceWorker.ready; }")
    await page.reload()
    await expect(page.get_by_test_id("shift")).to_have_attribute("data-phone", "connected", timeout=15_000)
    await page.evaluate("() => { window.kcSame = true; }")
    caller = system.call(seconds=60)
    await expect(page.get_by_test_id("offer")).to_be_visible(timeout=30_000)
    await page.keyboard.press("Alt+KeyA")
    await expect_phase(page, "ACTIVE")
    newer_build(system.pwa, "second")
    await page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration();
          await registration.update();
          while (!registration.waiting) await new Promise((done) => setTimeout(done, 50));
        }"""
    )
    await expect(page.get_by_test_id("update")).to_have_count(0)
    await page.get_by_test_id("problems-button").click()
    await expect(page.get_by_test_id("problem-update")).to_contain_text("až nebudete mít hovor")
    await page.keyboard.press("Escape")
    assert await page.evaluate("window.kcSame"), "the page of a call is not taken away"
    await page.keyboard.press("Alt+KeyZ")
    await expect_phase(page, "WRAP_UP")
    await page.keyboard.press("Alt+KeyW")
    await expect_phase(page, "NONE")
    caller.hang_up()
    await page.get_by_test_id("update").get_by_role("button").click()
    await expect(page.locator("meta[name=kc-build]")).to_have_attribute("content", "second", timeout=15_000)
    await expect(page.get_by_test_id("shift")).to_have_attribute("data-phone", "connected", timeout=15_000)
    await expect_activity(page, "READY")


async def test_screens_speak_the_language_of_the_account_on_every_device(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await page.goto(f"{system.url}/account")
    await page.get_by_test_id("language-en").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.get_by_test_id("sign-out")).to_have_text("Sign out")
    other = await window(browser)
    await sign_in(other, system, "petr")
    await expect(other.locator("html")).to_have_attribute("lang", "en")
    await expect(other.get_by_test_id("shift-start")).to_have_text("Start the shift")
    await other.goto(f"{system.url}/account")
    await other.get_by_test_id("language-sk").click()
    await expect(other.get_by_test_id("sign-out")).to_have_text("Odhlásiť sa")
    async with other.expect_response(lambda answer: '"CS"' in (answer.request.post_data or "")) as saved:
        await other.get_by_test_id("language-cs").click()
    assert (await saved.value).ok
    await expect(other.get_by_test_id("sign-out")).to_have_text("Odhlásit se")


async def test_everything_is_found_and_done_from_the_palette(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    for typed, arrived in (("histor", "/history"), ("muj ucet", "/account"), ("pracov", "/")):
        await page.keyboard.press("Control+KeyK")
        await expect(page.get_by_test_id("palette-search")).to_be_focused()
        await page.keyboard.type(typed)
        await expect(page.get_by_test_id("palette-row").first).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("command-palette")).to_have_count(0)
        await expect(page).to_have_url(re.compile(re.escape(arrived) + "$"))
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type("obed")
    await page.keyboard.press("Enter")
    await expect_activity(page, "BREAK")
    await page.keyboard.press("Control+KeyK")
    await page.keyboard.type("cerna")
    await expect(page.get_by_test_id("palette-row").filter(has_text="Marie Černá")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/clients/\d+$"))


async def test_the_browsers_frame_has_the_colour_of_the_page_also_of_a_chosen_scheme(system, browser):
    light, dark = "rgb(241, 244, 246)", "rgb(18, 22, 27)"
    page = await window(browser)
    await page.goto(system.url)
    frame = page.locator("meta[name=theme-color]")
    await expect(frame).to_have_attribute("content", light)
    await page.emulate_media(color_scheme="dark")
    await expect(frame).to_have_attribute("content", dark)
    await page.emulate_media(color_scheme="light")
    await page.evaluate("localStorage.setItem('kc.theme', 'dark')")
    await page.reload()
    await expect(frame).to_have_attribute("content", dark)


async def test_a_user_has_keys_of_ones_own_and_can_do_without(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    await page.goto(f"{system.url}/account")
    key = page.get_by_test_id("key-ready")
    await key.click()
    await page.keyboard.press("KeyQ")
    await expect(key).to_have_text("Alt+Q")
    await page.get_by_test_id("key-note").click()
    await page.keyboard.press("KeyD")
    await expect(page.get_by_test_id("shortcut-editor").get_by_role("alert")).to_contain_text("potřebuje prohlížeč")
    await page.keyboard.press("Escape")
    await expect(page.locator("[data-testid=presence]")).not_to_have_attribute("data-activity", "READY")
    await expect(page.get_by_test_id("phone-state")).to_have_attribute("data-state", "connected", timeout=15_000)
    await page.keyboard.press("Alt+KeyQ")
    await expect_activity(page, "READY")
    await page.get_by_role("checkbox", name="Používat klávesové zkratky").uncheck()
    await page.keyboard.press("?")
    await expect(page.get_by_test_id("help")).to_have_count(0)
    await page.get_by_role("checkbox", name="Používat klávesové zkratky").check()
    await page.get_by_test_id("keys-usual").click()
    await expect(key).to_have_text("Alt+P")
    await page.keyboard.press("?")
    await expect(page.get_by_test_id("help")).to_contain_text("Ctrl+K")


async def test_devices_and_the_way_of_the_voice_are_checked_before_the_shift(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await start_shift(page)
    await page.get_by_test_id("presence-menu").click()
    await page.get_by_role("menuitem", name="Oběd").click()
    await page.goto(system.url)
    await expect(page.get_by_test_id("check-path")).to_have_attribute("data-verdict", re.compile("good|fair"))
    await page.get_by_test_id("check-run").click()
    sound = page.get_by_test_id("check-sound")
    await expect(sound).to_be_visible(timeout=15_000)
    assert "Ztraceno" in await sound.inner_text() and await sound.get_attribute("data-verdict") in ("good", "fair")
    await expect(page.get_by_test_id("check-microphone")).to_have_attribute("data-verdict", "good")


async def test_an_address_that_leads_nowhere_and_a_page_that_fails_take_nothing_away(system, browser):
    page = await window(browser)
    await sign_in(page, system, "petr")
    await page.goto(f"{system.url}/nikam")
    await expect(page.get_by_test_id("not-found")).to_be_visible()
    await page.get_by_test_id("not-found").get_by_role("link").click()
    await expect(page).to_have_url(f"{system.url}/")
    await page.context.route(re.compile("HistoryPage-"), lambda route: route.abort())
    await page.evaluate("caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    await page.get_by_role("link", name="Historie").click()
    await expect(page.get_by_test_id("broken")).to_be_visible()
    await expect(page.get_by_test_id("presence")).to_be_visible()
    await page.get_by_role("link", name="Pracoviště").click()
    await expect(page.get_by_test_id("shift-start")).to_be_visible()


async def test_everything_that_can_be_wrong_stands_in_one_place(system, browser):
    page = await window(browser, permissions=[])
    await sign_in(page, system, "petr")
    await page.goto(f"{system.url}/account")
    found = page.get_by_test_id("this-device")
    await expect(found.get_by_test_id("problem-connection")).to_have_attribute("data-state", "good")
    await expect(found.get_by_test_id("problem-phone")).to_have_attribute("data-state", "unused")
    await page.goto(system.url)
    await page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); }; }"
    )
    await page.get_by_test_id("shift-start").click()
    await page.get_by_test_id("problems-button").click()
    await expect(page.get_by_test_id("problem-microphone")).to_have_attribute("data-state", "bad")
    await expect(page.get_by_test_id("problem-microphone")).to_contain_text("Povolte mikrofon")
