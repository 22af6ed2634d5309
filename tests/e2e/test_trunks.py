"""Trunks on the screen: an administrator makes one by keyboard, sees why it does not register, mends it, and takes it away."""

import pytest
from playwright.async_api import expect

from tests.e2e.test_accessibility import findings
from tests.e2e.test_settings import administrator, field, line, saved
from tests.e2e.test_settings import system as system
from tests.support.desk import leave
from tests.support.registrar import Registrar


@pytest.mark.timeout(240)
async def test_a_trunk_is_made_mended_and_taken_away(system, browser):
    page = await administrator(browser, system, "trunks")
    await expect(page.get_by_text("Svazek spojuje kontaktní centrum")).to_be_visible()
    await expect(page.get_by_test_id("trunks-of-bridge")).to_contain_text("pbx")
    assert await findings(page) == []
    async with Registrar("kc", "spravne heslo") as registrar:
        await page.get_by_test_id("setting-new").press("Enter")
        await expect(page.get_by_test_id("replaces")).to_contain_text("(pbx)")
        await field(page, "name").fill("Operátor")
        await field(page, "login").fill("kc")
        await page.get_by_test_id("save").press("Enter")
        await expect(page.get_by_test_id("summary")).to_contain_text("Adresa")
        await expect(page.get_by_test_id("summary")).to_contain_text("Heslo")
        await field(page, "host").fill("127.0.0.1")
        await field(page, "port").fill(str(registrar.port))
        await field(page, "password").fill("spatne heslo")
        await field(page, "register").check()
        await field(page, "ping_s").fill("0")
        await page.get_by_test_id("add-networks").press("Enter")
        await page.locator('input[data-field="networks.0"]').fill("127.0.0.0/8")
        await page.get_by_test_id("save").press("Enter")
        state = page.get_by_test_id("trunk-state")
        await expect(state).to_contain_text("Neregistrovaný", timeout=20_000)
        await expect(state).to_contain_text("odmítla jméno nebo heslo (odpověď 403)")
        await expect(await line(page, "Operátor")).to_contain_text("Neregistrovaný")
        await expect(page.get_by_test_id("trunks-of-bridge")).to_have_count(0)
        await expect(field(page, "password")).to_have_value("")
        await expect(page.locator(".field", has=field(page, "password"))).to_contain_text("Je nastavené")
        assert await findings(page) == []

        await field(page, "password").fill("spravne heslo")
        await page.keyboard.press("Control+s")
        await expect(state).to_contain_text("Registrovaný", timeout=20_000)
        await expect(field(page, "password")).to_have_value("")

        other = await administrator(browser, system, page.url.split("/settings/")[1])
        await field(other, "calls").fill("40")
        await saved(other)
        await field(page, "calls").fill("60")
        await page.get_by_test_id("save").press("Enter")
        await page.get_by_test_id("save-mine").press("Enter")
        await expect(page.get_by_test_id("form-bar")).to_have_attribute("data-state", "same", timeout=15_000)
        await other.reload()
        await expect(field(other, "calls")).to_have_value("60")
        await expect(state).to_contain_text("Registrovaný")
        await leave(other)

        await page.set_viewport_size({"width": 390, "height": 844})
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await findings(page) == []
        await page.set_viewport_size({"width": 1440, "height": 900})
        await page.get_by_test_id("remove-trunk").press("Enter")
        await page.get_by_test_id("remove-trunk-sure").press("Enter")
        await expect(page.get_by_test_id("setting-line")).to_have_count(0)
        await registrar.until(lambda r: r.bound == {})
    await expect(page.get_by_test_id("trunks-of-bridge")).to_contain_text("pbx", timeout=20_000)
    await page.goto(f"{system.url}/settings/history/trunks")
    await expect(page.get_by_text("Operátor").first).to_be_visible()
    for secret in ("spravne heslo", "spatne heslo"):
        await expect(page.locator("body")).not_to_contain_text(secret)
